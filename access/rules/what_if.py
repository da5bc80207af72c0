"""Microsoft's own word on a sign-in (What If), beside the forecast: of which policies the two differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from access.rules.applying import applies
from access.rules.conditional_access import Attempt, Platform, PolicyState, Protection, Target, Visitor
from access.rules.maybe import Maybe
from access.rules.sign_ins import Differs, Spot, SpotKind

PLATFORM = Platform.WINDOWS
_MOST = 2
_IN_FORCE = frozenset({PolicyState.ENABLED, PolicyState.REPORT_ONLY})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of Microsoft: of a place that no location names, neither country nor address."""

    guest_id: str
    app_id: str
    platform: str
    country: str = ""
    address: str = ""


def to_ask(spots: Iterable[Spot]) -> tuple[Spot, ...]:
    """Return the places that Microsoft is asked about, which takes a second each: few stand for all."""
    # That an address is of no country, Microsoft cannot be told.
    return tuple(one for one in spots if one.kind is not SpotKind.NO_COUNTRY)[:_MOST]


def asked(visitor: Visitor, target: Target, spot: Spot) -> Asked:
    """Return one sign-in in Microsoft's words."""
    country = (spot.place.country or "") if spot.kind is SpotKind.COUNTRIES else ""
    address = str(spot.place.networks[0].network_address) if spot.place.networks else ""
    return Asked(visitor.object_id, target.app_id, PLATFORM, country, address)


def differences(
    visitor: Visitor, target: Target, spot: Spot, protection: Protection, said: Mapping[str, bool]
) -> tuple[Differs, ...]:
    """Return the policies of which we are as sure as Microsoft, and of another mind; `said` is by id."""
    at = Attempt(visitor=visitor, target=target, platform=PLATFORM, place=spot.place)
    found = []
    for policy in protection.policies:
        ours = applies(policy, at, protection.locations)
        theirs = said.get(policy.policy_id)
        if policy.state not in _IN_FORCE or isinstance(ours, Maybe) or theirs is None:
            continue
        if ours is not theirs:
            found.append(Differs(policy.name, spot, theirs))
    return tuple(found)
