"""The steps of a request in words, verb first."""

from typing import Literal, assert_never

from access.rules.model import DEFAULT_ACCESS, GiveKind, Redemption, Request, StepKind
from access.rules.plan import sponsors_of
from cards.look import Look
from cards.texts import marked
from cards.words import both, first

_IN_A_LINE = {
    StepKind.MAKE_GROUP: marked("Make the group {group}"),
    StepKind.OWN_GROUP: marked("Let the app's owners own the group {group}"),
    StepKind.ASSIGN_GROUP: marked("Assign the group {group}"),
    StepKind.REQUIRE: marked("Let only those into {app} who are assigned"),
    StepKind.PROVE_SETUP: marked("Read back what was done"),
    StepKind.WRITE_PROFILE: marked("Write the name or the company of {guest}"),
    StepKind.NAME_SPONSOR: marked("Note {sponsor} as sponsor"),
    StepKind.DROP_SPONSORS: marked("Take off who was sponsor before"),
    StepKind.PROVE_PROFILE: marked("Read back what was done"),
    StepKind.SHORTEN: marked("Move the end of the access back"),
    StepKind.UNSPONSOR: marked("Take {sponsor} off as sponsor of {guest}"),
    StepKind.MAKE_POLICIES: marked("Make the policies, which only report"),
    StepKind.ENFORCE_POLICIES: marked("Enforce the policies"),
    StepKind.WATCH_POLICIES: marked("Let the policies only report again"),
    StepKind.REMOVE_POLICIES: marked("Remove the policies"),
    StepKind.PROVE_POLICIES: marked("Read back what was done"),
}
"""The steps of set-ups and protections, of a guest's changed details and of some undos, in the audit, too."""


_OfNoAccess = Literal[
    StepKind.BLOCK,
    StepKind.SIGN_OUT,
    StepKind.PROVE_BLOCKED,
    StepKind.DELETE,
    StepKind.PROVE_DELETED,
    StepKind.SEE_GONE,
    StepKind.PUT_BACK,
    StepKind.UNBLOCK,
    StepKind.PROVE_BACK,
    StepKind.MAKE_POLICIES,
    StepKind.ENFORCE_POLICIES,
    StepKind.WATCH_POLICIES,
    StepKind.REMOVE_POLICIES,
    StepKind.PROVE_POLICIES,
]
"""The steps on an account, and those on policies."""


def step(kind: StepKind, request: Request, look: Look) -> str:
    """Return a step of the plan, verb first."""
    sponsor = both([first(one.name, look) for one in sponsors_of(request)], look)
    guest = first(request.guest_name, look)
    match kind:
        case StepKind.INVITE:
            return _inviting(request, guest, sponsor, look)
        case StepKind.KNOW:
            return look.say("Wait until the directory knows {guest}", guest=guest)
        case StepKind.SPONSOR:
            return look.say("Note {sponsor} as sponsor", sponsor=sponsor)
        case StepKind.GIVE | StepKind.GIVE_AGAIN | StepKind.EXTEND:
            return _giving(request, guest, look)
        case StepKind.MAIL:
            accepted = request.plan is not None and request.plan.redemption is Redemption.ACCEPTED
            return look.say("Mail the app's link") if accepted else look.say("Mail the invitation")
        case StepKind.PROVE | StepKind.PROVE_AGAIN:
            return look.say("Read back what was done")
        case StepKind.TAKE_AWAY:
            return _taking(request, guest, look)
        case StepKind.PROVE_GONE:
            return look.say("Read back that it is gone")
        case (
            StepKind.MAKE_GROUP
            | StepKind.OWN_GROUP
            | StepKind.ASSIGN_GROUP
            | StepKind.REQUIRE
            | StepKind.PROVE_SETUP
            | StepKind.WRITE_PROFILE
            | StepKind.NAME_SPONSOR
            | StepKind.DROP_SPONSORS
            | StepKind.PROVE_PROFILE
            | StepKind.SHORTEN
            | StepKind.UNSPONSOR
        ):
            names = {"group": request.give.name, "app": request.app.name, "guest": guest, "sponsor": sponsor}
            return look.say(_IN_A_LINE[kind], **names)
        case _:
            return _on_account(kind, guest, look)


def _inviting(request: Request, guest: str, sponsor: str, look: Look) -> str:
    if request.plan is not None and request.plan.guest_id is not None:
        return look.say("Invite {guest} again; the old link dies", guest=guest)
    return look.say("Invite {guest}, with {sponsor} as sponsor", guest=guest, sponsor=sponsor)


def _on_account(  # noqa: C901 - a line for each step
    kind: _OfNoAccess,
    guest: str,
    look: Look,
) -> str:
    """Return a step on the guest's account, or on policies, verb first."""
    match kind:
        case StepKind.BLOCK:
            return look.say("Block sign-in of {guest}", guest=guest)
        case StepKind.SIGN_OUT:
            return look.say("End the sessions of {guest}", guest=guest)
        case StepKind.PROVE_BLOCKED:
            return look.say("Read back that {guest} is blocked", guest=guest)
        case StepKind.DELETE:
            return look.say("Delete the account of {guest}", guest=guest)
        case StepKind.PROVE_DELETED:
            return look.say("Read back that the account is deleted")
        case StepKind.SEE_GONE:
            return look.say("See that the account is gone for good")
        case StepKind.PUT_BACK:
            return look.say("Put the account of {guest} back", guest=guest)
        case StepKind.UNBLOCK:
            return look.say("Let {guest} sign in again", guest=guest)
        case StepKind.PROVE_BACK:
            return look.say("Read back that {guest} is there again", guest=guest)
        case (
            StepKind.MAKE_POLICIES
            | StepKind.ENFORCE_POLICIES
            | StepKind.WATCH_POLICIES
            | StepKind.REMOVE_POLICIES
            | StepKind.PROVE_POLICIES
        ):
            return look.say(_IN_A_LINE[kind])
        case _:
            assert_never(kind)


def _giving(request: Request, guest: str, look: Look) -> str:
    give, app = request.give, request.app.name
    if request.extends:
        return look.say("Read back that {guest} has the access, and move its end", guest=guest)
    if give.kind is GiveKind.GROUP:
        return look.say("Add {guest} to group {group}", guest=guest, group=give.name)
    if give.object_id == DEFAULT_ACCESS:
        return look.say("Assign {guest} to {app}", guest=guest, app=app)
    return look.say("Assign {guest} to {app}, role {role}", guest=guest, app=app, role=give.name)


def _taking(request: Request, guest: str, look: Look) -> str:
    if request.give.kind is GiveKind.GROUP:
        return look.say("Remove {guest} from group {group}", guest=guest, group=request.give.name)
    return look.say("Take {app} away from {guest}", guest=guest, app=request.app.name)
