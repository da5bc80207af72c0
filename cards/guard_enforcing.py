"""The look before enforcing a protection: who would be locked out now, and the button that does it."""

from access.rules.guard_plans import GuardForeseen
from access.rules.model import Record
from cards import anatomy, guard_words
from cards.anatomy import Strip, command, small_print
from cards.elements import CardJson, Element, Execute
from cards.guard_draft import before_and_after, told
from cards.look import Look
from cards.state import strip_of
from cards.words import protection, when

CODE = "seen"


def draw(found: GuardForeseen, look: Look) -> CardJson:
    """Draw what enforcing would do, as read a moment ago."""
    request, guard = found.request, found.request.guard
    assert guard is not None
    at = when(found.outlook.read_at, look, found.outlook.read_at)
    eyebrow = look.say("Request {label} · foreseen {when}", label=request.label, when=at)
    strip = _strip(found, look)
    body: list[Element] = [*anatomy.header(eyebrow, protection(guard.scope, look)), anatomy.strip(strip)]
    body += [
        anatomy.facts(guard_words.facts(guard, look)),
        *before_and_after(found.outlook, guard.scope, look),
    ]
    typed = command(f"/protect {request.label} enforce {found.code}", look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    data = {"request": request.request_id, CODE: found.code}
    enforce = Execute(look.say_as("button", "Enforce now"), "protect.enforce", data, style="destructive")
    return anatomy.card(look, anatomy.aloud(strip, look), body, [enforce])


def done(record: Record, look: Look) -> str:
    """Return what whoever pressed is told; the request's card moves by itself."""
    return anatomy.aloud(strip_of(record, look), look, record.request)


def _strip(found: GuardForeseen, look: Look) -> Strip:
    counted = found.outlook.sums
    said = look.say("You approve with this press that it is enforced, for everybody whom it is about.")
    since = (
        look.say("Something has changed since you looked, so nothing was done yet.") if found.moved else ""
    )
    more = tuple(one for one in (since, said) if one)
    return Strip(*told(counted, look), more)
