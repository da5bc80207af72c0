"""What happened in the sandbox: one line for every effect and every call, in order."""

import itertools
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One effect or call; `kind` is a dotted word such as `invitation.created` or `card.posted`."""

    seq: int
    at: str
    kind: str
    detail: dict[str, Any]


@dataclass(slots=True)
class Ledger:
    """Records every effect; tests and the page read it, and nothing is ever removed but by a reset."""

    entries: list[Entry] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def record(self, kind: str, **detail: Any) -> Entry:
        entry = Entry(next(self._numbers), datetime.now(UTC).isoformat(), kind, detail)
        self.entries.append(entry)
        return entry

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries]
