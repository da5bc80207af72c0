"""What a look at tenant, guest and app has found of a request: stored with it, in codes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WillFail(StrEnum):
    """What the policy says of approving what will fail."""

    WARN = "warn"
    """It is said, and nothing else."""
    SECOND_PRESS = "second_press"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at `at`; the cards have the words.

    Codes are text: what a newer version finds must not keep an older one from reading the request.
    """

    at: datetime
    give: str = ""
    """The key of the access that was looked at: another may be given by now."""
    fails: tuple[str, ...] = ()
    """What will fail, the gravest first, such as `app:app-disabled`."""
    partly: tuple[str, ...] = ()
    """What lets the guest in from some places and devices alone, or may stop them."""
    unread: int = 0
    """How many things could not be read."""
    away: bool = False
    """Whether nothing could be read."""
