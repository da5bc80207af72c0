"""What the requestor sees of a request: how far it is, what was agreed, and what can still be done."""

from access.rules import jobs
from access.rules.checking import concerns
from access.rules.halfway import has_access, is_halfway
from access.rules.lasting import is_half_way
from access.rules.model import MailState, Record, Request, State
from access.rules.standing import open_question
from access.rules.unshown import is_closed
from cards import anatomy, words
from cards.anatomy import Strip, command, data_of, small_print
from cards.approval import can_retry, or_type, outcome, retry_button, will_it_work
from cards.elements import Action, CardJson, Element, Execute, ShowCard
from cards.ended import give_up_button, is_active, remove_button, renew_button
from cards.form_questions import answers
from cards.lapsed import kept_fact
from cards.look import Look
from cards.questions import answer_button, answering, asked_and_answered
from cards.state import approver_fact, strip_of
from cards.undo import undo_button
from cards.waiting import decides


def draw(record: Record, look: Look) -> CardJson:
    request = record.request
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip_of(record, look))]
    body.append(anatomy.facts(_facts(request, look)))
    if request.state is State.PENDING_APPROVAL:
        body += anatomy.prose(look.say("Justification"), request.justification, look)
        body += answers(request, look)
        body += anatomy.prose(look.say("Message to the guest"), request.message, look)
        body += asked_and_answered(request, look)
        body += _will_it_work(request, look)
    body += outcome(record, look)
    actions: list[Action] = []
    if can_retry(request, look):
        body.append(_or_type(f"/retry {request.label}", request, look))
        actions = [retry_button(request, look)]
    elif question := open_question(request):
        body.append(answering(request, look))
        actions = [answer_button(request, question, look), _cancel_button(request, look)]
    elif request.state is State.PENDING_APPROVAL:
        body.append(or_type(f"/cancel {request.label}", look))
        actions = [_cancel_button(request, look)]
    elif request.state is State.DELIVERED:
        body.append(_or_type(f"/guest {request.label}", request, look))
        actions = [_guest_button(request, look)]
    elif request.state is State.DELIVERING:
        body.append(small_print(look.say("Guestlist goes on by itself. Nobody has to do anything.")))
    actions += _taking_back(record, look)
    if is_closed(record, jobs.THREAD):
        body.append(small_print(_only_here(look)))
    refresh = ("request.view", {"request": request.request_id})
    return anatomy.card(look, summary(record, look), body, actions, refresh=refresh)


def _taking_back(record: Record, look: Look) -> list[Action]:
    """Return the buttons that lengthen or end what was given, or give up what failed."""
    request = record.request
    if is_active(request):
        return [*renew_button(request, look), remove_button(request, look)]
    if is_halfway(request):
        ends = remove_button if has_access(record) else give_up_button
        return [undo_button(request, look.say_as("button", "Undo …")), ends(request, look)]
    failed_renewal = request.state is State.DELIVERY_FAILED and request.extends is not None
    return [_cancel_button(request, look)] if failed_renewal else []


def _will_it_work(request: Request, look: Look) -> list[Element]:
    if not concerns(request):
        return []
    return [*will_it_work(request, look), or_type(f"/check {request.label}", look)]


def _only_here(look: Look) -> str:
    return look.say(
        "Guestlist can no longer write where this was asked, so every step is shown in this chat alone."
    )


def summary(record: Record, look: Look) -> str:
    """Return the card in a line or two, with what the requestor can type."""
    request, strip = record.request, strip_of(record, look)
    if request.state is State.PENDING_APPROVAL:
        sent = Strip(strip.tone, strip.state, (decides(request, look),))
        if open_question(request):
            to_do = look.say("Type {answer} and your answer.", answer=look.typed(f"/answer {request.label}"))
            return f"{anatomy.aloud(sent, look, request)} {to_do}"
        to_do = look.say("To cancel it, type {command}.", command=look.typed(f"/cancel {request.label}"))
        return f"{anatomy.aloud(sent, look, request)} {to_do}"
    said = anatomy.aloud(strip, look, request)
    if not can_retry(request, look):
        return said
    to_do = look.say("Type {command}.", command=look.typed(f"/retry {request.label}"))
    return f"{said} {to_do}"


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    shown = [
        (look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}"),
        (look.say_as("fact", "Access"), words.access(request.give, look)),
        anatomy.term_fact(request, look),
        *anatomy.renewal_facts(request, look),
        *anatomy.sponsor_fact(request, look),
    ]
    if request.extends:
        return [*shown, *approver_fact(request, look)]
    is_sent = request.state is State.DELIVERED and not request.adopted
    if is_sent or request.mail is not MailState.NONE:
        shown.append((look.say_as("fact", "Mail"), words.mail(request.mail, look)))
    return [*shown, *kept_fact(request, look), *approver_fact(request, look)]


def _or_type(line: str, request: Request, look: Look) -> Element:
    """Return what can be typed, and how the access is renewed and removed while there is one."""
    if request.extends and request.state is State.DELIVERY_FAILED:
        typed = {"act": command(line, look), "cancel": command(f"/cancel {request.label}", look)}
        return small_print(look.say("Or type {act}, or {cancel}.", **typed))
    if is_halfway(request):
        lines = {"act": line, "undo": f"/undo {request.label}", "remove": f"/remove {request.label}"}
        typed = {name: command(one, look) for name, one in lines.items()}
        if is_half_way(request):
            return small_print(look.say("Or type {act}, {remove}, or {undo} to give it up.", **typed))
        return small_print(look.say("Or type {act}, {undo}, or {remove} to give it up.", **typed))
    if not is_active(request):
        return or_type(line, look)
    typed = {"act": command(line, look), "remove": command(f"/remove {request.label}", look)}
    if renew_button(request, look):
        renew = command(f"/extend {request.label} by 90d", look)
        return small_print(look.say("Or type {act}, {renew}, or {remove}.", renew=renew, **typed))
    return small_print(look.say("Or type {act}, or {remove}.", **typed))


def _guest_button(request: Request, look: Look) -> Execute:
    return Execute(look.say_as("button", "Show guest"), "guest.view", {"request": request.request_id})


def _cancel_button(request: Request, look: Look) -> ShowCard:
    lost = look.say(
        "Nobody can approve {label} any more. To ask again, send a new request.", label=request.label
    )
    title = look.say_as("button", "Cancel request")
    cancel = Execute(title, "request.cancel", data_of(request), style="destructive")
    return ShowCard(
        look.say_as("button", "Cancel"), [anatomy.text(lost)], cancel, text=lost, style="destructive"
    )
