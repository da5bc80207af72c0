"""How much of each documented limit is used: all of it until Graph refuses, and then what it lets through."""

from collections.abc import Callable

GIVES_WAY = 0.95
"""What is left of the pace after a refusal."""
COMES_BACK = 0.0025
"""The part of the limit that a second without a refusal gives back."""
LEAST = 0.02


class Pace:
    """A part of each limit, which a refusal lessens at once and time gives back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._slowed: dict[str, tuple[float, float]] = {}

    def of(self, name: str) -> float:
        """Return the part of a limit that is used now, of 1."""
        part, since = self._slowed.get(name, (1.0, 0.0))
        return min(1.0, part + (self._now() - since) * COMES_BACK)

    def refused(self, name: str) -> None:
        """Note that this limit was met. Of calls that were under way together one says it for all."""
        self._slowed[name] = (max(self.of(name) * GIVES_WAY, LEAST), self._now())
