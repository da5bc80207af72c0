"""Where a process is to die: at every boundary of journal, outbox and turn, dealt out by a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

STEPS = ("invite", "know", "sponsor", "give", "mail", "prove")
JOBS = (*STEPS, "card")
CALLS = {
    "call-left invite": rb"^POST /v1.0/invitations ",
    "call-left sponsor": rb"^POST /v1.0/users/[^ /]+/sponsors/\$ref ",
    "call-left give": rb"^POST /v1.0/groups/[^ /]+/members/\$ref ",
    "call-left assign": rb"^POST /v1.0/servicePrincipals/[^ /]+/appRoleAssignedTo ",
    "call-left draft": rb"^POST /v1.0/users/[^ /]+/messages ",
    "call-left send": rb"^POST /v1.0/users/[^ /]+/messages/[^ /]+/send ",
}
"""The call is on its way and Graph has acted; whoever called dies before the answer comes."""
LATER = {
    "call-left take-away": rb"^DELETE /v1.0/groups/[^ /]+/members/[^ /]+/\$ref ",
    "call-left unassign": rb"^DELETE /v1.0/servicePrincipals/[^ /]+/appRoleAssignedTo/[^ /]+ ",
    "call-left block": rb"^PATCH /v1.0/users/[^ /]+ ",
    "call-left sign-out": rb"^POST /v1.0/users/[^ /]+/revokeSignInSessions ",
    "call-left delete": rb"^DELETE /v1.0/users/[^ /]+ ",
    "call-left put-back": rb"^POST /v1.0/directory/deletedItems/[^ /]+/restore ",
    "call-left drop-sponsors": rb"^DELETE /v1.0/users/[^ /]+/sponsors/[^ /]+/\$ref ",
}
"""The same of what becomes of guests who have an access, or had one."""
GUARDS = {
    "call-left make-policy": rb"^POST /v1.0/identity/conditionalAccess/policies ",
    "call-left switch-policy": rb"^PATCH /v1.0/identity/conditionalAccess/policies/[^ /]+ ",
    "call-left delete-policy": rb"^DELETE /v1.0/identity/conditionalAccess/policies/[^ /]+ ",
}
"""The same of what protects an app."""
MANY = {"call-left give-many": rb"^PATCH /v1.0/groups/[^ /]+ "}
"""The same of several rows of a list that are given a group together."""
_BOTH = ("before", "after")
EVERY_CALL = CALLS | LATER | GUARDS | MANY
GUARD_STEPS = ("make-policies", "enforce-policies", "watch-policies", "remove-policies", "prove-policies")
GUARD_POINTS = (
    *GUARDS,
    *(f"{when} {job}" for job in GUARD_STEPS for when in ("after-claim", "before-finish", "after-finish")),
)
"""Where a process is to die while somebody protects an app, which not every run does."""
LATER_STEPS = ("take-away", "give-again", "block", "unblock", "write-profile", "extend", "shorten")
LATER_CALLS = ("call-left take-away", "call-left unassign", "call-left block", "call-left sign-out")
POINTS = (
    *(f"{when}-{what} {job}" for job in JOBS for what in ("claim", "finish") for when in _BOTH),
    *(f"{when} {job}" for job in LATER_STEPS for when in ("after-claim", "before-finish")),
    *CALLS,
    *LATER_CALLS,
    *(f"{when}-post {audience}" for audience in ("approver", "requestor", "thread") for when in _BOTH),
    *(f"{when}-update card" for when in _BOTH),
    *(f"{when}-turn {what}" for what in ("request", "decision") for when in _BOTH),
)
LIST_ACTS = ("list", "decision", "pause", "resume", "stop", "retry")
"""What people do about a list: they send it, decide on it, and hold its run."""
LIST_TURNS = (*LIST_ACTS, "look", "row", "row-retry", "file")
"""That, and what is written beside: the dry run, a row made or taken up, who has a file."""
LIST_LOOKS = ("list", "lot", "end")
"""The job that runs a list: each claim, and the finish of a look that made rows, or that ended the run."""
LIST_POINTS = (
    *(f"{when}-{what} {job}" for job in STEPS for what in ("claim", "finish") for when in _BOTH),
    *(f"{when}-claim list" for when in _BOTH),
    *(f"{when}-finish {what}" for what in ("lot", "end") for when in _BOTH),
    *(f"{when}-turn {what}" for what in LIST_TURNS for when in _BOTH),
    *(call for call in (*CALLS, *MANY) if call != "call-left give"),
    *(f"{when}-post {audience}" for audience in ("approver", "requestor") for when in _BOTH),
    *(f"{when}-update card" for when in _BOTH),
)
"""Where a process is to die while it runs a list."""
LIST_PAUSES = (
    "after-claim list",
    "after-turn row",
    "after-claim invite",
    "after-claim give",
    "before-finish lot",
)
AT_RANDOM = "at any time"
PAUSES = (
    *("after-claim invite", "after-claim give", "after-claim mail"),
    *("before-post approver", "before-update card"),
)
"""Where a process is stopped for longer than its lease: between its claim and its write."""
_RANDOM, _PAUSED = 6, 12


@dataclass(frozen=True, slots=True)
class Plan:
    """One death; a `pause` is none: the process is stopped beyond its lease, and goes on."""

    point: str
    pause: bool = False


def deal(seed: int, kills: int, among: Sequence[str] = POINTS, pauses: Sequence[str] = PAUSES) -> list[Plan]:
    """Return so many kills, the points all equally often, every sixth at any time, and pauses on top."""
    dice = Random(seed)
    planned = kills - kills // _RANDOM
    points = [point for _ in range(-(-planned // len(among))) for point in dice.sample(among, len(among))]
    plans = [Plan(point) for point in points[:planned]] + [Plan(AT_RANDOM)] * (kills - planned)
    dice.shuffle(plans)
    for turn in range(max(kills // _PAUSED, 1)):
        plans.insert(dice.randrange(len(plans)), Plan(pauses[turn % len(pauses)], pause=True))
    return plans
