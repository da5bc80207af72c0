"""What is wrong with an answer, in one or two sentences that say what to write instead.

Hints are names and values of the problem: a template takes them by number; `{all}` is
all of them as a list, `{rest}` all but the first, which is the app.
"""

from collections.abc import Mapping
from datetime import date

from access.rules.refusals import Problem, ProblemCode
from cards.words import day, days, either

WITH_HINTS: Mapping[ProblemCode, str] = {
    ProblemCode.PLUS_ADDRESS: "Microsoft cannot invite an address with a + in it. Try {0}.",
    ProblemCode.REFUSED_CHARACTER: "Microsoft cannot invite an address with {0} in it.",
    ProblemCode.OWN_DOMAIN: "{0} is a domain of this organisation. Write the address of somebody outside.",
    ProblemCode.DOMAIN_DENIED: "The policy does not allow guests from {0}.",
    ProblemCode.IS_MEMBER: "This address belongs to {0}, a member, who needs no invitation.",
    ProblemCode.NOT_A_GUEST_YET: "No guest has the address {0}. Type /invite for somebody new.",
    ProblemCode.GUEST_DISABLED: "The account of {0} is switched off. Ask a tenant admin to switch it on.",
    ProblemCode.APP_UNKNOWN: "You can request for no app of this name. Did you mean {all}?",
    ProblemCode.APP_DISABLED: "Sign-in to {0} is switched off. Ask a tenant admin to switch it on.",
    ProblemCode.NOT_ALLOWED: "The policy does not let you request for {0}. Ask one of its owners.",
    ProblemCode.ACCESS_UNKNOWN: "{0} has no role or group of this name. Choose {rest}.",
    ProblemCode.ACCESS_MISSING: "Choose what the guest gets in {0}: {rest}.",
    ProblemCode.GROUP_CLOSED: "Nobody can be added to {0} by hand. Choose another role or group.",
    ProblemCode.TERM_TOO_LONG: "The longest term for {0} is {1}: until {2}.",
    ProblemCode.JUSTIFICATION_SHORT: "Write why the guest needs the app, in at least {0} characters.",
    ProblemCode.TOO_LONG: "This is too long. Write at most {0} characters.",
    ProblemCode.HAS_ACCESS: "{0} has {1} already, by {2}. Nothing is left to request.",
    ProblemCode.NO_APPROVER: "Nobody can approve a request for {0} now. Ask a tenant admin to name an owner.",
}

PLAIN: Mapping[ProblemCode, str] = {
    ProblemCode.ADDRESS_MISSING: "Write the guest's address, such as ana@fabrikam.com.",
    ProblemCode.NOT_AN_ADDRESS: "Write one address, such as ana@fabrikam.com.",
    ProblemCode.PLUS_ADDRESS: "Microsoft cannot invite an address with a + in it.",
    ProblemCode.REFUSED_CHARACTER: "Microsoft cannot invite an address with this character in it.",
    ProblemCode.OWN_DOMAIN: "This address is inside the organisation. Write the address of somebody outside.",
    ProblemCode.DOMAIN_DENIED: "The policy does not allow guests from this domain.",
    ProblemCode.IS_MEMBER: "This address belongs to a member of the organisation, who needs no invitation.",
    ProblemCode.NOT_A_GUEST_YET: "No guest has this address. Type /invite for somebody new.",
    ProblemCode.GUEST_DISABLED: "This guest's account is switched off. Ask a tenant admin to switch it on.",
    ProblemCode.APP_MISSING: "Choose an app.",
    ProblemCode.APP_UNKNOWN: "You can request for no app of this name. Choose one from the list.",
    ProblemCode.APP_DISABLED: "Sign-in to this app is switched off. Ask a tenant admin to switch it on.",
    ProblemCode.NOT_ALLOWED: "The policy does not let you request for this app. Ask one of its owners.",
    ProblemCode.ACCESS_UNKNOWN: "The app has no role or group of this name. Choose one from the list.",
    ProblemCode.ACCESS_MISSING: "Choose what the guest gets: a role or a group.",
    ProblemCode.GROUP_CLOSED: "Nobody can be added to this group by hand. Choose another role or group.",
    ProblemCode.TERM_MISSING: "Choose a term, such as 90d.",
    ProblemCode.TERM_UNREADABLE: "Write the term as 90d, 3 months or until 2027-03-31.",
    ProblemCode.TERM_TOO_LONG: "This term is longer than the policy allows. Choose a shorter one.",
    ProblemCode.TERM_PAST: "This term is over before it begins. Choose a later day.",
    ProblemCode.JUSTIFICATION_MISSING: "Write why the guest needs the app.",
    ProblemCode.JUSTIFICATION_SHORT: "Write more about why the guest needs the app.",
    ProblemCode.TOO_LONG: "This is too long. Write at most 500 characters.",
    ProblemCode.HAS_ACCESS: "This guest has this access already. Nothing is left to request.",
    ProblemCode.NO_APPROVER: "Nobody can approve this request now. Ask a tenant admin to name an owner.",
    ProblemCode.UNREADABLE: "Guestlist could not read the directory. Wait a minute and send it again.",
    ProblemCode.NOT_KEPT: "Guestlist's own database does not answer. Wait a minute and send it again.",
    ProblemCode.UNCONFIRMED: "Whether this was sent is not known. Send it again; nothing is sent twice.",
}


def sentence(problem: Problem) -> str:
    """Return what to change; a problem without the hints that its words need has plainer words."""
    template = WITH_HINTS.get(problem.code, "")
    needed = max((place + 1 for place in range(3) if f"{{{place}}}" in template), default=1)
    needed += "{rest}" in template
    if not template or len(problem.hints) < needed:
        return PLAIN[problem.code]
    hints = [_in_words(problem.code, hint) for hint in problem.hints]
    return template.format(*hints, all=either(hints), rest=either(hints[1:]))


def _in_words(code: ProblemCode, hint: str) -> str:
    """Return a hint as people write it: rules hand over bare days and ISO dates."""
    if code is not ProblemCode.TERM_TOO_LONG:
        return "a space" if hint == " " else hint
    if not hint:
        return "this app"
    if hint.isdecimal():
        return days(int(hint))
    try:
        return day(date.fromisoformat(hint))
    except ValueError:
        return hint
