"""Who vouches for guests: the tenant's identity providers, and its federations with partners' domains."""

import re

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.tenant import Json

_BY_DOMAIN = re.compile(r"domains/any\((\w+):\s*\1/id eq '([^']+)'\)")
GOOGLE: Json = {
    "@odata.type": "#microsoft.graph.socialIdentityProvider",
    "id": "Google-OAUTH",
    "displayName": "Google",
    "identityProviderType": "Google",
    "clientId": "a-client-of-google.apps.googleusercontent.com",
    "clientSecret": "******",
}
BUILT_IN = {
    "EmailOTP": "EmailOtpSignup-OAUTH",
    "AADSignup": "AADSignup-OAUTH",
    "MicrosoftAccount": "MSASignup-OAUTH",
}


def identity_providers(call: Call) -> Answer:
    if not call.tenant.switches["providerPermission"]:
        raise Refused("denied")
    call.allow()
    rows: list[Json] = [
        {
            "@odata.type": "#microsoft.graph.builtInIdentityProvider",
            "id": one,
            "displayName": kind,
            "identityProviderType": kind,
        }
        for kind, one in BUILT_IN.items()
    ]
    found = [*rows, GOOGLE] if call.tenant.switches["googleGuests"] else rows
    return Answer(body={"@odata.context": call.context("identity/identityProviders"), "value": found})


def federations(call: Call) -> Answer:
    """Return the federation that holds a domain; Graph requires the filter."""
    if not call.tenant.switches["domainPermission"]:
        raise Refused("denied")
    call.allow("$filter")
    asked = _BY_DOMAIN.fullmatch(call.query.get("$filter", ""))
    if asked is None:
        raise Refused("badQuery", detail="A filter by domains is required.")
    held = {each.strip().lower() for each in str(call.tenant.switches["federatedDomains"]).split(",")}
    row = {
        "id": "d5a56845-6845-d5a5-4568-a5d54568a5d5",
        "displayName": "Partners",
        "issuerUri": f"https://sts.{asked[2]}/issuer",
        "preferredAuthenticationProtocol": "saml",
    }
    context = call.context("directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation")
    return Answer(body={"@odata.context": context, "value": [row] if asked[2].lower() in held else []})


ROUTES = [
    ("GET", "/identity/identityProviders", identity_providers),
    ("GET", "/directory/federationConfigurations/graph.samlOrWsFedExternalDomainFederation", federations),
]
