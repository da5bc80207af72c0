"""How far long work is: a bar on the standard error, where that is a terminal, and nothing anywhere else."""

import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

T = TypeVar("T")
Step = Callable[[int, int | None], None]
"""Tells how much is done, and of how much where that is known by now."""
_OFTEN = 0.1
"""Seconds after which a bar has something new to show."""


@dataclass(frozen=True, slots=True)
class HowFar:
    """Shows bars, or does not."""

    shown: bool = False

    @classmethod
    def on_a_terminal(cls, *, as_json: bool) -> Self:
        return cls(sys.stderr.isatty() and not as_json)

    @contextmanager
    def bar(self, what: str, total: int | None = None) -> Iterator[Step]:
        """Show a bar for as long as the work lasts, and leave nothing of it."""
        if not self.shown:
            yield lambda _done, _of: None
            return
        from rich.console import Console  # noqa: PLC0415 - few commands show anything
        from rich.progress import Progress  # noqa: PLC0415 - likewise

        # What is written meanwhile goes where it belongs, and not through the bar to the standard error.
        with Progress(
            console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
        ) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done, of: progress.update(task, completed=done, total=total if of is None else of)

    async def along(
        self,
        what: str,
        found: AsyncIterator[T],
        total: Callable[[], Awaitable[int]],
        place: Callable[[T], int],
    ) -> AsyncIterator[T]:
        """Yield what is found, showing each one's place among all."""
        with self.bar(what, await total() if self.shown else None) as step:
            shown_at = 0.0
            async for one in found:
                if self.shown and time.monotonic() - shown_at > _OFTEN:
                    shown_at = time.monotonic()
                    step(place(one), None)
                yield one
