"""The Profiles port: what the directory says of a guest, and the writes of that, behind the same guard."""

from collections.abc import Mapping

import orjson
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.reference_create import ReferenceCreate
from msgraph.generated.models.user import User

from access.ports import Acted, Missing
from access.rules.causes import Cause
from access.rules.model import Named, ObjectId
from access.rules.profiles import Detail, Profile
from bot.graph.accounts import account_row, guard
from bot.graph.client import GraphClient, ask
from bot.graph.errors import AlreadyThere
from bot.graph.pacer import Kind
from bot.graph.shapes import path_id

_COMPANY = "companyName"
_NAMES: Mapping[Detail, str] = {Detail.NAME: "displayName", Detail.COMPANY: _COMPANY}


class GraphProfiles:
    """Writes once and never repeats by itself; nobody but an invited guest is ever written to."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._sdk = client.sdk

    async def read(self, guest_id: ObjectId) -> tuple[Profile, str]:
        found = await account_row(self._client, guest_id, _COMPANY)
        user = self._sdk.users.by_user_id(found.body["id"])
        asked = ask(user.sponsors.to_get_request_information(), "id", "displayName")
        sponsors = [
            Named(ObjectId(row["id"]), row.get("displayName") or "")
            async for row in self._client.pages(asked)
        ]
        name, company = found.body.get("displayName") or "", found.body.get(_COMPANY) or ""
        return Profile(name, company, tuple(sponsors)), found.trace

    async def write(self, guest_id: ObjectId, texts: Mapping[Detail, str]) -> Acted:
        user = self._sdk.users.by_user_id(await self._guarded(guest_id))
        request = user.to_patch_request_information(User())
        # A `User` would be written with an `@odata.type`, and without a null that clears a property.
        body = {_NAMES[detail]: text or None for detail, text in texts.items()}
        request.set_stream_content(orjson.dumps(body), "application/json")
        return await self._written(request, Cause.GONE_FOR_GOOD)

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted:
        user = self._sdk.users.by_user_id(await self._guarded(guest_id))
        body = ReferenceCreate(odata_id=f"{self._client.base}/users/{path_id(sponsor, Cause.SPONSOR_LEFT)}")
        try:
            return await self._written(
                user.sponsors.ref.to_post_request_information(body), Cause.SPONSOR_LEFT
            )
        except AlreadyThere as there:
            return Acted(there.trace, was_so=True)

    async def unsponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted:
        """Take a sponsor's name off; without its `/$ref` the call would delete the sponsor."""
        user = self._sdk.users.by_user_id(await self._guarded(guest_id))
        held = user.sponsors.by_directory_object_id(path_id(sponsor, Cause.SPONSOR_LEFT))
        try:
            return await self._written(held.ref.to_delete_request_information(), Cause.SPONSOR_LEFT)
        except Missing as gone:
            return Acted(gone.trace, was_so=True)

    async def _guarded(self, guest_id: ObjectId) -> str:
        row = (await account_row(self._client, guest_id)).body
        guard(row)
        return str(row["id"])

    async def _written(self, request: RequestInformation, missing: Cause) -> Acted:
        return Acted((await self._client.call(request, Kind.WRITE, missing=missing)).trace)
