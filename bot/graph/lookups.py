"""Whom an address belongs to, and what is alike for many who ask close together where nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from copy import copy
from dataclasses import dataclass, field

from access.ports import AccessError
from access.ports.haste import is_behind
from access.ports.sharing import shared_by
from bot.graph.client import Answer, GraphClient, Row, ask, quoted, rows_of
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import USER, addresses_of

MOST = 15
"""How many parts a filter takes: learn.microsoft.com/graph/filter-query-parameter."""
PATIENCE = 0.5
"""Seconds for which the first waits for others."""
ALIKE = 2.0
"""Seconds for which what was read for one row of a list is true for the others."""


@dataclass(slots=True)
class _Lot:
    addresses: list[str] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    rows: "asyncio.Task[Sequence[Row]] | None" = None


class Lookups:
    """Finds users by any of their addresses: for a list fifteen in a look, of which each gets its own."""

    def __init__(self, client: GraphClient, patience: float = PATIENCE) -> None:
        self._client, self._patience = client, patience
        self._lot: _Lot | None = None

    async def having(self, address: str) -> Sequence[Row]:
        """Return the rows of the users who have an address."""
        if not is_behind():
            return await self._look([address], Priority.PERSON)
        lot = self._lot
        if lot is None:
            lot = self._lot = _Lot()
            # In a context of its own: the lease of whoever came first says nothing about the others.
            lot.rows = asyncio.create_task(self._gathered(lot), context=Context())
        lot.addresses.append(address)
        lot.contexts.append(copy_context())
        if len(lot.addresses) == MOST:
            self._lot = None
            lot.full.set()
        assert lot.rows is not None
        try:
            rows = await asyncio.shield(lot.rows)
        except AccessError as error:
            raise copy(error) from error
        return [row for row in rows if address in addresses_of(row)]

    async def _gathered(self, lot: _Lot) -> Sequence[Row]:
        with suppress(TimeoutError):
            await asyncio.wait_for(lot.full.wait(), self._patience)
        if self._lot is lot:
            self._lot = None
        with shared_by(lot.contexts):
            return await self._look(lot.addresses, Priority.BACKGROUND)

    async def _look(self, addresses: Sequence[str], priority: Priority) -> Sequence[Row]:
        """Ask for each place by itself: Graph does not promise that it joins them in one filter."""
        places = (
            "mail eq {}",
            "otherMails/any(m:m eq {})",
            "proxyAddresses/any(p:p eq {})",
            "proxyAddresses/any(p:p eq {})",
        )
        marks = ("", "", "smtp:", "SMTP:")
        filters = [
            " or ".join(place.format(quoted(mark + one)) for one in addresses)
            for place, mark in zip(places, marks, strict=True)
        ]
        users = self._client.sdk.users
        asked = [
            ask(users.to_get_request_information(), *USER, "proxyAddresses", filter=one) for one in filters
        ]
        answers = await asyncio.gather(
            *(self._client.call(one, Kind.READ, priority=priority) for one in asked)
        )
        return [row for answer in answers for row in rows_of(answer)]


class Alike:
    """Reads an object once for all rows of a list that ask for it within two seconds."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, asyncio.Task[Answer], list[Context]]] = {}

    async def read(self, object_id: str, read: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the object; where somebody waits for it, fresh."""
        if not is_behind():
            return await read()
        now = asyncio.get_running_loop().time()
        at, task, waiting = self._kept.get(object_id, (now, None, []))
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or now - at > ALIKE:
            waiting = []
            task = asyncio.create_task(self._read(read, waiting))
            self._kept = {object_id: (now, task, waiting)} | {
                key: one for key, one in self._kept.items() if key != object_id and now - one[0] <= ALIKE
            }
        if not task.done():
            waiting.append(copy_context())
        try:
            return await asyncio.shield(task)
        except AccessError as error:
            raise copy(error) from error

    async def _read(self, read: Callable[[], Awaitable[Answer]], waiting: Sequence[Context]) -> Answer:
        with shared_by(waiting):
            return await read()
