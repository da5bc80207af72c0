"""What is left of a card that was posted twice, once somebody has used the older copy."""

from access.rules.model import Request
from cards import anatomy
from cards.anatomy import NOTHING, Strip, aloud, literal, small_print
from cards.elements import CardJson
from cards.look import Look


def draw(request: Request, look: Look) -> CardJson:
    """Draw that nothing happened and where to go on; it stands for good, so it says nothing that changes."""
    sentence = look.say("Nothing was changed. Use the newer copy below, which is kept up to date.")
    strip = Strip(NOTHING, look.say("An older copy of this card"), (sentence,))
    typed = look.say(
        "If you cannot find it, type {approvals} or {requests} in your own chat with Guestlist.",
        approvals=literal("/approvals"),
        requests=literal("/requests"),
    )
    body = [*anatomy.request_header(request, look), anatomy.strip(strip), small_print(typed)]
    return anatomy.card(look, aloud(strip, look, request), body)
