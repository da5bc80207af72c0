"""From Graph's JSON to the nouns: which properties are asked for, and how they are read."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from access.ports import Missing
from access.rules.addresses import compared
from access.rules.causes import Cause
from access.rules.model import App, AppRole, Group, GroupKind, Guest, ObjectId, Person, PersonKind, Redemption

Row = Mapping[str, Any]

USER = (
    "id",
    "displayName",
    "mail",
    "otherMails",
    "userType",
    "accountEnabled",
    "externalUserState",
    "externalUserStateChangeDateTime",
)
NAMES = (*USER[:6], "proxyAddresses")
"""What is searched: name and addresses, and whether it is a guest whom somebody may choose."""
APP = (
    "id",
    "appId",
    "displayName",
    "accountEnabled",
    "homepage",
    "loginUrl",
    "tags",
    "appRoles",
    "appRoleAssignmentRequired",
    "appOwnerOrganizationId",
)
GROUP = ("id", "displayName", "groupTypes", "onPremisesSyncEnabled", "isAssignableToRole")

USER_TYPE = "#microsoft.graph.user"
APP_TYPE = "#microsoft.graph.servicePrincipal"
GROUP_TYPE = "#microsoft.graph.group"
BY_RULE = "DynamicMembership"
"""Among the types of a group whose members follow from a rule."""

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GRAPH = "00000003-0000-0000-c000-000000000000"
_MICROSOFT = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
"""The tenants in which Microsoft registers its own APIs: Microsoft Services and Microsoft's own."""
_PEOPLE_USE = "WindowsAzureActiveDirectoryIntegratedApp"
"""The tag by which the portal lists enterprise applications."""


def is_object_id(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def path_id(object_id: str, missing: Cause = Cause.REFUSED) -> str:
    """Let an object id into a path; what is no GUID names nothing."""
    if not is_object_id(object_id):
        raise Missing(missing, "Not an object id")
    return object_id


def is_guest(row: Row) -> bool:
    return row.get("userType") == PersonKind.GUEST or bool(row.get("externalUserState"))


def person_from(row: Row) -> Person:
    return Person(
        object_id=ObjectId(row["id"]),
        name=row.get("displayName") or "",
        mail=row.get("mail") or "",
        kind=PersonKind.GUEST if is_guest(row) else PersonKind.MEMBER,
        enabled=row.get("accountEnabled") is not False,
        is_member=is_guest(row) and row.get("userType") != PersonKind.GUEST,
    )


def guest_from(row: Row) -> Guest:
    state = row.get("externalUserState") or ""
    changed = row.get("externalUserStateChangeDateTime")
    return Guest(
        object_id=ObjectId(row["id"]),
        name=row.get("displayName") or "",
        address=row.get("mail") or next(iter(row.get("otherMails") or ()), ""),
        other_addresses=addresses_of(row)[1:] if "proxyAddresses" in row else (),
        redemption=Redemption(state) if state in set(Redemption) else Redemption.UNKNOWN,
        redemption_changed_at=datetime.fromisoformat(changed) if changed else None,
        enabled=row.get("accountEnabled") is not False,
        is_member=row.get("userType") == PersonKind.MEMBER,
        is_local="externalUserState" in row and not state and row.get("userType") == PersonKind.GUEST,
    )


def addresses_of(row: Row) -> tuple[str, ...]:
    """Return every address by which a user is found, as addresses are compared, the first one first."""
    proxies = (one[5:] for one in row.get("proxyAddresses") or () if one[:5].lower() == "smtp:")
    written = (row.get("mail") or "", *(row.get("otherMails") or ()), *proxies)
    return tuple(dict.fromkeys(compared(one) for one in dict.fromkeys(written) if one))


def app_from(row: Row) -> App:
    return App(
        object_id=ObjectId(row["id"]),
        name=row.get("displayName") or "",
        enabled=row.get("accountEnabled") is not False,
        home_page=row.get("homepage") or row.get("loginUrl") or "",
        roles=tuple(
            AppRole(ObjectId(role["id"]), role.get("displayName") or role.get("value") or "")
            for role in row.get("appRoles") or ()
            if role.get("isEnabled") and "User" in role.get("allowedMemberTypes", ())
        ),
        is_graph=row.get("appId") == _GRAPH,
        app_id=row.get("appId") or "",
        by_microsoft=is_microsofts(row),
    )


def people_use(row: Row) -> bool:
    """Tell an enterprise application from the hundreds of service principals behind every tenant."""
    tagged = _PEOPLE_USE in (row.get("tags") or ())
    return (tagged or bool(row.get("appRoleAssignmentRequired"))) and not is_microsofts(row)


def is_microsofts(row: Row) -> bool:
    """Tell whether this is Microsoft Graph or another of Microsoft's own APIs."""
    return row.get("appId") == _GRAPH or row.get("appOwnerOrganizationId") in _MICROSOFT


def group_from(row: Row) -> Group:
    types = row.get("groupTypes") or ()
    closed = "dynamic" if BY_RULE in types else ""
    return Group(
        object_id=ObjectId(row["id"]),
        name=row.get("displayName") or "",
        kind=GroupKind.MICROSOFT_365 if "Unified" in types else GroupKind.SECURITY,
        closed_because=closed or ("synced" if row.get("onPremisesSyncEnabled") else ""),
    )
