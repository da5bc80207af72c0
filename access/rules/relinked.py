"""That a guest was sent a new link, or has to accept anew, and who wanted it."""

from dataclasses import dataclass
from datetime import datetime

from access.rules.people import Named


@dataclass(frozen=True, slots=True)
class Relinked:
    """The newest: a new link or, with `reset`, a redemption that begins again."""

    by: Named
    at: datetime
    reset: bool = False
    undoes: datetime | None = None
    """Since when, by the directory's clock, the guest had accepted whom this resets."""
    under: str = ""
    """The request under which that was, where it is another of the guest's."""
