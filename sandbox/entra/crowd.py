"""More apps and guests than the story has: the same ones each time, for a tenant as large as is wanted."""

import json
from uuid import NAMESPACE_DNS, uuid5

from sandbox.entra.tenant import NO_ROLE, Json, Tenant, Thing, stamp
from sandbox.story import DATA

WORDS: dict[str, list[str]] = json.loads((DATA / "crowd.json").read_text(encoding="utf-8"))


def add(tenant: Tenant, apps: int, guests: int, pending: int = 0) -> None:
    """Add apps, each with two roles and an owner of the story in turn, and guests, the first ones pending."""
    people = (tenant.objects[key] for key in tenant.story.people)
    owners = [thing.id for thing in people if thing.props["accountEnabled"]]
    for number in range(apps):
        app = Thing("servicePrincipal", _app(number), f"app-{number}")
        app.owners = [owners[number % len(owners)]]
        tenant.objects[app.id] = app
    for number in range(guests):
        guest = Thing("user", _guest(number), f"guest-{number}")
        if number < pending:
            guest.props["externalUserState"] = "PendingAcceptance"
        tenant.add(guest)


def guest_id(number: int) -> str:
    return _id("guest", number)


def _id(*of: object) -> str:
    return str(uuid5(NAMESPACE_DNS, "/".join(map(str, of))))


def _pair(one: str, other: str, number: int) -> tuple[str, str]:
    count = len(WORDS[one])
    return WORDS[one][number % count], WORDS[other][number // count % len(WORDS[other])]


def _app(number: int) -> Json:
    area, kind = _pair("areas", "kinds", number)
    name = f"{area} {kind} {number // (len(WORDS['areas']) * len(WORDS['kinds'])) + 1}"
    role = {"isEnabled": True, "allowedMemberTypes": ["User"], "value": "", "description": name}
    return {
        "id": _id("app", number),
        "appId": _id("application", number),
        "displayName": name,
        "accountEnabled": True,
        "appRoleAssignmentRequired": True,
        "servicePrincipalType": "Application",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "appRoles": [
            {"id": NO_ROLE[:-4] + f"{place:04x}", "displayName": title, **role}
            for place, title in enumerate(("Reader", "Writer"), start=1)
        ],
    }


def _guest(number: int) -> Json:
    first, last = _pair("first", "last", number)
    address = f"guest{number}@partner{number % 97}.example"
    return {
        "id": guest_id(number),
        "displayName": f"{first} {last}",
        "mail": address,
        "mailNickname": f"guest{number}",
        "userPrincipalName": f"{address.replace('@', '_')}#EXT#@contoso-health.example",
        "proxyAddresses": [f"SMTP:{address}"],
        "otherMails": [address],
        "userType": "Guest",
        "accountEnabled": True,
        "createdDateTime": stamp(),
        "externalUserState": "Accepted",
        "externalUserStateChangeDateTime": stamp(),
        "identities": [],
    }
