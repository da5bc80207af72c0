"""What is wrong with an answer, in one or two sentences that say what to write instead.

Hints are names and values of the problem: a text has the names by which it takes them, in their order;
`choices` stands last for all that are left.
"""

from collections.abc import Mapping

from access.rules.model import DEFAULT_NAME
from access.rules.refusals import Problem, ProblemCode
from cards.hinted import day_in, length_of
from cards.look import Look
from cards.texts import marked
from cards.words import either

_CHOICES = "choices"
_LONGEST_TERM = marked("The longest term for {app} is {length}: until {day}.")

WITH_HINTS: Mapping[ProblemCode, tuple[str, tuple[str, ...]]] = {
    ProblemCode.PLUS_ADDRESS: (
        marked("Microsoft cannot invite an address with a + in it. Try {example}."),
        ("example",),
    ),
    ProblemCode.REFUSED_CHARACTER: (
        marked("Microsoft cannot invite an address with {character} in it."),
        ("character",),
    ),
    ProblemCode.OWN_DOMAIN: (
        marked("{domain} is a domain of this organisation. Write the address of somebody outside."),
        ("domain",),
    ),
    ProblemCode.DOMAIN_DENIED: (marked("The policy does not allow guests from {domain}."), ("domain",)),
    ProblemCode.DOMAIN_DENIED_HERE: (
        marked("The policy does not allow guests from {domain} to get this in {app}."),
        ("domain", "app"),
    ),
    ProblemCode.IS_MEMBER: (
        marked("This address belongs to {person}, a member, who needs no invitation."),
        ("person",),
    ),
    ProblemCode.NOT_A_GUEST_YET: (
        marked("No guest has the address {address}. Type {command} for somebody new."),
        ("address",),
    ),
    ProblemCode.GUEST_DISABLED: (
        marked("The account of {guest} is switched off. Ask a tenant admin to switch it on."),
        ("guest",),
    ),
    ProblemCode.GUEST_REMOVED: (
        marked("{label} has removed {guest} from the directory. To have the guest back, type {restore}."),
        ("guest", "label"),
    ),
    ProblemCode.GUEST_LOOKED_FOR: (
        marked(
            "Entra no longer lists the account of {guest} that {label} has deleted. As it may lag, Guestlist "
            "looks until {day}: invite the guest again after that, or try {restore}."
        ),
        ("guest", "label", "day"),
    ),
    ProblemCode.APP_UNKNOWN: (
        marked("You can request for no app of this name. Did you mean {choices}?"),
        ("choices",),
    ),
    ProblemCode.APP_AMBIGUOUS: (
        marked("You can request for more than one app called {app}. Choose one from the list."),
        ("app",),
    ),
    ProblemCode.APP_DISABLED: (
        marked("Sign-in to {app} is switched off. Ask a tenant admin to switch it on."),
        ("app",),
    ),
    ProblemCode.NOT_ALLOWED: (
        marked("The policy does not let you request for {app}. Ask one of its owners."),
        ("app",),
    ),
    ProblemCode.ACCESS_UNKNOWN: (
        marked("{app} has no role or group of this name. Choose {choices}."),
        ("app", "choices"),
    ),
    ProblemCode.ACCESS_MISSING: (
        marked("Choose what the guest gets in {app}: {choices}."),
        ("app", "choices"),
    ),
    ProblemCode.GROUP_CLOSED: (
        marked("Nobody can be added to {group} by hand. Choose another role or group."),
        ("group",),
    ),
    ProblemCode.OTHERS_GROUP: (
        marked(
            "The policy does not name the group {group} for {app}, and neither you nor who decides owns it. "
            "Ask {choices}, or an admin, to send the request."
        ),
        ("group", "app", "choices"),
    ),
    ProblemCode.TERM_TOO_LONG: (_LONGEST_TERM, ("app", "length", "day")),
    ProblemCode.JUSTIFICATION_SHORT: (
        marked("Write why the guest needs the app, in at least {number} characters."),
        ("number",),
    ),
    ProblemCode.JUSTIFICATION_WITHOUT: (
        marked("Your organisation wants this in the justification: {expected}."),
        ("expected",),
    ),
    ProblemCode.QUESTION_CHOICE: (marked("This is none of the answers. Choose {choices}."), ("choices",)),
    ProblemCode.TOO_LONG: (marked("This is too long. Write at most {number} characters."), ("number",)),
    ProblemCode.HAS_ACCESS: (
        marked("{guest} has {access} already, by {way}. Nothing is left to request."),
        ("guest", "access", "way"),
    ),
    ProblemCode.ACCESS_OVER: (
        marked("{guest} no longer has {app} by this request. To give it again, send a new request."),
        ("guest", "app"),
    ),
    ProblemCode.ACCESS_FAILED: (
        marked(
            "The delivery of {label} has failed. {retry} goes on with it, "
            "{remove} gives it up and takes away what it has given."
        ),
        ("label",),
    ),
    ProblemCode.ACCESS_ENDLESS: (
        marked("The access of {guest} to {app} has no end, so there is nothing to renew."),
        ("guest", "app"),
    ),
    ProblemCode.ACCESS_HALTED: (
        marked("{label} removes {guest} from the directory. Restore the guest before you renew."),
        ("label", "guest"),
    ),
    ProblemCode.END_MOVED: (
        marked("The end has moved meanwhile: the access lasts until {day} now. Nothing was asked for."),
        ("day",),
    ),
    ProblemCode.ACCESS_LOST: (
        marked("By the directory {guest} no longer has this access to {app}. Send a new request to give it."),
        ("guest", "app"),
    ),
    ProblemCode.NOT_RENEWABLE: (marked("The policy lets nobody renew an access to {app}."), ("app",)),
    ProblemCode.RENEWALS_USED_UP: (
        marked("The policy limits the renewals of an access to {number}, and this one has had as many."),
        ("number",),
    ),
    ProblemCode.RENEWAL_SHORTER: (
        marked("The access lasts until {day} anyway. A renewal ends later."),
        ("day",),
    ),
    ProblemCode.RENEWAL_TOO_LONG: (
        marked("A renewal lasts {length} at most: until {day}."),
        ("length", "day"),
    ),
    ProblemCode.RENEWAL_TOTAL: (
        marked("With its renewals an access lasts {length} at most: until {day}."),
        ("length", "day"),
    ),
    ProblemCode.NO_SPONSOR: (
        marked("{person} can be no sponsor. Choose a member of the organisation with an active account."),
        ("person",),
    ),
    ProblemCode.MAY_NOT_DECIDE: (
        marked("Not everybody whom you chose may decide. Choose {choices}, or nobody."),
        ("choices",),
    ),
    ProblemCode.NO_APPROVER: (
        marked("Nobody can approve a request for {app} now. Ask a tenant admin to name an owner."),
        ("app",),
    ),
    ProblemCode.TOO_FEW_APPROVERS: (
        marked(
            "A request for {app} needs {needed} approvals, and those who may approve are too few by {lacks}. "
            "Ask a tenant admin to name more approvers."
        ),
        ("app", "needed", "lacks"),
    ),
}

PLAIN: Mapping[ProblemCode, str] = {
    ProblemCode.ADDRESS_MISSING: marked("Write the guest's address, such as ana@fabrikam.com."),
    ProblemCode.NOT_AN_ADDRESS: marked("Write one address, such as ana@fabrikam.com."),
    ProblemCode.PLUS_ADDRESS: marked("Microsoft cannot invite an address with a + in it."),
    ProblemCode.REFUSED_CHARACTER: marked("Microsoft cannot invite an address with this character in it."),
    ProblemCode.OWN_DOMAIN: marked(
        "This address is inside the organisation. Write the address of somebody outside."
    ),
    ProblemCode.DOMAIN_DENIED: marked("The policy does not allow guests from this domain."),
    ProblemCode.DOMAIN_DENIED_HERE: marked(
        "The policy does not allow guests from this domain to get this in this app."
    ),
    ProblemCode.IS_MEMBER: marked(
        "This address belongs to a member of the organisation, who needs no invitation."
    ),
    ProblemCode.NOT_A_GUEST_YET: marked("No guest has this address. Type {command} for somebody new."),
    ProblemCode.GUEST_DISABLED: marked(
        "This guest's account is switched off. Ask a tenant admin to switch it on."
    ),
    ProblemCode.GUEST_REMOVED: marked("This guest was removed from the directory, and can be restored."),
    ProblemCode.GUEST_LOOKED_FOR: marked("Whether this guest's account is gone is looked into. Try later."),
    ProblemCode.APP_MISSING: marked("Choose an app."),
    ProblemCode.APP_UNKNOWN: marked("You can request for no app of this name. Choose one from the list."),
    ProblemCode.APP_AMBIGUOUS: marked(
        "You can request for more than one app of this name. Choose one from the list."
    ),
    ProblemCode.APP_DISABLED: marked(
        "Sign-in to this app is switched off. Ask a tenant admin to switch it on."
    ),
    ProblemCode.NOT_ALLOWED: marked(
        "The policy does not let you request for this app. Ask one of its owners."
    ),
    ProblemCode.ACCESS_UNKNOWN: marked(
        "The app has no role or group of this name. Choose one from the list."
    ),
    ProblemCode.ACCESS_MISSING: marked("Choose what the guest gets: a role or a group."),
    ProblemCode.GROUP_CLOSED: marked(
        "Nobody can be added to this group by hand. Choose another role or group."
    ),
    ProblemCode.OTHERS_GROUP: marked(
        "The policy does not name this group for the app, and neither you nor who decides owns it. "
        "Ask an admin to send the request."
    ),
    ProblemCode.TERM_MISSING: marked("Choose a term, such as 90d."),
    ProblemCode.TERM_UNREADABLE: marked("Write the term as 90d, 3 months or until 2027-03-31."),
    ProblemCode.TERM_TOO_LONG: marked("This term is longer than the policy allows. Choose a shorter one."),
    ProblemCode.TERM_PAST: marked("This term is over before it begins. Choose a later day."),
    ProblemCode.JUSTIFICATION_MISSING: marked("Write why the guest needs the app."),
    ProblemCode.JUSTIFICATION_SHORT: marked("Write more about why the guest needs the app."),
    ProblemCode.JUSTIFICATION_WITHOUT: marked(
        "Your organisation wants something in the justification that is missing."
    ),
    ProblemCode.QUESTION_MISSING: marked("Answer this question."),
    ProblemCode.QUESTION_CHOICE: marked("This is none of the answers. Choose one from the list."),
    ProblemCode.QUESTION_NEW: marked("This is asked for what you chose."),
    ProblemCode.TOO_LONG: marked("This is too long. Write at most 500 characters."),
    ProblemCode.HAS_ACCESS: marked("This guest has this access already. Nothing is left to request."),
    ProblemCode.ACCESS_OVER: marked("This access has ended. To give it again, send a new request."),
    ProblemCode.ACCESS_FAILED: marked("The delivery of this access has failed."),
    ProblemCode.ACCESS_ENDLESS: marked("This access has no end, so there is nothing to renew."),
    ProblemCode.ACCESS_HALTED: marked("This guest is being removed from the directory."),
    ProblemCode.END_MOVED: marked("The end of this access has moved meanwhile. Nothing was asked for."),
    ProblemCode.ACCESS_LOST: marked("By the directory the guest no longer has this access."),
    ProblemCode.NOT_RENEWABLE: marked("The policy lets nobody renew this access."),
    ProblemCode.RENEWALS_USED_UP: marked("This access was renewed as often as the policy lets it be."),
    ProblemCode.RENEWAL_SHORTER: marked("The access lasts as long anyway. A renewal ends later."),
    ProblemCode.RENEWAL_TOO_LONG: marked("This is longer than the policy lets a renewal be."),
    ProblemCode.RENEWAL_TOTAL: marked("The access would last longer than the policy lets it."),
    ProblemCode.NO_SPONSOR: marked("Choose a member of the organisation with an active account."),
    ProblemCode.MAY_NOT_DECIDE: marked("Not everybody whom you chose may decide. Choose nobody."),
    ProblemCode.NO_APPROVER: marked(
        "Nobody can approve this request now. Ask a tenant admin to name an owner."
    ),
    ProblemCode.TOO_FEW_APPROVERS: marked(
        "Too few people may approve this request. Ask a tenant admin to name more approvers."
    ),
    ProblemCode.UNREADABLE: marked(
        "Guestlist could not read the directory. Wait a minute and send it again."
    ),
    ProblemCode.NOT_KEPT: marked(
        "Guestlist's own database does not answer. Wait a minute and send it again."
    ),
    ProblemCode.POLICY_CHANGING: marked("The policy is being changed. Wait a minute and send it again."),
    ProblemCode.UNCONFIRMED: marked(
        "Whether this was sent is not known. Send it again; nothing is sent twice."
    ),
}


def sentence(problem: Problem, look: Look) -> str:
    """Return what to change; a problem without the hints that its words need has plainer words."""
    text, names = WITH_HINTS.get(problem.code, ("", ()))
    command = look.typed("/invite")
    if not names or len(problem.hints) < len(names):
        return look.say(PLAIN[problem.code], command=command)
    values = {**dict(zip(names, problem.hints, strict=False)), "command": command}
    match problem.code:
        case ProblemCode.REFUSED_CHARACTER if values["character"] == " ":
            return look.say("Microsoft cannot invite an address with a space in it.")
        case ProblemCode.GUEST_REMOVED | ProblemCode.GUEST_LOOKED_FOR:
            values["restore"] = look.typed(f"/restore {values['label']}")
        case ProblemCode.ACCESS_FAILED:
            values |= {one: look.typed(f"/{one} {values['label']}") for one in ("retry", "remove")}
        case ProblemCode.HAS_ACCESS if values["way"] == DEFAULT_NAME:
            values["way"] = look.say("default access")
        case ProblemCode.TERM_TOO_LONG:
            return _too_long(values["app"], values["length"], values["day"], look)
    for name, said in {"day": day_in, "length": length_of}.items():
        if name in values:
            values[name] = said(values[name], look)
    if names[-1] == _CHOICES:
        values[_CHOICES] = either(problem.hints[len(names) - 1 :], look)
    return look.say(text, **values)


def _too_long(app: str, length: str, until: str, look: Look) -> str:
    """Say the longest term, of which rules hand over bare days and an ISO date."""
    values = {"length": length_of(length, look), "day": day_in(until, look)}
    if not app:
        return look.say("The longest term for this app is {length}: until {day}.", **values)
    return look.say(_LONGEST_TERM, app=app, **values)
