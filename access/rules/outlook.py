"""What becomes of guests' sign-ins once a draft is enforced: before and after, and who is locked out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from access.rules.applying import SUITES, is_id
from access.rules.conditional_access import (
    AccessPolicy,
    Platform,
    PolicyState,
    Protection,
    Target,
    Visitor,
)
from access.rules.faced import Tally, faced
from access.rules.forecast import Verdict
from access.rules.guards import Sums
from access.rules.maybe import Unknown
from access.rules.model import App, Guest, ObjectId
from access.rules.protecting import shifts, with_drafts
from access.rules.sign_ins import PLATFORMS, foresee_all

MOST_NAMED = 5
_PLATFORMS = (*PLATFORMS, Platform.OTHER)
Three = tuple[Tally, Tally, Tally]


class Fate(IntEnum):
    """What becomes of a guest's sign-ins to an app, the worst last."""

    SAME = 0
    ASKED = 1
    SOME = 2
    """Stopped from some platforms or places."""
    UNSURE = 3
    OUT = 4
    """Stopped from everywhere."""


@dataclass(frozen=True, slots=True)
class OfApp:
    """An app with its guests, each as the policies tell them apart."""

    app: App
    guests: tuple[Guest, ...]
    visitors: tuple[Visitor, ...]
    counts: bool = True
    """Whether it is in the figures before and after; else it is only told whom it stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What guests face now and would then; of each app a guest has, the worst counts."""

    before: Three
    after: Three
    sums: Sums
    out: tuple[str, ...]
    """The names of those who would be locked out, or may be: the first of them."""
    read_at: datetime
    hangs_on: frozenset[Unknown] = frozenset()
    """What it hangs on whether those get in now, or then, who would be stopped or may be."""
    whole: str = ""
    """Who would be what, for a hash by which one look is told from a later one."""


def named_apart(protection: Protection) -> tuple[App, ...]:
    """Return an app for each way in which what holds tells apps by name: sign-ins to it may end otherwise."""
    unheld = {PolicyState.DISABLED, PolicyState.REPORT_ONLY}
    held = [one.apps for one in protection.policies if one.state not in unheld]
    sides = [{word.lower() for word in side} for one in held for side in (one.include, one.exclude)]
    named = sorted(word for word in set[str]().union(*sides) if is_id(word))
    each = {tuple(word in side for side in sides): word for word in named}
    apps = [App(ObjectId(""), "", app_id=word) for word in each.values()]
    suites = any(SUITES & (one.include | one.exclude) for one in held)
    return (*([App(ObjectId(""), "", by_microsoft=True)] if suites else ()), *apps)


def outlook(
    apps: Sequence[OfApp],
    protection: Protection,
    drafts: Sequence[AccessPolicy],
    at: datetime,
    *,
    left: int,
    more: bool = False,
) -> Outlook:
    """Foresee what drafts make of the sign-ins of these guests to these apps."""
    after = with_drafts(protection, drafts)
    fates: dict[str, Fate] = {}
    names: dict[str, str] = {}
    hangs_on: set[Unknown] = set()
    before, then = _none(), _none()
    for one in apps:
        if one.counts:
            before = _added(before, faced(one.app, one.visitors, protection).faced)
            then = _added(then, faced(one.app, one.visitors, after).faced)
        known = {
            visitor: _becomes(visitor, Target(one.app.app_id, one.app.by_microsoft), protection, drafts)
            for visitor in set(one.visitors)
        }
        hangs_on |= {unknown for _, on in known.values() for unknown in on}
        for guest, visitor in zip(one.guests, one.visitors, strict=True):
            names[guest.object_id] = guest.name or guest.address
            fates[guest.object_id] = max(fates.get(guest.object_id, Fate.SAME), known[visitor][0])
    bad = sorted(
        (one for one in fates if fates[one] >= Fate.UNSURE), key=lambda one: (-fates[one], names[one])
    )
    return Outlook(
        before=before,
        after=then,
        sums=_sums(fates.values(), left, more=more),
        out=tuple(names[one] for one in bad[:MOST_NAMED]),
        read_at=at,
        hangs_on=frozenset(hangs_on),
        whole=",".join(f"{one}={fates[one].value}" for one in sorted(fates)),
    )


def _sums(fates: Iterable[Fate], left: int, *, more: bool) -> Sums:
    count = Counter(fates)
    return Sums(
        same=count[Fate.SAME],
        asked=count[Fate.ASKED],
        some=count[Fate.SOME],
        unsure=count[Fate.UNSURE],
        out=count[Fate.OUT],
        left=left,
        more=more,
    )


def fate(visitor: Visitor, target: Target, protection: Protection, drafts: Sequence[AccessPolicy]) -> Fate:
    """Return what drafts make of a guest's sign-ins; whether a method is registered is left open."""
    return _becomes(visitor, target, protection, drafts)[0]


def _becomes(
    visitor: Visitor, target: Target, protection: Protection, drafts: Sequence[AccessPolicy]
) -> tuple[Fate, frozenset[Unknown]]:
    """Return it with what it hangs on, where the guest is stopped or may be."""
    visitor = replace(visitor, registered=None)
    found = shifts(visitor, target, protection, drafts, _PLATFORMS)
    other = [one for one in found if one.before.forecast.verdict is not Verdict.BLOCKED]
    if not other:
        return Fate.SAME, frozenset()
    stops = [one for one in other if one.locks_out]
    if not stops:
        return Fate.ASKED, frozenset()
    hangs_on = frozenset(unknown for one in stops for unknown in one.hangs_on)
    seen = foresee_all(visitor, target, with_drafts(protection, drafts), _PLATFORMS)
    if all(one.forecast.verdict is Verdict.BLOCKED for one in seen):
        return Fate.OUT, hangs_on
    unsure = any(one.after.forecast.verdict is Verdict.UNSURE for one in stops)
    return Fate.UNSURE if unsure else Fate.SOME, hangs_on


def _none() -> Three:
    return Tally(), Tally(), Tally()


def _added(one: Three, other: Three) -> Three:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
