"""How often something may be done a day."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol


class Cap(Protocol):
    """Counts what is done, for all who do it together."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Count what is done within; raises `NotDone` where that would be too often.

        What raises `NotDone` itself was not done, and is not counted.
        """
        ...


class Uncapped:
    """Lets everything be done."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        yield
