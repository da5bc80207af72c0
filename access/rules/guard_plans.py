"""What was typed to protect an app, what would be made of it, and why nothing is sent."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from access.rules.clues import Unread
from access.rules.conditional_access import AccessPolicy, Platform, Protection
from access.rules.guards import Guard, Spared
from access.rules.model import Named, ObjectId, Plan, Request, StepKind
from access.rules.outlook import Outlook
from access.rules.policy import Policy, Rules, Source, SourceKind, Stage
from access.rules.protecting import draft, mark_of

SECURITY = "security_admins"
WRITES = "Policy.ReadWrite.ConditionalAccess"
_MAKING = (StepKind.MAKE_POLICIES, StepKind.PROVE_POLICIES)
_SPOKEN = {"ios": Platform.IOS, "ipados": Platform.IOS, "mac": Platform.MACOS, "win": Platform.WINDOWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed or pressed, all of it a hint: one app, or all, and of these one guest or one group."""

    app: str = ""
    all_apps: bool = False
    guest: str = ""
    group: str = ""
    mfa: bool = False
    platforms: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether it names nothing at all."""
        return not (self.app or self.all_apps or self.guest or self.group)

    @property
    def is_wide(self) -> bool:
        """Tell whether it is about more than one app, which no owner may ask for."""
        return not self.app


class WhyNoGuard(StrEnum):
    """What is wrong with what was typed; `GuardProblem.of` names it."""

    NOTHING_WANTED = "nothing-wanted"
    NO_SUCH_PLATFORM = "no-such-platform"
    NO_SUCH_LOCATION = "no-such-location"
    LOCATION_TWICE = "location-twice"
    NO_SUCH_TERMS = "no-such-terms"
    NO_SUCH_GUEST = "no-such-guest"
    NO_SUCH_GROUP = "no-such-group"
    GROUP_TWICE = "group-twice"
    GROUP_HOLDS_MEMBERS = "group-holds-members"
    GROUP_EMPTY = "group-empty"
    NO_CLIENT = "no-client"
    """The enterprise application has no application id that a policy could name."""


class Unsent(StrEnum):
    """Why what is drafted cannot be sent as things are."""

    NO_BREAK_GLASS = "no-break-glass"
    BREAK_GLASS_GONE = "break-glass-gone"
    NO_SECURITY_ADMIN = "no-security-admin"
    NO_PERMISSION = "no-permission"
    NOT_READ = "not-read"
    THERE = "there"
    """Guestlist has made policies for the same already."""


@dataclass(frozen=True, slots=True)
class GuardProblem:
    why: WhyNoGuard
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardShown:
    """What is drafted, with what it would change, and what stands against sending it."""

    wanted: Wanted
    guard: Guard
    drafts: tuple[AccessPolicy, ...]
    outlook: Outlook | Unread
    read_at: datetime
    unsent: Unsent | None = None
    of: str = ""
    """The name that the words of `unsent` need."""
    by_admin: bool = False
    """Whether an admin looks, who is told which accounts are break-glass."""


@dataclass(frozen=True, slots=True)
class GuardForeseen:
    """What enforcing would do, counted anew; `code` tells this look from a later one."""

    request: Request
    outlook: Outlook
    code: str
    moved: bool = False
    """Whether somebody pressed on an older look, so that nothing was done."""


def rules_of(policy: Policy) -> Rules:
    """Return the rules of every protection: the security admins decide, and times are as usual."""
    secures = (Source(SourceKind.ROLE, SECURITY),) if policy.roles.get(SECURITY) else ()
    return replace(policy.defaults, name="protect", stages=(Stage(secures),), waivers=(), questions=())


def drafts_of(guard: Guard) -> tuple[AccessPolicy, ...]:
    return draft(guard.scope, guard.wish, guard.spared)


def mark_for(guard: Guard) -> str:
    """Return what a protection is known by: of one scope one is asked for at a time."""
    return mark_of(guard.scope, "scope")


def make_plan(guard: Guard, rule: str) -> Plan:
    """Return the plan; its hash covers the drafts letter by letter."""
    parts = {str(place): repr(_sorted(one)) for place, one in enumerate(drafts_of(guard))}
    parts |= {"rule": rule, "steps": ",".join(_MAKING)}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Plan(steps=_MAKING, guest_id=None, redemption=None, hash=digest, parts={"rule": rule})


def _sorted(policy: AccessPolicy) -> tuple[object, ...]:
    """Return a draft so that it is the same text each time: sets have no order."""
    within = [policy.apps, policy.platforms, policy.locations]
    sets = [[*sorted(one.include), "/", *sorted(one.exclude)] for one in within if one is not None]
    picked = [policy.include, policy.exclude]
    whom = [[*sorted(one.users), "/", *sorted(one.groups), "/", *sorted(one.roles)] for one in picked]
    demands = [*sorted(policy.demands.controls), "/", *sorted(policy.demands.terms)]
    return policy.name, sets, whom, demands


def still_holds(guard: Guard, spared: Spared) -> bool:
    """Tell whether the policy spares whom it spared when this was asked, and somebody at all."""
    return guard.spared == spared and not spared.names_nobody


def read_platforms(words: Collection[str]) -> frozenset[Platform] | GuardProblem:
    """Read the names of platforms, of those that a policy can tell apart."""
    known = {str(one).casefold(): one for one in Platform if one is not Platform.OTHER} | _SPOKEN
    for word in words:
        if word.casefold() not in known:
            return GuardProblem(WhyNoGuard.NO_SUCH_PLATFORM, word)
    return frozenset(known[word.casefold()] for word in words)


def read_places(words: Sequence[str], protection: Protection) -> tuple[Named, ...] | GuardProblem:
    """Return named locations by name or id; names are not unique."""
    found = []
    for word in words:
        same = [
            one
            for one in protection.locations.values()
            if word.casefold() in {one.name.casefold(), one.location_id.casefold()}
        ]
        if not same:
            return GuardProblem(WhyNoGuard.NO_SUCH_LOCATION, word)
        if len(same) > 1:
            return GuardProblem(WhyNoGuard.LOCATION_TWICE, word)
        found.append(Named(ObjectId(same[0].location_id), same[0].name))
    return tuple(found)
