"""What a change of the tenant's settings means: whom it locks out, which requests will fail."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from access.rules.because import Because
from access.rules.changed_settings import Difference
from access.rules.clues import Unread
from access.rules.conditional_access import Target, Visitor
from access.rules.readiness import Item, Stands, Topic, cross_tenant, domain_list, of_tenant, will_fail
from access.rules.sign_ins import foresee_all, of_sign_in
from access.rules.snapshots import Snapshot
from access.rules.tenant_facts import RedemptionOrder, TenantSettings


class Entry(StrEnum):
    """How a guest gets into an app."""

    OPEN = "open"
    SOMEWHERE = "stopped-somewhere"
    UNSURE = "unsure"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Shape:
    """All of a guest and an app that settings can tell apart."""

    app: str
    """Of its registration, in lower case."""
    visitor: Visitor
    """Without what their tenant is believed, which is a setting; with an id where a policy names them."""
    by_microsoft: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A guest who has an app."""

    guest: str
    app: str
    """Its enterprise application."""
    shape: Shape


@dataclass(frozen=True, slots=True)
class Prospect:
    """A request that waits for a decision; `invites` where the guest has yet to be invited."""

    label: str
    domain: str
    shape: Shape
    invites: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Guests are counted once each, apps too."""

    locked_out: int = 0
    of_apps: int = 0
    let_in: int = 0
    """Who was locked out, and is not any more."""
    narrowed: int = 0
    """Who is now stopped from some places or platforms for certain, and was from none."""
    unsure: int = 0
    """Of whom it was sure that they get in, and is not any more."""
    failing: tuple[str, ...] = ()
    """Requests that would not have failed by what was set before."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a change means, whether some could not be looked at, and a domain of each tenant."""

    effect: Effect
    gaps: bool = False
    domains: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """What is told: what has changed, what it means, and what could not be read."""

    differences: tuple[Difference, ...]
    effect: Effect
    unread: tuple[tuple[str, Unread], ...] = ()
    domains: Mapping[str, str] = field(default_factory=dict)
    """A domain of each other tenant whose guests Guestlist knows."""
    unforeseen: bool = False
    """Whether some guests or requests were too many, or could not be read, to tell about them."""


def entry(shape: Shape, seen: Snapshot) -> Entry:
    """Tell how guests of a shape get into their app; what was not read stops nobody."""
    if _between(shape, seen).stands is Stands.FAILS:
        return Entry.SHUT
    if seen.protection is None:
        return Entry.OPEN
    tenant = shape.visitor.tenant
    own = seen.between.of(tenant) if seen.between is not None and tenant is not None else None
    visitor = replace(shape.visitor, trust=own.trust if own else None)
    item = of_sign_in(foresee_all(visitor, Target(shape.app, shape.by_microsoft), seen.protection))
    if item.stands is Stands.FAILS:
        return Entry.SHUT
    told = {Because.SIGN_IN_BLOCKED_SOMEWHERE: Entry.SOMEWHERE, Because.SIGN_IN_UNSURE: Entry.UNSURE}
    return told.get(item.because, Entry.OPEN) if item.because else Entry.OPEN


def _between(shape: Shape, seen: Snapshot) -> Item:
    tenant = Unread.AWAY if shape.visitor.tenant is None else shape.visitor.tenant
    return cross_tenant(seen.between or Unread.AWAY, tenant, shape.app)


def effect(
    visits: Sequence[Visit],
    prospects: Iterable[Prospect],
    entries: dict[Shape, tuple[Entry, Entry]],
    was: Snapshot,
    now: Snapshot,
) -> Effect:
    """Count by what was foreseen for each shape, before and after."""
    guests: dict[tuple[Entry, Entry], set[str]] = defaultdict(set)
    apps: set[str] = set()
    for one in visits:
        before, after = entries[one.shape]
        guests[before, after].add(one.guest)
        if after is Entry.SHUT and before is not Entry.SHUT:
            apps.add(one.app)

    def among(before: set[Entry], after: set[Entry]) -> int:
        pairs = [(one, other) for one in before for other in after]
        return len({guest for pair in pairs for guest in guests.get(pair, ())})

    shut, others = {Entry.SHUT}, set(Entry) - {Entry.SHUT}
    return Effect(
        locked_out=among(others, shut),
        of_apps=len(apps),
        let_in=among(shut, others),
        narrowed=among({Entry.OPEN, Entry.UNSURE}, {Entry.SOMEWHERE}),
        unsure=among({Entry.OPEN}, {Entry.UNSURE}),
        failing=tuple(
            dict.fromkeys(
                one.label
                for one in prospects
                if _why(one, now, entries[one.shape][1]) - _why(one, was, entries[one.shape][0])
            )
        ),
    )


def _why(one: Prospect, seen: Snapshot, gets_in: Entry) -> set[str]:
    """Return what makes a request fail; a part that was not read does not."""
    settings = _settings(seen)
    items = [_between(one.shape, seen)]
    if gets_in is Entry.SHUT and items[0].stands is not Stands.FAILS:
        items.append(Item(Topic.SIGN_IN, Stands.FAILS, Because.SIGN_IN_BLOCKED))
    if one.invites:
        items += [*of_tenant(settings), domain_list(settings.domains, one.domain)]
    return {item.code for item in will_fail(items)}


def _settings(seen: Snapshot) -> TenantSettings:
    none = Unread.AWAY
    return TenantSettings(
        invites=seen.guests.invites if seen.guests else none,
        guest_role=seen.guests.role if seen.guests else none,
        domains=seen.domains or none,
        cross_tenant=seen.between or none,
        redemption=RedemptionOrder(),
        google=none,
        rights=none,
        premium=none,
    )
