"""What lengthens an access, and what an access knows of it: renewals made, and that none is wanted."""

from dataclasses import dataclass
from datetime import datetime

from access.rules.people import Named, RequestId


@dataclass(frozen=True, slots=True)
class Extends:
    """Whose access a renewal lengthens, from which end to which."""

    request_id: RequestId
    number: int
    was: datetime
    to: datetime
    void: str = ""
    """The renewal to whose end this one counted, and which was undone before this was decided."""

    @property
    def label(self) -> str:
        return f"R-{self.number}"


@dataclass(frozen=True, slots=True)
class NotRenewed:
    """Who said that an access is to end as it does, and when."""

    by: Named
    at: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """That an access was lengthened by a request of its own."""

    request_id: RequestId
    number: int
    at: datetime
    was: datetime
    to: datetime
    lifted: NotRenewed | None = None
    """That it was to end as it did, which this took back."""

    @property
    def label(self) -> str:
        return f"R-{self.number}"
