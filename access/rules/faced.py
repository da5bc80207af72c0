"""How many guests of each app face what at their sign-in, the barest app first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules.clues import Unread
from access.rules.conditional_access import (
    EVERY,
    GUESTS,
    AccessPolicy,
    GuestType,
    Platform,
    PolicyState,
    Protection,
    Target,
    Trust,
    Visitor,
)
from access.rules.coverage import Cover, Covered, covered
from access.rules.model import App, Guest
from access.rules.sign_ins import PLATFORMS, foresee_all

_PLATFORMS = (*PLATFORMS, Platform.OTHER)
"""A browser can pretend to be of a system without a name, and so get past a policy that names the others."""
_KINDS = {GuestType.INTERNAL_GUEST, GuestType.B2B_GUEST, GuestType.B2B_MEMBER}
"""All that `kind_of` tells."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many guests face something in every sign-in, from some places or platforms alone, or maybe."""

    wholly: int = 0
    partly: int = 0
    unsure: int = 0
    none: int = 0

    @property
    def total(self) -> int:
        return self.wholly + self.partly + self.unsure + self.none

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.wholly + other.wholly,
            self.partly + other.partly,
            self.unsure + other.unsure,
            self.none + other.none,
        )


@dataclass(frozen=True, slots=True)
class AppFaced:
    """What the guests of an app face; `watched` is it with what only reports enforced, too."""

    app: App
    factor: Tally
    platform: Tally
    place: Tally
    watched: tuple[Tally, Tally, Tally]

    @property
    def guests(self) -> int:
        return self.factor.total

    @property
    def faced(self) -> tuple[Tally, Tally, Tally]:
        return self.factor, self.platform, self.place

    @property
    def gap(self) -> tuple[int, ...]:
        """How bare it is: first by guests who need no second factor, then by those of whom it is not sure."""
        factor, others = self.factor, self.platform + self.place
        return factor.none, factor.unsure, factor.partly, others.none, others.unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class FacedPage:
    """A page of the apps that have guests, and the sums over all of them."""

    rows: tuple[AppFaced, ...]
    sums: tuple[Tally, Tally, Tally]
    """A guest of two apps counts twice: it is of sign-ins."""
    page: int
    pages: int
    total: int
    read_at: datetime
    app: App | None = None
    """The one app that was asked for."""
    left: int = 0
    """Apps that were not looked at."""
    unread: int = 0
    """Guests whose groups were not read where a policy asks for them."""
    defaults: bool = False
    """Whether security defaults are on."""


@dataclass(frozen=True, slots=True)
class NotFaced:
    """The policies, or the guests, could not be read."""

    why: Unread


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Whom the policies tell apart, beyond all guests."""

    users: frozenset[str]
    groups: frozenset[str]
    roles: frozenset[str]
    of_kind: bool = False
    """Whether it tells guests apart who count as guests, as members, or have an account of this tenant."""

    def __or__(self, other: "Mentioned") -> "Mentioned":
        return Mentioned(
            self.users | other.users,
            self.groups | other.groups,
            self.roles | other.roles,
            self.of_kind or other.of_kind,
        )

    @property
    def of_membership(self) -> bool:
        return bool(self.groups or self.roles)


def mentioned(protection: Protection) -> Mentioned:
    """Return what has to be read of a guest, for some policy asks for it."""
    picked = [side for one in _in_use(protection) for side in (one.include, one.exclude)]
    return Mentioned(
        frozenset[str]().union(*(one.users for one in picked)) - {EVERY, GUESTS},
        frozenset[str]().union(*(one.groups for one in picked)),
        frozenset[str]().union(*(one.roles for one in picked)),
        any(
            one.external is not None and one.external.types & _KINDS not in (_KINDS, set()) for one in picked
        ),
    )


def kind_of(guest: Guest) -> GuestType:
    """Return what a guest is by Microsoft's `conditionalAccessGuestOrExternalUserTypes`."""
    if guest.is_local:
        return GuestType.INTERNAL_GUEST
    return GuestType.B2B_MEMBER if guest.is_member else GuestType.B2B_GUEST


def seen_as(
    guest: Guest,
    told: Mentioned,
    *,
    tenant: str | None,
    trust: Trust | None,
    groups: Collection[str] | None,
    roles: Collection[str] | None,
) -> Visitor:
    """Return a guest as the policies tell them from others, so that guests who are alike are one."""
    return Visitor(
        object_id=guest.object_id if guest.object_id in told.users else "",
        kind=kind_of(guest),
        tenant="" if guest.is_local else tenant,
        groups=None if groups is None else told.groups & frozenset(groups),
        roles=None if roles is None else told.roles & frozenset(roles),
        trust=trust,
        registered=True,
    )


def faced(app: App, visitors: Iterable[Visitor], protection: Protection) -> AppFaced:
    """Count what the guests of an app face, those who are alike once."""
    now, then = {}, {}
    enforced = replace(protection, policies=tuple(_enforced(one) for one in protection.policies))
    target = Target(app.app_id, app.by_microsoft)
    both = list(visitors)
    for one in set(both):
        now[one] = covered(foresee_all(one, target, protection, _PLATFORMS), protection)
        then[one] = covered(foresee_all(one, target, enforced, _PLATFORMS), enforced)
    factor, platform, place = _tallies([now[one] for one in both])
    return AppFaced(app, factor, platform, place, _tallies([then[one] for one in both]))


def barest_first(apps: Iterable[AppFaced]) -> list[AppFaced]:
    found = sorted((one for one in apps if one.guests), key=lambda one: one.app.name.casefold())
    return sorted(found, key=lambda one: one.gap, reverse=True)


def sums(apps: Iterable[AppFaced]) -> tuple[Tally, Tally, Tally]:
    found = list(apps)
    factor, platform, place = (sum((one.faced[which] for one in found), Tally()) for which in range(3))
    return factor, platform, place


def _tallies(found: Sequence[Covered]) -> tuple[Tally, Tally, Tally]:
    return (
        _tally([one.factor for one in found]),
        _tally([one.platform for one in found]),
        _tally([one.place for one in found]),
    )


def _tally(covers: Sequence[Cover]) -> Tally:
    count = covers.count
    return Tally(count(Cover.WHOLLY), count(Cover.PARTLY), count(Cover.UNSURE), count(Cover.NONE))


def _in_use(protection: Protection) -> list[AccessPolicy]:
    return [one for one in protection.policies if one.state is not PolicyState.DISABLED]


def _enforced(policy: AccessPolicy) -> AccessPolicy:
    return replace(policy, state=PolicyState.ENABLED) if policy.state is PolicyState.REPORT_ONLY else policy
