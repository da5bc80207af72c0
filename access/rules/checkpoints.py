"""Checkpoints: what places elsewhere remember of the audit chain, and what a chain is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.rules.audit import AuditEntry

EVERY = 5000
"""Entries after which a checkpoint is due."""
AT_LEAST = timedelta(days=1)
"""How long an entry may stand without one."""
_GRACE = timedelta(hours=1)
"""How late one may be before it counts as missing: a replica may have been away, or a disk full."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The hash of one entry, and when that was noted; no time where somebody typed it."""

    seq: int
    hash: str
    at: datetime | None = None

    @property
    def text(self) -> str:
        """Return it as people read it, and as whoever verifies types it."""
        return (
            f"Audit checkpoint {self.seq:,} · sha256 {self.hash}\n\n"
            f"To compare: guestlist audit verify --against {self.seq}:{self.hash}"
        )


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Entries that no checkpoint covered within its time: of the first and of the last of them."""

    seq: int
    at: datetime
    until_seq: int
    until: datetime


def is_due(head: AuditEntry, first_uncovered: AuditEntry, now: datetime) -> bool:
    """Tell whether a checkpoint of the chain's head is due."""
    return head.seq - first_uncovered.seq + 1 >= EVERY or now - first_uncovered.at >= AT_LEAST


@dataclass(slots=True)
class Comparison:
    """Compares a chain, entry by entry, with checkpoints; memory is taken by those alone."""

    checkpoints: dict[int, list[Checkpoint]]
    agreed: int = 0
    newest: Checkpoint | None = None
    """The newest that agreed."""
    differ: list[Checkpoint] = field(default_factory=list)
    """Those that name another hash than the chain has there."""
    gaps: list[Uncovered] = field(default_factory=list)
    _first: AuditEntry | None = None
    """The first entry since the last checkpoint."""

    @classmethod
    def of(cls, checkpoints: Iterable[Checkpoint]) -> "Comparison":
        by_seq: dict[int, list[Checkpoint]] = {}
        for one in checkpoints:
            by_seq.setdefault(one.seq, []).append(one)
        return cls(by_seq)

    def step(self, entry: AuditEntry) -> None:
        first = self._first = self._first or entry
        for one in self.checkpoints.pop(entry.seq, ()):
            if one.hash != entry.hash:
                self.differ.append(one)
                continue
            self.agreed, self.newest = self.agreed + 1, one
            if one.at is not None and one.at - first.at > AT_LEAST + _GRACE:
                self.gaps.append(Uncovered(first.seq, first.at, entry.seq, one.at))
            self._first = None

    def end(self, last: AuditEntry | None) -> list[Checkpoint]:
        """End the chain, and return those checkpoints of which it has no entry: its tail was cut off."""
        first = self._first
        if first is not None and last is not None and last.at - first.at > AT_LEAST + _GRACE:
            self.gaps.append(Uncovered(first.seq, first.at, last.seq, last.at))
        return sorted((one for seq in self.checkpoints.values() for one in seq), key=lambda one: one.seq)
