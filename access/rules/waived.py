"""That a waiver of the policy approved a request, or why it did not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Waived:
    """That nobody had to approve, and of what plan; `waiver` is the name that the policy gives it.

    It was the `count`-th time within the waiver's window, of `most`.
    """

    waiver: str
    at: datetime
    plan: str
    count: int
    most: int


class WhyNot(StrEnum):
    """Why people decide on what a waiver would have approved."""

    USED_UP = "usedUp"
    """It had been used as often as it may be."""
    RESTORED = "restored"
    """The database was restored within its window: how often it was used before that, nobody knows."""


@dataclass(frozen=True, slots=True)
class NotWaived:
    """That a waiver, good for `most` requests within so many `days`, was not used, so that people decide."""

    waiver: str
    most: int
    days: int
    why: WhyNot = WhyNot.USED_UP
