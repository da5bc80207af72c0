"""What the requestor sees of a request: how far it is, what was agreed, and what can still be done."""

from access.rules.model import MailState, Record, Request, State
from cards import anatomy, words
from cards.anatomy import command, data_of, small_print
from cards.approval import outcome, retry_button
from cards.elements import Action, Card, CardJson, Element, Execute, ShowCard
from cards.look import Look
from cards.state import approver_fact, decides, strip_of
from cards.thread import spoken_state
from cards.words import deed, spoken


def draw(record: Record, look: Look) -> CardJson:
    request = record.request
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip_of(record, look))]
    body.append(anatomy.facts(_facts(request, look)))
    if request.state is State.PENDING_APPROVAL:
        body += anatomy.prose("Justification", request.justification)
        body += anatomy.prose("Message to the guest", request.message)
    body += outcome(record, look)
    actions: list[Action] = []
    if request.failure is not None:
        body.append(small_print("Or type ", command(f"/retry {request.label}"), "."))
        actions = [retry_button(request)]
    elif request.state is State.PENDING_APPROVAL:
        body.append(small_print("Or type ", command(f"/cancel {request.label}"), "."))
        actions = [_cancel_button(request)]
    elif request.state is State.DELIVERING:
        body.append(small_print("This card changes by itself. Nobody has to do anything."))
    refresh = ("request.view", {"request": request.request_id}, look.refresh) if look.refresh else None
    return Card(summary(record, look), body, actions, refresh=refresh).to_dict()


def summary(record: Record, look: Look) -> str:
    """Return the card in a line or two, with what the requestor can type."""
    request = record.request
    if request.state is State.PENDING_APPROVAL:
        sent = f"Waiting for approval. {request.label}: {deed(request)}. {decides(request, look)}"
        return spoken(f"{sent} To cancel it, type /cancel {request.label}.")
    said = spoken_state(record, look)
    return f"{said} Type /retry {request.label}." if request.failure is not None else said


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    shown = [("Guest", f"{request.guest_name}, {request.address}"), ("Access", words.access(request.give))]
    if request.ends_at is None:
        shown.append(("Term", words.term(request.term)))
    else:
        shown.append(("Ends", words.ends(request, look)))
    if request.state is State.DELIVERED or request.mail is not MailState.NONE:
        shown.append(("Mail", words.mail(request.mail)))
    return [*shown, *approver_fact(request, look)]


def _cancel_button(request: Request) -> ShowCard:
    lost = f"Nobody can approve {request.label} any more. To ask again, send a new request."
    cancel = Execute("Cancel request", "request.cancel", data_of(request), style="destructive")
    return ShowCard("Cancel", [anatomy.text(lost)], cancel, text=lost, style="destructive")
