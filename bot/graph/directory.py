"""The Directory port: people, guests, apps and groups, as Graph knows them now."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from kiota_abstractions.request_information import RequestInformation

from access.ports import ChangedGuests, Clock, Missing
from access.rules.causes import Cause
from access.rules.model import App, Give, GiveKind, Group, Guest, ObjectId, Person
from bot.graph.changes import guests_changed
from bot.graph.client import Answer, GraphClient, Row, ask, quoted, rows_of
from bot.graph.lookups import Lookups
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import (
    APP,
    APP_TYPE,
    GROUP,
    GROUP_TYPE,
    NAMES,
    USER,
    USER_TYPE,
    app_from,
    group_from,
    guest_from,
    is_guest,
    is_object_id,
    path_id,
    people_use,
    person_from,
)

_TENANT_KEPT = timedelta(hours=1)
_WHOLE_PAGE, _FEW = "999", "15"
_IN_ONE_FILTER = 15
"""How many values `in` takes but of an index that lags: learn.microsoft.com/graph/filter-query-parameter."""
_GUESTS = "userType eq 'Guest'"
_MEMBERS = "userType eq 'Member'"


class GraphDirectory:
    """Reads through the SDK's requests; the tenant's own names are kept a while."""

    def __init__(self, client: GraphClient, clock: Clock) -> None:
        self._client = client
        self._sdk = client.sdk
        self._clock = clock
        self._lookups = Lookups(client)
        self._kept_tenant: tuple[datetime, tuple[str, frozenset[str]]] | None = None

    async def person(self, object_id: ObjectId) -> Person | None:
        row = await self._user(object_id)
        return person_from(row) if row else None

    async def manager(self, object_id: ObjectId) -> Person | None:
        try:
            request = self._sdk.users.by_user_id(path_id(object_id)).manager.to_get_request_information()
            answer = await self._client.call(ask(request, *USER), Kind.READ)
        except Missing:
            return None
        return person_from(answer.body)

    async def sponsors(self, guest_id: ObjectId) -> Sequence[Person]:
        """Return the people who stand for a guest; groups may, too, and are no people who could be asked."""
        user = self._sdk.users.by_user_id(path_id(guest_id, Cause.GUEST_GONE))
        return await self._people(user.sponsors.to_get_request_information(), Cause.GUEST_GONE)

    async def find_by_address(self, address: str) -> Guest | Person | None:
        """Return who has an address; a guest before a member who has it too, for the guest can be invited."""
        found = await self._lookups.having(address)
        guest = next((row for row in found if is_guest(row)), None)
        if guest is not None:
            return guest_from(guest)
        return person_from(found[0]) if found else None

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None:
        row = await self._user(guest_id, Priority.PERSON if waited_for else Priority.BACKGROUND)
        return guest_from(row) if row and is_guest(row) else None

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        known, found = [quoted(one) for one in ids if is_object_id(one)], list[Guest]()
        for first in range(0, len(known), _IN_ONE_FILTER):
            among = f"id in ({','.join(known[first : first + _IN_ONE_FILTER])})"
            request = ask(self._sdk.users.to_get_request_information(), *USER, filter=among, top=_WHOLE_PAGE)
            answer = await self._client.call(request, Kind.READ, priority=Priority.BACKGROUND)
            found += [guest_from(row) for row in rows_of(answer) if is_guest(row)]
        return found

    async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:
        request = ask(self._sdk.service_principals.to_get_request_information(), *APP, top=_WHOLE_PAGE)
        priority = Priority.PERSON if waited_for else Priority.BACKGROUND
        async for row in self._client.pages(request, priority=priority):
            if people_use(row):
                yield app_from(row)

    async def apps_named(self, name: str) -> Sequence[App]:
        every = self._sdk.service_principals.to_get_request_information()
        request = ask(every, *APP, filter=f"displayName eq {quoted(name)}", top=_FEW)
        rows = rows_of(await self._client.call(request, Kind.READ))
        return [app_from(row) for row in rows if people_use(row)]

    async def every_guest(self) -> AsyncIterator[Guest]:
        request = ask(self._sdk.users.to_get_request_information(), *NAMES, filter=_GUESTS, top=_WHOLE_PAGE)
        async for row in self._client.pages(request, priority=Priority.BACKGROUND):
            yield guest_from(row)

    async def guests_changed(self, cursor: str) -> ChangedGuests:
        return await guests_changed(self._client, cursor)

    async def guests_named(self, text: str, most: int) -> Sequence[Guest]:
        """Ask for name and address by itself, as for every address."""
        begun = (f"startswith({name},{quoted(text)}) and {_GUESTS}" for name in ("displayName", "mail"))
        filters = list(begun) if text else [_GUESTS]
        requests = [
            ask(self._sdk.users.to_get_request_information(), *USER, filter=one, top=str(most))
            for one in filters
        ]
        answers = await asyncio.gather(*(self._client.call(one, Kind.READ) for one in requests))
        found = {row["id"]: guest_from(row) for answer in answers for row in rows_of(answer)}
        return list(found.values())[:most]

    async def members_named(self, name: str, most: int) -> Sequence[Person]:
        called = f"displayName eq {quoted(name)} and {_MEMBERS}"
        request = ask(self._sdk.users.to_get_request_information(), *USER, filter=called, top=str(most))
        return [person_from(row) for row in rows_of(await self._client.call(request, Kind.READ))]

    async def guests_since(self, at: datetime) -> Sequence[Guest]:
        made = f"createdDateTime ge {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} and {_GUESTS}"
        request = ask(self._sdk.users.to_get_request_information(), *USER, filter=made, top=_WHOLE_PAGE)
        return [guest_from(row) async for row in self._client.pages(request, priority=Priority.BACKGROUND)]

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        return frozenset(await self._owned(object_id, APP_TYPE))

    async def apps_of_groups_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        groups = await self._owned(object_id, GROUP_TYPE)
        found = await asyncio.gather(*(self.apps_of_group(one) for one in groups))
        return frozenset().union(*found)

    async def apps_of_group(self, group_id: ObjectId) -> frozenset[ObjectId]:
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        try:
            pages = self._client.pages(request, missing=Cause.GROUP_GONE)
            return frozenset([ObjectId(row["resourceId"]) async for row in pages])
        except Missing:
            return frozenset()

    async def _owned(self, object_id: ObjectId, kind: str) -> Sequence[ObjectId]:
        owned = self._sdk.users.by_user_id(path_id(object_id)).owned_objects.to_get_request_information()
        pages = self._client.pages(ask(owned, "id", top=_WHOLE_PAGE))
        return [ObjectId(row["id"]) async for row in pages if row.get("@odata.type") == kind]

    async def memberships(self, object_id: ObjectId) -> frozenset[ObjectId]:
        member_of = self._sdk.users.by_user_id(path_id(object_id)).member_of.to_get_request_information()
        pages = self._client.pages(ask(member_of, "id", top=_WHOLE_PAGE))
        return frozenset([ObjectId(row["id"]) async for row in pages])

    async def app(self, app_id: ObjectId) -> App | None:
        try:
            return app_from((await app_row(self._client, app_id)).body)
        except Missing:
            return None

    async def app_owners(self, app_id: ObjectId) -> Sequence[Person]:
        app = self._sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        return await self._people(app.owners.to_get_request_information(), Cause.APP_GONE)

    async def group(self, group_id: ObjectId) -> Group | None:
        try:
            return group_from((await group_row(self._client, group_id)).body)
        except Missing:
            return None

    async def group_owners(self, group_id: ObjectId) -> Sequence[Person]:
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        return await self._people(group.owners.to_get_request_information(), Cause.GROUP_GONE)

    async def group_members(self, group_id: ObjectId) -> Sequence[Person]:
        """Return the direct members; who is in a nested group is not meant to decide."""
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        return await self._people(group.members.to_get_request_information(), Cause.GROUP_GONE)

    async def everybody_in(self, group_id: ObjectId) -> Sequence[Person]:
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        return await self._people(group.transitive_members.to_get_request_information(), Cause.GROUP_GONE)

    async def groups_of_app(self, app_id: ObjectId) -> Sequence[Group]:
        app = self._sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        request = ask(app.app_role_assigned_to.to_get_request_information(), top=_WHOLE_PAGE)
        pages = self._client.pages(request, missing=Cause.APP_GONE)
        # A group with two roles of the app is assigned twice.
        ids = dict.fromkeys([row["principalId"] async for row in pages if row["principalType"] == "Group"])
        groups = await asyncio.gather(*(self.group(ObjectId(one)) for one in ids))
        return [group for group in groups if group is not None]

    async def has(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> bool:
        found, _ = await holds(self._client, guest_id, app_id, give)
        return found

    async def organisation(self) -> str:
        name, _ = await self._tenant()
        return name

    async def own_domains(self) -> frozenset[str]:
        _, domains = await self._tenant()
        return domains

    async def _tenant(self) -> tuple[str, frozenset[str]]:
        """Return the tenant's name and its verified domains."""
        now = self._clock.now()
        if self._kept_tenant is None or now - self._kept_tenant[0] >= _TENANT_KEPT:
            request = self._sdk.organization.to_get_request_information()
            answer = await self._client.call(ask(request, "displayName", "verifiedDomains"), Kind.READ)
            [row] = rows_of(answer)
            names = {domain["name"].lower() for domain in row.get("verifiedDomains") or ()}
            self._kept_tenant = (now, (row["displayName"], frozenset(names)))
        return self._kept_tenant[1]

    async def _user(self, object_id: ObjectId, priority: Priority = Priority.PERSON) -> Row | None:
        try:
            return (await user_row(self._client, object_id, priority)).body
        except Missing:
            return None

    async def _people(self, request: RequestInformation, missing: Cause) -> Sequence[Person]:
        pages = self._client.pages(ask(request, *USER, top=_WHOLE_PAGE), missing=missing)
        return [person_from(row) async for row in pages if row.get("@odata.type") == USER_TYPE]


async def user_row(client: GraphClient, object_id: ObjectId, priority: Priority = Priority.PERSON) -> Answer:
    """Read a user; raises `Missing` (guest gone)."""
    user = client.sdk.users.by_user_id(path_id(object_id, Cause.GUEST_GONE))
    request = ask(user.to_get_request_information(), *USER)
    return await client.call(request, Kind.READ, priority=priority, missing=Cause.GUEST_GONE)


async def app_row(client: GraphClient, app_id: ObjectId) -> Answer:
    """Read an enterprise application; raises `Missing` (app gone)."""
    app = client.sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
    return await client.call(ask(app.to_get_request_information(), *APP), Kind.READ, missing=Cause.APP_GONE)


async def group_row(client: GraphClient, group_id: ObjectId) -> Answer:
    """Read a group; raises `Missing` (group gone)."""
    group = client.sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
    request = ask(group.to_get_request_information(), *GROUP)
    return await client.call(request, Kind.READ, missing=Cause.GROUP_GONE)


async def holds(client: GraphClient, guest_id: ObjectId, app_id: ObjectId, give: Give) -> tuple[bool, str]:
    """Tell whether the guest holds exactly this, with the `request-id` of the read that says so."""
    held, trace = await held_as(client, guest_id, app_id, give)
    return held is not None, trace


async def held_as(
    client: GraphClient, guest_id: ObjectId, app_id: ObjectId, give: Give
) -> tuple[str | None, str]:
    """Return as what the guest holds exactly this, None where they do not, with the read's `request-id`.

    The guest's own lists are short and read from the directory itself; filters on a group's members are
    answered from an index that lags behind.
    """
    user = client.sdk.users.by_user_id(path_id(guest_id, Cause.GUEST_GONE))
    if give.kind is GiveKind.GROUP:
        request = ask(user.member_of.to_get_request_information(), "id")
    else:
        request = user.app_role_assignments.to_get_request_information()
    while True:
        try:
            answer = await client.call(request, Kind.READ, missing=Cause.GUEST_GONE)
        except Missing as error:
            return None, error.trace
        for row in rows_of(answer):
            if _is(row, guest_id, app_id, give):
                return str(row["id"]), answer.trace
        link = answer.body.get("@odata.nextLink")
        if not link:
            return None, answer.trace
        request = client.follow(link)


def _is(row: Row, guest_id: ObjectId, app_id: ObjectId, give: Give) -> bool:
    if give.kind is GiveKind.GROUP:
        return bool(row["id"] == give.object_id)
    # A user's list also shows what their groups are assigned.
    wanted = (guest_id, app_id, give.object_id)
    return (row["principalId"], row["resourceId"], row["appRoleId"]) == wanted
