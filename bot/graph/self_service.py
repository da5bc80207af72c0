"""The SelfService port: how an app stands for guests, and the writes that give it a group of its own."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.group import Group as GroupBody
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.service_principal import ServicePrincipal

from access.ports import AccessError, Given, Made, Missing, NewGroup, Refused, Unknown
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.model import DEFAULT_ACCESS, DEFAULT_NAME, AppRole, GroupKind, Named, ObjectId, Person
from access.rules.people import may_ask
from access.rules.setup_plans import AppAsSet, AssignedGroup, Right, Unfit
from bot.graph.activity import own_id
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.directory import app_row, group_row, user_row
from bot.graph.errors import AlreadyThere
from bot.graph.pacer import Kind
from bot.graph.shapes import USER, USER_TYPE, app_from, group_from, is_microsofts, path_id, person_from

log = logging.getLogger("guestlist.graph")

_WHOLE_PAGE = "999"
_MAKES = frozenset({"bf7b1a76-6e77-406b-b258-bf5c7720e98f"})
_WRITES_GROUPS = frozenset({"62a82d76-70ea-41e2-9197-370581804d09", "19dbc75e-c2e2-444c-a770-ec69d8559fc7"})
_RIGHTS: Mapping[Right, frozenset[str]] = {
    Right.MAKE: _MAKES | _WRITES_GROUPS,
    Right.OWN: _WRITES_GROUPS,
    Right.ASSIGN: frozenset({"06b708a9-e830-4db3-a914-8e69da51d44f"}),
    Right.REQUIRE: frozenset({"1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"}),
}
"""Each right by the ids that Microsoft Graph's app roles have in every tenant, those that hold more too."""
_P1 = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})
_ALLOWS = "AllowToAddGuests"
_SETTINGS = {"Group.Unified", "Group.Unified.Guest"}


class GraphSelfService:
    """Reads every part afresh; writes once, and only what is of the plan."""

    def __init__(self, client: GraphClient, app_id: str) -> None:
        self._client = client
        self._sdk = client.sdk
        self._app_id = app_id

    async def look(self, app_id: ObjectId) -> AppAsSet:
        app, (roles, trace), owners, rights, licensed = await asyncio.gather(
            app_row(self._client, app_id),
            self._assigned(app_id),
            self._owners(app_id),
            self._rights(),
            self._licensed(),
        )
        names = {role.role_id: role.name for role in app_from(app.body).roles} | {
            DEFAULT_ACCESS: DEFAULT_NAME
        }
        found = await asyncio.gather(*(self._group(one, app_id) for one in roles))
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

    async def _group(
        self, group_id: ObjectId, app_id: ObjectId
    ) -> tuple[Row, tuple[Named, ...], int, Unfit | None] | None:
        group = self._sdk.groups.by_group_id(group_id)
        owners = ask(group.owners.to_get_request_information(), *USER, top=_WHOLE_PAGE)
        held = ask(group.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        try:
            row = (await group_row(self._client, group_id)).body
            own = await _people(self._client.pages(owners))
            apps = {ObjectId(one["resourceId"]) async for one in self._client.pages(held)}
        except Missing:
            return None
        unfit = _closed(row) or await self._bars(row)
        named = tuple(Named(one.object_id, one.name) for one in own)
        return row, named, len(apps - {app_id}), unfit

    async def _bars(self, row: Row) -> Unfit | None:
        """Return whether a Microsoft 365 group bars guests by a setting of its own."""
        if group_from(row).kind is not GroupKind.MICROSOFT_365:
            return None
        settings = self._sdk.groups.by_group_id(row["id"]).settings
        allowed = await self._allows(settings.to_get_request_information())
        if allowed is None:
            return None
        return Unfit.UNREAD if isinstance(allowed, Unread) else None if allowed else Unfit.BARS_GUESTS

    async def _with_tenant(self, groups: Sequence[AssignedGroup]) -> list[AssignedGroup]:
        """Return the groups, the Microsoft 365 ones barred where the tenant's own setting bars guests."""
        unified = [one for one in groups if one.group.kind is GroupKind.MICROSOFT_365 and one.unfit is None]
        if not unified:
            return list(groups)
        allowed = await self._allows(self._sdk.group_settings.to_get_request_information())
        if allowed is None or allowed is True:
            return list(groups)
        unfit = Unfit.UNREAD if isinstance(allowed, Unread) else Unfit.TENANT_BARS_GUESTS
        return [
            AssignedGroup(one.group, one.role, one.owners, one.opens, unfit) if one in unified else one
            for one in groups
        ]

    async def _allows(self, request: Any) -> bool | Unread | None:
        """Return what settings say of guests, None where they say nothing."""
        try:
            rows = rows_of(await self._client.call(request, Kind.READ))
        except AccessError as error:
            return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
        values = [
            str(value.get("value")).casefold() != "false"
            for row in rows
            if row.get("displayName") in _SETTINGS
            for value in row.get("values") or ()
            if value.get("name") == _ALLOWS
        ]
        return all(values) if values else None

    async def _rights(self) -> frozenset[Right] | Unread:
        """Return what Guestlist's own enterprise application was given."""
        try:
            own = self._sdk.service_principals.by_service_principal_id(
                await own_id(self._client, self._app_id)
            )
            request = ask(own.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
            held = {str(row["appRoleId"]).lower() async for row in self._client.pages(request)}
        except AccessError as error:
            return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
        return frozenset(right for right, ids in _RIGHTS.items() if ids & held)

    async def _licensed(self) -> bool | Unread:
        """Tell whether the tenant has Entra ID P1 or P2."""
        try:
            request = self._sdk.subscribed_skus.to_get_request_information()
            rows = rows_of(await self._client.call(request, Kind.READ))
        except AccessError as error:
            return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
        return any(
            plan.get("servicePlanName") in _P1
            for row in rows
            if row.get("capabilityStatus") in {"Enabled", "Warning"}
            for plan in row.get("servicePlans") or ()
        )


async def _people(rows: AsyncIterator[Row]) -> Sequence[Person]:
    return [person_from(row) async for row in rows if row.get("@odata.type") == USER_TYPE]


def _closed(row: Row) -> Unfit | None:
    if row.get("isAssignableToRole"):
        return Unfit.HOLDS_ROLES
    closed = group_from(row).closed_because
    return Unfit(closed) if closed else None


def _guard_group(row: Row) -> None:
    if _closed(row) is not None:
        raise _guarded("a group that takes no guests by hand", str(row["id"]))


def _guarded(what: str, object_id: str) -> Refused:
    log.error("The guard refused a write", extra={"what": what, "object_id": object_id})
    return Refused(Cause.GUARDED, f"The guard refused {what}")
