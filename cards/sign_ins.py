"""A guest's sign-ins in words: from which devices and places they get in, what they are asked, what stops."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from access.rules.clues import Unread
from access.rules.conditional_access import Platform
from access.rules.forecast import Forecast, Met, Verdict
from access.rules.maybe import Unknown
from access.rules.passing import Ask, Need, Stop
from access.rules.providers import READ_POLICIES, READ_TENANTS
from access.rules.readiness import READ_DIRECTORY
from access.rules.sign_ins import Foreseen, Seen, Spot, SpotKind
from cards import anatomy, what_if
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, WAITING
from cards.elements import ActionSet, Container, Element, TextBlock, ToggleVisibility
from cards.look import Look
from cards.texts import marked

_GRID = "sign-ins"
_MOST_PLACES = 6
_MOST_COUNTRIES = 6
_MOST_NAMES = 3
_AWAY = marked("not read")
_SYMBOLS: Mapping[Verdict, str] = {
    Verdict.WORKS: DONE.symbol,
    Verdict.ASKS: WAITING.symbol,
    Verdict.UNSURE: UNREAD.symbol,
    Verdict.BLOCKED: FAILED.symbol,
}
_PLATFORMS: Mapping[Platform, str] = {
    Platform.WINDOWS: "Windows",
    Platform.MACOS: "macOS",
    Platform.IOS: "iOS",
    Platform.ANDROID: "Android",
    Platform.LINUX: "Linux",
    Platform.OTHER: marked("another system"),
}
NEEDS: Mapping[Need, str] = {
    Need.MFA_AT_HOME: marked("MFA at home, which is trusted here"),
    Need.MFA_HERE: marked("MFA, which is registered here"),
    Need.MFA_SOMEWHERE: marked("MFA, at home or here"),
    Need.MFA_HERE_UNSURE: marked("MFA, to be registered here unless it is"),
    Need.MFA_REGISTER: marked("MFA, to be registered here"),
    Need.STRENGTH_AT_HOME: marked("strong MFA at home"),
    Need.COMPLIANT_DEVICE: marked("a compliant device, as their own organisation says"),
    Need.JOINED_DEVICE: marked("a joined device, as their own organisation says"),
    Need.TERMS: marked("terms of use"),
}
STOPS: Mapping[Stop, str] = {
    Stop.BLOCK: marked("blocked"),
    Stop.DEVICE: marked(
        "stopped, for a managed device is wanted, and no other tenant's word for it is taken"
    ),
    Stop.NOT_WINDOWS: marked("stopped, for a joined device is wanted, and only Windows can be one"),
    Stop.APP_PROTECTION: marked("stopped, for an app of one's own tenant is wanted"),
    Stop.PASSWORD: marked("stopped, for a new password is wanted, which no guest can set here"),
    Stop.RISK: marked("stopped, for a risk is to be taken away, which only their own tenant can"),
    Stop.UNREGISTERED: marked("stopped at risk, for MFA is not registered, and cannot be then"),
    Stop.STRENGTH: marked("stopped, for no method that guests can register here is strong enough"),
    Stop.LEGACY: marked("stopped, for an old client cannot answer"),
    Stop.REGISTRATION: marked("stopped, for MFA is wanted, and cannot be registered from there"),
    Stop.NOT_TRUSTED: marked("stopped, for MFA at home is wanted, which is not trusted here"),
}
UNKNOWNS: Mapping[Unknown, str] = {
    Unknown.SIGN_IN_RISK: marked("the risk of the sign-in"),
    Unknown.USER_RISK: marked("the risk of the guest"),
    Unknown.INSIDER_RISK: marked("insider risk"),
    Unknown.DEVICE: marked("the guest's device"),
    Unknown.APP_FILTER: marked("the app's security attributes"),
    Unknown.APP_SUITE: marked("whether the app belongs to a suite of Microsoft's"),
    Unknown.GROUPS: marked("the guest's groups"),
    Unknown.ROLES: marked("the guest's roles"),
    Unknown.HOME: marked("the guest's own tenant"),
    Unknown.TRUST: marked("what is trusted of the guest's own tenant"),
    Unknown.PLACE: marked("whether the place is one that the tenant has named"),
    Unknown.GPS: marked("whether the guest's Authenticator app tells the country"),
    Unknown.DIRECT_CONNECT: marked("whether the guest could use shared channels, too"),
    Unknown.STRENGTH: marked("what an authentication strength asks"),
    Unknown.REGISTERED: marked("whether MFA is registered here"),
    Unknown.CUSTOM_CONTROL: marked("a control of another provider"),
    Unknown.SESSION: marked("a session control"),
    Unknown.UNREAD: marked("a part of the policy that Guestlist does not know"),
}
_READ_BY: Mapping[Unknown, str] = {
    Unknown.HOME: READ_TENANTS,
    Unknown.TRUST: READ_POLICIES,
    Unknown.GROUPS: READ_DIRECTORY,
    Unknown.ROLES: READ_DIRECTORY,
    Unknown.REGISTERED: "AuditLog.Read.All",
}
_WHY: Mapping[Unread, str] = {
    Unread.PERMISSION: marked("not read: it needs {permission}"),
    Unread.LICENCE: marked("not read: it needs Entra ID P1"),
}


def draw(foreseen: Foreseen, look: Look) -> list[Element]:
    """Draw the sign-ins on demand: places, and within them devices; report-only policies and gaps apart."""
    browser = look.say("In a browser. Apps on a computer or phone may meet other policies.")
    lines: list[Element] = [anatomy.text(browser, spacing="None")]
    seen = by_place(foreseen.seen)
    for spot in list(seen)[:_MOST_PLACES]:
        lines.append(anatomy.label(_place(spot, look, alone=len(seen) == 1), spacing="Small"))
        lines += _lines(_rows(seen[spot], look), look)
    if (more := len(seen) - _MOST_PLACES) > 0:
        lines.append(
            anatomy.text(
                look.count("One more place is not shown.", "{number} more places are not shown.", more)
            )
        )
    if watched := _watched(foreseen.seen, look):
        lines.append(anatomy.label(look.say("In report-only mode, so without effect"), spacing="Small"))
        lines += _lines(watched, look)
    if foreseen.unread:
        lines += _lines([_gap(what, why, look) for what, why in foreseen.unread], look)
    lines += what_if.alike(foreseen.differs, look)
    toggle = ToggleVisibility(look.say_as("button", "Sign-in by place and device"), _GRID)
    return [
        *what_if.differing(foreseen.differs, lambda spot: _place(spot, look, alone=False), look),
        ActionSet([toggle], spacing="Small"),
        Container(lines, id=_GRID, isVisible=False),
    ]


def _lines(told: Iterable[tuple[str, str]], look: Look) -> list[TextBlock]:
    return [
        anatomy.text(look.say("{what}: {words}", what=what, words=words), spacing="None")
        for what, words in told
    ]


def _gap(what: Unknown, why: Unread, look: Look) -> tuple[str, str]:
    said = look.say(_WHY.get(why, _AWAY), permission=_READ_BY.get(what, READ_DIRECTORY))
    return f"{UNREAD.symbol} {look.say(UNKNOWNS[what])}", said


def by_place(seen: Sequence[Seen]) -> Mapping[Spot, list[Seen]]:
    """Return what is foreseen at each place; where the tenant has named it, before all the rest."""
    found: dict[Spot, list[Seen]] = defaultdict(list)
    for one in sorted(seen, key=lambda one: one.spot.kind is SpotKind.ELSEWHERE):
        found[one.spot].append(one)
    return found


def needs(words: Iterable[str], look: Look) -> str:
    """Return what is asked of a guest in words, by the wire words of it, the easiest first."""
    wanted = set(words)
    return ", ".join(look.say(said) for need, said in NEEDS.items() if need in wanted)


def _rows(seen: Sequence[Seen], look: Look) -> list[tuple[str, str]]:
    """Return the devices of one place, those of which the same is said together."""
    alike: dict[tuple[str, str], list[Platform]] = defaultdict(list)
    for one in seen:
        alike[_SYMBOLS[one.forecast.verdict], _said(one.forecast, look)] += one.platforms
    return [
        (f"{symbol} " + ", ".join(look.say(_PLATFORMS[one]) for one in _named(platforms)), words)
        for (symbol, words), platforms in alike.items()
    ]


def _named(platforms: Sequence[Platform]) -> Sequence[Platform]:
    """Return the systems; that one without a name fares as they do goes without saying."""
    return [one for one in platforms if one is not Platform.OTHER] or platforms


def _said(forecast: Forecast, look: Look) -> str:
    match forecast.verdict:
        case Verdict.BLOCKED:
            return _stopped(forecast.stops, look)
        case Verdict.UNSURE:
            return _unsure(forecast, look)
        case Verdict.ASKS:
            said = _asked(forecast.asks, look)
        case Verdict.WORKS:
            said = look.say("works")
    on = {unknown for one in forecast.met if one.on for unknown in one.on}
    if not on:
        return said
    return look.say("{said}; more may be asked by {unknown}", said=said, unknown=unknowns(on, look))


def _stopped(stops: Sequence[Met], look: Look) -> str:
    why: dict[Stop, list[str]] = defaultdict(list)
    for one in stops:
        if one.passage.stop is not None:
            why[one.passage.stop].append(one.policy)
    return "; ".join(_by(look.say(STOPS[stop]), names, look) for stop, names in why.items())


def _unsure(forecast: Forecast, look: Look) -> str:
    on = {unknown for one in forecast.unsure for unknown in (*one.on, *one.passage.open)}
    names = [one.policy for one in forecast.unsure]
    said = look.say("may be stopped, which hangs on {unknown}", unknown=unknowns(on, look))
    return _by(said, names, look)


def _by(said: str, names: Iterable[str], look: Look) -> str:
    """Name the policies, to whoever may know them."""
    known = list(dict.fromkeys(one for one in names if one))
    if not known:
        return said
    return look.say("{said} by {policies}", said=said, policies=_few(known))


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" +{more}" if more > 0 else "")


def _asked(asks: Iterable[Ask], look: Look) -> str:
    return needs((ask.need for ask in asks), look)


def unknowns(on: Iterable[Unknown], look: Look) -> str:
    """Return in words what something hangs on."""
    wanted = set(on)
    return ", ".join(look.say(said) for unknown, said in UNKNOWNS.items() if unknown in wanted)


def _watched(seen: Sequence[Seen], look: Look) -> list[tuple[str, str]]:
    """Return what each policy in report-only mode would do, and whether everywhere."""
    found: dict[tuple[str, str], set[tuple[Spot, Platform]]] = defaultdict(set)
    for each in seen:
        for met in each.forecast.report_only:
            name = met.policy or look.say("A policy")
            found[name, _would(met, look)] |= {(each.spot, one) for one in each.platforms}
    every = sum(len(each.platforms) for each in seen)
    return [
        (
            f"{LOOK_AT.symbol} {name}",
            words if len(where) == every else look.say("{said}, from some places or devices", said=words),
        )
        for (name, words), where in found.items()
    ]


def _would(met: Met, look: Look) -> str:
    if met.passage.stop is not None:
        return look.say(STOPS[met.passage.stop])
    if met.passage.asks:
        return _asked(met.passage.asks, look)
    return look.say("may be stopped, which hangs on {unknown}", unknown=unknowns(met.passage.open, look))


def _place(spot: Spot, look: Look, *, alone: bool) -> str:
    match spot.kind:
        case SpotKind.ELSEWHERE:
            return look.say("From anywhere") if alone else look.say("From anywhere else")
        case SpotKind.NO_COUNTRY:
            return look.say("From where no country is known")
        case SpotKind.LOCATION:
            return look.say("From {place}", place=_few(spot.names))
        case SpotKind.COUNTRIES:
            names = [look.texts.locale.territories.get(one, one) for one in spot.names]
            said = ", ".join(names[:_MOST_COUNTRIES])
            more = len(names) - _MOST_COUNTRIES
            if more > 0:
                return look.say("From {place} and {number} more countries", place=said, number=more)
            return look.say("From {place}", place=said)
