"""The cause of a failed or waiting delivery in a sentence, and what to do about it."""

from access.rules.causes import Cause
from access.rules.model import GiveKind, Request, StepKind
from access.rules.plan import sponsors_of
from cards.cause_words import WORDS, Advice
from cards.look import Look
from cards.texts import marked
from cards.words import both, cleaned, domain, first

_GIVES_ROLE = marked("Or give the app a group of its own, which needs no such permission: type {setup}.")


_BY_SETTING = {Cause.INVITATIONS_OFF, Cause.DOMAIN_REFUSED, Cause.APP_DISABLED, Cause.GROUP_BARS_GUESTS}
_SETTINGS = marked("What exactly is to be changed there, {settings} tells admins.")


def advice(cause: str, request: Request, look: Look, step: StepKind | None = None) -> Advice:
    """Return the words of a cause for a request, at a step where the service differs."""
    words = WORDS[Cause(cause)]
    names = {
        "service": look.say("The mailbox") if step is StepKind.MAIL else "Microsoft Graph",
        "app": request.app.name,
        "access": request.give.name,
        "guest": request.guest_name or first("", look),
        "first": first(request.guest_name, look),
        "requestor": request.requestor.name,
        "sponsor": both([one.name for one in sponsors_of(request)], look),
        "domain": domain(request.address) or look.say_as("guests from", "this domain"),
        "label": request.label,
        "other": request.waits_for or look.say_as("instead of a number", "another request"),
        "retry": look.typed(f"/retry {request.waits_for}"),
        "change": look.typed(f"/change {request.address if '@' in request.address else 'ADDRESS'}"),
        "settings": look.typed(f"/settings {request.label}"),
        "setup": look.typed(f'/setup "{cleaned(request.app.name)}"'),
    }
    gives_role = step is StepKind.GIVE and request.give.kind is GiveKind.APP_ROLE
    to_do = (*words.to_do, _GIVES_ROLE) if gives_role and cause == Cause.RIGHTS_MISSING else words.to_do
    if cause in _BY_SETTING:
        to_do = (to_do[0], _SETTINGS, *to_do[1:])
    return Advice(look.say(words.cause, **names), tuple(look.say(point, **names) for point in to_do))
