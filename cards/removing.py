"""Answers to who wants an access removed and has not named it whole: nothing is removed by a guess."""

from access.rules.model import Request
from access.rules.refusals import SeveralAccesses
from cards import anatomy
from cards.anatomy import LOOK_AT, Strip, command, small_print
from cards.elements import CardJson, Element
from cards.ended import remove_button
from cards.look import Look
from cards.words import access, both, either


def asked(request: Request, look: Look) -> CardJson:
    """Draw what would be removed where no app was named; the press and the whole line do it."""
    whole = command(f"/remove {request.address} from the directory because JUSTIFICATION", look)
    account = look.say("For the guest's whole account, type {command}.", command=whole)
    strip = Strip(LOOK_AT, look.say("Nothing is removed yet"), (look.say("The app was not named."), account))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    lines = (f'/remove {request.address} from "{request.app.name}"', f"/remove {request.label}")
    typed = either([command(one, look) for one in lines], look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [remove_button(request, look)])


def no_access(look: Look) -> str:
    """Return the answer where there is nothing to remove, or nothing that the asker may know of."""
    return look.say("You removed nothing: you have no guest with this address and such an access.")


def several(found: SeveralAccesses, look: Look) -> str:
    """Return the accesses of which one has to be named."""
    rows = [f"{one.label} ({one.app.name}, {access(one.give, look)})" for one in found.requests]
    return look.say(
        "You removed nothing: the guest has several accesses, {rows}. Type {command}.",
        rows=both(rows, look),
        command=look.typed(f"/remove {found.requests[0].label}"),
    )
