"""The SelfService port: how an app stands for guests, and the writes that give it a group of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.group import Group as GroupBody
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.service_principal import ServicePrincipal

from access.ports import Given, Made, Missing, NewGroup, Refused, Unknown, tried
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.model import DEFAULT_ACCESS, DEFAULT_NAME, AppRole, GroupKind, Named, ObjectId, Person
from access.rules.people import may_ask
from access.rules.setup_plans import AppAsSet, AssignedGroup, Right, Unfit
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.directory import app_row, group_row, user_row
from bot.graph.errors import AlreadyThere
from bot.graph.fitness import by_itself, by_tenant, closed
from bot.graph.own_rights import OwnRights
from bot.graph.pacer import Kind
from bot.graph.shapes import USER, USER_TYPE, app_from, group_from, is_microsofts, path_id, person_from

log = logging.getLogger("guestlist.graph")

_WHOLE_PAGE = "999"
_AT_ONCE = 16
"""How many groups are read at once: an app may have hundreds, and a call in line for too long is lost."""
_Read = tuple[Row, tuple[Named, ...], int, Unfit | None]
_WRITES_GROUPS = frozenset({"Group.ReadWrite.All", "Directory.ReadWrite.All"})
_RIGHTS: Mapping[Right, frozenset[str]] = {
    Right.MAKE: _WRITES_GROUPS | {Right.MAKE},
    Right.OWN: _WRITES_GROUPS,
    Right.ASSIGN: frozenset({Right.ASSIGN}),
    Right.REQUIRE: frozenset({Right.REQUIRE}),
}
"""Each right by the permissions that give it, those that hold more too."""


class GraphSelfService:
    """Reads every part afresh; writes once, and only what is of the plan."""

    def __init__(self, client: GraphClient, own_rights: OwnRights) -> None:
        self._client = client
        self._sdk = client.sdk
        self._own_rights = own_rights

    async def look(self, app_id: ObjectId) -> AppAsSet:
        app, (roles, trace), owners, rights, licensed = await asyncio.gather(
            app_row(self._client, app_id),
            self._assigned(app_id),
            self._owners(app_id),
            self._rights(),
            tried(self._own_rights.premium()),
        )
        names = {role.role_id: role.name for role in app_from(app.body).roles} | {
            DEFAULT_ACCESS: DEFAULT_NAME
        }
        turns = asyncio.Semaphore(_AT_ONCE)

        async def read(group_id: ObjectId) -> _Read | None:
            async with turns:
                return await self._group(group_id, app_id)

        found = await asyncio.gather(*(read(one) for one in roles))
        groups = [
            AssignedGroup(group_from(row), AppRole(role, names.get(role, role)), own, opens, unfit)
            for each, role in zip(found, roles.values(), strict=True)
            if each is not None
            for row, own, opens, unfit in (each,)
        ]
        return AppAsSet(
            app=app_from(app.body),
            required=bool(app.body.get("appRoleAssignmentRequired")),
            owners=tuple(Named(one.object_id, one.name) for one in owners),
            groups=tuple(await self._with_tenant(groups)),
            rights=rights,
            licensed=licensed,
            trace=trace,
        )

    async def find(self, marker: str) -> ObjectId | None:
        request = self._sdk.groups.to_get_request_information()
        asked = ask(request, "id", "mailNickname", filter=f"mailNickname eq {quoted(marker)}")
        rows = rows_of(await self._client.call(asked, Kind.READ))
        return ObjectId(rows[0]["id"]) if rows else None

    async def make(self, app_id: ObjectId, group: NewGroup) -> Made:
        await self._guard_app(app_id)
        for one in group.owners:
            await self._guard_owner(app_id, one)
        links = [f"{self._client.base}/users/{path_id(one, Cause.GUARDED)}" for one in group.owners]
        body = GroupBody(
            display_name=group.name,
            description=group.description,
            mail_enabled=False,
            mail_nickname=group.marker,
            security_enabled=True,
            additional_data={"owners@odata.bind": links},
        )
        answer = await self._client.call(self._sdk.groups.to_post_request_information(body), Kind.WRITE)
        if not answer.body.get("id"):
            raise Unknown(Cause.UNAVAILABLE, "The answer names no group", trace=answer.trace)
        return Made(ObjectId(answer.body["id"]), answer.trace)

    async def own(self, app_id: ObjectId, group_id: ObjectId, owner: ObjectId) -> Given:
        await self._guard_owner(app_id, owner)
        roles, _ = await self._assigned(app_id)
        if group_id not in roles:
            raise _guarded("a group that is not assigned to the app", group_id)
        _guard_group((await group_row(self._client, group_id)).body)
        body = ReferenceCreate(odata_id=f"{self._client.base}/users/{owner}")
        owners = self._sdk.groups.by_group_id(group_id).owners
        return await self._add(owners.ref.to_post_request_information(body))

    async def assign(self, app_id: ObjectId, group_id: ObjectId, marker: str, role_id: ObjectId) -> Given:
        """Assign a group that bears this request's marker, so that Guestlist assigns none but its own."""
        app = await self._guard_app(app_id)
        row = (await group_row(self._client, group_id)).body
        _guard_group(row)
        if await self.find(marker) != group_id:
            raise Missing(Cause.GROUP_GONE, "The group is not known by its marker")
        offered = {role.role_id for role in app_from(app).roles} or {DEFAULT_ACCESS}
        if role_id not in offered:
            raise Refused(Cause.ROLE_GONE)
        assigned = self._sdk.service_principals.by_service_principal_id(app_id).app_role_assigned_to
        body = AppRoleAssignment(principal_id=group_id, resource_id=app_id, app_role_id=role_id)
        return await self._add(assigned.to_post_request_information(body))

    async def require(self, app_id: ObjectId) -> str:
        await self._guard_app(app_id)
        app = self._sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        body = ServicePrincipal(app_role_assignment_required=True)
        request = app.to_patch_request_information(body)
        return (await self._client.call(request, Kind.WRITE, missing=Cause.APP_GONE)).trace

    async def _add(self, request: Any) -> Given:
        try:
            return Given((await self._client.call(request, Kind.WRITE, missing=Cause.GROUP_GONE)).trace)
        except AlreadyThere as there:
            return Given(there.trace, was_there=True)

    async def _guard_app(self, app_id: ObjectId) -> Row:
        app = (await app_row(self._client, app_id)).body
        if is_microsofts(app):
            raise _guarded("one of Microsoft's own APIs", app_id)
        return app

    async def _guard_owner(self, app_id: ObjectId, owner: ObjectId) -> None:
        person = person_from((await user_row(self._client, owner)).body)
        if not may_ask(person) or owner not in {one.object_id for one in await self._owners(app_id)}:
            raise _guarded("an owner who does not own the app", owner)

    async def _assigned(self, app_id: ObjectId) -> tuple[dict[ObjectId, ObjectId], str]:
        """Return the groups that are assigned to the app, each with its role, and the read's `request-id`."""
        app = self._sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        request = ask(app.app_role_assigned_to.to_get_request_information(), top=_WHOLE_PAGE)
        roles: dict[ObjectId, ObjectId] = {}
        while True:
            answer = await self._client.call(request, Kind.READ, missing=Cause.APP_GONE)
            for row in rows_of(answer):
                if row["principalType"] == "Group":
                    roles.setdefault(ObjectId(row["principalId"]), ObjectId(row["appRoleId"]))
            link = answer.body.get("@odata.nextLink")
            if not link:
                return roles, answer.trace
            request = self._client.follow(link)

    async def _owners(self, app_id: ObjectId) -> Sequence[Person]:
        """Return the owners of the app who may do something: a guest and a disabled account own nothing."""
        app = self._sdk.service_principals.by_service_principal_id(path_id(app_id, Cause.APP_GONE))
        rows = self._client.pages(
            ask(app.owners.to_get_request_information(), *USER, top=_WHOLE_PAGE), missing=Cause.APP_GONE
        )
        return [one for one in await _people(rows) if may_ask(one)]

    async def _group(self, group_id: ObjectId, app_id: ObjectId) -> _Read | None:
        group = self._sdk.groups.by_group_id(group_id)
        owners = ask(group.owners.to_get_request_information(), *USER, top=_WHOLE_PAGE)
        held = ask(group.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        try:
            row = (await group_row(self._client, group_id)).body
            own = await _people(self._client.pages(owners))
            apps = {ObjectId(one["resourceId"]) async for one in self._client.pages(held)}
        except Missing:
            return None
        unfit = await by_itself(self._client, row)
        named = tuple(Named(one.object_id, one.name) for one in own)
        return row, named, len(apps - {app_id}), unfit

    async def _with_tenant(self, groups: Sequence[AssignedGroup]) -> list[AssignedGroup]:
        """Return the groups, the Microsoft 365 ones barred where the tenant's own setting bars guests."""
        unified = [one for one in groups if one.group.kind is GroupKind.MICROSOFT_365 and one.unfit is None]
        if not unified:
            return list(groups)
        unfit = await by_tenant(self._client)
        if unfit is None:
            return list(groups)
        return [
            AssignedGroup(one.group, one.role, one.owners, one.opens, unfit) if one in unified else one
            for one in groups
        ]

    async def _rights(self) -> frozenset[Right] | Unread:
        """Return what Guestlist's own enterprise application was given."""
        held = await tried(self._own_rights.permissions())
        if isinstance(held, Unread):
            return held
        return frozenset(right for right, names in _RIGHTS.items() if names & held)


async def _people(rows: AsyncIterator[Row]) -> Sequence[Person]:
    return [person_from(row) async for row in rows if row.get("@odata.type") == USER_TYPE]


def _guard_group(row: Row) -> None:
    if closed(row) is not None:
        raise _guarded("a group that takes no guests by hand", str(row["id"]))


def _guarded(what: str, object_id: str) -> Refused:
    log.error("The guard refused a write", extra={"what": what, "object_id": object_id})
    return Refused(Cause.GUARDED, f"The guard refused {what}")
