"""A second reading of the policies, by brute force: every world that what is known allows is tried out.

It reads Graph's JSON itself and knows two answers alone; what nobody knows is asked of the world, and `tried`
goes through all of them. It shares no line with what it judges.
"""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from access.rules.conditional_access import Attempt
from tests.forecast.building import DYNAMIC, FABRIKAM, LOCATIONS, NORTHWIND, Json

T = TypeVar("T")


class World:
    """Answers what is not known, each thing once and the same ever after."""

    def __init__(self, told: list[tuple[Any, int, int]]) -> None:
        self._script = told
        self._said: dict[Any, Any] = {}
        self.asked: list[tuple[Any, int, int]] = []
        self.again: set[Any] = set()

    def ask(self, name: Any, options: Sequence[Any]) -> Any:
        if name in self._said:
            self.again.add(name)
            return self._said[name]
        place = len(self.asked)
        chosen = self._script[place][1] if place < len(self._script) else 0
        self.asked.append((name, chosen, len(options)))
        self._said[name] = options[chosen]
        return options[chosen]

    def maybe(self, name: Any) -> bool:
        return bool(self.ask(name, (False, True)))


def tried(act: Callable[[World], T]) -> Iterator[tuple[T, World]]:
    """Act in every world, one after the other, the last choice varied first."""
    script: list[tuple[Any, int, int]] = []
    while True:
        world = World(script)
        yield act(world), world
        script = world.asked
        while script and script[-1][1] + 1 == script[-1][2]:
            script = script[:-1]
        if not script:
            return
        name, chosen, size = script[-1]
        script = [*script[:-1], (name, chosen + 1, size)]


def _people(users: Json, way: str, at: Attempt, world: World) -> bool:
    who = at.visitor
    for word in users.get(f"{way}Users") or []:
        if word in {"All", "GuestsOrExternalUsers"} or (word == who.object_id and word):
            return True
    for group in users.get(f"{way}Groups") or []:
        unsure = who.groups is None or (group == DYNAMIC and group not in who.groups)
        if world.maybe(("group", group)) if unsure else group in (who.groups or ()):
            return True
    for role in users.get(f"{way}Roles") or []:
        if world.maybe(("role", role)) if who.roles is None else role in who.roles:
            return True
    return _external(users.get(f"{way}GuestsOrExternalUsers"), at, world)


def _external(row: Json | None, at: Attempt, world: World) -> bool:
    if not row:
        return False
    types = row["guestOrExternalUserTypes"].split(",")
    hidden = "unknownFutureValue" in types and world.maybe(("type", at.visitor.kind))
    shared = "b2bDirectConnectUser" in types and at.target.by_microsoft
    shared = shared and at.visitor.kind in {"b2bCollaborationGuest", "b2bCollaborationMember"}
    if at.visitor.kind not in types and not hidden and not (shared and world.maybe("direct")):
        return False
    tenants = row["externalTenants"]
    if tenants["membershipKind"] == "all":
        return True
    return _home(at, world) in [one.lower() for one in tenants["members"]]


def _home(at: Attempt, world: World) -> str:
    if at.visitor.tenant is not None:
        return at.visitor.tenant
    return str(world.ask("home", (FABRIKAM, NORTHWIND, "")))


def _apps(apps: Json, at: Attempt, world: World) -> bool:
    def named(words: list[str]) -> bool:
        for word in words:
            if word == "All" or word.lower() == at.target.app_id:
                return True
            if word in {"Office365", "MicrosoftAdminPortals"}:
                if at.target.by_microsoft and world.maybe(("suite", word)):
                    return True
            elif word != "None" and len(word) != 36 and world.maybe(("word", word)):
                return True
        return False

    if at.action:
        return at.action in (apps.get("includeUserActions") or [])
    rule = apps.get("applicationFilter")
    included = named(apps.get("includeApplications") or [])
    if rule and rule["mode"] == "include" and not included:
        included = world.maybe("attribute")
    if not included or named(apps.get("excludeApplications") or []):
        return False
    return not (rule and rule["mode"] == "exclude" and world.maybe("attribute"))


def _platforms(row: Json | None, at: Attempt, world: World) -> bool:
    def within(words: list[str]) -> bool:
        return bool({"all", str(at.platform)} & set(words)) or (
            "unknownFutureValue" in words and world.maybe("platform")
        )

    if row is None:
        return True
    return within(row.get("includePlatforms") or []) and not within(row.get("excludePlatforms") or [])


def _address(at: Attempt, world: World) -> str | None:
    """Return an address of the place; the ends of its ranges and of those named stand for all."""
    found = []
    for network in at.place.networks:
        found += [str(network[0]), str(network[-1])]
        for location in LOCATIONS:
            for row in location.get("ipRanges") or []:
                inner = ip_network(row["cidrAddress"])
                if inner.version == network.version and inner.subnet_of(network):  # type: ignore[arg-type]  # of one version
                    found += [str(inner[0]), str(inner[-1])]
    return str(world.ask("address", tuple(found))) if found else None


def _inside(location: Json, at: Attempt, world: World) -> bool:
    if "ipRanges" in location:
        address = _address(at, world)
        ranges = [ip_network(one["cidrAddress"]) for one in location["ipRanges"]]
        return address is not None and any(ip_address(address) in one for one in ranges)
    if "countriesAndRegions" not in location:
        return world.maybe(("network", location["id"]))
    country = at.place.country
    if location.get("countryLookupMethod") == "authenticatorAppGps" and not world.maybe("gps"):
        return bool(location["includeUnknownCountriesAndRegions"])
    if country is None:
        country = str(world.ask("country", ("DE", "FR", "US", "")))
    if not country:
        return bool(location["includeUnknownCountriesAndRegions"])
    return country in location["countriesAndRegions"]


def _within(words: list[str], at: Attempt, world: World) -> bool:
    for word in words:
        mfa = word in {"AllTrusted", "00000000-0000-0000-0000-000000000000"}
        if word == "All" or (mfa and at.place.networks and world.maybe("mfa-trusted")):
            return True
        known = [one for one in LOCATIONS if one["id"] == word]
        known += [one for one in LOCATIONS if word == "AllTrusted" and one.get("isTrusted")]
        if any(_inside(one, at, world) for one in known):
            return True
        if not known and not mfa and world.maybe(("place", word)):
            return True
    return False


def _locations(row: Json | None, at: Attempt, world: World) -> bool:
    if row is None:
        return True
    include, exclude = row.get("includeLocations") or [], row.get("excludeLocations") or []
    return _within(include, at, world) and not _within(exclude, at, world)


def _risks(conditions: Json, world: World) -> bool:
    for key in ("signInRiskLevels", "userRiskLevels"):
        levels = conditions.get(key) or []
        if levels and world.ask(key, ("none", "low", "medium", "high")) not in levels:
            return False
    insider = conditions.get("insiderRiskLevels")
    return not insider or world.ask("insider", ("none", "minor", "moderate", "elevated")) in insider.split(
        ","
    )


def _device(row: Json | None, at: Attempt, world: World) -> bool:
    rule = (row or {}).get("deviceFilter")
    if not rule:
        return True
    trust = at.visitor.trust
    if trust is None or trust.compliant or trust.joined or at.visitor.kind == "internalGuest":
        met = world.maybe(("device", rule["rule"]))
    else:
        met = "-ne" in rule["rule"] or "-not" in rule["rule"]
    return met if rule["mode"] == "include" else not met


def applies_in(policy: Json, at: Attempt, world: World) -> bool:
    """Tell whether a policy applies in a world."""
    conditions = policy["conditions"]
    if (conditions.get("clientApplications") or {}).get("includeServicePrincipals"):
        return False
    users = conditions["users"]
    clients = conditions.get("clientAppTypes") or ["all"]
    return (
        not conditions.get("authenticationFlows")
        and _people(users, "include", at, world)
        and not _people(users, "exclude", at, world)
        and _apps(conditions["applications"], at, world)
        and _platforms(conditions.get("platforms"), at, world)
        and _locations(conditions.get("locations"), at, world)
        and ("all" in clients or at.client in clients)
        and _risks(conditions, world)
        and _device(conditions.get("devices"), at, world)
    )


def stopped_in(policy: Json, at: Attempt, world: World) -> bool:
    """Tell whether a policy that applies stops a guest in a world, with all methods that they can have."""
    grant = policy["grantControls"]
    controls = grant["builtInControls"]
    if "block" in controls:
        return True
    home = _home(at, world)
    of_entra = home != "" and at.visitor.kind != "internalGuest"

    def believed(what: str) -> bool:
        if not of_entra:
            return False
        trust = at.visitor.trust
        return world.maybe(("trust", what)) if trust is None else bool(getattr(trust, what))

    def passes(control: str) -> bool:
        match control:
            case "mfa":
                return believed("mfa") or at.visitor.kind != "b2bDirectConnectUser" or not of_entra
            case "compliantDevice":
                return at.visitor.kind == "internalGuest" or believed("compliant")
            case "domainJoinedDevice":
                own = at.visitor.kind == "internalGuest"
                return at.platform == "windows" and (own or believed("joined"))
            case "approvedApplication" | "compliantApplication" | "passwordChange" | "riskRemediation":
                return False
            case _:
                return world.maybe(("control", control))

    met = [passes(one) for one in controls]
    met += [True for _ in grant["termsOfUse"]]
    met += [world.maybe(("custom", one)) for one in grant["customAuthenticationFactors"]]
    if met and at.client in {"other", "exchangeActiveSync"}:
        return True
    return bool(met) and not (any(met) if grant["operator"] == "OR" else all(met))
