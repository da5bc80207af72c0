"""A policy of Conditional Access as it is written: merged with what was there, or refused."""

from collections.abc import Iterator
from copy import deepcopy
from uuid import UUID

from sandbox.entra.call import Refused
from sandbox.entra.passage import RULES
from sandbox.entra.tenant import Json, Tenant

PLACES = {"All", "AllTrusted", "00000000-0000-0000-0000-000000000000"}
PARTS = ("applications", "users", "platforms", "locations")


def drafted(tenant: Tenant, given: Json, old: Json | None = None) -> Json:
    """Return the whole policy that a body makes, of nothing or of the one that it changes.

    What is in `conditions` and `grantControls` is merged: an empty collection must be sent to empty one.
    """
    try:
        return _checked(tenant, _merged(old or RULES["policy"], given))
    except (AttributeError, KeyError, TypeError) as error:
        raise Refused("policySchema") from error


def _checked(tenant: Tenant, whole: Json) -> Json:
    for part, empty in RULES["inside"].items():
        holder = whole if part == "grantControls" else whole["conditions"]
        if holder.get(part) is not None:
            holder[part] = _merged(empty, holder[part])
    _known(whole)
    _said(whole)
    _together(whole)
    _there(tenant, whole["conditions"])
    return whole


def _merged(old: Json, new: Json) -> Json:
    if not isinstance(new, dict):
        raise Refused("policySchema")
    merged = deepcopy(old)
    for name, value in new.items():
        if name.startswith("@odata.") and name != "@odata.type":
            continue
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else deepcopy(value)
    return merged


def _known(whole: Json) -> None:
    """Refuse names and words that Graph's types do not have."""
    conditions = whole["conditions"]
    levels = [
        (whole, {*RULES["policy"], "id", "stateFrom"}),
        (conditions, set(RULES["policy"]["conditions"])),
    ]
    for part in PARTS:
        names = RULES["policy"]["conditions"][part] or RULES["inside"][part]
        levels += [(conditions[part], set(names))] if conditions.get(part) else []
    levels += (
        [(whole["grantControls"], set(RULES["inside"]["grantControls"]))] if whole["grantControls"] else []
    )
    if any(set(level) - names - {"@odata.type"} for level, names in levels):
        raise Refused("policySchema")
    for level, _ in levels:
        _lists(level)
    for name, value in _words(whole):
        if not isinstance(value, str) or value not in RULES["words"][name]:
            raise Refused("policySchema")


def _lists(level: Json) -> None:
    """Refuse a text where a collection belongs, and read none as an empty one."""
    for name, value in level.items():
        included = name.startswith(("include", "exclude")) and not name.endswith("GuestsOrExternalUsers")
        if included or name in {"builtInControls", "termsOfUse", "customAuthenticationFactors"}:
            level[name] = [] if value is None else value
            if not isinstance(level[name], list):
                raise Refused("policySchema")


def _words(whole: Json) -> Iterator[tuple[str, object]]:
    """Yield the members of enumerations; guest types are one text, and anything else is none."""
    conditions, demands = whole["conditions"], whole["grantControls"] or {}
    yield "state", whole["state"]
    if demands:
        yield "operator", demands["operator"]
    lists = {"builtInControls": demands, "clientAppTypes": conditions}
    lists |= dict.fromkeys(("includePlatforms", "excludePlatforms"), conditions["platforms"] or {})
    for name, holder in lists.items():
        yield from ((name, one) for one in holder.get(name) or [])
    for way in ("include", "exclude"):
        if external := (conditions["users"] or {}).get(f"{way}GuestsOrExternalUsers"):
            types = external.get("guestOrExternalUserTypes")
            words = types.split(",") if isinstance(types, str) else [types]
            yield from (("guestOrExternalUserTypes", one) for one in words)


def _said(whole: Json) -> None:
    """Refuse a policy that leaves out for whom, for what, or what it demands."""
    conditions, demands = whole["conditions"], whole["grantControls"]
    users, apps = conditions["users"] or {}, conditions["applications"] or {}
    rules = {
        "displayName": whole["displayName"],
        "users": conditions["clientApplications"]
        or any(v for k, v in users.items() if k.startswith("include")),
        "applications": apps.get("applicationFilter")
        or any(v for k, v in apps.items() if k.startswith("include")),
        "grantControls": whole["sessionControls"]
        or any(v for k, v in (demands or {}).items() if k != "operator"),
    }
    for name, rule in rules.items():
        if not rule:
            raise Refused("policyIncomplete", name=name)


def _together(whole: Json) -> None:
    """Refuse what cannot stand beside each other, and put the whole strength in the place of its id."""
    users, apps = whole["conditions"]["users"] or {}, whole["conditions"]["applications"]
    for way in ("include", "exclude"):
        if "GuestsOrExternalUsers" in (users.get(f"{way}Users") or []) and users.get(
            f"{way}GuestsOrExternalUsers"
        ):
            raise Refused("guestsTwice")
    if apps["includeApplications"] and apps["includeUserActions"]:
        raise Refused("appsAndActions")
    demands = whole["grantControls"]
    if demands and (strength := demands["authenticationStrength"]):
        if "mfa" in demands["builtInControls"]:
            raise Refused("strengthAndMfa")
        demands["authenticationStrength"] = strength_of(str(strength.get("id")))


def strength_of(key: str) -> Json:
    for one in RULES["strengths"]:
        if one["id"] == key:
            dates = dict.fromkeys(("createdDateTime", "modifiedDateTime"), "2021-12-01T00:00:00Z")
            kind = {"policyType": "builtIn", "requirementsSatisfied": "mfa", "combinationConfigurations": []}
            return {**one, **dates, **kind}
    raise Refused("policySchema")


def _there(tenant: Tenant, conditions: Json) -> None:
    """Refuse people, groups and locations that the tenant has not."""
    users, locations = conditions["users"] or {}, conditions["locations"] or {}
    known = {one["id"] for one in tenant.named_locations} | PLACES
    for way in ("include", "exclude"):
        for one in locations.get(f"{way}Locations") or []:
            if one not in known:
                raise Refused("unknownLocation", id=one)
        for one in (users.get(f"{way}Users") or []) + (users.get(f"{way}Groups") or []):
            if _is_id(one) and one not in tenant.objects:
                raise Refused("notInDirectory", id=one)


def _is_id(word: str) -> bool:
    try:
        return bool(UUID(word))
    except ValueError:
        return False
