"""Reading the tenant's policies; what a switch decides is filled in at the read."""

import json
from copy import deepcopy

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.tenant import Json, Tenant
from sandbox.story import DATA

POLICIES: Json = json.loads((DATA / "policies.json").read_text(encoding="utf-8"))
PARTNER = "fabrikam.com"
"""Whose tenant has settings of its own, if a switch says so."""
GUEST_ROLES = {
    "guest": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
    "restricted": "2af84b1e-32c8-42b7-82bc-daa82404023b",
    "asMembers": "a0b1b346-4d3e-4e8b-98f8-753987be4970",
}
SOCIAL_FIRST = ["socialIdentityProviders", "azureActiveDirectory", "externalFederation"]
DOMAIN_POLICY_ID = "f1a5c0de-52a6-5c0b-9d2e-2f1f3d0a9b77"


def whole(call: Call, body: Json, context: str) -> Answer:
    """Return a policy that is small enough to know no other option than $select."""
    call.allow("$select")
    names = call.query.get("$select", ",".join(body)).split(",")
    for name in names:
        if name not in body:
            raise Refused("unknownProperty", name=name, type=context)
    return Answer(
        body={"@odata.context": call.context(f"{context}/$entity"), **{name: body[name] for name in names}}
    )


def readable(call: Call) -> None:
    if not call.tenant.switches["policyPermission"]:
        raise Refused("denied")


def authorization_policy(call: Call) -> Answer:
    readable(call)
    switches = call.tenant.switches
    chosen = {
        "allowInvitesFrom": switches["allowInvitesFrom"],
        "guestUserRoleId": GUEST_ROLES[switches["guestRole"]],
    }
    return whole(call, POLICIES["authorizationPolicy"] | chosen, "policies/authorizationPolicy")


def cross_tenant_policy(call: Call) -> Answer:
    body = {
        "id": "crossTenantAccessPolicy",
        "displayName": "CrossTenantAccessPolicy",
        "allowedCloudEndpoints": [],
    }
    return whole(call, body, "policies/crossTenantAccessPolicy")


def cross_tenant_default(call: Call) -> Answer:
    readable(call)
    switches, body = call.tenant.switches, deepcopy(POLICIES["crossTenantDefault"])
    devices = ("isCompliantDeviceAccepted", "isHybridAzureADJoinedDeviceAccepted")
    body["inboundTrust"] = dict.fromkeys(devices, switches["inboundTrustDevices"])
    body["inboundTrust"]["isMfaAccepted"] = switches["inboundTrustMfa"]
    for part in body["b2bCollaborationInbound"].values():
        part["accessType"] = switches["crossTenant"]
    if switches["redemptionOrder"] == "socialFirst":
        order = body["invitationRedemptionIdentityProviderConfiguration"]
        order["primaryIdentityProviderPrecedenceOrder"] = SOCIAL_FIRST
    return whole(call, body, "policies/crossTenantAccessPolicy/default")


def home_of(tenant: Tenant, domain: str) -> Json | None:
    """Return the tenant that has a domain, of those that the story knows."""
    homes = [each["homeTenant"] for each in tenant.story.raw["guestsToBe"] if each["homeTenant"]]
    return next((home for home in homes if domain.lower() in home["domains"]), None)


def cross_tenant_partners(call: Call) -> Answer:
    readable(call)
    call.allow()
    position, partners = call.tenant.switches["crossTenantPartner"], list(POLICIES["crossTenantPartners"])
    home = home_of(call.tenant, PARTNER)
    if position != "none" and home is not None:
        inbound = deepcopy(POLICIES["crossTenantDefault"]["b2bCollaborationInbound"])
        for part in inbound.values():
            part["accessType"] = position
        partners.append({"tenantId": home["id"], "inboundTrust": None, "b2bCollaborationInbound": inbound})
    context = call.context("policies/crossTenantAccessPolicy/partners")
    return Answer(body={"@odata.context": context, "value": partners})


def lets_in(tenant: Tenant, domain: str) -> bool:
    """Tell whether cross-tenant access settings let guests of a domain in."""
    switches = tenant.switches
    own = home_of(tenant, domain) == home_of(tenant, PARTNER) and switches["crossTenantPartner"] != "none"
    return bool(switches["crossTenantPartner" if own else "crossTenant"] == "allowed")


def tenant_of_domain(call: Call) -> Answer:
    if not call.tenant.switches["tenantNames"]:
        raise Refused("denied")
    call.allow()
    home = home_of(call.tenant, call.args["domain"])
    if home is None:
        raise Refused("notFound", id=call.args["domain"])
    names = {"tenantId": home["id"], "displayName": home["displayName"], "federationBrandName": None}
    return Answer(body={**names, "defaultDomainName": home["domains"][0]})


def domain_list(call: Call) -> Answer:
    """Return the allow or deny list of domains: beta only, a JSON text inside a list."""
    switches = call.tenant.switches
    if not switches["domainListPermission"]:
        raise Refused("denied")
    if not switches["domainListReadable"]:
        raise Refused("notFound", id="b2bManagementPolicies")
    lists = {
        key: [each.strip() for each in switches[name].split(",") if each.strip()]
        for key, name in (("AllowedDomains", "allowedDomains"), ("BlockedDomains", "blockedDomains"))
    }
    inner = {switches["domainListKey"]: {key: value for key, value in lists.items() if value}}
    policy = {
        "id": DOMAIN_POLICY_ID,
        "deletedDateTime": None,
        "definition": [json.dumps({"B2BManagementPolicy": inner})],
        "displayName": "B2BManagementPolicy",
        "isOrganizationDefault": True,
    }
    context = f"{call.root}/$metadata#policies/b2bManagementPolicies"
    return Answer(body={"@odata.context": context, "value": [policy] if any(lists.values()) else []})


ROUTES = [
    ("GET", "/policies/authorizationPolicy", authorization_policy),
    ("GET", "/policies/crossTenantAccessPolicy", cross_tenant_policy),
    ("GET", "/policies/crossTenantAccessPolicy/default", cross_tenant_default),
    ("GET", "/policies/crossTenantAccessPolicy/partners", cross_tenant_partners),
    (
        "GET",
        "/tenantRelationships/findTenantInformationByDomainName(domainName='{domain}')",
        tenant_of_domain,
    ),
]
BETA_ROUTES = [("GET", "/policies/b2bManagementPolicies", domain_list)]
