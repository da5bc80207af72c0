"""The notice that a guest has accepted: told once to the thread and once to the requestor."""

from access.rules.model import Request
from cards import anatomy, words
from cards.anatomy import DONE, Strip
from cards.elements import Card, CardJson, Element
from cards.look import Look
from cards.words import deed, first, spoken, when


def draw(request: Request, look: Look, *, for_requestor: bool) -> CardJson:
    guest, app = first(request.guest_name), request.app.name
    accepted = when(request.accepted_at or request.changed_at, look, request.changed_at)
    strip = Strip(DONE, f"{guest} accepted", (f"{accepted}. {guest} can use {app}.",))
    body: list[Element] = [*anatomy.header(f"Request {request.label}", deed(request)), anatomy.strip(strip)]
    if for_requestor:
        guest_fact = ("Guest", f"{request.guest_name}, {request.address}")
        body.append(anatomy.facts([guest_fact, ("Ends", words.ends(request, look))]))
    else:
        body.append(anatomy.facts([("Ends", words.ends(request, look))]))
    return Card(summary(request, look), body).to_dict()


def summary(request: Request, look: Look) -> str:
    accepted = when(request.accepted_at or request.changed_at, look, request.changed_at, year=True)
    return spoken(f"{request.guest_name} accepted the invitation to {request.app.name} on {accepted}.")
