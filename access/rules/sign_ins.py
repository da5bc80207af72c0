"""A guest's sign-ins at an app, platform by platform and place by place, and how that bears on readiness."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.conditional_access import (
    TRUSTED,
    AccessPolicy,
    Attempt,
    NamedLocation,
    Place,
    Platform,
    PolicyState,
    Protection,
    Target,
    Visitor,
)
from access.rules.forecast import Forecast, Met, Verdict, foresee
from access.rules.maybe import Unknown
from access.rules.passing import Need
from access.rules.providers import READ_POLICIES
from access.rules.ranges import told_apart
from access.rules.readiness import Item, Stands, Topic

PLATFORMS = (Platform.WINDOWS, Platform.MACOS, Platform.IOS, Platform.ANDROID, Platform.LINUX)
EVERY_PLATFORM = (*PLATFORMS, Platform.OTHER)
NO_COUNTRY_NAMED = "ZZ"
"""A country that is none (ISO 3166 leaves it to users): it stands for all that no location names."""


class SpotKind(StrEnum):
    ELSEWHERE = "elsewhere"
    """Anywhere that the tenant has not named."""
    LOCATION = "location"
    """Addresses that are in the same of its locations."""
    COUNTRIES = "countries"
    NO_COUNTRY = "no-country"
    """Addresses that map to no country, which a location may take."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that stands for all like it; `names` are countries, or those of all locations that it is in."""

    kind: SpotKind
    names: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Seen:
    """What is foreseen for sign-ins from some platforms at one place."""

    spot: Spot
    platforms: tuple[Platform, ...]
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Differs:
    """A policy that applies to the sign-in from there for Microsoft alone, or for the forecast alone."""

    policy: str
    spot: Spot
    for_microsoft: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Sign-ins as foreseen; `unread` is what of the guest they hang on and nobody could read, with why."""

    seen: tuple[Seen, ...]
    unread: tuple[tuple[Unknown, Unread], ...] = ()
    named: bool = False
    """Whether policies are called by their names."""
    visitor: Visitor | None = None
    """The guest as they were read, to foresee once more under other settings."""
    differs: tuple[Differs, ...] | None = None
    """Where Microsoft's own evaluation says otherwise; None where it was not asked, or did not answer."""


_AT_HOME = {Unknown.HOME, Unknown.TRUST}


def spots(protection: Protection) -> tuple[Spot, ...]:
    """Return the places that the policies tell apart: elsewhere, countries and ranges by their locations."""
    meant = {one for policy in protection.policies if _counts(policy) for one in _named(policy)}
    named = protection.locations.values()
    every = [one for one in named if one.location_id in meant or (one.trusted and TRUSTED in meant)]
    found = [Spot(SpotKind.ELSEWHERE, (), Place(NO_COUNTRY_NAMED))]
    found += _countries(every)
    found += [Spot(SpotKind.NO_COUNTRY, (), Place(""))] if any(one.with_unknown for one in every) else []
    found += [Spot(SpotKind.LOCATION, names, place) for names, place in told_apart(tuple(every))]
    return tuple(found)


def foresee_all(
    visitor: Visitor, target: Target, protection: Protection, platforms: Sequence[Platform] = PLATFORMS
) -> tuple[Seen, ...]:
    """Foresee the sign-in from each platform at each place; platforms with one forecast are told together."""
    seen = []
    for spot in spots(protection):
        alike: dict[Forecast, list[Platform]] = defaultdict(list)
        for platform in platforms:
            at = Attempt(visitor=visitor, target=target, platform=platform, place=spot.place)
            alike[foresee(at, protection)].append(platform)
        seen += [Seen(spot, tuple(which), forecast) for forecast, which in alike.items()]
    return tuple(seen)


def hangs_on(seen: Iterable[Seen], what: Unknown) -> bool:
    """Tell whether knowing this of the guest could change what is foreseen."""
    met = [one for each in seen for one in (*each.forecast.met, *each.forecast.report_only)]
    on = {one for each in met for one in (*each.on, *each.passage.open)}
    needs = {ask.need for each in met for ask in each.passage.asks}
    if what in _AT_HOME:
        return bool(_AT_HOME & on) or Need.MFA_SOMEWHERE in needs
    return what in on or (what is Unknown.REGISTERED and Need.MFA_HERE_UNSURE in needs)


def of_sign_in(seen: Sequence[Seen] | Unread, right: str = READ_POLICIES) -> Item:
    """Tell what the sign-in is like: stopped everywhere, somewhere, maybe; asked for more; or none of it.

    `right` is the permission that reads what was not.
    """
    if isinstance(seen, Unread):
        of = right if seen is Unread.PERMISSION else ""
        return Item(Topic.SIGN_IN, Stands.NOT_CHECKED, of=of, unread=seen)
    seen = _of_named(seen)
    verdicts = {one.forecast.verdict for one in seen}
    stops = _policies(met for one in seen for met in one.forecast.stops)
    if verdicts == {Verdict.BLOCKED}:
        return Item(Topic.SIGN_IN, Stands.FAILS, Because.SIGN_IN_BLOCKED, stops)
    if Verdict.BLOCKED in verdicts:
        return Item(Topic.SIGN_IN, Stands.NOTE, Because.SIGN_IN_BLOCKED_SOMEWHERE, stops)
    if Verdict.UNSURE in verdicts:
        unsure = _policies(met for one in seen for met in one.forecast.unsure)
        return Item(Topic.SIGN_IN, Stands.NOTE, Because.SIGN_IN_UNSURE, unsure)
    if Verdict.ASKS in verdicts:
        needs = sorted({ask.need for one in seen for ask in one.forecast.asks})
        return Item(Topic.SIGN_IN, Stands.NOTE, Because.SIGN_IN_ASKS, ", ".join(needs))
    return Item(Topic.SIGN_IN, Stands.OK)


def of_unnamed(seen: Sequence[Seen] | Unread) -> tuple[Item, ...]:
    """Tell what stops, or may stop, sign-ins from systems that Conditional Access has no name for alone."""
    if isinstance(seen, Unread):
        return ()
    there = [one for one in seen if Platform.OTHER in one.platforms]
    others = _of_named(seen)
    stopped = {met.policy_id for one in others for met in one.forecast.stops}
    maybe = stopped | {met.policy_id for one in others for met in one.forecast.unsure}
    bars = [met for one in there for met in one.forecast.stops if met.policy_id not in stopped]
    unsure = [one.forecast for one in there if one.forecast.verdict is Verdict.UNSURE]
    bars += [met for one in unsure for met in one.unsure if met.policy_id not in maybe]
    if not bars:
        return ()
    return (Item(Topic.SIGN_IN, Stands.NOTE, Because.SIGN_IN_BLOCKED_UNNAMED, _policies(bars)),)


def _of_named(seen: Sequence[Seen]) -> Sequence[Seen]:
    """Return the sign-ins from systems with a name, by which it is told whether a guest gets in."""
    return [one for one in seen if set(one.platforms) - {Platform.OTHER}]


def _policies(met: Iterable[Met]) -> str:
    return ", ".join(sorted({one.policy for one in met if one.policy}))


def _counts(policy: AccessPolicy) -> bool:
    return policy.state is not PolicyState.DISABLED


def _named(policy: AccessPolicy) -> frozenset[str]:
    return policy.locations.include | policy.locations.exclude if policy.locations else frozenset()


def _countries(locations: Iterable[NamedLocation]) -> Iterable[Spot]:
    """Return one spot for all countries that are in the same locations: no policy can tell them apart."""
    within: dict[str, list[str]] = defaultdict(list)
    for location in locations:
        for country in location.countries or ():
            within[country].append(location.location_id)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for country, ids in sorted(within.items()):
        alike[tuple(sorted(ids))].append(country)
    for countries in alike.values():
        yield Spot(SpotKind.COUNTRIES, tuple(countries), Place(countries[0]))
