"""The warning that an access ends: to whoever asked for it, who can renew it or let it end."""

from datetime import datetime

from access.rules.causes import Cause
from access.rules.lasting import is_half_way
from access.rules.model import Request
from access.rules.refusals import WillNotWork
from access.rules.retrying import is_old
from cards import anatomy
from cards.anatomy import LOOK_AT, Strip, command, small_print
from cards.approval import retry_button
from cards.elements import Action, CardJson, Element, Execute
from cards.ended import is_active, remove_button, renew_button
from cards.look import Look
from cards.not_retried import not_retried
from cards.words import access, deed, when


def draw(
    request: Request,
    look: Look,
    *,
    since: datetime | None = None,
    others: bool = False,
    gone: bool = False,
) -> CardJson:
    """Draw the warning of `since` that an access ends; where `others` of the app do, it names their list.

    Of a guest who was `gone` it says that, and offers nothing that would need them.
    """
    app = request.app.name
    retry = since is None or not is_old(request, since)
    shown = Strip(
        LOOK_AT, look.say("An access nears its end"), _sentences(request, look, retry=retry, gone=gone)
    )
    eyebrow = look.say("Warning · request {label}", label=request.label)
    facts = [
        (look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}"),
        (look.say_as("fact", "Access"), access(request.give, look)),
        anatomy.term_fact(request, look),
    ]
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(shown)]
    body.append(anatomy.facts(facts))
    if others:
        line = command(f'/renewals "{app}"', look)
        said = look.say("Others of {app} end, too: type {command}.", app=app, command=line)
        body.append(small_print(said))
    body.append(_typed(request, look, retry=retry, gone=gone))
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    return anatomy.card(
        look,
        anatomy.aloud(shown, look, request),
        body,
        [*_buttons(request, look, retry=retry, gone=gone), show],
    )


def _sentences(request: Request, look: Look, *, retry: bool, gone: bool) -> tuple[str, ...]:
    guest, app = request.guest_name, request.app.name
    last = when(request.ends_at or request.changed_at, look, request.changed_at, year=True)
    said = look.say("On {when} {guest} loses this access to {app}.", when=last, guest=guest, app=app)
    if gone:
        return said, look.say("The directory no longer has {guest}.", guest=guest)
    if is_half_way(request) and not retry:
        return (
            said,
            look.say("Its delivery has failed."),
            *not_retried(WillNotWork(request, Cause.APPROVAL_OLD), look),
        )
    if is_half_way(request):
        failed = look.say("Its delivery has failed. Retry takes it up again, and moves no end.")
        return said, failed
    return said, look.say("Renew asks for the same again, for the same justification.")


def _typed(request: Request, look: Look, *, retry: bool, gone: bool) -> Element:
    show, remove = command(f"/show {request.label}", look), command(f"/remove {request.label}", look)
    if gone or (is_half_way(request) and not retry):
        return small_print(look.say("Or type {remove}, or {show}.", remove=remove, show=show))
    if is_half_way(request):
        again = command(f"/retry {request.label}", look)
        said = look.say("Or type {retry}, {remove}, or {show}.", retry=again, remove=remove, show=show)
        return small_print(said)
    renew, end = command(f"/extend {request.label} by 90d", look), command(f"/norenew {request.label}", look)
    return small_print(look.say("Or type {renew}, {end}, or {show}.", renew=renew, end=end, show=show))


def _buttons(request: Request, look: Look, *, retry: bool, gone: bool) -> list[Action]:
    if gone:
        return [remove_button(request, look)]
    if is_half_way(request):
        return [*([retry_button(request, look)] if retry else []), remove_button(request, look)]
    return [*renew_button(request, look, "positive"), *_let_end_button(request, look)]


def _let_end_button(request: Request, look: Look) -> list[Execute]:
    given = request.assignment
    if not is_active(request) or given is None or given.not_renewed:
        return []
    return [Execute(look.say_as("button", "Do not renew"), "renewal.end", {"request": request.request_id})]
