"""Why a delivery that failed is not taken up, in words, and what can be done about it instead."""

from access.rules.causes import Cause
from access.rules.model import Kind, Request
from access.rules.refusals import WillNotWork
from cards.causes import advice
from cards.look import Look
from cards.texts import marked

_GIVE_UP = marked("Give it up with {give_up}, and ask anew with {anew}.")
_TO_DO = {
    Cause.APPROVAL_OLD: _GIVE_UP,
    Cause.TERM_OVER: _GIVE_UP,
    Cause.DOMAIN_DENIED: marked(
        "Ask whoever keeps Guestlist's policy to allow the domain, or give it up with {give_up}."
    ),
    Cause.APP_GONE: marked(
        "Ask a tenant admin whether the app can be restored, or give it up with {give_up}."
    ),
}
_ANEW = marked("Ask anew with {anew}.")
_OF_RUN = marked("End this list with {stop}, and send who is left as a new list with {anew}.")


def not_retried(refusal: WillNotWork, look: Look, act: str = "retry") -> tuple[str, str]:
    """Return why a retry, or a resume of a list, would lead nowhere, and what to do."""
    request = refusal.request
    if act == "pause":
        stop = look.typed(f"/stop {request.label}")
        why = look.say("Its approval is more than 30 days old, so nobody could resume it.")
        return why, look.say("To end its run for good, type {command}.", command=stop)
    typed = {"give_up": look.typed(give_up(request)), "anew": look.typed(_anew(request))}
    typed["stop"] = look.typed(f"/stop {request.label}")
    of_list = _ANEW if act == "retry" else _OF_RUN
    ends = refusal.cause is Cause.TERM_OVER and request.ends_at is not None  # by itself
    of_one = _ANEW if ends else _TO_DO.get(refusal.cause, _ANEW)
    words = of_list if request.bulk is not None else of_one
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
