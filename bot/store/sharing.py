"""Lets what waits at the same time share a transaction."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from bot.store.errors import StoreError

Item = TypeVar("Item")


class Shared(Generic[Item]):
    """Runs what is given to it in lots: those that wait while another lot runs go together.

    A lot's answers are in its order; an answer that is an exception is raised for its own caller alone.
    """

    def __init__(
        self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Any]]], *, most: int, at_once: int
    ) -> None:
        self._run = run
        self._most = most
        self._at_once = at_once
        self._waiting: deque[tuple[Item, asyncio.Future[Any]]] = deque()
        self._lots: list[asyncio.Task[None]] = []
        self._finished = False

    async def answer(self, item: Item) -> Any:
        """Return what the lot's run says about this item; a caller that goes away spares its neighbours."""
        if self._finished:
            raise StoreError("The store is closed.")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._lots) < self._at_once:
            self._lots.append(asyncio.create_task(self._work()))
        return await future

    async def finish(self) -> None:
        """Take nothing more, and wait until nothing waits and nothing runs."""
        self._finished = True
        while self._lots:
            await asyncio.wait(self._lots)

    async def _work(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            lot = [(item, future) for item, future in taken if not future.done()]
            # What the run raises, a bug included, is for each who waits; nobody may wait for ever.
            ran: Sequence[Any] | BaseException
            (ran,) = await asyncio.gather(self._run([item for item, _ in lot]), return_exceptions=True)
            for place, (_, future) in enumerate(lot):
                _settle(future, ran if isinstance(ran, BaseException) else ran[place])
        # At once, not when the task has ended: who comes in between starts another.
        self._lots = [lot for lot in self._lots if lot is not asyncio.current_task()]


def _settle(future: asyncio.Future[Any], answer: Any) -> None:
    if future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
