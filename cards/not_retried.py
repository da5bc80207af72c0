"""Why a delivery that failed is not taken up, in words, and what can be done about it instead."""

from access.rules.causes import Cause
from access.rules.model import Kind, Request
from access.rules.refusals import WillNotWork
from cards.causes import advice
from cards.look import Look
from cards.texts import marked

_TO_DO = {
    Cause.APPROVAL_OLD: marked("Give it up with {give_up}, and ask anew with {anew}."),
    Cause.DOMAIN_DENIED: marked(
        "Ask whoever keeps Guestlist's policy to allow the domain, or give it up with {give_up}."
    ),
    Cause.APP_GONE: marked(
        "Ask a tenant admin whether the app can be restored, or give it up with {give_up}."
    ),
}
_ANEW = marked("Ask anew with {anew}.")


def not_retried(refusal: WillNotWork, look: Look) -> tuple[str, str]:
    """Return why a retry would lead nowhere, and what to do."""
    request = refusal.request
    typed = {"give_up": look.typed(give_up(request)), "anew": look.typed(_anew(request))}
    words = _ANEW if request.bulk is not None else _TO_DO.get(refusal.cause, _ANEW)
    to_do = look.say(words, **typed)
    return advice(refusal.cause, request, look).cause, to_do


def give_up(request: Request) -> str:
    """Return the command by which a failed delivery is given up."""
    if request.guard is not None:
        return f"/protect {request.label} remove"
    return f"/cancel {request.label}" if request.extends else f"/remove {request.label}"


def _anew(request: Request) -> str:
    if request.setup is not None:
        return f'/setup "{request.app.name}"'
    if request.bulk is not None:
        return "/bulk"
    if request.extends:
        return f"/extend {request.extends.label} by 90d"
    if request.guard is not None:
        return "/protect"
    return "/assign" if request.kind is Kind.ASSIGN else "/invite"
