"""The Accounts port: acts on a guest's account, each behind a look at whose it is."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import orjson
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.user import User

from access.ports import Acted, Missing, Refused, Seen
from access.rules.accounts import Holdings, Unfit
from access.rules.causes import Cause
from access.rules.model import Named, ObjectId
from bot.graph.client import Answer, GraphClient, Row, ask
from bot.graph.pacer import Kind
from bot.graph.shapes import BY_RULE, GROUP_TYPE, USER, guest_from, path_id

log = logging.getLogger("guestlist.graph")

_ACCOUNT = (*USER, "onPremisesSyncEnabled")
_WHOLE_PAGE = "999"
_UNIT = "#microsoft.graph.administrativeUnit"
_REFUSED: Mapping[Unfit, Cause] = {Unfit.SYNCED: Cause.SYNCED, Unfit.NOT_INVITED: Cause.NOT_INVITED}


class GraphAccounts:
    """Writes once and never repeats by itself; nobody but an invited guest is ever written to."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._sdk = client.sdk

    async def holdings(self, guest_id: ObjectId) -> Holdings | None:
        try:
            row = (await self._row(guest_id)).body
            direct, member_of = await asyncio.gather(self._assigned(guest_id), self._member_of(guest_id))
        except Missing:
            return None
        groups = [one for one in member_of if one.get("@odata.type") == GROUP_TYPE]
        of_groups = await asyncio.gather(*(self._apps_of(ObjectId(one["id"])) for one in groups))
        apps = {one.object_id: one for each in (direct, *of_groups) for one in each}
        bare = [group for group, carried in zip(groups, of_groups, strict=True) if not carried]
        by_rule = [one for one in bare if BY_RULE in (one.get("groupTypes") or ())]
        return Holdings(
            guest=guest_from(row),
            apps=tuple(apps.values()),
            direct=frozenset(one.object_id for one in direct),
            carried={
                ObjectId(group["id"]): frozenset(one.object_id for one in carried)
                for group, carried in zip(groups, of_groups, strict=True)
            },
            groups=tuple(_named(one) for one in groups if one not in by_rule),
            by_rule=tuple(map(_named, by_rule)),
            roles=roles_of(member_of),
            unfit=_unfit(row),
        )

    async def look(self, guest_id: ObjectId) -> Seen:
        """Look among the guests, among the deleted, and again: one may be put back between both looks."""
        try:
            found = await self._row(guest_id)
        except Missing:
            deleted = await self._deleted(guest_id)
            if isinstance(deleted, Answer):
                return Seen(deleted.trace, deleted=True)
            try:
                found = await self._row(guest_id)
            except Missing:
                return Seen(deleted)
        enabled = found.body.get("accountEnabled") is not False
        return Seen(found.trace, there=True, enabled=enabled)

    async def block(self, guest_id: ObjectId) -> Acted:
        return await self._enable(guest_id, enabled=False)

    async def unblock(self, guest_id: ObjectId) -> Acted:
        return await self._enable(guest_id, enabled=True)

    async def sign_out(self, guest_id: ObjectId) -> Acted:
        user = self._sdk.users.by_user_id((await self._guarded(guest_id))["id"])
        request = user.revoke_sign_in_sessions.to_post_request_information()
        return Acted((await self._write(request)).trace)

    async def delete(self, guest_id: ObjectId) -> Acted:
        """Delete softly: Entra keeps the account for 30 days."""
        try:
            user = self._sdk.users.by_user_id((await self._guarded(guest_id))["id"])
            return Acted((await self._write(user.to_delete_request_information())).trace)
        except Missing as error:
            return Acted(error.trace, was_so=True)

    async def put_back(self, guest_id: ObjectId) -> Acted:
        """Restore by the object id alone: what it refers to is known not to have been renamed or replaced."""
        deleted = await self._deleted(guest_id)
        if not isinstance(deleted, Answer):
            await self._guarded(guest_id)  # where it is neither there nor deleted, it is gone for good
            return Acted(deleted, was_so=True)
        guard(deleted.body)
        item = self._sdk.directory.deleted_items.by_directory_object_id(deleted.body["id"])
        return Acted((await self._write(item.restore.to_post_request_information())).trace)

    async def _enable(self, guest_id: ObjectId, *, enabled: bool) -> Acted:
        found = await self._row(guest_id)
        guard(found.body)
        if found.body.get("accountEnabled") is enabled:
            return Acted(found.trace, was_so=True)
        user = self._sdk.users.by_user_id(found.body["id"])
        request = user.to_patch_request_information(User())
        # A `User` would be written with an `@odata.type`, or with null for it, which could clear something.
        request.set_stream_content(orjson.dumps({"accountEnabled": enabled}), "application/json")
        return Acted((await self._write(request)).trace)

    async def _write(self, request: RequestInformation) -> Answer:
        return await self._client.call(request, Kind.WRITE, missing=Cause.GONE_FOR_GOOD)

    async def _guarded(self, guest_id: ObjectId) -> Row:
        row = (await self._row(guest_id)).body
        guard(row)
        return row

    async def _row(self, guest_id: ObjectId) -> Answer:
        return await account_row(self._client, guest_id)

    async def _deleted(self, guest_id: ObjectId) -> Answer | str:
        """Return the deleted account, or the `request-id` of the answer that there is none."""
        items = self._sdk.directory.deleted_items
        item = items.by_directory_object_id(path_id(guest_id, Cause.GONE_FOR_GOOD)).graph_user
        try:
            return await self._client.call(ask(item.to_get_request_information(), *_ACCOUNT), Kind.READ)
        except Missing as error:
            return error.trace

    async def _assigned(self, guest_id: ObjectId) -> list[Named]:
        user = self._sdk.users.by_user_id(path_id(guest_id, Cause.GONE_FOR_GOOD))
        request = ask(user.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        return [_resource(row) async for row in self._client.pages(request)]

    async def _member_of(self, guest_id: ObjectId) -> list[Row]:
        user = self._sdk.users.by_user_id(path_id(guest_id, Cause.GONE_FOR_GOOD))
        request = user.member_of.to_get_request_information()
        request = ask(request, "id", "displayName", "groupTypes", top=_WHOLE_PAGE)
        return [row async for row in self._client.pages(request)]

    async def _apps_of(self, group_id: ObjectId) -> list[Named]:
        group = self._sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        return [_resource(row) async for row in self._client.pages(request)]


async def account_row(client: GraphClient, guest_id: ObjectId, *more: str) -> Answer:
    """Read an account afresh, with what `guard` looks at; one that is nowhere raises `Missing`."""
    user = client.sdk.users.by_user_id(path_id(guest_id, Cause.GONE_FOR_GOOD))
    request = ask(user.to_get_request_information(), *_ACCOUNT, *more)
    return await client.call(request, Kind.READ, missing=Cause.GONE_FOR_GOOD)


def guard(row: Row) -> None:
    """Refuse whoever is no invited guest, and whom another directory masters."""
    if unfit := _unfit(row):
        log.error("The guard refused a write to an account", extra={"object_id": row["id"], "why": unfit})
        raise Refused(_REFUSED[unfit], "The guard refused an account")


def roles_of(member_of: Sequence[Row]) -> tuple[Named, ...]:
    """Return what somebody is in that is no group; an administrative unit says who looks after them."""
    return tuple(_named(one) for one in member_of if one.get("@odata.type") not in {GROUP_TYPE, _UNIT})


def _unfit(row: Row) -> Unfit | None:
    if row.get("userType") != "Guest" or not row.get("externalUserState"):
        return Unfit.NOT_INVITED
    return Unfit.SYNCED if row.get("onPremisesSyncEnabled") else None


def _named(row: Row) -> Named:
    return Named(ObjectId(row["id"]), row.get("displayName") or "")


def _resource(row: Row) -> Named:
    return Named(ObjectId(row["resourceId"]), row.get("resourceDisplayName") or "")
