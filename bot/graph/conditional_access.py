"""Conditional Access in Graph's JSON: what is read of it, and what is there that Guestlist does not know."""

from collections.abc import Collection, Mapping
from ipaddress import ip_network
from typing import Any

from access.rules.conditional_access import (
    AccessPolicy,
    Control,
    Demands,
    External,
    Filter,
    NamedLocation,
    Network,
    Operator,
    Picked,
    PolicyState,
    Strength,
    Within,
)
from access.rules.maybe import Unknown
from bot.graph.client import Row

_CONDITIONS = {
    "applications",
    "authenticationFlows",
    "clientAppTypes",
    "clientApplications",
    "devices",
    "insiderRiskLevels",
    "locations",
    "platforms",
    "servicePrincipalRiskLevels",
    "signInRiskLevels",
    "userRiskLevels",
    "users",
}
_APPLICATIONS = {
    "applicationFilter",
    "excludeApplications",
    "includeApplications",
    "includeAuthenticationContextClassReferences",
    "includeUserActions",
}
_EMPTY: Row = {}
_FUTURE = "unknownFutureValue"


def policy_of(row: Row) -> AccessPolicy:
    """Read a `conditionalAccessPolicy`; a condition of an unknown name leaves open whether it applies."""
    conditions = row.get("conditions") or _EMPTY
    users, apps = conditions.get("users") or _EMPTY, conditions.get("applications") or _EMPTY
    devices = conditions.get("devices") or _EMPTY
    return AccessPolicy(
        policy_id=str(row.get("id") or ""),
        name=str(row.get("displayName") or ""),
        state=_state(row.get("state")),
        include=_picked(users, "include"),
        exclude=_picked(users, "exclude"),
        apps=Within(_words(apps, "includeApplications"), _words(apps, "excludeApplications")),
        app_filter=_filter(apps.get("applicationFilter")),
        actions=_words(apps, "includeUserActions"),
        elsewhere=not users or bool(_set(conditions.get("clientApplications"))),
        platforms=_within(conditions.get("platforms"), "Platforms"),
        locations=_within(conditions.get("locations"), "Locations"),
        clients=_words(conditions, "clientAppTypes"),
        sign_in_risk=_words(conditions, "signInRiskLevels"),
        user_risk=_words(conditions, "userRiskLevels"),
        insider_risk=_words(conditions, "insiderRiskLevels"),
        device_filter=_filter(devices.get("deviceFilter")),
        flows=_words(conditions.get("authenticationFlows") or _EMPTY, "transferMethods"),
        unread=_unread(conditions, apps, devices),
        demands=_demands(row.get("grantControls") or _EMPTY),
        stopping_session=_stopping(row.get("sessionControls") or _EMPTY),
    )


def location_of(row: Row) -> NamedLocation:
    """Read a `namedLocation`: ranges of addresses, countries, or of a kind that is not known."""
    ranges, countries = row.get("ipRanges"), row.get("countriesAndRegions")
    return NamedLocation(
        location_id=str(row.get("id") or ""),
        name=str(row.get("displayName") or ""),
        trusted=row.get("isTrusted") is True,
        networks=None if ranges is None else _networks(ranges),
        countries=None if countries is None else frozenset(str(one).upper() for one in countries),
        with_unknown=row.get("includeUnknownCountriesAndRegions") is True,
        by_gps=row.get("countryLookupMethod") == "authenticatorAppGps",
    )


def _networks(ranges: Collection[Row]) -> tuple[Network, ...] | None:
    """Return the ranges; None where one cannot be read, for then nobody can say what is outside."""
    try:
        return tuple(ip_network(str(one.get("cidrAddress")), strict=False) for one in ranges)
    except ValueError:
        return None


def _state(word: object) -> PolicyState | None:
    try:
        return PolicyState(str(word))
    except ValueError:
        return None


def _words(row: Row, key: str) -> frozenset[str]:
    """Return a collection's words, or those of a flags enumeration, which is one text with commas."""
    found = row.get(key) or ()
    words = found.split(",") if isinstance(found, str) else found
    return frozenset(str(word).strip() for word in words) - {""}


def _picked(users: Row, way: str) -> Picked:
    return Picked(
        users=_words(users, f"{way}Users"),
        groups=_words(users, f"{way}Groups"),
        roles=_words(users, f"{way}Roles"),
        external=_external(users.get(f"{way}GuestsOrExternalUsers")),
    )


def _external(row: Row | None) -> External | None:
    if not row:
        return None
    tenants = row.get("externalTenants") or _EMPTY
    members = frozenset(one.lower() for one in _words(tenants, "members"))
    kind = tenants.get("membershipKind") or ("enumerated" if members else "all")
    if kind not in {"all", "enumerated"}:
        return External(frozenset({_FUTURE}))
    return External(_words(row, "guestOrExternalUserTypes"), members if kind == "enumerated" else None)


def _within(row: Row | None, what: str) -> Within | None:
    return Within(_words(row, f"include{what}"), _words(row, f"exclude{what}")) if row else None


def _filter(row: Row | None) -> Filter | None:
    return Filter(str(row.get("rule") or ""), row.get("mode") == "exclude") if row else None


def _unread(conditions: Row, apps: Row, devices: Row) -> frozenset[Unknown]:
    """Tell what is set and is not tried: by name, and the states of devices that came before filters."""
    found = set()
    if _others(conditions, _CONDITIONS) or _others(apps, _APPLICATIONS):
        found.add(Unknown.UNREAD)
    if _others(devices, {"deviceFilter"}):
        found.add(Unknown.DEVICE)
    return frozenset(found)


def _others(row: Row, known: set[str]) -> bool:
    return any(_set(value) for key, value in row.items() if key not in known and not key.startswith("@odata"))


def _set(value: object) -> bool:
    """Tell whether anything is set: an object of nothing but empty properties is not."""
    if isinstance(value, Mapping):
        return any(_set(one) for key, one in value.items() if not key.startswith("@odata"))
    return bool(value)


def _demands(row: Row) -> Demands:
    words = _words(row, "builtInControls")
    strength = row.get("authenticationStrength")
    return Demands(
        operator=Operator.OR if row.get("operator") == "OR" else Operator.AND,
        controls=frozenset(Control(word) for word in words if word in set(Control)),
        others=frozenset(word for word in words if word not in set(Control)),
        terms=_words(row, "termsOfUse"),
        custom=_words(row, "customAuthenticationFactors"),
        strength=_strength(strength) if strength else None,
    )


def _strength(row: Row) -> Strength:
    combinations: Any = row.get("allowedCombinations")
    return Strength(
        str(row.get("id") or ""),
        str(row.get("displayName") or ""),
        frozenset(str(one) for one in combinations) if combinations else None,
    )


def _stopping(row: Row) -> bool:
    return (row.get("secureSignInSession") or _EMPTY).get("isEnabled") is True


def body_of(policy: AccessPolicy) -> dict[str, Any]:
    """Write a policy as Graph takes it: guest types in one text, and nothing that was not drafted."""
    locations, platforms = policy.locations, policy.platforms
    conditions: dict[str, Any] = {
        "users": _users_of(policy.include, "include") | _users_of(policy.exclude, "exclude"),
        "applications": _words_of(policy.apps, "Applications"),
        "clientAppTypes": sorted(policy.clients),
    }
    conditions |= {"platforms": _words_of(platforms, "Platforms")} if platforms else {}
    conditions |= {"locations": _words_of(locations, "Locations")} if locations else {}
    return {
        "displayName": policy.name,
        "state": policy.state,
        "conditions": conditions,
        "grantControls": {
            "operator": policy.demands.operator,
            "builtInControls": sorted(policy.demands.controls),
            "termsOfUse": sorted(policy.demands.terms),
        },
    }


def _words_of(within: Within, what: str) -> dict[str, list[str]]:
    return {f"include{what}": sorted(within.include), f"exclude{what}": sorted(within.exclude)}


def _users_of(picked: Picked, way: str) -> dict[str, Any]:
    kinds = (("Users", picked.users), ("Groups", picked.groups), ("Roles", picked.roles))
    body: dict[str, Any] = {f"{way}{what}": sorted(ids) for what, ids in kinds if ids}
    if picked.external is None:
        return body
    tenants = picked.external.tenants
    kind = "AllExternalTenants" if tenants is None else "EnumeratedExternalTenants"
    external: dict[str, Any] = {"@odata.type": f"#microsoft.graph.conditionalAccess{kind}"}
    external["membershipKind"] = "all" if tenants is None else "enumerated"
    external |= {"members": sorted(tenants)} if tenants is not None else {}
    types = ",".join(sorted(picked.external.types))
    return body | {
        f"{way}GuestsOrExternalUsers": {"guestOrExternalUserTypes": types, "externalTenants": external}
    }
