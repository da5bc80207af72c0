"""An app as it is set up for guests, and what is left to do until it has a group of its own."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from access.rules.clues import Unread
from access.rules.model import (
    App,
    AppRole,
    Group,
    Named,
    ObjectId,
    Panel,
    Plan,
    Request,
    Setup,
    StepKind,
)
from access.rules.people import DEFAULT_ACCESS, DEFAULT_NAME
from access.rules.policy import Policy, Rules, Source, SourceKind, Stage

MOST_OWNERS = 20
"""How many owners can be named in the call that makes a group."""
LONGEST_NAME = 100


class Right(StrEnum):
    """An application permission by which Guestlist does a part itself; without it, a person does."""

    MAKE = "Group.Create"
    OWN = "Group.ReadWrite.All"
    ASSIGN = "AppRoleAssignment.ReadWrite.All"
    REQUIRE = "Application.ReadWrite.All"


class Unfit(StrEnum):
    """Why nobody can add a guest to a group by hand, or Guestlist may not."""

    DYNAMIC = "dynamic"
    SYNCED = "synced"
    BARS_GUESTS = "bars-guests"
    TENANT_BARS_GUESTS = "tenant-bars-guests"
    HOLDS_ROLES = "holds-roles"
    """Its members can hold roles over the whole tenant."""
    UNREAD = "unread"
    """Whether it takes guests could not be read."""


@dataclass(frozen=True, slots=True)
class AssignedGroup:
    """A group that is assigned to the app; `opens` is how many other apps its members have by it."""

    group: Group
    role: AppRole
    owners: tuple[Named, ...] = ()
    opens: int = 0
    unfit: Unfit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAsSet:
    """What the directory says of an app at one moment, and what Guestlist may do there."""

    app: App
    required: bool
    """Whether only those can sign in who are assigned."""
    owners: tuple[Named, ...]
    groups: tuple[AssignedGroup, ...] = ()
    rights: frozenset[Right] | Unread = frozenset()
    licensed: bool | Unread = True
    """Whether the tenant has Entra ID P1, without which no group can be assigned to an app."""
    trace: str = ""
    """Graph's `request-id` of the read that tells who is assigned."""

    @property
    def fit(self) -> tuple[AssignedGroup, ...]:
        return tuple(one for one in self.groups if one.unfit is None)

    @property
    def roles(self) -> tuple[AppRole, ...]:
        """Return what a group of this app can be assigned."""
        return self.app.roles or (AppRole(DEFAULT_ACCESS, DEFAULT_NAME),)

    def group(self, group_id: ObjectId | None) -> AssignedGroup | None:
        return next((one for one in self.groups if one.group.object_id == group_id), None)


class WhyNoSetup(StrEnum):
    """Why nothing was sent for an app that may be set up by whoever asks."""

    NO_OWNER = "no-owner"
    NO_ADMIN = "no-admin"
    NO_SUCH_GROUP = "no-such-group"
    GROUP_UNFIT = "group-unfit"
    NO_SUCH_ROLE = "no-such-role"
    ROLE_NEEDED = "role-needed"
    MAY_NOT_MAKE = "may-not-make"
    NO_LICENCE = "no-licence"
    SWITCHED_OFF = "switched-off"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppShown:
    """An app as it stands for guests, and what was asked for it already or why it cannot be."""

    facts: AppAsSet
    name: str
    """What a new group would be called."""
    gives: frozenset[ObjectId]
    """The groups that the policy gives by now."""
    read_at: datetime
    refused: WhyNoSetup | None = None
    unfit: Unfit | None = None

    @property
    def foremost(self) -> tuple[AssignedGroup, ...]:
        """Return the groups: given by the policy, fit for guests, and of the fewest other apps first."""

        def place(one: AssignedGroup) -> tuple[object, ...]:
            fit = one.unfit is None
            return one.group.object_id not in self.gives, not fit, one.opens, one.group.name.casefold()

        return tuple(sorted(self.facts.groups, key=place))


@dataclass(frozen=True, slots=True)
class AppsShown:
    """The apps that may be meant, of all of which somebody may ask for a set-up."""

    apps: tuple[App, ...]
    more: int


OPENS = "opens"
"""The part of a plan that says how many other apps an adopted group opens."""
OWNED_BY = "owned_by"
"""The part that names who owned such a group before, and does not own the app."""

RIGHTS = {
    StepKind.MAKE_GROUP: Right.MAKE,
    StepKind.OWN_GROUP: Right.OWN,
    StepKind.ASSIGN_GROUP: Right.ASSIGN,
    StepKind.REQUIRE: Right.REQUIRE,
}
"""By what each step is done."""


def rules_of(policy: Policy) -> Rules:
    """Return the rules of every set-up: the admins decide, and times are as usual."""
    admins = (Source(SourceKind.ROLE, "admins"),) if policy.roles.get("admins") else ()
    return replace(policy.defaults, name="setup", stages=(Stage(admins),), waivers=(), questions=())


def without_owners(panels: Sequence[Panel], setup: Setup) -> tuple[Panel, ...]:
    """Return who may decide but those who would own the group: nobody decides what benefits them."""
    own = {one.object_id for one in setup.owners}
    return tuple(
        replace(panel, approvers=tuple(one for one in panel.approvers if one.object_id not in own))
        for panel in panels
    )


def adopting(one: AssignedGroup, facts: AppAsSet) -> Setup:
    """Return what is asked for, where a group that is assigned already becomes the app's guest group."""
    return Setup(
        group_name=one.group.name,
        role=one.role,
        owners=facts.owners[:MOST_OWNERS],
        group_id=one.group.object_id,
        adopted=True,
    )


def making(name: str, role: AppRole, facts: AppAsSet) -> Setup:
    """Return what is asked for, where a new group is made."""
    return Setup(group_name=name, role=role, owners=facts.owners[:MOST_OWNERS])


def suggested_name(app: str, taken: Collection[str]) -> str:
    """Return a name for the group that none is called of those that are assigned to the app as it is."""
    known = {one.casefold() for one in taken}
    base = f"{app[:LONGEST_NAME]} guests"
    names = (base, *(f"{base} {number}" for number in range(2, len(known) + 3)))
    return next(one for one in names if one.casefold() not in known)


def lacking(wanted: Collection[Named], owners: Collection[Named]) -> tuple[Named, ...]:
    """Return who of those wanted does not own the group."""
    own = {one.object_id for one in owners}
    return tuple(one for one in wanted if one.object_id not in own)


def remaining(setup: Setup, facts: AppAsSet) -> tuple[Named, ...]:
    """Return who of the named owners owns the app still, and may: nobody else is to own the group."""
    own = {one.object_id for one in facts.owners}
    return tuple(one for one in setup.owners if one.object_id in own)


def steps_for(setup: Setup, facts: AppAsSet) -> tuple[StepKind, ...]:
    """Return what is left to do, as the directory stands; the last step reads all of it back."""
    steps: list[StepKind] = []
    if not setup.adopted:
        steps += [StepKind.MAKE_GROUP, StepKind.ASSIGN_GROUP]
    else:
        found = facts.group(setup.group_id)
        if lacking(setup.owners, found.owners if found else ()):
            steps.append(StepKind.OWN_GROUP)
    if not facts.required:
        steps.append(StepKind.REQUIRE)
    return (*steps, StepKind.PROVE_SETUP)


def make_plan(setup: Setup, facts: AppAsSet, rule: str) -> Plan:
    """Return the plan; its hash covers what an approver decides by."""
    steps = steps_for(setup, facts)
    parts = {
        "app": f"{facts.app.object_id}/{facts.app.enabled}",
        "group": setup.group_id if setup.adopted and setup.group_id else "new",
        "name": setup.group_name,
        "role": setup.role.role_id,
        "owners": ",".join(sorted(one.object_id for one in setup.owners)),
        "rule": rule,
        "steps": ",".join(steps),
    }
    if setup.adopted and (found := facts.group(setup.group_id)):
        others = sorted(one.name for one in lacking(found.owners, setup.owners))
        parts |= {OPENS: str(found.opens)} if found.opens else {}
        parts |= {OWNED_BY: ", ".join(others)} if others else {}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Plan(steps=steps, guest_id=None, redemption=None, hash=digest, parts=parts)


def still_holds(setup: Setup, facts: AppAsSet) -> bool:
    """Tell whether the app is as it was asked for: same owners, and the group, if it was there, can be it.

    Of more owners than can be named those who were have to be owners still, in whichever order they come.
    """
    owners, named = ({one.object_id for one in some} for some in (facts.owners, setup.owners))
    if not named <= owners or len(named) != min(len(owners), MOST_OWNERS) or setup.role not in facts.roles:
        return False
    found = facts.group(setup.group_id)
    return not setup.adopted or (found is not None and found.unfit is None)


def policy_entry(request: Request, setup: Setup, *, has_table: bool) -> str:
    """Return the lines for the policy file; where the app has a table, the one that belongs there."""
    why = f"{setup.group_name}: {request.label}, asked for by {request.requestor.name}"
    line = f'give = "{setup.give}"  # {_on_one_line(why)}'
    if has_table:
        return line
    return f'[[app]]\nid = "app:{request.app.object_id}"  # {_on_one_line(request.app.name)}\n{line}'


def _on_one_line(words: str) -> str:
    """Return names as a comment of TOML takes them."""
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())
