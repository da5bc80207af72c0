"""The AppGuests port: who holds an app, read in whole pages and by fifteen, never one by one."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from access.ports import Missing
from access.rules.causes import Cause
from access.rules.guest_list import Held
from access.rules.model import Give, GiveKind, Guest, ObjectId
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.pacer import Kind
from bot.graph.shapes import USER, guest_from, is_guest, is_object_id, path_id

_WHOLE_PAGE = "999"
_IN_ONE_FILTER = 15
"""How many values `in` takes but of an index that lags: learn.microsoft.com/graph/filter-query-parameter."""
_MOST_BY_FIFTEEN = 1_500
"""Above so many it is cheaper to read all guests of the tenant, 999 a call, than these alone."""
_AT_ONCE = 4
"""How many calls one list has under way, so that whoever asks for another waits for none of its thousands."""
_EVERY_GUEST = "userType eq 'Guest'"
_ACTIVITY = ("lastSuccessfulSignInDateTime", "lastSignInDateTime", "lastNonInteractiveSignInDateTime")
_FIRST_YEAR = 2
"""Graph writes year 1 where there never was a sign-in."""


class GraphAppGuests:
    """Reads assignments, members of groups and users as lists."""

    def __init__(self, client: GraphClient, most_by_fifteen: int = _MOST_BY_FIFTEEN) -> None:
        self._client = client
        self._most = most_by_fifteen

    async def guests_of(self, app_id: ObjectId) -> Sequence[Held]:
        groups, direct = await self._assigned(app_id)
        turn = asyncio.Semaphore(_AT_ONCE)
        members = await asyncio.gather(*(self._members(one, turn) for one in groups))
        known = {one.object_id: one for each in members for one in each}
        known |= {one.object_id: one for one in await self._users(direct.keys() - known.keys(), turn)}
        gives: dict[ObjectId, set[str]] = defaultdict(set)
        for group, each in zip(groups, members, strict=True):
            for guest in each:
                gives[guest.object_id].add(Give(GiveKind.GROUP, group, "").key)
        for object_id, keys in direct.items():
            gives[object_id] |= keys
        return [Held(guest, frozenset(gives[object_id])) for object_id, guest in known.items()]

    async def holders_of(self, app_id: ObjectId, give: Give) -> frozenset[ObjectId]:
        try:
            if give.kind is GiveKind.APP_ROLE:
                _, direct = await self._assigned(app_id)
                return frozenset(one for one, keys in direct.items() if give.key in keys)
            group = self._client.sdk.groups.by_group_id(path_id(give.object_id, Cause.GROUP_GONE))
            request = ask(group.members.graph_user.to_get_request_information(), "id", top=_WHOLE_PAGE)
            pages = self._client.pages(request, missing=Cause.GROUP_GONE)
            return frozenset([ObjectId(row["id"]) async for row in pages])
        except Missing:
            return frozenset()

    async def sponsors_of(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, tuple[str, ...]]:
        rows = await self._by_id(guests, "id", expand="sponsors($select=id,displayName)")
        return {
            ObjectId(row["id"]): tuple(one.get("displayName") or "" for one in row.get("sponsors") or ())
            for row in rows
        }

    async def signed_in(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime]:
        rows = await self._by_id(guests, "id", "signInActivity")
        read = {ObjectId(row["id"]): last_sign_in(row.get("signInActivity") or {}) for row in rows}
        return {object_id: at for object_id, at in read.items() if at is not None}

    async def _assigned(self, app_id: ObjectId) -> tuple[list[ObjectId], dict[ObjectId, set[str]]]:
        """Return the groups to which the app is assigned, and the people with the keys of their roles."""
        app = self._client.sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        request = ask(app.app_role_assigned_to.to_get_request_information(), top=_WHOLE_PAGE)
        groups: dict[ObjectId, None] = {}
        direct: dict[ObjectId, set[str]] = defaultdict(set)
        async for row in self._client.pages(request, missing=Cause.APP_GONE):
            principal = ObjectId(row["principalId"])
            if row["principalType"] == "Group":
                groups[principal] = None
            elif row["principalType"] == "User":
                direct[principal].add(Give(GiveKind.APP_ROLE, ObjectId(row["appRoleId"]), "").key)
        return list(groups), direct

    async def _members(self, group_id: ObjectId, turn: asyncio.Semaphore) -> Sequence[Guest]:
        """Return the guests among the direct members, to whom alone an app's assignment reaches."""
        group = self._client.sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.members.graph_user.to_get_request_information(), *USER, top=_WHOLE_PAGE)
        pages = self._client.pages(request, missing=Cause.GROUP_GONE)
        async with turn:
            try:
                return await _guests(pages)
            except Missing:
                return []

    async def _users(self, ids: set[ObjectId], turn: asyncio.Semaphore) -> Sequence[Guest]:
        """Return who of these is a guest: an assignment does not say it."""
        if len(ids) > self._most:
            users = self._client.sdk.users.to_get_request_information()
            request = ask(users, *USER, filter=_EVERY_GUEST, top=_WHOLE_PAGE)
            return [one for one in await _guests(self._client.pages(request)) if one.object_id in ids]
        rows = await self._by_id(sorted(ids), *USER, turn=turn)
        return [guest_from(row) for row in rows if is_guest(row)]

    async def _by_id(
        self, ids: Sequence[ObjectId], *select: str, turn: asyncio.Semaphore | None = None, **query: str
    ) -> Sequence[Row]:
        known = [quoted(one) for one in ids if is_object_id(one)]
        turn = turn or asyncio.Semaphore(_AT_ONCE)

        async def part(first: int) -> Sequence[Row]:
            among = f"id in ({','.join(known[first : first + _IN_ONE_FILTER])})"
            users = self._client.sdk.users.to_get_request_information()
            async with turn:
                return rows_of(await self._client.call(ask(users, *select, filter=among, **query), Kind.READ))

        parts = await asyncio.gather(*(part(first) for first in range(0, len(known), _IN_ONE_FILTER)))
        return [row for rows in parts for row in rows]


async def _guests(pages: AsyncIterator[Row]) -> Sequence[Guest]:
    return [guest_from(row) async for row in pages if is_guest(row)]


def last_sign_in(activity: Row) -> datetime | None:
    """Return the last sign-in that went through or, where Graph does not tell that, the last one."""
    read = [datetime.fromisoformat(activity[name]) for name in _ACTIVITY if activity.get(name)]
    times = [at.astimezone(UTC) for at in read if at.year >= _FIRST_YEAR]
    return times[0] if times and activity.get(_ACTIVITY[0]) else max(times, default=None)
