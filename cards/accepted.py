"""The notice that a guest has accepted: told once to the thread and once to the requestor."""

from access.rules.model import Request
from cards import anatomy, words
from cards.anatomy import DONE, Strip
from cards.elements import CardJson, Element
from cards.look import Look
from cards.words import deed, first, spoken, when


def draw(request: Request, look: Look, *, for_requestor: bool) -> CardJson:
    guest, app = first(request.guest_name, look), request.app.name
    accepted = when(request.accepted_at or request.changed_at, look, request.changed_at)
    now = look.say("{when}. {guest} can use {app}.", when=accepted, guest=guest, app=app)
    strip = Strip(DONE, look.say("{guest} accepted", guest=guest), (now,))
    eyebrow = look.say("Request {label}", label=request.label)
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(strip)]
    facts = [(look.say_as("fact", "Ends"), words.ends(request, look))]
    if for_requestor:
        facts.insert(0, (look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}"))
    return anatomy.card(look, summary(request, look), [*body, anatomy.facts(facts)])


def awaited(request: Request, look: Look) -> str:
    """Return what is waited for of a guest who was invited, or is to accept anew."""
    guest, again = first(request.guest_name, look), request.relinked
    if again is None or not again.reset:
        return look.say("Next: {guest} accepts the invitation.", guest=guest)
    at = when(again.at, look, request.changed_at)
    return look.say(
        "Next: {guest} accepts anew, as {who} wanted on {when}.", guest=guest, who=again.by.name, when=at
    )


def summary(request: Request, look: Look) -> str:
    accepted = when(request.accepted_at or request.changed_at, look, request.changed_at, year=True)
    said = look.say(
        "{guest} accepted the invitation to {app} on {when}.",
        guest=request.guest_name,
        app=request.app.name,
        when=accepted,
    )
    return spoken(said)
