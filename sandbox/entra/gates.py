"""Whether a policy of Conditional Access applies to a sign-in, read off Microsoft's pages.

`why_not` answers in the words of Graph's `evaluate`, for the first condition that does not hold.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Json = dict[str, Any]
REGISTERING = "urn:user:registersecurityinfo"
EAS_PLATFORMS = {"android", "iOS", "windows"}
NOT_SET: Json = {}
_CLAUSE = re.compile(r'device\.\w+\s+-(\w+)\s+(?:"[^"]*"|\[[^\]]*\]|\w+)', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Who signs in, to what, from where and with what; nothing stands for a fact that was not told."""

    user: str = ""
    kind: str = ""
    """How they are a guest, in Graph's words; nothing for the tenant's own people."""
    home: str = ""
    """Their tenant; nothing where their account is of none."""
    groups: frozenset[str] = frozenset()
    """With those that hold these."""
    roles: frozenset[str] = frozenset()
    app: str = ""
    action: str = ""
    """What they do instead of signing in to an app."""
    platform: str = "all"
    address: str = ""
    country: str = ""
    client: str = "browser"
    sign_in_risk: str = "none"
    user_risk: str = "none"


def why_not(policy: Json, sign_in: SignIn, locations: Collection[Json]) -> str:
    """Return why a policy does not apply, nothing if it does; its state is not asked."""
    conditions = policy["conditions"]
    if (conditions.get("clientApplications") or NOT_SET).get("includeServicePrincipals"):
        return "workloadIdentities"
    if not _among(conditions.get("users") or NOT_SET, sign_in):
        return "users"
    if elsewhere := _elsewhere(conditions["applications"], sign_in):
        return elsewhere
    if not _holds(conditions.get("platforms"), "Platforms", {"all", sign_in.platform}):
        return "devicePlatform"
    if conditions.get("locations") and not (sign_in.address or sign_in.country):
        return "notEnoughInformation"
    if not _holds(conditions.get("locations"), "Locations", _places(sign_in, locations)):
        return "location"
    if not _clients(conditions.get("clientAppTypes") or ["all"], sign_in):
        return "clientApps"
    return _rarer(conditions, sign_in)


def _rarer(conditions: Json, sign_in: SignIn) -> str:
    """Try what the sandbox's guests never have: a risk, another flow, a device that is registered here."""
    if sign_in.sign_in_risk not in (conditions.get("signInRiskLevels") or [sign_in.sign_in_risk]):
        return "signInRisk"
    if sign_in.user_risk not in (conditions.get("userRiskLevels") or [sign_in.user_risk]):
        return "userRisk"
    if conditions.get("insiderRiskLevels"):
        return "insiderRisk"
    if (conditions.get("authenticationFlows") or NOT_SET).get("transferMethods"):
        return "authenticationFlow"
    rule = (conditions.get("devices") or NOT_SET).get("deviceFilter")
    if rule and unregistered_fits(rule["rule"]) != (rule["mode"] == "include"):
        return "devices"
    return ""


def _holds(condition: Json | None, what: str, mine: Collection[str]) -> bool:
    """Tell whether something of mine is included and nothing excluded; unset holds for all."""
    if not condition:
        return True
    included, excluded = (condition.get(f"{way}{what}") or [] for way in ("include", "exclude"))
    return any(one in mine for one in included) and not any(one in mine for one in excluded)


def _among(users: Json, sign_in: SignIn) -> bool:
    return _meant(users, "include", sign_in) and not _meant(users, "exclude", sign_in)


def _meant(users: Json, way: str, sign_in: SignIn) -> bool:
    named = set(users.get(f"{way}Users") or [])
    if "All" in named or (sign_in.user and sign_in.user in named):
        return True
    if "GuestsOrExternalUsers" in named and sign_in.kind:
        return True
    if sign_in.groups & set(users.get(f"{way}Groups") or []):
        return True
    if sign_in.roles & set(users.get(f"{way}Roles") or []):
        return True
    external = users.get(f"{way}GuestsOrExternalUsers")
    if not external or sign_in.kind not in external["guestOrExternalUserTypes"].split(","):
        return False
    tenants = external.get("externalTenants") or {"membershipKind": "all"}
    if tenants["membershipKind"] == "all":
        return True
    return bool(sign_in.home) and sign_in.home.lower() in {
        one.lower() for one in tenants.get("members") or []
    }


def _elsewhere(apps: Json, sign_in: SignIn) -> str:
    """Return why a policy is not about what is done; the suites have none of the clinic's apps in them.

    Attributes, by which an `applicationFilter` picks, the sandbox's apps have none.
    """
    if sign_in.action:
        return "" if sign_in.action in (apps.get("includeUserActions") or []) else "userActions"
    mine = {"All", sign_in.app.lower()}
    wanted = [one if one == "All" else one.lower() for one in apps.get("includeApplications") or []]
    if not mine & set(wanted):
        if apps.get("includeAuthenticationContextClassReferences"):
            return "authenticationContext"
        return "userActions" if apps.get("includeUserActions") else "application"
    excluded = {one.lower() for one in apps.get("excludeApplications") or []}
    return "application" if sign_in.app.lower() in excluded else ""


def _places(sign_in: SignIn, locations: Collection[Json]) -> set[str]:
    """Return the ids of the locations that a sign-in comes from, with the words for them."""
    here = {one["id"] for one in locations if _inside(one, sign_in)}
    trusted = any(one.get("isTrusted") for one in locations if one["id"] in here)
    return {"All", *here, *(["AllTrusted"] if trusted else [])}


def _inside(location: Json, sign_in: SignIn) -> bool:
    if "ipRanges" in location:
        ranges = [ip_network(one["cidrAddress"], strict=False) for one in location["ipRanges"]]
        return bool(sign_in.address) and any(ip_address(sign_in.address) in one for one in ranges)
    if "countriesAndRegions" in location:
        by_gps = location.get("countryLookupMethod") == "authenticatorAppGps"
        if not sign_in.country or by_gps:  # nobody here has an app that tells where they are
            return bool(location.get("includeUnknownCountriesAndRegions"))
        return sign_in.country in location["countriesAndRegions"]
    return False


def _clients(types: Collection[str], sign_in: SignIn) -> bool:
    supported = sign_in.client == "exchangeActiveSync" and sign_in.platform in EAS_PLATFORMS
    return "all" in types or sign_in.client in types or ("easSupported" in types and supported)


def unregistered_fits(rule: str) -> bool:
    """Tell whether a rule without brackets fits a device of which nothing is known: each property is null.

    So what a clause asks for is missing, and only that something is not there is true.
    """
    read = _CLAUSE.sub(lambda found: "0" if found[1].lower().startswith("n") else "1", rule)
    return any("1" not in part for part in read.lower().split("-or"))
