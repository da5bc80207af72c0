"""What is answered where Guestlist itself failed."""

from cards import anatomy
from cards.anatomy import FAILED, Strip, literal, small_print
from cards.elements import CardJson
from cards.look import Look


def bug(correlation_id: str, look: Look) -> CardJson:
    """Draw that Guestlist itself failed; the id finds the log."""
    again = look.say("Try again. If it stays, tell the operator the number below.")
    strip = Strip(FAILED, look.say("Guestlist has a fault"), (again,))
    number = small_print(look.say("Number {number}.", number=literal(correlation_id)))
    said = f"{anatomy.aloud(strip, look)} {correlation_id}"
    return anatomy.card(look, said, [anatomy.strip(strip), number])
