"""Twenty members in one call: additions to a group that come close together, where nobody waits for one.

Microsoft takes the call or refuses it as a whole. Where it is refused for one of them, each is added by
itself, so that each learns what became of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from copy import copy
from dataclasses import dataclass, field

import orjson
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from access.ports import AccessError, Given, LeaseLost, Missing, NotYet, Refused
from access.ports.lease import Joint, Lease, held_lease, joint
from access.ports.sharing import shared_by
from access.rules.causes import Cause
from bot.graph.client import GraphClient
from bot.graph.errors import AlreadyThere
from bot.graph.pacer import Kind, Priority

MOST = 20
"""Members that one PATCH of a group takes: learn.microsoft.com/graph/api/group-post-members."""
PATIENCE, NOBODY = 1.0, 0.2
"""Seconds for which the first waits for others, and after which nobody else is waited for if none came."""
_OF_ALL = frozenset({Cause.RIGHTS_MISSING, Cause.SIGN_IN_REFUSED, Cause.GROUP_BARS_GUESTS})
"""Refusals that are nobody's of them."""

Alone = Callable[[str], RequestInformation]
"""Given a guest, the call that adds them by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    guest_id: str
    lease: Lease | Joint | None
    alone: Alone
    given: "asyncio.Future[Given]"
    context: Context
    """Theirs, in which what is asked for them alone is asked: under their lease, and in their trace."""


@dataclass(slots=True)
class _Lot:
    waiting: list[_Waiting] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)


class Lots:
    """Gathers additions by group; each caller gets what became of its own, or its own error."""

    def __init__(self, client: GraphClient, most: int = MOST, patience: float = PATIENCE) -> None:
        self._client = client
        self._most, self._patience = most, patience
        self._lots: dict[str, _Lot] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, group_id: str, guest_id: str, alone: Alone) -> Given:
        """Add a guest, with others if some come within a second; raises what adding them alone would."""
        lot = self._lots.get(group_id)
        if lot is None:
            lot = self._lots[group_id] = _Lot()
            # In a context of its own: the lease of whoever came first says nothing about the others.
            task = asyncio.create_task(self._gather(group_id, lot), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        given: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(guest_id, held_lease(), alone, given, copy_context())
        lot.waiting.append(waiting)
        if len(lot.waiting) == self._most:
            del self._lots[group_id]
            lot.full.set()
        return await waiting.given

    async def _gather(self, group_id: str, lot: _Lot) -> None:
        await self._filled(lot)
        if self._lots.get(group_id) is lot:
            del self._lots[group_id]
        present = [one for one in lot.waiting if not one.given.done()]  # who was canceled wants nothing more
        if len(present) == 1:
            await self._each(present)
        elif present:
            await self._together(group_id, present)

    async def _filled(self, lot: _Lot) -> None:
        """Wait until the lot is full, nobody comes any more, or the first has waited for long."""
        time, came = asyncio.get_running_loop().time, 0
        ends = time() + self._patience
        while not lot.full.is_set() and len(lot.waiting) > came and (left := ends - time()) > 0:
            came = len(lot.waiting)
            with suppress(TimeoutError):
                await asyncio.wait_for(lot.full.wait(), min(NOBODY, left))

    async def _together(self, group_id: str, lot: Sequence[_Waiting]) -> None:
        members = {"members@odata.bind": [self._link(one.guest_id) for one in lot]}
        request = self._client.sdk.groups.by_group_id(group_id).to_get_request_information()
        request.http_method = Method.PATCH  # the SDK's body of a group would import models in the event loop
        request.set_stream_content(orjson.dumps(members), "application/json")
        try:
            with joint([one.lease for one in lot]).guarding(), shared_by([one.context for one in lot]):
                answer = await self._client.call(request, Kind.WRITE, priority=Priority.BACKGROUND)
        except (AlreadyThere, Missing, NotYet, LeaseLost):
            await self._each(lot)
        except Refused as error:
            if error.cause not in _OF_ALL:
                await self._each(lot)
            _refuse(lot, error)  # those who have their own answer by now keep it
        except AccessError as error:
            _refuse(lot, error)
        else:
            for one in lot:
                _tell(one, Given(answer.trace))

    async def _each(self, lot: Sequence[_Waiting]) -> None:
        await asyncio.gather(*(asyncio.create_task(self._alone(one), context=one.context) for one in lot))

    async def _alone(self, one: _Waiting) -> None:
        try:
            answer = await self._client.call(
                one.alone(one.guest_id),
                Kind.WRITE,
                priority=Priority.BACKGROUND,
                missing=Cause.GUEST_GONE,
            )
        except AlreadyThere as there:
            _tell(one, Given(there.trace, was_there=True))
        except AccessError as error:
            _refuse([one], error)
        else:
            _tell(one, Given(answer.trace))

    def _link(self, guest_id: str) -> str:
        return f"{self._client.base}/directoryObjects/{guest_id}"


def _tell(one: _Waiting, given: Given) -> None:
    if not one.given.done():
        one.given.set_result(given)


def _refuse(lot: Sequence[_Waiting], error: AccessError) -> None:
    for one in lot:
        if not one.given.done():
            one.given.set_exception(copy(error))
