"""The Access port: a plan's writes, each behind the guard of DESIGN §3, authority 6."""

import asyncio
import logging
from typing import Any

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.directory_object import DirectoryObject
from msgraph.generated.models.invitation import Invitation as InvitationBody
from msgraph.generated.models.invited_user_message_info import InvitedUserMessageInfo
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.user import User

from access.ports import (
    Cap,
    Given,
    Invitation,
    Invited,
    Missing,
    NotYet,
    Proof,
    Refused,
    Taken,
    Uncapped,
    Unknown,
)
from access.ports.haste import is_behind
from access.rules.causes import Cause
from access.rules.model import DEFAULT_ACCESS, Give, GiveKind, ObjectId, PersonKind
from bot.graph.client import GraphClient, Row
from bot.graph.directory import app_row, group_row, held_as, holds, user_row
from bot.graph.errors import AlreadyThere
from bot.graph.lookups import Alike
from bot.graph.lots import Lots
from bot.graph.pacer import Kind
from bot.graph.shapes import app_from, group_from, is_guest, is_microsofts, path_id
from cards.texts import Texts

log = logging.getLogger("guestlist.graph")


class GraphAccess:
    """Writes once and never repeats by itself: who repeats must have looked first."""

    def __init__(self, client: GraphClient, texts: Texts, cap: Cap | None = None) -> None:
        self._client = client
        self._texts = texts
        self._cap = cap or Uncapped()
        self._sdk = client.sdk
        self._lots = Lots(client)
        self._alike = Alike()

    async def invite(self, invitation: Invitation) -> Invited:
        """Invite, or for a guest who is pending or is to accept anew draw a new link; the old one dies."""
        body = InvitationBody(
            invited_user_email_address=invitation.address,
            invited_user_display_name=invitation.name or None,
            invite_redirect_url=invitation.landing,
            send_invitation_message=invitation.send_by_microsoft,
        )
        if invitation.send_by_microsoft:
            language = self._texts.with_country
            body.invited_user_message_info = InvitedUserMessageInfo(message_language=language)
        if invitation.resets is not None:
            body.invited_user = User(id=invitation.resets)
            body.reset_redemption = True
        if invitation.sponsor is not None:
            # A `User` would be written with an `@odata.type` that Graph was seen to refuse here.
            body.invited_user_sponsors = [DirectoryObject(id=invitation.sponsor)]
        request = self._sdk.invitations.to_post_request_information(body)
        async with self._cap.turn():
            answer = await self._client.call(request, Kind.INVITATION)
        guest = answer.body.get("invitedUser") or {}
        link = answer.body.get("inviteRedeemUrl")
        if not guest.get("id") or not link:
            raise Unknown(Cause.UNAVAILABLE, "The invitation's answer names no guest", trace=answer.trace)
        return Invited(ObjectId(guest["id"]), link, answer.trace)

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId, *, fresh: bool = False) -> Given:
        guest = self._sdk.users.by_user_id(path_id(guest_id, Cause.GUEST_GONE))
        body = _reference(f"{self._client.base}/users/{path_id(sponsor, Cause.SPONSOR_LEFT)}")
        try:
            return await self._add(guest.sponsors.ref.to_post_request_information(body), Cause.SPONSOR_LEFT)
        except Missing:
            # The answer does not say which of the two is missing.
            await self._guest(guest_id, fresh=fresh)
            raise

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> Given:
        """Assign the app role or add to the group, after a look at both ends: fresh, but at what rows share.

        `fresh` says that the guest has just been invited: not found then means "not yet".
        """
        app_read = self._alike.read(app_id, lambda: app_row(self._client, app_id))
        guest, app = await asyncio.gather(self._guest(guest_id, fresh=fresh), app_read)
        _guard(guest, app.body)
        if give.kind is GiveKind.GROUP:
            group_id = give.object_id
            read = await self._alike.read(group_id, lambda: group_row(self._client, group_id))
            group = self._open(read.body)
            adding = self._join(guest_id, group)
        else:
            adding = self._add(self._assignment(guest_id, app.body, give.object_id), Cause.GUEST_GONE)
        try:
            return await adding
        except Missing as error:
            # Both ends were there a moment ago: another of Graph's replicas does not know the guest yet.
            raise NotYet(Cause.REPLICATING, trace=error.trace) from error

    async def take_away(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Taken:
        """Remove the membership or the assignment, after a fresh look at the guest and at what carries it."""
        try:
            guest = (await user_row(self._client, guest_id)).body
            _guard_leaver(guest)
            if give.kind is GiveKind.GROUP:
                request = await self._end_of_membership(guest_id, give.object_id)
            else:
                _guard_app((await app_row(self._client, app_id)).body)
                request = await self._end_of_assignment(guest_id, app_id, give)
        except Missing as error:
            return Taken(error.trace, was_gone=True, gone=error.cause)
        if isinstance(request, Taken):
            return request
        try:
            return Taken((await self._client.call(request, Kind.WRITE)).trace)
        except Missing as error:
            return Taken(error.trace, was_gone=True)

    async def read_back(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Proof:
        """Read the guest and the access afresh; what is read names the guest's object id itself."""
        access = holds(self._client, guest_id, app_id, give)
        (guest_found, guest_trace), (access_found, access_trace) = await asyncio.gather(
            self._there(guest_id), access
        )
        return Proof(guest_found, access_found, guest_trace, access_trace)

    async def _there(self, guest_id: ObjectId) -> tuple[bool, str]:
        try:
            return True, (await user_row(self._client, guest_id)).trace
        except Missing as error:
            return False, error.trace

    async def _guest(self, guest_id: ObjectId, *, fresh: bool) -> Row:
        try:
            return (await user_row(self._client, guest_id)).body
        except Missing as error:
            if fresh:
                raise NotYet(Cause.REPLICATING, trace=error.trace) from error
            raise

    async def _end_of_membership(self, guest_id: ObjectId, group_id: ObjectId) -> RequestInformation:
        """Return the call that ends a membership; without its `/$ref` it would delete the member."""
        group = self._open((await group_row(self._client, group_id)).body)
        member = self._sdk.groups.by_group_id(group).members.by_directory_object_id(guest_id)
        return member.ref.to_delete_request_information()

    async def _end_of_assignment(
        self, guest_id: ObjectId, app_id: ObjectId, give: Give
    ) -> RequestInformation | Taken:
        """Return the call that ends the assignment, whose own id stands in the guest's list alone."""
        held, trace = await held_as(self._client, guest_id, app_id, give)
        if held is None:
            return Taken(trace, was_gone=True)
        app = self._sdk.service_principals.by_service_principal_id(app_id)
        return app.app_role_assigned_to.by_app_role_assignment_id(held).to_delete_request_information()

    async def _join(self, guest_id: ObjectId, group: str) -> Given:
        """Add a guest to a group, together with others where nobody waits for it."""
        if is_behind():
            return await self._lots.add(group, guest_id, lambda guest: self._member(group, guest))
        return await self._add(self._member(group, guest_id), Cause.GUEST_GONE)

    def _member(self, group_id: str, guest_id: str) -> RequestInformation:
        members = self._sdk.groups.by_group_id(group_id).members
        body = _reference(f"{self._client.base}/directoryObjects/{guest_id}")
        return members.ref.to_post_request_information(body)

    def _open(self, group: Row) -> str:
        """Return the id of a group whose members Guestlist may change; refuses any other."""
        if group_from(group).closed_because:
            raise Refused(Cause.GROUP_CLOSED)
        if group.get("isAssignableToRole"):
            # Its members can hold roles over the whole tenant.
            raise _guarded("a role-assignable group", group["id"])
        return str(group["id"])

    def _assignment(self, guest_id: ObjectId, app: Row, role_id: ObjectId) -> RequestInformation:
        held_by_people = {role.role_id for role in app_from(app).roles} or {DEFAULT_ACCESS}
        if role_id not in held_by_people:
            raise Refused(Cause.ROLE_GONE)
        assigned = self._sdk.service_principals.by_service_principal_id(app["id"]).app_role_assigned_to
        body = AppRoleAssignment(principal_id=guest_id, resource_id=app["id"], app_role_id=role_id)
        return assigned.to_post_request_information(body)

    async def _add(self, request: RequestInformation, missing: Cause) -> Given:
        try:
            return Given((await self._client.call(request, Kind.WRITE, missing=missing)).trace)
        except AlreadyThere as there:
            return Given(there.trace, was_there=True)


def _guard(guest: Row, app: Row) -> None:
    """Refuse whoever is no guest, and an app to which nothing is given."""
    _guard_app(app)
    if guest.get("userType") != PersonKind.GUEST:
        raise _no_guest(guest)
    if app.get("accountEnabled") is False:
        raise Refused(Cause.APP_DISABLED)


def _guard_app(app: Row) -> None:
    """Refuse Microsoft's own APIs: a role there is power over the tenant.

    Of an app that is switched off an access can be taken away, and none be given.
    """
    if is_microsofts(app):
        raise _guarded("one of Microsoft's own APIs", app["id"])


def _guard_leaver(guest: Row) -> None:
    """Refuse whoever was never invited; who was made a member since loses what they got as a guest."""
    if not is_guest(guest):
        raise _no_guest(guest)


def _no_guest(guest: Row) -> Refused:
    return _guarded("a principal that is no guest", guest["id"], Cause.NOT_A_GUEST)


def _guarded(what: str, object_id: str, cause: Cause = Cause.GUARDED) -> Refused:
    log.error("The guard refused a write", extra={"what": what, "object_id": object_id})
    return Refused(cause, f"The guard refused {what}")


def _reference(link: str) -> Any:
    return ReferenceCreate(odata_id=link)
