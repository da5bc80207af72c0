"""What Graph says about sign-ins that have not been: `evaluate`, and who has registered a method."""

from ipaddress import ip_address

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.conditional import policies_of
from sandbox.entra.gates import REGISTERING, SignIn, why_not
from sandbox.entra.granted import READS_POLICIES, needs
from sandbox.entra.shaping import many, one
from sandbox.entra.tenant import Json, Thing, stamp
from sandbox.entra.visitors import sign_in_of

METHODS = ["microsoftAuthenticatorPush", "softwareOneTimePasscode"]
CONDITIONS = {
    "devicePlatform": "platform",
    "ipAddress": "address",
    "country": "country",
    "clientAppType": "client",
    "signInRiskLevel": "sign_in_risk",
    "userRiskLevel": "user_risk",
}


def evaluate(call: Call) -> Answer:
    """Say of each policy whether it would apply, and if not why."""
    if call.tenant.switches["evaluate"] == "absent":
        raise Refused("unknownPath", segment="evaluate")
    needs(call, *READS_POLICIES, refusal="scopesMissing")
    body = call.body()
    identity, context, conditions = (_part(body, name) for name in ("Identity", "Context", "Conditions"))
    facts = {CONDITIONS[name]: value for name, value in conditions.items() if value and name in CONDITIONS}
    tried = _identified(call, identity, facts | _context(context))
    if tried.address:
        _is_address(tried.address)
    found = [
        {**policy, "policyApplies": not why, "analysisReasons": why or "notSet"}
        for policy in policies_of(call.tenant)
        for why in [_why_not(call, policy, tried)]
        if not (why and body.get("appliedPoliciesOnly"))
    ]
    for policy in found:
        policy.pop("stateFrom", None)
    context_of = f"{call.root}/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)"
    return Answer(body={"@odata.context": context_of, "value": found})


def _is_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError as error:
        raise Refused("evaluateSchema") from error


def _part(body: Json, name: str) -> Json:
    part = body.get(f"signIn{name}")
    if not isinstance(part, dict):
        raise Refused("evaluateSchema")
    return part


def _why_not(call: Call, policy: Json, tried: SignIn) -> str:
    if policy["state"] == "disabled":
        return "policyNotEnabled"
    return why_not(policy, tried, call.tenant.named_locations)


def _context(context: Json) -> dict[str, str]:
    if apps := context.get("includeApplications"):
        return {"app": apps[0]}
    if context.get("userAction"):
        return {"action": REGISTERING}
    raise Refused("evaluateSchema")


def _identified(call: Call, identity: Json, facts: Json) -> SignIn:
    """Return the sign-in of somebody of the directory, or of a guest of some kind who is not there."""
    if key := identity.get("userId"):
        user = call.tenant.find("user", key)
        if user is None:
            raise Refused("notFound", id=key)
        return sign_in_of(call.tenant, user, **facts)
    if call.tenant.switches["evaluateStrangers"] and identity.get("externalUserType"):
        kind, home = identity["externalUserType"], identity.get("externalTenantId") or ""
        return SignIn(kind=kind, home=home, **facts)
    raise Refused("evaluateSchema")


def registrations(call: Call) -> Answer:
    """List who has registered a method; everybody of the clinic's own has."""
    needs(call, "AuditLog.Read.All", refusal="auditDenied")
    if not call.tenant.switches["signInLicence"]:
        raise Refused("notPremium")
    call.allow("$filter", "$top", "$skiptoken", "$select")
    rows: list[Thing | Json] = [_registration(call, user) for user in call.tenant.known("user")]
    return many(
        call, "userRegistrationDetails", rows, "reports/authenticationMethods/userRegistrationDetails"
    )


def registration(call: Call) -> Answer:
    """Tell of one person whether they have registered a method."""
    needs(call, "AuditLog.Read.All", refusal="auditDenied")
    if not call.tenant.switches["signInLicence"]:
        raise Refused("notPremium")
    row = _registration(call, call.thing("user"))
    return one(call, "userRegistrationDetails", row, "reports/authenticationMethods/userRegistrationDetails")


def _registration(call: Call, user: Thing) -> Json:
    has = not user.is_guest or user.id in call.tenant.registered
    flags = ("isMfaCapable", "isMfaRegistered", "isSsprRegistered", "isSsprCapable")
    return {
        "id": user.id,
        "userPrincipalName": user.props["userPrincipalName"],
        "userDisplayName": user.props["displayName"],
        "userType": str(user.props["userType"]).lower(),
        "isAdmin": False,
        "isSsprEnabled": not user.is_guest,
        "isPasswordlessCapable": False,
        **{name: has and (not user.is_guest or "Mfa" in name) for name in flags},
        "methodsRegistered": METHODS if has else [],
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": ["push"] if has else [],
        "userPreferredMethodForSecondaryAuthentication": "push" if has else "none",
        "lastUpdatedDateTime": stamp(),
    }


ROUTES = [
    ("POST", "/identity/conditionalAccess/evaluate", evaluate),
    ("GET", "/reports/authenticationMethods/userRegistrationDetails", registrations),
    ("GET", "/reports/authenticationMethods/userRegistrationDetails/{id}", registration),
]
