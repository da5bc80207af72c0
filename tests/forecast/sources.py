"""What each case rests on: the page and, in our own words, the sentence on it."""

_ENTRA = "https://learn.microsoft.com/entra/"
_CA = f"{_ENTRA}identity/conditional-access/"
_GRAPH = "https://learn.microsoft.com/graph/api/resources/"
_GUESTS = f"{_ENTRA}external-id/authentication-conditional-access"

SOURCES: dict[str, tuple[str, str]] = {
    "all-must-hold": (f"{_CA}concept-conditional-access-policies", "a policy needs all its assignments met"),
    "all-policies": (
        f"{_CA}concept-conditional-access-policies",
        "of several policies each has to be passed",
    ),
    "block-first": (
        f"{_CA}concept-conditional-access-policies",
        "one policy that blocks ends the evaluation",
    ),
    "one-of": (f"{_CA}concept-conditional-access-policies", "with one of the controls met, access is given"),
    "asked-first": (
        f"{_CA}concept-conditional-access-policies",
        "where one of several is enough they are asked for in a fixed order, MFA first, terms after devices",
    ),
    "default-all": (
        f"{_CA}concept-conditional-access-grant",
        "unless told otherwise every control is wanted",
    ),
    "disabled": (f"{_GRAPH}conditionalaccesspolicy", "a policy is enabled, disabled, or only reports"),
    "report-only": (f"{_CA}concept-conditional-access-report-only", "what only reports is not enforced"),
    "all-users": (f"{_CA}concept-conditional-access-users-groups", "all users are with them the B2B guests"),
    "no-users": (f"{_GRAPH}conditionalaccessusers", "None is nobody"),
    "by-id": (f"{_GRAPH}conditionalaccessusers", "people are named by their object ids"),
    "exclusion-wins": (
        f"{_CA}concept-conditional-access-users-groups",
        "whoever is excluded too is excluded",
    ),
    "groups": (f"{_CA}concept-conditional-access-users-groups", "groups count with those nested in them"),
    "gps": (
        f"{_CA}concept-assignment-network",
        "by GPS a country is known of those alone whose Microsoft Authenticator app tells it",
    ),
    "direct-connect-too": (
        f"{_CA}concept-conditional-access-users-groups",
        "what is for B2B direct connect is for B2B guests, too, who could use it, in Teams and SharePoint",
    ),
    "roles": (f"{_CA}concept-conditional-access-users-groups", "directory roles that are held select people"),
    "guest-types": (f"{_GUESTS}#assigning-conditional-access-policies-to-external-user-types", "six types"),
    "old-keyword": (_GUESTS, "the old word for all guests means every type of them"),
    "tenants": (f"{_CA}concept-conditional-access-users-groups", "a type can be limited to some tenants"),
    "all-apps": (
        f"{_CA}concept-conditional-access-cloud-apps",
        "all resources means every request for a token",
    ),
    "apps": (f"{_GRAPH}conditionalaccessapplications", "apps are named by appId, unless they are excluded"),
    "suites": (f"{_GRAPH}conditionalaccessapplications", "Office365 and MicrosoftAdminPortals are suites"),
    "app-filter": (f"{_CA}concept-filter-for-applications", "apps are picked by custom security attributes"),
    "actions": (
        f"{_CA}concept-conditional-access-cloud-apps#user-actions",
        "some policies are for acts alone",
    ),
    "contexts": (f"{_CA}concept-conditional-access-cloud-apps#authentication-context", "or for contexts"),
    "workloads": (f"{_GRAPH}conditionalaccessconditionset", "or for workload identities instead of users"),
    "platforms": (
        f"{_CA}concept-conditional-access-conditions#device-platforms",
        "unset holds for all of them",
    ),
    "other-platforms": (
        f"{_CA}concept-conditional-access-conditions#device-platforms",
        "any but those known",
    ),
    "linux": (f"{_GRAPH}conditionalaccessplatforms", "a value after unknownFutureValue is hidden behind it"),
    "any-place": (f"{_CA}concept-assignment-network", "any location is every address on the internet"),
    "trusted": (f"{_CA}concept-assignment-network", "all trusted: those marked, and the trusted IPs of MFA"),
    "ranges": (f"{_CA}concept-assignment-network", "a location is ranges of public addresses"),
    "countries": (f"{_CA}concept-assignment-network", "or countries, by address or by GPS"),
    "no-country": (f"{_GRAPH}countrynamedlocation", "addresses of no country belong to it if it says so"),
    "clients": (
        f"{_CA}concept-conditional-access-conditions#client-apps",
        "policies hold for all, or for some",
    ),
    "legacy": (f"{_CA}concept-conditional-access-conditions#client-apps", "legacy clients meet no control"),
    "sign-in-risk": (
        f"{_CA}concept-conditional-access-conditions#sign-in-risk",
        "is computed at the sign-in",
    ),
    "user-risk": (f"{_GUESTS}#risk-based-conditional-access", "is computed at home and not taken away here"),
    "risk-unregistered": (f"{_GUESTS}#risk-based-conditional-access", "at risk nobody registers a method"),
    "insider-risk": (f"{_GRAPH}conditionalaccessconditionset", "levels of insider risk narrow a policy"),
    "device-filter": (f"{_CA}concept-condition-filters-for-devices", "unregistered: all properties are null"),
    "device-trust": (f"{_GUESTS}#device-filters", "with device claims believed, filters see them"),
    "flows": (f"{_CA}concept-authentication-flows", "some policies are for device code and transfer alone"),
    "unknown-condition": (f"{_GRAPH}conditionalaccessconditionset", "what is not listed there is not known"),
    "mfa-home": (f"{_GUESTS}#mfa-for-microsoft-entra-external-users", "a claim from home passes if believed"),
    "mfa-here": (f"{_GUESTS}#mfa-for-microsoft-entra-external-users", "else the guest proves it here"),
    "mfa-other": (f"{_GUESTS}#mfa-for-non-microsoft-entra-id-external-users", "without Entra always here"),
    "direct-connect": (_GUESTS, "direct connect without that belief is blocked"),
    "compliant": (f"{_GUESTS}#device-compliance-and-hybrid-azure-ad-joined-device-policies", "by the home's"),
    "joined": (f"{_CA}concept-conditional-access-grant", "hybrid joined devices run Windows"),
    "app-protection": (f"{_GUESTS}#mobile-application-management-policies", "cannot be applied to guests"),
    "password": (f"{_GUESTS}#risk-based-conditional-access", "guests cannot change a password here"),
    "remediation": (f"{_CA}concept-conditional-access-grant", "a risk is remediated where it is known"),
    "terms": (f"{_CA}terms-of-use", "terms are accepted at the sign-in, once"),
    "custom": (f"{_CA}controls", "custom controls ask another service"),
    "strength-home": (
        f"{_GUESTS}#authentication-strength-policies-for-external-users",
        "at home: all methods",
    ),
    "strength-here": (f"{_GUESTS}#authentication-strength-policies-for-external-users", "here: four of them"),
    "strength-entra": (f"{_GUESTS}#authentication-strength-policies-for-external-users", "with Entra alone"),
    "register": (f"{_GUESTS}#user-experience-for-external-azure-ad-users", "who may not register is blocked"),
    "register-proof": (
        f"{_CA}policy-all-users-security-info-registration#create-a-policy-to-secure-registration",
        "whoever has no method proves themselves by a Temporary Access Pass, which guests cannot",
    ),
    "session": (f"{_GRAPH}conditionalaccesssessioncontrols", "session controls act after the sign-in"),
    "token": (f"{_CA}concept-token-protection", "a token can be bound to the device that asked for it"),
    "defaults": (f"{_ENTRA}fundamentals/security-defaults#b2b-users", "guests are treated as everybody"),
}
