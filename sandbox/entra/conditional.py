"""Conditional Access over Graph: policies and named locations, strengths, security defaults."""

from copy import deepcopy
from ipaddress import ip_network
from uuid import uuid4

from sandbox.entra import audits
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.drafting import drafted, strength_of
from sandbox.entra.granted import needs
from sandbox.entra.passage import RULES
from sandbox.entra.policies import whole
from sandbox.entra.shaping import many, one
from sandbox.entra.tenant import Json, Tenant, stamp

KIND, SET = "conditionalAccessPolicy", "identity/conditionalAccess/policies"
PLACES = "identity/conditionalAccess/namedLocations"
SWITCHED = {True: "enabled", False: "disabled", "reportOnly": "enabledForReportingButNotEnforced"}
"""The state of a policy that a switch decides, by the switch's position."""
UNKNOWN = "unknownFutureValue"


def begin(tenant: Tenant) -> None:
    """Give the tenant the policies and locations of the story, by the rules that Graph's callers keep."""
    raw = deepcopy(tenant.story.raw)
    tenant.named_locations = raw["namedLocations"]
    made = {"state": "enabled", "createdDateTime": "2026-01-12T08:10:00Z"}
    tenant.conditional_access = [drafted(tenant, made | each) for each in raw["conditionalAccess"]]


def policies_of(tenant: Tenant) -> list[Json]:
    """Return the policies in the states that they are in by now."""
    return [_stated(tenant, policy) for policy in tenant.conditional_access]


def _stated(tenant: Tenant, policy: Json) -> Json:
    switch = policy.get("stateFrom")
    return {**policy, "state": SWITCHED[tenant.switches[switch]]} if switch else policy


def put(tenant: Tenant, old: Json | None, new: Json | None, by: Json) -> None:
    """Make, change or delete a policy, as an app or an admin does, and say so in the audit log."""
    activity = "added" if old is None else "deleted" if new is None else "updated"
    shown: Json = new or old or {}
    before = _stated(tenant, old) if old else None
    rows = tenant.conditional_access
    if old is not None and new is not None:
        switch = new.get("stateFrom")
        if switch:
            positions = {state: position for position, state in SWITCHED.items()}
            tenant.switches.set(switch, positions[new["state"]])
        rows[rows.index(old)] = new
    elif old is not None:
        rows.remove(old)
    elif new is not None:
        rows.append(new)
    audits.of_policy(f"policy {activity}", tenant, shown, before, new, by)
    name, state = shown["displayName"], new["state"] if new else None
    tenant.ledger.record(f"policy.{activity}", name=name, state=state, id=shown["id"])


def _future(call: Call, policy: Json) -> Json:
    """Return a policy with the words that only some callers are told."""
    if "include-unknown-enum-members" in call.headers.get("Prefer", ""):
        return policy
    told, conditions = deepcopy(policy), policy["conditions"]
    for name, hidden in RULES["hidden"].items():
        kept = conditions["platforms"] if name.endswith("Platforms") else policy["grantControls"]
        shown = told["conditions"]["platforms"] if name.endswith("Platforms") else told["grantControls"]
        if kept:
            shown[name] = list(dict.fromkeys(UNKNOWN if word in hidden else word for word in kept[name]))
    return told


def list_policies(call: Call) -> Answer:
    needs(call, "Policy.Read.All", refusal="scopesMissing")
    call.allow("$select", "$filter", "$top", "$skiptoken")
    return many(call, KIND, [_future(call, each) for each in policies_of(call.tenant)], SET)


def _kept(call: Call) -> Json:
    for policy in call.tenant.conditional_access:
        if policy["id"] == call.args["id"]:
            return policy
    raise Refused("notFound", id=call.args["id"])


def get_policy(call: Call) -> Answer:
    needs(call, "Policy.Read.All", refusal="scopesMissing")
    return one(call, KIND, _future(call, _stated(call.tenant, _kept(call))), SET)


def _may_write(call: Call, *more: str) -> None:
    """Refuse a write without every permission that it takes."""
    for name in ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", *more):
        needs(call, name, refusal="scopesMissing")


def _sent(call: Call) -> Json:
    body = call.body()
    if "stateFrom" in body:
        raise Refused("policySchema")
    return body


def _let_be_enforced(call: Call, policy: Json) -> None:
    """Refuse to enforce a policy beside security defaults; report-only is accepted."""
    if policy["state"] == "enabled" and call.tenant.switches["securityDefaults"]:
        raise Refused("securityDefaults")


def make_policy(call: Call) -> Answer:
    _may_write(call, "Application.Read.All")
    made = {**drafted(call.tenant, _sent(call)), "id": str(uuid4()), "createdDateTime": stamp()}
    _let_be_enforced(call, made)
    put(call.tenant, None, made, audits.by_app(call.tenant))
    return Answer(201, one(call, KIND, _future(call, made), SET).body)


def change_policy(call: Call) -> Answer:
    _may_write(call, "Application.Read.All")
    kept = _kept(call)
    new = {**drafted(call.tenant, _sent(call), _stated(call.tenant, kept)), "modifiedDateTime": stamp()}
    _let_be_enforced(call, new)
    put(call.tenant, kept, {**new, "id": kept["id"]}, audits.by_app(call.tenant))
    return Answer(204)


def delete_policy(call: Call) -> Answer:
    _may_write(call, "Application.Read.All")
    put(call.tenant, _kept(call), None, audits.by_app(call.tenant))
    return Answer(204)


def list_locations(call: Call) -> Answer:
    needs(call, "Policy.Read.All", refusal="scopesMissing")
    call.allow()
    return Answer(body={"@odata.context": call.context(PLACES), "value": call.tenant.named_locations})


def get_location(call: Call) -> Answer:
    needs(call, "Policy.Read.All", refusal="scopesMissing")
    call.allow()
    for location in call.tenant.named_locations:
        if location["id"] == call.args["id"]:
            return Answer(body={"@odata.context": call.context(f"{PLACES}/$entity"), **location})
    raise Refused("notFound", id=call.args["id"])


def make_location(call: Call) -> Answer:
    """Name ranges of addresses, or countries; nothing keeps two of one name apart."""
    _may_write(call)
    body = call.body()
    kinds: Json = {
        "#microsoft.graph.ipNamedLocation": {"isTrusted": False, "ipRanges": []},
        "#microsoft.graph.countryNamedLocation": {
            "countriesAndRegions": [],
            "includeUnknownCountriesAndRegions": False,
            "countryLookupMethod": "clientIpAddress",
        },
    }
    own = kinds.get(body.get("@odata.type", ""))
    if own is None or set(body) - {"@odata.type", "displayName", *own} or not body.get("displayName"):
        raise Refused("locationSchema")
    _check_ranges(body)
    dates = {"createdDateTime": stamp(), "modifiedDateTime": stamp()}
    made = {"@odata.type": None, "id": str(uuid4()), "displayName": None, **dates, **own, **body}
    call.tenant.named_locations.append(made)
    audits.of_policy("location added", call.tenant, made, None, made, audits.by_app(call.tenant))
    call.world.ledger.record("location.added", name=made["displayName"], id=made["id"])
    return Answer(201, {"@odata.context": call.context(f"{PLACES}/$entity"), **made})


def _check_ranges(body: Json) -> None:
    """Refuse what is no range, and a location of nothing."""
    ranges = body.get("ipRanges") or []
    if not ranges and not body.get("countriesAndRegions"):
        raise Refused("locationSchema")
    try:
        for each in ranges:
            ip_network(each["cidrAddress"], strict=False)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("locationSchema") from error


def list_strengths(call: Call) -> Answer:
    needs(call, "Policy.Read.All", refusal="scopesMissing")
    call.allow()
    value = [strength_of(each["id"]) for each in RULES["strengths"]]
    context = call.context("identity/conditionalAccess/authenticationStrength/policies")
    return Answer(body={"@odata.context": context, "value": value})


def security_defaults(call: Call) -> Answer:
    needs(call, "Policy.Read.All")
    body = RULES["securityDefaults"] | {"isEnabled": call.tenant.switches["securityDefaults"]}
    return whole(call, body, "policies/identitySecurityDefaultsEnforcementPolicy")


ROUTES = [
    ("GET", f"/{SET}", list_policies),
    ("POST", f"/{SET}", make_policy),
    ("GET", f"/{SET}/{{id}}", get_policy),
    ("PATCH", f"/{SET}/{{id}}", change_policy),
    ("DELETE", f"/{SET}/{{id}}", delete_policy),
    ("GET", f"/{PLACES}", list_locations),
    ("POST", f"/{PLACES}", make_location),
    ("GET", f"/{PLACES}/{{id}}", get_location),
    ("GET", "/identity/conditionalAccess/authenticationStrength/policies", list_strengths),
    ("GET", "/policies/authenticationStrengthPolicies", list_strengths),
    ("GET", "/policies/identitySecurityDefaultsEnforcementPolicy", security_defaults),
]
