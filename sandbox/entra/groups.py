"""Making groups, who owns them, what their settings say of guests, and whether an app requires assignment."""

from uuid import uuid4

from sandbox.entra import audits
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.directory import bound, referred
from sandbox.entra.granted import needs
from sandbox.entra.shaping import TYPES, one
from sandbox.entra.tenant import Json, Thing, stamp

MOST_BOUND = 20
REQUIRED = ("displayName", "mailEnabled", "mailNickname", "securityEnabled")
GUEST_TEMPLATE = "08d542b9-071f-4e16-94b0-74abb372e3d9"
TENANT_TEMPLATE = "62375ab9-6b52-47ed-826b-58e47e0e304b"
LONGEST_NICKNAME = 64


def make_group(call: Call) -> Answer:
    """Make a group with its owners; nothing keeps two of one name apart."""
    needs(call, "Group.Create", "Group.ReadWrite.All")
    body = call.body()
    body.pop("@odata.type", None)
    owners = list(bound(call, _links(body.pop("owners@odata.bind", []))))
    for name in REQUIRED:
        if body.get(name) in (None, ""):
            raise Refused("missingValue", name=name)
    for name in body:
        if name not in TYPES["group"]["writable"]:
            raise Refused("badRequest", detail=f"Property '{name}' cannot be set here.")
    if body["mailEnabled"] or body.get("groupTypes"):
        raise Refused("badRequest", detail="The sandbox makes security groups only.")
    nickname = str(body["mailNickname"])
    if len(nickname) > LONGEST_NICKNAME or not nickname.isascii() or set(nickname) & set('@()\\[]";:<>, '):
        raise Refused(
            "badRequest", detail="Invalid value specified for property 'mailNickname' of resource 'Group'."
        )
    group = Thing("group", {"id": str(uuid4()), "createdDateTime": stamp(), "groupTypes": [], **body})
    group.owners = [owner.id for owner in owners]
    call.tenant.add(group)
    call.world.ledger.record("group.created", group=body["displayName"], id=group.id, owners=group.owners)
    audits.made_group(call.tenant, group, owners, audits.by_app(call.tenant))
    answer = one(call, "group", group, "groups")
    return Answer(201, answer.body)


def _links(given: object) -> list[object]:
    if not isinstance(given, list) or len(given) > MOST_BOUND:
        raise Refused("tooManyMembers")
    return given


def add_owner(call: Call) -> Answer:
    needs(call, "Group.ReadWrite.All")
    group, owner = call.thing("group"), referred(call, call.body())
    if owner.id in group.owners:
        raise Refused("memberAlready", name="owners")
    group.owners.append(owner.id)
    call.world.ledger.record("owner.added", of=group.props["displayName"], person=owner.id)
    audits.owned(call.tenant, group, owner, audits.by_app(call.tenant))
    return Answer(204)


def patch_app(call: Call) -> Answer:
    """Say whether only those can sign in who are assigned; the sandbox changes nothing else of an app."""
    needs(call, "Application.ReadWrite.All")
    app, body = call.thing("servicePrincipal"), call.body()
    body.pop("@odata.type", None)
    if set(body) != {"appRoleAssignmentRequired"} or not isinstance(body["appRoleAssignmentRequired"], bool):
        raise Refused("badRequest", detail="The sandbox changes 'appRoleAssignmentRequired' of an app only.")
    app.props |= body
    call.world.ledger.record("app.changed", app=app.props["displayName"], **body)
    audits.changed_app(call.tenant, app, audits.by_app(call.tenant))
    return Answer(204)


def _setting(template: str, name: str) -> Json:
    values = [{"name": "AllowToAddGuests", "value": "false"}]
    return {"id": template, "displayName": name, "templateId": template, "values": values}


def group_settings(call: Call) -> Answer:
    """List the settings of a group, which has some only where guests are barred from it."""
    call.allow()
    barred = not call.thing("group").guests_allowed
    found = [_setting(GUEST_TEMPLATE, "Group.Unified.Guest")] if barred else []
    return Answer(body={"@odata.context": call.context("groupSettings"), "value": found})


def tenant_settings(call: Call) -> Answer:
    call.allow()
    barred = not call.tenant.switches["tenantAddsGuests"]
    found = [_setting(TENANT_TEMPLATE, "Group.Unified")] if barred else []
    return Answer(body={"@odata.context": call.context("groupSettings"), "value": found})


def subscribed_skus(call: Call) -> Answer:
    """List what the tenant has bought: Entra ID P1, or nothing that matters here."""
    call.allow()
    plans = ["AAD_PREMIUM"] if call.tenant.switches["signInLicence"] else ["EXCHANGE_S_STANDARD"]
    sku = {
        "id": f"{call.tenant.story.tenant_id}_sku",
        "accountName": call.tenant.story.raw["tenant"]["displayName"],
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": 1,
        "skuPartNumber": "AAD_PREMIUM" if plans == ["AAD_PREMIUM"] else "EXCHANGESTANDARD",
        "servicePlans": [
            {"servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"} for name in plans
        ],
    }
    return Answer(body={"@odata.context": call.context("subscribedSkus"), "value": [sku]})


ROUTES = [
    ("POST", "/groups", make_group),
    ("POST", "/groups/{id}/owners/$ref", add_owner),
    ("GET", "/groups/{id}/settings", group_settings),
    ("GET", "/groupSettings", tenant_settings),
    ("PATCH", "/servicePrincipals/{id}", patch_app),
    ("GET", "/subscribedSkus", subscribed_skus),
]
