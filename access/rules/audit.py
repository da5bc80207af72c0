"""The audit chain: each entry's hash covers the entry and the hash before it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from access.rules.model import AuditFact

POLICY_CHANGED = "policy.changed"
"""What is written of a policy that is taken up, at a start before anything else."""
BEFORE_THE_FIRST = ""
"""What the first entry of a chain holds as the hash before it."""
_ENCODED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
# Made once: `json.dumps` would make one for each of a million entries.


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A link of the chain; `hash` covers every other field."""

    seq: int
    at: datetime
    fact: AuditFact
    previous: str
    hash: str


def canonical(seq: int, at: datetime, fact: AuditFact, previous: str) -> bytes:
    """Return the bytes that are hashed: JSON with sorted keys, no blanks, ASCII, the time in UTC."""
    content = {
        "seq": seq,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "what": fact.what,
        "request_id": fact.request_id,
        "actor": fact.actor,
        "subject": fact.subject,
        "detail": dict(fact.detail),
        "previous": previous,
    }
    return _ENCODED(content).encode("ascii")


def link(previous: str, seq: int, at: datetime, fact: AuditFact) -> AuditEntry:
    """Return the entry that follows the one whose hash is `previous`."""
    digest = hashlib.sha256(canonical(seq, at, fact, previous)).hexdigest()
    return AuditEntry(seq=seq, at=at, fact=fact, previous=previous, hash=digest)


class Difference(StrEnum):
    """What is wrong at the first entry that does not follow from those before it."""

    MISSING = "missing"
    """The entry that should stand here does not; the one that was read is a later one."""
    EDITED = "edited"
    """Its hash is not that of what it says."""
    UNLINKED = "unlinked"
    """It says what its hash says, but names another entry before it than the one that is there."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain breaks: the place, the entry that stands there, and what is wrong with it."""

    place: int
    entry: AuditEntry
    difference: Difference


@dataclass(slots=True)
class Walk:
    """Follows a chain from its first entry, of which it remembers but the last good one."""

    count: int = 0
    last: AuditEntry | None = None

    def step(self, entry: AuditEntry) -> Broken | None:
        """Take the next entry, and return what is wrong with it."""
        place, previous = self.count + 1, self.last.hash if self.last else BEFORE_THE_FIRST
        if entry.seq != place:
            return Broken(place, entry, Difference.MISSING)
        content = canonical(entry.seq, entry.at, entry.fact, entry.previous)
        if hashlib.sha256(content).hexdigest() != entry.hash:
            return Broken(place, entry, Difference.EDITED)
        if entry.previous != previous:
            return Broken(place, entry, Difference.UNLINKED)
        self.count, self.last = place, entry
        return None


def verify(entries: Iterable[AuditEntry]) -> int | None:
    """Return the `seq` of the first entry that does not follow from those before it, or None.

    Takes the chain from its first entry. An entry edited, removed, inserted or moved is found; entries
    cut off at the end are not, as nothing follows them: that takes a checkpoint.
    """
    walk = Walk()
    for entry in entries:
        if walk.step(entry) is not None:
            return entry.seq
    return None
