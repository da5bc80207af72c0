"""The directory's audit log as Graph lists it, and the entries of what is done in the tenant."""

import json
import re

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.filters import Filter
from sandbox.entra.shaping import TYPES, draw, selected
from sandbox.entra.tenant import Json, Tenant, Thing

LARGEST_PAGE = 1000
B2B_WORKER = {"appId": None, "displayName": "Microsoft B2B Admin Worker", "servicePrincipalName": None}
"""Who makes the account of whoever is invited."""
_NAMED = ("app/appId", "app/displayName", "user/id", "user/displayName", "user/userPrincipalName")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z")
"""A time of a filter, which is compared as text with those of the entries: seven digits after the point."""


def by_app(tenant: Tenant) -> Json:
    """Return Guestlist as an initiator: by its service principal, by its application id as a switch says."""
    bot = tenant.story.bot
    named = bot["appId"] if tenant.switches["auditAppId"] == "named" else None
    who = {"appId": named, "displayName": bot["name"], "servicePrincipalId": bot["servicePrincipalId"]}
    return {"app": {**who, "servicePrincipalName": None}}


def by_person(person: Thing) -> Json:
    names = ("id", "displayName", "userPrincipalName")
    return {"user": {**{name: person.props[name] for name in names}, "ipAddress": "192.0.2.7"}}


def _target(thing: Thing, **came: str | None) -> Json:
    """Return an object that was acted on, with what it got: a JSON text inside the JSON."""
    return _shown(thing, [(name, None, json.dumps(value)) for name, value in came.items()])


def _without(thing: Thing, **went: str | None) -> Json:
    """Return an object that was acted on, with what it lost."""
    return _shown(thing, [(name, json.dumps(value), None) for name, value in went.items()])


def _shown(thing: Thing, modified: list[tuple[str, str | None, str | None]]) -> Json:
    types = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}
    return {
        "id": thing.id,
        "displayName": None if thing.type == "user" else thing.props["displayName"],
        "type": types[thing.type],
        "userPrincipalName": thing.props.get("userPrincipalName"),
        "groupType": "unknownFutureValue" if thing.type == "group" else None,
        "modifiedProperties": [
            {"displayName": name.replace("_", "."), "oldValue": old, "newValue": new}
            for name, old, new in modified
        ],
    }


def invited(
    tenant: Tenant, guest: Thing, address: str, invitation: str, *, repeated: bool, by: Json | None = None
) -> None:
    if not repeated:
        tenant.audits.note("made", {"app": {**B2B_WORKER, "servicePrincipalId": None}}, [_target(guest)])
    elif not tenant.switches["auditReinvite"]:
        return
    details = {"InvitationId": invitation, "invitedUserEmailAddress": address}
    tenant.audits.note("invited", by or by_app(tenant), [_target(guest)], details=details)


def joined(tenant: Tenant, group: Thing, member: Thing, by: Json, activity: str = "joined") -> None:
    names: dict[str, str | None] = {
        "Group_ObjectID": group.id,
        "Group_DisplayName": group.props["displayName"],
    }
    target = _without if activity == "left" else _target
    tenant.audits.note(activity, by, [target(member, **names), _target(group)])


def assigned(tenant: Tenant, app: Thing, principal: Thing, role: str, by: Json) -> None:
    end = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}[principal.type]
    changed: dict[str, str | None] = {"AppRole_Id": role, f"{end}_ObjectID": principal.id}
    targets = [_target(app, **changed), _target(principal)]
    tenant.audits.note(f"assigned {principal.type}", by, targets)


def unassigned(tenant: Tenant, app: Thing, principal: Thing, role: str, by: Json) -> None:
    went: dict[str, str | None] = {"AppRole_Id": role, "User_ObjectID": principal.id}
    tenant.audits.note("unassigned", by, [_without(app, **went), _target(principal)])


def of_user(activity: str, tenant: Tenant, user: Thing, by: Json) -> None:
    """Note what was done to an account itself."""
    tenant.audits.note(activity, by, [_target(user)])


def updated(tenant: Tenant, user: Thing, changes: dict[str, tuple[object, object]], by: Json) -> None:
    """Note which properties were written, under the names that the log has for them."""
    told = {f"{name[0].upper()}{name[1:]}": pair for name, pair in changes.items() if pair[0] != pair[1]}
    if told:
        rows: list[tuple[str, str | None, str | None]] = [
            (name, json.dumps([was]), json.dumps([to])) for name, (was, to) in told.items()
        ]
        rows.append(("Included Updated Properties", None, json.dumps(", ".join(told))))
        tenant.audits.note("updated", by, [_shown(user, [*rows])])


def made_group(tenant: Tenant, group: Thing, owners: list[Thing], by: Json) -> None:
    tenant.audits.note("group made", by, [_target(group)])
    for owner in owners:
        owned(tenant, group, owner, by)


def owned(tenant: Tenant, group: Thing, owner: Thing, by: Json) -> None:
    names: dict[str, str | None] = {
        "Group_ObjectID": group.id,
        "Group_DisplayName": group.props["displayName"],
    }
    tenant.audits.note("owned", by, [_target(owner, **names), _target(group)])


def changed_app(tenant: Tenant, app: Thing, by: Json) -> None:
    required = str(app.props["appRoleAssignmentRequired"])
    tenant.audits.note("app changed", by, [_target(app, AppRoleAssignmentRequired=required)])


def of_policy(
    activity: str, tenant: Tenant, shown: Json, before: Json | None, after: Json | None, by: Json
) -> None:
    """Note what was done to a policy or a named location: the whole of it before and after, as JSON texts."""
    old, new = (json.dumps(each) if each else None for each in (before, after))
    target = {
        "id": shown["id"],
        "displayName": shown["displayName"],
        "type": "Policy",
        "userPrincipalName": None,
        "groupType": None,
        "modifiedProperties": [{"displayName": "ConditionalAccessPolicy", "oldValue": old, "newValue": new}],
    }
    tenant.audits.note(activity, by, [target])


def _flat(entry: Json) -> Json:
    """Return an entry as filters name its properties."""
    parts = ((name, *name.split("/")) for name in _NAMED)
    by = entry["initiatedBy"]
    return entry | {f"initiatedBy/{name}": (by[kind] or {}).get(inner) for name, kind, inner in parts}


def list_audits(call: Call) -> Answer:
    """Return one page: at most 1,000, newest first unless ordered otherwise."""
    call.allow("$filter", "$top", "$orderby", "$skiptoken", "$select")
    if not call.tenant.switches["auditPermission"]:
        raise Refused("auditDenied")
    wanted = _filter(call)
    found = [e for e in call.tenant.audits.readable() if wanted is None or wanted.matches(_flat(e))]
    order = call.query.get("$orderby", "activityDateTime desc").split()
    if order[0] != "activityDateTime" or order[1:] not in ([], ["asc"], ["desc"]):
        raise Refused("badQuery", detail=f"Unsupported sort: '{' '.join(order)}'.")
    found.sort(key=lambda entry: str(entry["activityDateTime"]), reverse=order[1:] == ["desc"])
    top, token = call.query.get("$top", str(LARGEST_PAGE)), call.query.get("$skiptoken", "0")
    if not (top.isdigit() and 1 <= int(top) <= LARGEST_PAGE and token.isdigit()):
        raise Refused("badQuery", detail=f"Invalid page size specified: '{top}'.")
    start, end = int(token), int(token) + int(top)
    body: Json = {"@odata.context": call.context("auditLogs/directoryAudits")}
    if end < len(found):
        body["@odata.nextLink"] = call.link(**{**call.query, "$skiptoken": str(end)})
    names = selected("directoryAudit", call.query.get("$select"))
    body["value"] = [draw("directoryAudit", entry, names) for entry in found[start:end]]
    return Answer(body=body)


def _filter(call: Call) -> Filter | None:
    if "$filter" not in call.query:
        return None
    text = _TIME.sub(lambda at: f"{at[1]}.{at[2] or '':0<7}Z", call.query["$filter"])
    try:
        return Filter(text, TYPES["directoryAudit"]["filter"])
    except Refused as refused:
        raise Refused("invalidFilter") from refused


ROUTES = [("GET", "/auditLogs/directoryAudits", list_audits)]
