"""Policies, locations and sign-ins to try them on, as Graph writes them."""

from typing import Any

from access.rules.conditional_access import (
    Attempt,
    GuestType,
    Place,
    Platform,
    Protection,
    Target,
    Trust,
    Visitor,
)
from access.rules.forecast import Forecast, Met
from bot.graph.conditional_access import location_of, policy_of

Json = dict[str, Any]

APP = "11111111-0000-4000-8000-000000000001"
OTHER_APP = "11111111-0000-4000-8000-000000000002"
ANA = "22222222-0000-4000-8000-000000000001"
OTHER = "22222222-0000-4000-8000-000000000002"
TEAM, NESTING, STRANGE, DYNAMIC = (f"33333333-0000-4000-8000-00000000000{n}" for n in range(1, 5))
READER, ADMIN = (f"44444444-0000-4000-8000-00000000000{n}" for n in range(1, 3))
FABRIKAM, NORTHWIND = (f"55555555-0000-4000-8000-00000000000{n}" for n in range(1, 3))
OFFICE, BRANCH, DACH, WHEREVER, NETWORK, BY_GPS = (
    f"66666666-0000-4000-8000-00000000000{n}" for n in range(1, 7)
)
TERMS, MORE_TERMS = (f"77777777-0000-4000-8000-00000000000{n}" for n in range(1, 3))
MFA_STRENGTH, PASSWORDLESS, RESISTANT = (f"00000000-0000-0000-0000-00000000000{n}" for n in range(2, 5))

LOCATIONS: list[Json] = [
    {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": OFFICE,
        "displayName": "Office",
        "isTrusted": True,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"},
            {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8:1::/48"},
        ],
    },
    {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": BRANCH,
        "displayName": "Branch",
        "isTrusted": False,
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/25"}],
    },
    {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": DACH,
        "displayName": "DACH",
        "countriesAndRegions": ["DE", "AT", "CH"],
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "clientIpAddress",
    },
    {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": WHEREVER,
        "displayName": "Wherever",
        "countriesAndRegions": ["FR"],
        "includeUnknownCountriesAndRegions": True,
        "countryLookupMethod": "clientIpAddress",
    },
    {
        "@odata.type": "#microsoft.graph.compliantNetworkNamedLocation",
        "id": NETWORK,
        "displayName": "Network",
    },
    {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": BY_GPS,
        "displayName": "By GPS",
        "countriesAndRegions": ["DE"],
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "authenticatorAppGps",
    },
]

HOME = Place(country="DE")
TRUSTED_ALL = Trust(mfa=True, compliant=True, joined=True)


def visitor(**others: Any) -> Visitor:
    """Return a guest of Fabrikam who is in a team, has no role, and whose tenant is believed nothing."""
    usual: Json = {
        "object_id": ANA,
        "kind": GuestType.B2B_GUEST,
        "tenant": FABRIKAM,
        "groups": frozenset({TEAM, NESTING}),
        "unsure_groups": frozenset({DYNAMIC}),
        "roles": frozenset({READER}),
        "trust": Trust(),
        "registered": True,
    }
    return Visitor(**(usual | others))


def attempt(who: Visitor | None = None, **others: Any) -> Attempt:
    usual: Json = {
        "visitor": who or visitor(),
        "target": Target(APP),
        "platform": Platform.WINDOWS,
        "place": HOME,
    }
    return Attempt(**(usual | others))


def policy(grant: Json | None = None, *, name: str = "P", state: str = "enabled", **conditions: Any) -> Json:
    """Return a policy that blocks everybody everywhere, but for what is said otherwise."""
    usual: Json = {
        "users": {"includeUsers": ["All"]},
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
        "signInRiskLevels": [],
        "userRiskLevels": [],
        "platforms": None,
        "locations": None,
        "devices": None,
        "clientApplications": None,
    }
    session = conditions.pop("session", None)
    return {
        "id": f"88888888-0000-4000-8000-{abs(hash(name)) % 10**12:012}",
        "displayName": name,
        "state": state,
        "conditions": usual | conditions,
        "grantControls": demand("block") if grant is None else grant,
        "sessionControls": session,
    }


def demand(*controls: str, operator: str | None = "OR", **others: Any) -> Json:
    usual: Json = {"customAuthenticationFactors": [], "termsOfUse": [], "authenticationStrength": None}
    return {"operator": operator, "builtInControls": list(controls), **usual, **others}


def strength(id_: str, *combinations: str) -> Json:
    read: Json = {"id": id_, "displayName": "A strength"}
    return demand(
        authenticationStrength=read | ({"allowedCombinations": list(combinations)} if combinations else {})
    )


def guests(*types: str, tenants: list[str] | None = None) -> Json:
    listed: Json = {"@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants"}
    every: Json = {
        "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
        "membershipKind": "all",
    }
    return {
        "guestOrExternalUserTypes": ",".join(types),
        "externalTenants": listed | {"membershipKind": "enumerated", "members": tenants}
        if tenants
        else every,
    }


def protection(*policies: Json, security_defaults: bool = False) -> Protection:
    locations = [location_of(row) for row in LOCATIONS]
    return Protection(
        tuple(policy_of(row) for row in policies),
        {one.location_id: one for one in locations},
        security_defaults,
    )


def told(forecast: Forecast) -> str:
    """Write a forecast in a line: the verdict, then what is asked (+), what stops (!), what is open (?)."""
    asks = sorted({f"+{ask.need}" for ask in forecast.asks})
    stops = sorted({f"!{one.passage.stop}" for one in forecast.stops})
    unsure = sorted(_open(one) for one in forecast.unsure)
    return " ".join((forecast.verdict, *asks, *stops, *unsure))


def _open(met: Met) -> str:
    on = "|".join(sorted(met.on | met.passage.open))
    what = (
        f"!{met.passage.stop}"
        if met.passage.stop
        else "".join(sorted(f"+{a.need}" for a in met.passage.asks))
    )
    return f"?{on}{what if met.on or met.passage.stop else ''}"
