"""What can keep a guest out, in words: each cause, what to do, and what was found fine or not read."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.rules.clues import HolderKind, SignIn, Unread
from access.rules.coaching import Check, Diagnosis, GuestFile, Helps, Stands
from access.rules.model import State
from access.rules.snags import Snag
from cards import elsewhere
from cards.anatomy import DONE, LOOK_AT, NOTHING, UNREAD, WAITING, Strip, Tone
from cards.cause_words import Advice
from cards.look import Look
from cards.texts import marked
from cards.words import domain, first, when


@dataclass(frozen=True, slots=True)
class _Said:
    """A cause: in a few words, in a sentence, and what is true where it is not the case, if worth a line."""

    short: str
    cause: str
    fine: str = ""


_SAID: Mapping[Snag, _Said] = {
    Snag.GONE: _Said(marked("the account is gone"), marked("The directory no longer has {guest}.")),
    Snag.DISABLED: _Said(
        marked("the account is disabled"),
        marked("{guest}'s account in this directory is disabled, so {first} cannot sign in."),
        marked("The account is enabled"),
    ),
    Snag.DELIVERING: _Said(
        marked("Guestlist is at work"), marked("{label} is being delivered and is not finished yet.")
    ),
    Snag.DELIVERY_FAILED: _Said(
        marked("the delivery failed"), marked("The delivery of {label} failed, so {first} has no access.")
    ),
    Snag.MAIL_FAILED: _Said(marked("no mail was sent"), marked("The mail with the link could not be sent.")),
    Snag.MAIL_QUEUED: _Said(
        marked("the mail is queued"), marked("Our mail waits for its turn in the mailbox.")
    ),
    Snag.DOMAIN_DENIED: _Said(
        marked("the domain is denied"),
        marked("Guestlist's policy does not allow guests from {domain} to get this in {app} any more."),
        marked("Guestlist's policy allows the domain"),
    ),
    Snag.DOMAIN_LISTED: _Said(
        marked("the domain is not allowed"),
        marked("The tenant's own list of domains keeps guests from {domain} out."),
        marked("The tenant's own list of domains lets {domain} in"),
    ),
    Snag.CROSS_TENANT: _Said(
        marked("blocked between the tenants"),
        marked("Cross-tenant access settings do not let guests from {domain} in."),
        marked("Cross-tenant access lets guests from {domain} in"),
    ),
    Snag.COLLIDES: _Said(
        marked("the address is taken"),
        marked("{holder} has the same address. Microsoft then often refuses the invitation's link."),
        marked("Nobody else has the address"),
    ),
    Snag.ALIAS: _Said(
        marked("the address is an alias"),
        marked("The mail went to {asked}, but {first}'s main address is {who}. An alias cannot accept."),
        marked("The address is {first}'s main one"),
    ),
    Snag.LINK_REPLACED: _Said(
        marked("the link no longer works"),
        marked("{who} invited {first} again on {when}. That made a new link and ended ours."),
        marked("No later invitation has ended our link"),
    ),
    Snag.NOT_ASSIGNED: _Said(
        marked("the access is gone"),
        marked("{first} does not have {access} of {app} any more. Somebody took it away."),
        marked("The access is there"),
    ),
    Snag.OTHER_ACCOUNT: _Said(
        marked("signed in as somebody else"),
        marked("On {when} {first} signed in with an account that this directory does not know."),
    ),
    Snag.CONDITIONAL_ACCESS: _Said(
        marked("Conditional Access"),
        marked("On {when} a Conditional Access policy refused {first}'s sign-in (code {who})."),
    ),
    Snag.SECOND_FACTOR: _Said(
        marked("the second factor"),
        marked("On {when} {first}'s sign-in stopped at the second factor (code {who})."),
    ),
    Snag.TERMS_OF_USE: _Said(
        marked("terms of use"),
        marked("On {when} {first}'s sign-in stopped at terms of use, or at another outside check."),
    ),
    Snag.CONSENT: _Said(
        marked("consent"), marked("On {when} {first}'s sign-in stopped because nobody consented.")
    ),
    Snag.SIGN_IN_REFUSED: _Said(
        marked("the sign-in was refused"),
        marked("On {when} Microsoft refused {first}'s sign-in with code {who}."),
        marked("The last sign-in was not refused"),
    ),
    Snag.MAIL_NOT_OURS: _Said(
        marked("Microsoft sent the mail"),
        marked("Microsoft sent the invitation, not Guestlist. It often lies among the junk mail."),
    ),
}
_NOT_READ: Mapping[Snag, str] = {
    Snag.DOMAIN_LISTED: marked("The tenant's own list of domains"),
    Snag.CROSS_TENANT: marked("Cross-tenant access settings"),
    Snag.COLLIDES: marked("Whether somebody else has the address"),
    Snag.LINK_REPLACED: marked("Whether a later invitation ended our link"),
    Snag.NOT_ASSIGNED: marked("Whether the access is there"),
    Snag.SIGN_IN_REFUSED: marked("Sign-ins, second factor, consent, terms of use"),
}
"""What each reading is called where there was none; one line stands for all that sign-ins would tell."""
_WHY: Mapping[Unread, str] = {
    Unread.PERMISSION: marked("not checked: Guestlist may not read it"),
    Unread.LICENCE: marked("not licensed to know: needs Entra ID P1"),
    Unread.AWAY: marked("not checked: it cannot be read now"),
    Unread.UNCLEAR: marked("not clear: they hold for some guests only"),
    Unread.UNDOCUMENTED: marked("not checked: Microsoft does not say whether it holds for such a guest"),
    Unread.UNFAMILIAR: marked("not checked: Microsoft says what Guestlist does not know yet"),
    Unread.TOO_MUCH: marked("not checked: there are too many to look through"),
}
_TO_DO: Mapping[Helps, tuple[str, ...]] = {
    Helps.NOTHING: (),
    Helps.WAIT: (marked("Wait. Guestlist goes on by itself."),),
    Helps.RETRY: (marked("Type {retry}. No new approval is needed."),),
    Helps.RESEND: (
        marked("Send a new link. {first} gets one mail, and the old link dies. The access and its end stay."),
    ),
    Helps.RESET: (
        marked("Have {first} accept anew, with the account of now. {first} gets one mail. The access stays."),
    ),
    Helps.CHANGE_ADDRESS: (
        marked("Ask {first} for the address to sign in with, and have it approved: type {change}."),
    ),
    Helps.TELL_GUEST: (marked("Tell {first}: open the link in the mail again and go through to the end."),),
    Helps.ASK_ADMIN: (marked("Ask a tenant admin to look at it in Entra."),),
    Helps.ASK_POLICY: (marked("Ask whoever keeps Guestlist's policy to allow the domain."),),
    Helps.INVITE_AGAIN: (
        marked("A tenant admin can restore the account for 30 days."),
        marked("Or send a new request: type {invite}."),
    ),
    Helps.ASK_ANEW: (marked("To give it again, send a new request: type {invite}."),),
}
_MOVED = marked("What is sent to the address of now has its own approval: type {change}.")
_BY_OTHERS: Mapping[Helps, str] = {
    Helps.RESEND: marked("{requestor} or an approver can send a new link: {resend}."),
    Helps.RESET: marked("{requestor} or an approver can have {first} accept anew: {reset}."),
}
_IN_ENTRA: Mapping[Helps, str] = {
    Helps.RESEND: marked("Ask a tenant admin to choose Resend invitation on {first}'s page in Entra."),
    Helps.RESET: marked("Ask a tenant admin to choose Reset redemption status on {first}'s page in Entra."),
}
"""Where Guestlist has nothing that it could do so under."""
_INSTEAD: Mapping[Snag, str] = {
    Snag.DISABLED: marked("Ask a tenant admin why, and to enable the account."),
    Snag.DOMAIN_LISTED: marked(
        "Ask a tenant admin to allow the domain in Entra, External collaboration settings."
    ),
    Snag.CROSS_TENANT: marked("Ask the admins of both tenants to allow B2B collaboration."),
    Snag.COLLIDES: marked("Ask a tenant admin to delete it or to change its address."),
    Snag.NOT_ASSIGNED: marked("Ask a tenant admin who took it away, and why."),
    Snag.CONDITIONAL_ACCESS: marked("Ask a tenant admin to look at the sign-in in Entra's log."),
}
"""What an admin is asked for, where more can be said than to look."""
_HOLDERS: Mapping[str, str] = {
    HolderKind.CONTACT: marked("The contact {name}"),
    HolderKind.GROUP: marked("The group {name}"),
    HolderKind.PERSON: marked("The account {name}"),
}


def short(snag: Snag, look: Look) -> str:
    """Return a cause in a few words, without a name."""
    return look.say(_SAID[snag].short)


def strip_of(file: GuestFile, look: Look) -> Strip:
    """Return how it stands with a guest."""
    diagnosis, guest = file.diagnosis, first(file.name, look)
    cause = diagnosis.cause
    match diagnosis.stands:
        case Stands.NOT_INVITED:
            return Strip(NOTHING, look.say("Not invited yet"), (look.say("See the requests below."),))
        case Stands.STUCK:
            state = look.say("Stuck")
            if cause is not None:
                state = look.say("Stuck: {cause}", cause=look.say(_SAID[cause.snag].short))
            return Strip(LOOK_AT, state, _mailed(file, look))
        case Stands.ACCEPTED:
            return Strip(DONE, look.say("Accepted"), (look.say("Nothing that can be read is in the way."),))
        case Stands.ENDED:
            label = file.main.request.label if file.main else ""
            return Strip(NOTHING, look.say("Ended"), (look.say("{label} has ended.", label=label),))
        case Stands.WAITING:
            waits = look.say("Waiting for {guest} to accept", guest=guest)
            nothing = look.say("Nothing that can be read is in the way.")
            more = () if cause else (nothing,)
            return Strip(WAITING, waits, (*_mailed(file, look), *more))


def _mailed(file: GuestFile, look: Look) -> tuple[str, ...]:
    if file.clues is None or file.clues.mailed_at is None:
        return ()
    return (look.say("Mailed {when}.", when=when(file.clues.mailed_at, look, file.read_at)),)


def advice(file: GuestFile, look: Look) -> Advice:
    """Return what keeps the guest out, and the one thing to do; both empty where there is nothing."""
    diagnosis, names = file.diagnosis, _names(file, look)
    cause = diagnosis.cause
    said = ""
    if cause is not None:
        said = look.say(_SAID[cause.snag].cause, **{**names, **_of(cause, file, look)})
    to_do = _TO_DO[diagnosis.helps]
    if diagnosis.helps is Helps.CHANGE_ADDRESS and elsewhere.moved_from(file):
        to_do = (_MOVED,)
    if cause is not None and diagnosis.helps is Helps.ASK_ADMIN:
        to_do = (_INSTEAD.get(cause.snag, to_do[0]),)
    elif diagnosis.helps in _IN_ENTRA and not can_act(file):
        to_do = ((_BY_OTHERS if is_delivered(file) else _IN_ENTRA)[diagnosis.helps],)
    return Advice(said, tuple(look.say(one, **names) for one in to_do))


def is_delivered(file: GuestFile) -> bool:
    """Tell whether there is a request under which a new link could be sent."""
    return file.main is not None and file.main.request.state is State.DELIVERED


def can_act(file: GuestFile) -> bool:
    """Tell whether whoever looks can send a new link, or have the guest accept anew."""
    return file.may_act and is_delivered(file)


def rows(file: GuestFile, look: Look) -> list[tuple[Tone, str, str]]:
    """Return what else was looked for: a symbol, what was found, and why it could not be read."""
    names, shown = _names(file, look), list[tuple[Tone, str, str]]()
    for check in _others(file.diagnosis):
        said = _SAID[check.snag]
        if isinstance(check.found, Unread):
            if check.snag in _NOT_READ:
                shown.append((UNREAD, look.say(_NOT_READ[check.snag]), look.say(_WHY[check.found])))
        elif check.found:
            cause = look.say(said.cause, **{**names, **_of(check, file, look)})
            shown.append((LOOK_AT, cause, ""))
        elif said.fine and not (check.snag is Snag.SIGN_IN_REFUSED and _was_refused(file)):
            shown.append((DONE, look.say(said.fine, **names), ""))
    if file.diagnosis.stands in {Stands.WAITING, Stands.STUCK} and file.clues and file.clues.mailed_at:
        read = look.say("Whether {first} read the mail", **names)
        shown.append((UNREAD, read, look.say("nobody can see that")))
    return shown


def _was_refused(file: GuestFile) -> bool:
    """Tell whether the last sign-in was refused for another cause than this line stands for."""
    last = file.clues.sign_in if file.clues else None
    return isinstance(last, SignIn) and last.code != 0


def _others(diagnosis: Diagnosis) -> list[Check]:
    return [check for check in diagnosis.checks if check != diagnosis.cause]


def _names(file: GuestFile, look: Look) -> dict[str, str]:
    request, old = file.main.request if file.main else None, elsewhere.moved_from(file)
    app = request.app.name if request else look.say_as("instead of a name", "the app")
    return {
        "guest": file.name,
        "first": first(file.name, look),
        "asked": old or file.address,
        "domain": domain(file.address),
        "app": app,
        "access": request.give.name if request else "",
        "label": request.label if request else "",
        "requestor": request.requestor.name if request else "",
        "resend": look.typed(f"/resend {file.address}"),
        "reset": look.typed(f"/reset {file.address}"),
        "change": look.typed(elsewhere.anew(file)),
        "retry": look.typed(f"/retry {request.label}") if request else "",
        "invite": look.typed(f'/invite {file.address} to "{request.app.name if request else "APP"}"'),
    }


def _of(check: Check, file: GuestFile, look: Look) -> dict[str, str]:
    """Return what only this cause's words name: whoever is behind it, and when."""
    kind, _, name = check.who.partition(":")
    holder = look.say(_HOLDERS[kind], name=name) if kind in _HOLDERS else ""
    who = check.who or look.say_as("instead of a name", "Somebody")
    at = when(check.at, look, file.read_at) if check.at else ""
    return {"who": who, "holder": holder, "when": at}
