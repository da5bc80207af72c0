"""The audit chain: each entry's hash covers the entry and the hash before it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from access.rules.model import AuditFact

BEFORE_THE_FIRST = ""
"""What the first entry of a chain holds as the hash before it."""


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
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def link(previous: str, seq: int, at: datetime, fact: AuditFact) -> AuditEntry:
    """Return the entry that follows the one whose hash is `previous`."""
    digest = hashlib.sha256(canonical(seq, at, fact, previous)).hexdigest()
    return AuditEntry(seq=seq, at=at, fact=fact, previous=previous, hash=digest)


def verify(entries: Iterable[AuditEntry]) -> int | None:
    """Return the `seq` of the first entry that does not follow from those before it, or None.

    Takes the chain from its first entry. An entry edited, removed, inserted or moved is found; entries
    cut off at the end are not, as nothing follows them: compare the newest hash with one kept elsewhere.
    """
    previous = BEFORE_THE_FIRST
    for place, entry in enumerate(entries, start=1):
        if entry != link(previous, place, entry.at, entry.fact):
            return entry.seq
        previous = entry.hash
    return None
