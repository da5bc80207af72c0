"""The base card of a request, which everybody in the thread sees: what is asked, who decides, how far it is.

It shows no guest address, no justification and no button: what depends on the reader is in their own view.
"""

from access.rules import jobs
from access.rules.delivery import steps_of
from access.rules.model import Kind, Record, Request, State
from access.rules.stages import deciding_now
from access.rules.standing import open_question
from access.rules.unshown import is_closed
from cards import anatomy, ended, words
from cards.anatomy import command, small_print
from cards.approval import can_retry
from cards.causes import advice
from cards.elements import CardJson, Element, RichTextBlock
from cards.look import Look
from cards.state import approver_fact, step_rows, strip_of
from cards.waiting import decides
from cards.words import both, first, how_long, spoken

_FEW = 3


def draw(record: Record, look: Look) -> CardJson:
    request = record.request
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip_of(record, look))]
    body.append(anatomy.facts(_facts(request, look)))
    if request.failure is not None:
        cause = advice(request.failure.cause, request, look, request.failure.step)
        body += anatomy.advice(cause, look, with_to_do=False)
    body += ended.cause(request, look, with_to_do=False)
    if steps_of(record) and (request.state is State.DELIVERING or request.failure is not None):
        body += [anatomy.label(look.say("Steps")), *step_rows(record, look)]
    body += _small_print(request, look)
    if is_closed(record, jobs.REQUESTOR):
        body.append(small_print(_requestor_missed(request, look)))
    refresh = ("request.view", {"request": request.request_id})
    return anatomy.card(look, summary(record, look), body, refresh=refresh)


def _requestor_missed(request: Request, look: Look) -> str:
    return look.say(
        "Guestlist cannot message {requestor}, so every step is shown here alone.",
        requestor=request.requestor.name,
    )


def summary(record: Record, look: Look) -> str:
    """Return the card in a line or two, as public as the card."""
    request = record.request
    if request.state is not State.PENDING_APPROVAL:
        return anatomy.aloud(strip_of(record, look), look, request)
    to_do = look.say("Type {command}.", command=look.typed(f"/approve {request.label}"))
    return spoken(f"{_asked(request, look)} {decides(request, look)} {to_do}")


def _asked(request: Request, look: Look) -> str:
    company = words.domain(request.address)
    asked = {
        "requestor": request.requestor.name,
        "guest": f"{request.guest_name} ({company})" if company else request.guest_name,
        "app": request.app.name,
        "how_long": how_long(request, look),
    }
    if request.extends is not None:
        return look.say("{requestor} asks to renew {guest} in {app} {how_long}.", **asked)
    if request.kind is Kind.ASSIGN:
        return look.say("{requestor} asks to assign {guest} to {app} {how_long}.", **asked)
    return look.say("{requestor} asks to invite {guest} to {app} {how_long}.", **asked)


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return what a bystander may know, the domain but never the address."""
    shown = [(look.say_as("fact", "Requestor"), request.requestor.name)]
    if company := words.domain(request.address):
        shown.append((look.say_as("fact", "Domain"), company))
    ends = (anatomy.term_fact(request, look), *anatomy.renewal_facts(request, look))
    return [*shown, *ends, *approver_fact(request, look)]


def _small_print(request: Request, look: Look) -> list[RichTextBlock]:
    requestor = first(request.requestor.name, look)
    if request.state is State.PENDING_APPROVAL:
        typed = {
            "approve": command(f"/approve {request.label}", look),
            "requestor": requestor,
            "cancel": command(f"/cancel {request.label}", look),
        }
        if open_question(request):
            typed["answer"] = command(f"/answer {request.label}", look)
            return [small_print(_answering(typed, look))]
        return [small_print(_without_buttons(request, typed, look))]
    if can_retry(request, look):
        retry = command(f"/retry {request.label}", look)
        said = look.say("{requestor} or an approver can type {retry}.", requestor=requestor, retry=retry)
        return [small_print(said)]
    if request.state is State.DELIVERING:
        return [small_print(look.say("Guestlist goes on by itself. Nobody has to do anything."))]
    return []


def _answering(typed: dict[str, str], look: Look) -> str:
    return look.say(
        "{requestor}: no buttons here? Type {answer} and your answer to Guestlist, or {cancel}. "
        "Approvers can type {approve}.",
        **typed,
    )


def _without_buttons(request: Request, typed: dict[str, str], look: Look) -> str:
    names = [first(one.name, look) for one in deciding_now(request)]
    if 0 < len(names) <= _FEW:
        return look.say(
            "{who}: no buttons here? Type {approve}. {requestor} can type {cancel}.",
            who=both(names, look),
            **typed,
        )
    return look.say("Approvers: no buttons here? Type {approve}. {requestor} can type {cancel}.", **typed)
