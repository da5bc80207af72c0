"""What an undo leaves as it is, by what is stored of a request."""

from access.rules.halfway import Halfway
from access.rules.model import MailState, Redemption, Request, StepKind
from access.rules.undoing import Doing, Stays, Undoes


def stays_of(request: Request, doing: Doing) -> list[Stays]:
    """Return what an undo leaves as it is, by what is stored of the request."""
    given, plan = request.assignment, request.plan
    steps = plan.steps if plan else ()
    mailed = request.mail in {MailState.SENT, MailState.BY_MICROSOFT}
    was_there = given is not None and given.was_there
    relinked = plan is not None and plan.redemption is Redemption.PENDING
    said = {
        Undoes.GIVEN: [
            *([Stays.MAIL] if mailed else []),
            *([Stays.OLD_LINK] if relinked and StepKind.INVITE in steps else []),
            *([Stays.ACCEPTED] if request.accepted_at else []),
            *([Stays.WAS_THERE] if was_there else [Stays.USED]),
            *([Stays.SPONSOR] if StepKind.SPONSOR in steps else []),
        ],
        Undoes.HALFWAY: [],
        Undoes.TAKEN: [Stays.MEANWHILE],
        Undoes.LENGTHENED: [],
        Undoes.CHANGED: [],
        Undoes.REMOVED: [Stays.SIGNED_OUT, Stays.LOST_GROUPS, Stays.MEANWHILE],
    }
    return [*said[doing.undoes], Stays.AUDIT]


def stays_of_halfway(request: Request, done: Halfway) -> list[Stays]:
    """Return what the undo of a failed delivery leaves as it is."""
    relinked = request.plan is not None and request.plan.redemption is Redemption.PENDING
    said = {
        Stays.MAIL: done.mailed,
        Stays.OLD_LINK: relinked and done.invited,
        Stays.ACCEPTED: request.accepted_at is not None,
        Stays.WAS_THERE: done.was_there,
        Stays.USED: done.gave and not done.was_there,
        Stays.SPONSOR: done.sponsored,
        Stays.ACCOUNT_UNKNOWN: done.perhaps_invited,
        Stays.AUDIT: True,
    }
    return [one for one, stays in said.items() if stays]
