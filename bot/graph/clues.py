"""The ClueReader port: who else has an address, who else invited, and how the last sign-in ended."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from access.ports import Missing, Refused
from access.rules.causes import Cause
from access.rules.clues import Holder, HolderKind, LaterInvitation, SignIn, Unread
from access.rules.model import ObjectId
from access.rules.snags import INTERRUPTS, OF_THE_ACCOUNT
from bot.graph.activity import own_id
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.directory import app_row
from bot.graph.pacer import Kind
from bot.graph.shapes import path_id

_INVITED = "Invite external user"
_ACCEPTING = "4660504c-45b3-4674-a709-71951a6b0763"
"""Microsoft Invitation Acceptance Portal: the same way in, whatever app one is invited to."""
_PAGE, _PAGES = 200, 5
"""Sign-ins that are read at once, and how often: of thirty days, at every app of the tenant."""


class GraphClues:
    """Asks for nothing that Guestlist needs to work: each read has a permission of its own."""

    def __init__(self, client: GraphClient, app_id: str) -> None:
        self._client = client
        self._app_id = app_id
        self._own_id = ""

    async def holders(self, address: str, guest_id: ObjectId) -> Sequence[Holder]:
        """Ask users, groups and contacts for the address, each by itself."""
        sdk = self._client.sdk
        places = (
            (HolderKind.CONTACT, sdk.contacts),
            (HolderKind.GROUP, sdk.groups),
            (HolderKind.PERSON, sdk.users),
        )
        proxies = (f"proxyAddresses/any(p:p eq {quoted(kind + address)})" for kind in ("smtp:", "SMTP:"))
        filters = (f"mail eq {quoted(address)}", *proxies)
        asked = [
            (kind, ask(builder.to_get_request_information(), "id", "displayName", filter=one))
            for kind, builder in places
            for one in filters
        ]
        answers = await asyncio.gather(*(self._client.call(one, Kind.READ) for _, one in asked))
        found = {
            row["id"]: Holder(kind, row.get("displayName") or "")
            for (kind, _), answer in zip(asked, answers, strict=True)
            for row in rows_of(answer)
            if row["id"] != guest_id
        }
        return list(found.values())

    async def invited_since(self, guest_id: ObjectId, at: datetime) -> LaterInvitation | None:
        """Look through Entra's audit log, which filters by what was done and when, and not by whom it was."""
        since = f"activityDateTime ge {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        audits = self._client.sdk.audit_logs.directory_audits.to_get_request_information()
        request = ask(audits, filter=f"{since} and activityDisplayName eq {quoted(_INVITED)}", top="1000")
        newest: LaterInvitation | None = None
        async for row in self._client.pages(request, kind=Kind.REPORT):
            targets = {one.get("id") for one in row.get("targetResources") or ()}
            if guest_id not in targets or row.get("result") == "failure" or await self._is_ours(row):
                continue
            made = LaterInvitation(_at(row["activityDateTime"]), _who(row))
            newest = made if newest is None or made.at > newest.at else newest
        return newest

    async def last_sign_in(self, guest_id: ObjectId, app_id: ObjectId | None) -> SignIn | Unread | None:
        """Go through the log, newest first; one that went through anywhere clears the account before it."""
        here = await self._here(app_id)
        sign_ins = self._client.sdk.audit_logs.sign_ins.to_get_request_information()
        request = ask(sign_ins, filter=f"userId eq {quoted(path_id(guest_id))}", top=str(_PAGE))
        read, got_in = 0, False
        async for row in self._client.pages(request, kind=Kind.REPORT):
            if (read := read + 1) > _PAGE * _PAGES:
                return Unread.TOO_MUCH
            code = (row.get("status") or {}).get("errorCode")
            if not isinstance(code, int):
                raise Refused(Cause.REFUSED, "A sign-in of an unknown shape")
            of_account = code in OF_THE_ACCOUNT
            is_here = bool(here & {str(row.get(name)).lower() for name in ("appId", "resourceId")})
            if (of_account and not got_in) or (is_here and not of_account and code not in INTERRUPTS):
                return SignIn(_at(row["createdDateTime"]), code)
            got_in |= code == 0
        return None

    async def _here(self, app_id: ObjectId | None) -> frozenset[str]:
        """Return what the log calls an app by, which is not its object id, and the way in to all."""
        if app_id is None:
            return frozenset({_ACCEPTING})
        try:
            row = (await app_row(self._client, app_id)).body
        except Missing:
            return frozenset({_ACCEPTING})
        return frozenset({_ACCEPTING, str(row.get("appId")).lower()})

    async def _is_ours(self, row: Row) -> bool:
        if not self._own_id:
            try:
                self._own_id = await own_id(self._client, self._app_id)
            except Missing:
                self._own_id = self._app_id
        app = (row.get("initiatedBy") or {}).get("app") or {}
        named = {str(app.get(name)).lower() for name in ("servicePrincipalId", "appId")}
        return bool(named & {self._own_id.lower(), self._app_id.lower()})


def _who(row: Row) -> str:
    by = row.get("initiatedBy") or {}
    person, app = by.get("user") or {}, by.get("app") or {}
    return str(person.get("displayName") or person.get("userPrincipalName") or app.get("displayName") or "")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
