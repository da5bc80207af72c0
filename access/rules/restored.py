"""What a restored database does not know: the gap in it, and what was done in the world meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Effect(StrEnum):
    """What can stand in the world without a stored approval, after a backup was restored."""

    GUEST = "guest"
    ACCESS = "access"
    MAIL = "mail"
    GROUP = "group"
    """What a set-up has made."""
    POLICY = "policy"
    """What a protection has made, or that it is enforced."""


@dataclass(frozen=True, slots=True)
class Restore:
    """The database was restored: what happened after its entry `seq`, at `to`, it does not know.

    The requests between the numbers `last` and `next` may have existed, and are lost.
    """

    seq: int
    to: datetime
    at: datetime
    """When it was noticed."""
    last: int
    next: int
