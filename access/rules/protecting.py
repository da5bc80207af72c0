"""From what guests of an app shall face to the policies of Conditional Access that demand it."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from access.rules.conditional_access import (
    EVERY,
    AccessPolicy,
    Control,
    Demands,
    External,
    GuestType,
    Operator,
    Picked,
    Platform,
    PolicyState,
    Protection,
    Target,
    Visitor,
    Within,
)
from access.rules.forecast import Forecast, Met, Verdict
from access.rules.guards import Part, Scope, Spared, Wish
from access.rules.maybe import Unknown
from access.rules.sign_ins import PLATFORMS, Seen, foresee_all

LONGEST_NAME = 256
B2B_GUESTS = External(frozenset({GuestType.B2B_GUEST}))
ALL_GUESTS = External(frozenset({GuestType.B2B_GUEST, GuestType.INTERNAL_GUEST}))
_MARK = "gl-"
_MARKED = re.compile(r"\[(?P<mark>gl-[0-9a-f]{10})\]$")


@dataclass(frozen=True, slots=True)
class Shift:
    """A guest's sign-in that would end otherwise than now."""

    before: Seen
    after: Seen

    @property
    def locks_out(self) -> bool:
        """Tell whether it is, or may be, stopped by what did not stop it before.

        What is not sure now counts, too: else one policy at risk would hide whomever a draft stops.
        """
        now, then = self.before.forecast, self.after.forecast
        if then.verdict is Verdict.UNSURE:
            return bool(_doubted(then) - _doubted(now))
        return then.verdict is Verdict.BLOCKED and now.verdict is not Verdict.BLOCKED

    @property
    def hangs_on(self) -> frozenset[Unknown]:
        """What it hangs on that a guest who is stopped gets in now, or that one who may be does not then."""
        seen = (one.forecast for one in (self.before, self.after))
        unsure = (met for one in seen if one.verdict is Verdict.UNSURE for met in _doubts(one))
        return frozenset(on for met in unsure for on in (*met.on, *met.passage.open))


def draft(scope: Scope, wish: Wish, spared: Spared) -> tuple[AccessPolicy, ...]:
    """Return the policies that a wish takes, in report-only mode; the same wish has the same names."""
    parts = (
        (Part.CONTROLS, wish.mfa or bool(wish.terms)),
        (Part.PLATFORMS, bool(wish.platforms)),
        (Part.PLACES, bool(wish.locations)),
    )
    return tuple(_policy(part, scope, wish, spared) for part, wanted in parts if wanted)


def mark_of(scope: Scope, part: str) -> str:
    """Return the mark in a policy's name by which Guestlist knows its own: names are not unique."""
    about = f"{scope.app_id}/{scope.guest_id}/{scope.group_id}/{part}"
    return f"{_MARK}{hashlib.sha256(about.encode()).hexdigest()[:10]}"


def is_marked(policy: AccessPolicy, mark: str) -> bool:
    return policy.name.endswith(f"[{mark}]")


def _mark_in(policy: AccessPolicy) -> str | None:
    found = _MARKED.search(policy.name)
    return found["mark"] if found else None


def is_ours(policy: AccessPolicy) -> bool:
    """Tell whether a policy bears a mark of Guestlist's."""
    return _mark_in(policy) is not None


def is_as_drafted(policy: AccessPolicy, drafted: AccessPolicy) -> bool:
    """Tell whether a policy says what was drafted, whatever its state."""
    return replace(policy, policy_id="", state=drafted.state) == drafted


def in_the_way(protection: Protection, drafts: Sequence[AccessPolicy]) -> tuple[AccessPolicy, ...]:
    """Return the policies that bear the mark of a draft: they are there already, as drafted or other."""
    marks = {_mark_in(one) for one in drafts}
    return tuple(one for one in protection.policies if _mark_in(one) in marks)


def with_drafts(protection: Protection, drafts: Sequence[AccessPolicy]) -> Protection:
    """Return what would hold if the drafts were enforced; one stands for what bears its mark already."""
    there = in_the_way(protection, drafts)
    kept = [one for one in protection.policies if one not in there]
    # A draft has no id yet, by which one policy is told from another.
    enforced = [
        replace(one, state=PolicyState.ENABLED, policy_id=one.policy_id or _mark_in(one) or "")
        for one in drafts
    ]
    return replace(protection, policies=(*kept, *enforced))


def shifts(
    visitor: Visitor,
    target: Target,
    protection: Protection,
    drafts: Sequence[AccessPolicy],
    platforms: Sequence[Platform] = PLATFORMS,
) -> tuple[Shift, ...]:
    """Return what the drafts would change for a guest, place by place and platform by platform."""
    after, there = with_drafts(protection, drafts), in_the_way(protection, drafts)
    # Both are looked at from all places that one tells apart: else one would be compared with another.
    now = replace(after, policies=(*protection.policies, *(replace(one, state=_WATCHED) for one in drafts)))
    after = replace(after, policies=(*after.policies, *(replace(one, state=_WATCHED) for one in there)))
    found = zip(_each(visitor, target, now, platforms), _each(visitor, target, after, platforms), strict=True)
    return tuple(Shift(before, then) for before, then in found if _end(before) != _end(then))


_WATCHED = PolicyState.REPORT_ONLY


def _each(
    visitor: Visitor, target: Target, protection: Protection, platforms: Sequence[Platform]
) -> list[Seen]:
    seen = foresee_all(visitor, target, protection, platforms)
    single = [replace(one, platforms=(platform,)) for one in seen for platform in one.platforms]
    return sorted(single, key=lambda one: (one.spot.kind, one.spot.names, one.platforms))


def _end(seen: Seen) -> tuple[Verdict, frozenset[str], frozenset[str], frozenset[str]]:
    forecast = seen.forecast
    stops = frozenset(one.policy for one in forecast.stops)
    return forecast.verdict, frozenset(ask.need for ask in forecast.asks), stops, _doubted(forecast)


def _doubts(forecast: Forecast) -> Iterator[Met]:
    """Return the policies that may stop a sign-in, without those that may only ask for more."""
    return (one for one in forecast.unsure if one.passage.stop or one.passage.open)


def _doubted(forecast: Forecast) -> frozenset[str]:
    return frozenset(one.policy_id or one.policy for one in _doubts(forecast))


def _policy(part: Part, scope: Scope, wish: Wish, spared: Spared) -> AccessPolicy:
    demands = Demands(operator=Operator.OR, controls=frozenset({Control.BLOCK}))
    platforms = locations = None
    if part is Part.CONTROLS:
        controls = frozenset({Control.MFA}) if wish.mfa else frozenset[Control]()
        demands = Demands(operator=Operator.AND, controls=controls, terms=wish.terms)
    elif part is Part.PLATFORMS:
        platforms = Within(frozenset({"all"}), frozenset(wish.platforms))
    else:
        locations = Within(frozenset({EVERY}), wish.locations)
    return AccessPolicy(
        policy_id="",
        name=_name(part, scope, wish),
        state=PolicyState.REPORT_ONLY,
        include=_whom(scope),
        exclude=Picked(users=spared.users, groups=spared.groups, roles=spared.roles),
        apps=Within(frozenset({scope.app_id or EVERY})),
        platforms=platforms,
        locations=locations,
        demands=demands,
    )


def _whom(scope: Scope) -> Picked:
    if scope.guest_id:
        return Picked(users=frozenset({scope.guest_id}))
    if scope.group_id:
        return Picked(groups=frozenset({scope.group_id}))
    return Picked(external=ALL_GUESTS if scope.local else B2B_GUESTS)


def _name(part: Part, scope: Scope, wish: Wish) -> str:
    """Return the name, its mark last: it is cut in the middle, where it is too long."""
    whose = f"{scope.app_name or 'all apps'} · {scope.whom or 'guests'}"
    told = f"Guestlist · {whose}: {', '.join(_words(part, wish))}"
    mark = f" [{mark_of(scope, part)}]"
    return told[: LONGEST_NAME - len(mark)] + mark


def _words(part: Part, wish: Wish) -> Iterator[str]:
    if part is Part.PLATFORMS:
        yield f"only {', '.join(sorted(wish.platforms))}"
    elif part is Part.PLACES:
        yield "only named places"
    else:
        yield from ("MFA",) if wish.mfa else ()
        yield from ("terms of use",) if wish.terms else ()
