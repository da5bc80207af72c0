"""The base card of a request, which everybody in the thread sees: what is asked, who decides, how far it is.

It shows no guest address, no justification and no button: what depends on the reader is in their own view.
"""

from access.rules.delivery import steps_of
from access.rules.model import Record, Request, State
from cards import anatomy, words
from cards.anatomy import command, small_print
from cards.causes import advice
from cards.elements import Card, CardJson, Element, RichTextBlock
from cards.look import Look
from cards.state import approver_fact, decides, step_rows, strip_of
from cards.words import deed, either, first, for_term, spoken

_FEW = 3


def draw(record: Record, look: Look) -> CardJson:
    request = record.request
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip_of(record, look))]
    body.append(anatomy.facts(_facts(request, look)))
    if request.failure is not None:
        body += anatomy.advice(advice(request.failure.cause, request, request.failure.step), with_to_do=False)
    if steps_of(record) and (request.state is State.DELIVERING or request.failure is not None):
        body += [anatomy.label("Steps"), *step_rows(record, look)]
    body += _small_print(request)
    refresh = ("request.view", {"request": request.request_id}, look.refresh) if look.refresh else None
    return Card(summary(record, look), body, refresh=refresh).to_dict()


def summary(record: Record, look: Look) -> str:
    """Return the card in a line or two, as public as the card."""
    request = record.request
    if request.state is not State.PENDING_APPROVAL:
        return spoken_state(record, look)
    company = words.domain(request.address)
    guest = f"{request.guest_name} ({company})" if company else request.guest_name
    verb = deed(request).split(" ", 1)[0].lower()
    asked = f"{request.requestor.name} asks to {verb} {guest} to {request.app.name} {for_term(request.term)}."
    return spoken(f"{asked} {decides(request, look)} Type /approve {request.label}.")


def spoken_state(record: Record, look: Look) -> str:
    """Return the strip with the request it belongs to."""
    request, strip = record.request, strip_of(record, look)
    return spoken(f"{strip.state}. {request.label}: {deed(request)}. {strip.text}")


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return what a bystander may know, the domain but never the address."""
    shown = [("Requestor", request.requestor.name)]
    if company := words.domain(request.address):
        shown.append(("Domain", company))
    if request.ends_at is not None:
        return [*shown, ("Ends", words.ends(request, look)), *approver_fact(request, look)]
    return [*shown, ("Term", words.term(request.term)), *approver_fact(request, look)]


def _small_print(request: Request) -> list[RichTextBlock]:
    requestor, label = first(request.requestor.name), request.label
    if request.state is State.PENDING_APPROVAL:
        names = [first(one.name) for one in request.approvers]
        who = either(names, "and") if 0 < len(names) <= _FEW else "Approvers"
        approve, cancel = command(f"/approve {label}"), command(f"/cancel {label}")
        return [
            small_print(f"{who}: no buttons here? Type ", approve, f". {requestor} can type ", cancel, ".")
        ]
    if request.failure is not None:
        return [small_print(f"{requestor} or an approver can type ", command(f"/retry {label}"), ".")]
    if request.state is State.DELIVERING:
        return [small_print("This card changes by itself. Nobody has to do anything.")]
    return []
