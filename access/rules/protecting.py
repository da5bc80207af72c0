"""From what guests of an app shall face to the policies of Conditional Access that demand it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

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
from access.rules.forecast import Verdict
from access.rules.sign_ins import Seen, foresee_all

LONGEST_NAME = 256
_MARK = "gl-"
_ADMINS = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  # Privileged Authentication Administrator
    }
)
"""Roles whose holders could not undo a policy that locks them out, by template id."""


class Part(StrEnum):
    """What one policy demands; a wish becomes up to three of them."""

    CONTROLS = "controls"
    PLATFORMS = "platforms"
    PLACES = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What guests shall face; platforms and locations (by id) are those alone that they may come from."""

    mfa: bool = False
    terms: frozenset[str] = frozenset()
    platforms: frozenset[Platform] = frozenset()
    locations: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return self == Wish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose sign-ins, and where: all apps without one, all guests without a guest or a group."""

    app_id: str = ""
    app_name: str = ""
    guest_id: str = ""
    group_id: str = ""
    whom: str = ""
    """The name of the guest or the group."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Who is never to be locked out: break-glass accounts and groups, beside the holders of admin roles."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shift:
    """A guest's sign-in that would end otherwise than now."""

    before: Seen
    after: Seen

    @property
    def locks_out(self) -> bool:
        stopped = {Verdict.BLOCKED, Verdict.UNSURE}
        return self.after.forecast.verdict in stopped and self.before.forecast.verdict not in stopped


def draft(scope: Scope, wish: Wish, spared: Spared) -> tuple[AccessPolicy, ...]:
    """Return the policies that a wish takes, in report-only mode; the same wish has the same names."""
    parts = (
        (Part.CONTROLS, wish.mfa or bool(wish.terms)),
        (Part.PLATFORMS, bool(wish.platforms)),
        (Part.PLACES, bool(wish.locations)),
    )
    return tuple(_policy(part, scope, wish, spared) for part, wanted in parts if wanted)


def mark_of(scope: Scope, part: Part) -> str:
    """Return the mark in a policy's name by which Guestlist knows its own: names are not unique."""
    about = f"{scope.app_id}/{scope.guest_id}/{scope.group_id}/{part}"
    return f"{_MARK}{hashlib.sha256(about.encode()).hexdigest()[:10]}"


def is_marked(policy: AccessPolicy, mark: str) -> bool:
    return policy.name.endswith(f"[{mark}]")


def is_as_drafted(policy: AccessPolicy, drafted: AccessPolicy) -> bool:
    """Tell whether a policy says what was drafted, whatever its state."""
    return replace(policy, policy_id="", state=drafted.state) == drafted


def with_drafts(protection: Protection, drafts: Sequence[AccessPolicy]) -> Protection:
    """Return what would hold if the drafts were enforced; one replaces what bears its name already."""
    names = {one.name for one in drafts}
    kept = [one for one in protection.policies if one.name not in names]
    enforced = [replace(one, state=PolicyState.ENABLED) for one in drafts]
    return replace(protection, policies=(*kept, *enforced))


def shifts(
    visitor: Visitor, target: Target, protection: Protection, drafts: Sequence[AccessPolicy]
) -> tuple[Shift, ...]:
    """Return what the drafts would change for a guest, place by place and platform by platform."""
    after = with_drafts(protection, drafts)
    # Both are looked at from the places that the drafts tell apart: else one would be compared with another.
    now = replace(after, policies=(*protection.policies, *(replace(one, state=_WATCHED) for one in drafts)))
    found = zip(_each(visitor, target, now), _each(visitor, target, after), strict=True)
    return tuple(Shift(before, then) for before, then in found if _end(before) != _end(then))


_WATCHED = PolicyState.REPORT_ONLY


def _each(visitor: Visitor, target: Target, protection: Protection) -> list[Seen]:
    seen = foresee_all(visitor, target, protection)
    single = [replace(one, platforms=(platform,)) for one in seen for platform in one.platforms]
    return sorted(single, key=lambda one: (one.spot.kind, one.spot.names, one.platforms))


def _end(seen: Seen) -> tuple[Verdict, frozenset[str], frozenset[str]]:
    forecast = seen.forecast
    stops = frozenset(one.policy for one in forecast.stops)
    return forecast.verdict, frozenset(ask.need for ask in forecast.asks), stops


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
        exclude=Picked(users=spared.users, groups=spared.groups, roles=_ADMINS),
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
    return Picked(external=External(frozenset({GuestType.B2B_GUEST})))


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
