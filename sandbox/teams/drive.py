"""Room for a file in somebody's OneDrive, as an upload session makes it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4


@dataclass
class Session:
    """Room for one file of one person."""

    person_id: str
    name: str
    expires_at: datetime
    secret: str = field(default_factory=lambda: uuid4().hex)
    data: bytearray = field(default_factory=bytearray)
    is_whole: bool = False

    @property
    def missing(self) -> dict[str, Any]:
        expires = self.expires_at.isoformat().replace("+00:00", "Z")
        return {"expirationDateTime": expires, "nextExpectedRanges": [f"{len(self.data)}-"]}
