"""The ActivityLog port: Entra's audit log, of which only what Guestlist's own identity did is read.

Graph filters by an initiator's application id, which entries of apps were seen without, and not by the
service principal, which they name. So whose deed it is, is read from each entry.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import Detail, ObjectId
from access.rules.reconcile import Deed
from access.rules.reconciled import Act
from bot.graph.client import GraphClient, Row, ask, quoted
from bot.graph.pacer import Kind

_ACTS: Mapping[str, Act] = {
    "Invite external user": Act.INVITATION,
    "Add member to group": Act.MEMBERSHIP,
    "Add app role assignment grant to user": Act.ASSIGNMENT,
    "Add app role assignment to group": Act.ASSIGNMENT,
    "Add app role assignment to service principal": Act.ASSIGNMENT,
    "Remove member from group": Act.LEAVING,
    "Remove app role assignment from user": Act.UNASSIGNMENT,
    "Remove app role assignment from group": Act.UNASSIGNMENT,
    "Remove app role assignment from service principal": Act.UNASSIGNMENT,
}
_ON_THINGS: Mapping[str, Act] = {
    "Disable account": Act.BLOCK,
    "Enable account": Act.UNBLOCK,
    "Delete user": Act.DELETION,
    "Restore user": Act.RESTORING,
    "Add group": Act.GROUP,
    "Add owner to group": Act.OWNER,
    "Update service principal": Act.REQUIRED,
}
"""Of accounts, groups and apps themselves."""
_UPDATED: Mapping[str, Act] = {"Update user": Act.PROFILE}
"""Asked for as ours alone: of all that a tenant logs, it logs this most.

An entry may lack our id, and an older one has the name that we had then.
"""
_ON_POLICIES: Mapping[str, Act] = {
    "Add conditional access policy": Act.POLICY_MADE,
    "Update conditional access policy": Act.POLICY_CHANGED,
    "Delete conditional access policy": Act.POLICY_DELETED,
}
_ALL_ON_POLICIES = "loggedByService eq 'Conditional Access'"
"""How they are asked for: Microsoft's list of activities has other capitals than the log."""
_EVERY = {name.lower(): act for name, act in {**_ACTS, **_ON_THINGS, **_UPDATED, **_ON_POLICIES}.items()}
_DETAILS = {"displayname": Detail.NAME, "companyname": Detail.COMPANY, "company": Detail.COMPANY}
_SAYS_NO_MORE = frozenset({"accountenabled", "included updated properties", "targetid.usertype"})
"""What `Update user` tells beside `Disable account` and the like, and of every update."""
_PAGE = "1000"
_PRINCIPALS = ("User.ObjectID", "Group.ObjectID", "ServicePrincipal.ObjectID")


class GraphActivity:
    """Lists the log oldest first; a report may be asked for five times in ten seconds."""

    def __init__(self, client: GraphClient, app_id: str) -> None:
        self._client = client
        self._app_id = app_id
        self._who: tuple[str, str] | None = None

    async def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        within = f"activityDateTime ge {_written(since)} and activityDateTime le {_written(until)}"
        ours, name = await self._own()
        by, its_id = "initiatedBy/app", quoted(self._app_id)
        us = f"({by}/appId eq {its_id} or {by}/displayName eq {quoted(name)})"
        updated = f"(activityDisplayName eq 'Update user' and {us})"
        # A filter of the directory's takes fifteen clauses at the most.
        for names in (_ACTS, {**_ON_THINGS, **_UPDATED}):
            acts = " or ".join(
                updated if one in _UPDATED else f"activityDisplayName eq {quoted(one)}" for one in names
            )
            known = {one.lower() for one in names}
            if names is _ACTS:
                acts, known = f"{acts} or {_ALL_ON_POLICIES}", known | {one.lower() for one in _ON_POLICIES}
            wanted = f"{within} and ({acts})"
            async for row in self._rows(filter=wanted, orderby=["activityDateTime"], top=_PAGE):
                is_asked = str(row.get("activityDisplayName")).lower() in known
                if is_asked and row.get("result") != "failure" and self._is_ours(row, ours):
                    deed = _read(row)
                    if deed.act is not Act.PROFILE or deed.details:
                        yield deed

    async def oldest(self) -> datetime | None:
        async for row in self._rows(orderby=["activityDateTime"], top="1"):
            return _at(row)
        return None

    async def _rows(self, **query: str | list[str]) -> AsyncIterator[Row]:
        request = ask(self._client.sdk.audit_logs.directory_audits.to_get_request_information(), **query)
        async for row in self._client.pages(request, kind=Kind.REPORT):
            yield row

    async def _own(self) -> tuple[str, str]:
        """Return our object id and our name, by which the log knows us."""
        if self._who is None:
            row = await _own_app(self._client, self._app_id, "id", "displayName")
            self._who = str(row["id"]), str(row.get("displayName") or "")
        return self._who

    def _is_ours(self, row: Row, ours: str) -> bool:
        app = (row.get("initiatedBy") or {}).get("app") or {}
        named = {str(app.get(name)).lower() for name in ("servicePrincipalId", "appId")}
        return bool(named & {ours.lower(), self._app_id.lower()})


async def own_id(client: GraphClient, app_id: str) -> str:
    """Return the object id of Guestlist's own enterprise application, which never changes."""
    return str((await _own_app(client, app_id, "id"))["id"])


async def _own_app(client: GraphClient, app_id: str, *select: str) -> Row:
    app = client.sdk.service_principals_with_app_id(app_id)
    asked = ask(app.to_get_request_information(), *select)
    return (await client.call(asked, Kind.READ, missing=Cause.APP_GONE)).body


def _read(row: Row) -> Deed:
    """Read an entry; one of an unknown shape is refused, for what it says cannot be compared."""
    try:
        return _deed(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(Cause.REFUSED, "An entry of the audit log could not be read") from error


def _deed(row: Row) -> Deed:
    """Read an entry; what a target was changed in is told with it, as JSON in a text."""
    act, targets = _EVERY[row["activityDisplayName"].lower()], row.get("targetResources") or ()
    changed = {
        p.get("displayName"): _value(p) for one in targets for p in one.get("modifiedProperties") or ()
    }
    things = [one for one in targets if one.get("type") != "Group"]
    alone = {*_ON_THINGS.values(), *_UPDATED.values(), *_ON_POLICIES.values()} - {Act.OWNER}
    if act is Act.INVITATION or act in alone:
        principal, resource = _id_of(targets), ""
    elif act in {Act.MEMBERSHIP, Act.LEAVING, Act.OWNER}:
        group = [one for one in targets if one.get("type") == "Group"]
        principal, resource = _id_of(things), changed.get("Group.ObjectID") or _id_of(group)
    else:
        told = (changed.get(name) for name in _PRINCIPALS)
        resource = _id_of(targets)
        principal = next((one for one in told if one), "") or _id_of(targets[1:])
    details = {str(one.get("key")).lower(): one.get("value") for one in row.get("additionalDetails") or ()}
    return Deed(
        entry=str(row["id"]),
        at=_at(row),
        act=act,
        principal=ObjectId(principal.lower()),
        resource=ObjectId(resource.lower()),
        role=ObjectId(changed.get("AppRole.Id", "").lower()),
        address=str(details.get("inviteduseremailaddress") or ""),
        details=_written_to(changed) if act is Act.PROFILE else frozenset(),
    )


def _written_to(changed: Mapping[Any, str]) -> frozenset[str]:
    """Return what was written of a person, but for what another entry tells of as well."""
    names = {str(name): str(name).lower() for name in changed}
    return frozenset(_DETAILS.get(low, name) for name, low in names.items() if low not in _SAYS_NO_MORE)


def _id_of(targets: Sequence[Row]) -> str:
    return str(targets[0].get("id") or "") if targets else ""


def _value(modified: Row) -> str:
    """Return what a property has become, or where it is gone what it was."""
    text = modified.get("newValue")
    if text in (None, "", "null"):
        text = modified.get("oldValue")
    try:
        read = json.loads(text) if text else ""
    except ValueError:
        read = text
    return read if isinstance(read, str) else ""


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["activityDateTime"]).astimezone(UTC)


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
