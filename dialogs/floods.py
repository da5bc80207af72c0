"""How many turns one person may take: far more than anybody types, and an end to who does not stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from access.rules.model import ObjectId

AT_ONCE = 300
A_SECOND = 10.0
"""What one person may go on with, once that many were taken at once."""
WINDOW = 60.0
"""Seconds in which one audit entry stands for all that was refused to a person."""
_ROUNDED = 1e-6
_MOST = 10_000
"""People of whom something is remembered before those who are calm are forgotten."""


@dataclass(slots=True)
class Floods:
    """Counts for itself in each process; what was refused is not counted, so that it ends by itself."""

    now: Callable[[], float] = time.monotonic
    _even_at: dict[ObjectId, float] = field(default_factory=dict)
    """When a person would have taken all their turns, were they spaced evenly."""
    _noted: dict[ObjectId, float] = field(default_factory=dict)

    def seconds(self, person: ObjectId) -> float:
        """Take a turn, and return 0; or refuse it, and return after how many seconds there is one."""
        now = self.now()
        even_at = max(self._even_at.get(person, now), now)
        too_soon = even_at - now - (AT_ONCE - 1) / A_SECOND
        if too_soon > _ROUNDED:
            return too_soon
        self._even_at[person] = even_at + 1 / A_SECOND
        if len(self._even_at) > _MOST:
            self._even_at = {one: at for one, at in self._even_at.items() if at > now}
        return 0

    def is_new(self, person: ObjectId) -> bool:
        """Tell whether nothing was noted of this person for a while; from now on it is."""
        now = self.now()
        if now - self._noted.get(person, -WINDOW) < WINDOW:
            return False
        self._noted = {one: at for one, at in self._noted.items() if now - at < WINDOW} | {person: now}
        return True
