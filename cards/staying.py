"""What an undo leaves as it is, in words."""

from access.rules.model import Request
from access.rules.plan import sponsor_of
from access.rules.undoing import Stays, Undoable
from cards.look import Look
from cards.texts import marked
from cards.words import first, when

_INVITED = {
    Stays.MAIL: marked("The mail was sent: {guest} has read it, or will."),
    Stays.PERHAPS_MAIL: marked("Whether the mail was sent is not known: {guest} may read it."),
    Stays.OLD_LINK: marked("Links that {guest} had before no longer work."),
    Stays.ACCEPTED: marked("{guest} has accepted the invitation, and stays accepted."),
}
_SPONSOR = {
    Stays.SPONSOR: marked("{sponsor} was perhaps sponsor of {guest} before the request, and stays so."),
    Stays.SPONSOR_BEFORE: marked("{sponsor} was sponsor of {guest} before the request, and stays so."),
    Stays.SPONSOR_NEEDED: marked("{sponsor} stays sponsor of {guest}: another request needs that."),
    Stays.SPONSOR_ONLY: marked(
        "{sponsor} stays sponsor of {guest}, who keeps other accesses and has no other sponsor."
    ),
}
_CHANGED = {
    Stays.NAME_SINCE: marked("The name of {guest} was changed again since, and stays."),
    Stays.COMPANY_SINCE: marked("The company of {guest} was changed again since, and stays."),
    Stays.SPONSOR_SINCE: marked("The sponsors of {guest} were changed again since, and stay."),
    Stays.SPONSOR_LEFT: marked(
        "Whoever was sponsor of {guest} before, and has left or is a group, is not sponsor again."
    ),
    Stays.SPONSOR_NOBODY: marked("{guest} keeps the sponsor of now, for nobody else would be."),
}


def stays(one: Stays, found: Undoable, look: Look) -> str:
    """Return in words what an undo leaves as it is."""
    request = found.request
    guest, app = first(request.guest_name, look), request.app.name
    if one in _CHANGED:
        return look.say(_CHANGED[one], guest=guest)
    match one:
        case Stays.MAIL | Stays.PERHAPS_MAIL | Stays.OLD_LINK | Stays.ACCEPTED:
            return look.say(_INVITED[one], guest=guest)
        case Stays.USED:
            since = when(found.doing.since, look, request.changed_at)
            return look.say(
                "What {guest} has read, kept or done in {app} since {when}.",
                guest=guest,
                app=app,
                when=since,
            )
        case Stays.MEANWHILE:
            since = when(found.doing.since, look, request.changed_at)
            return look.say("{guest} was without access since {when}.", guest=guest, when=since)
        case Stays.SIGNED_OUT:
            return look.say("{guest} was signed out everywhere, and has to sign in anew.", guest=guest)
        case Stays.LOST_GROUPS:
            return look.say("Groups that were themselves deleted meanwhile do not come back.")
        case Stays.WAS_THERE:
            return look.say("The access to {app} was there before the request, so it stays.", app=app)
        case Stays.SPONSOR | Stays.SPONSOR_BEFORE | Stays.SPONSOR_NEEDED | Stays.SPONSOR_ONLY:
            return look.say(_SPONSOR[one], sponsor=sponsor_of(request).name, guest=guest)
        case _:
            return _account_stays(one, guest, found, look)


def _account_stays(one: Stays, guest: str, found: Undoable, look: Look) -> str:
    if one is Stays.AUDIT:
        return look.say("What the audit says of all this.")
    if one is Stays.ACCOUNT_UNKNOWN:
        return look.say("An invitation may have been sent; whether it made an account, nobody has seen.")
    if one is Stays.ACCOUNT_BEFORE:
        return look.say("The account of {guest} was there before the request, so it stays.", guest=guest)
    if one is Stays.ACCOUNT_USED:
        return look.say("The account of {guest} stays: something else rests on it by now.", guest=guest)
    if one is Stays.ACCOUNT_FAILED:
        return look.say("The account of {guest} stays as it is: its removal has failed before.", guest=guest)
    if one is Stays.ACCOUNT_REMOVED:
        return look.say(
            "{label} removes the account of {guest} already, and goes on; {command} calls that off.",
            label=found.removal,
            guest=guest,
            command=look.typed(f"/restore {found.removal}"),
        )
    if one is Stays.ACCOUNT_UNFIT:
        return look.say("The account of {guest} stays: it is not Guestlist's to remove.", guest=guest)
    return look.say(
        "The account of {guest} stays: only an admin, or who owns every app of the guest, removes it.",
        guest=guest,
    )


def sponsor_left(request: Request, look: Look) -> str:
    """Return that an undo has done all but take the sponsor off, and who can do that past Guestlist."""
    return look.say(
        "{sponsor} may still be sponsor of {guest}. A tenant admin can end that in Entra, too.",
        sponsor=sponsor_of(request).name,
        guest=first(request.guest_name, look),
    )
