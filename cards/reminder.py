"""The reminder of a request that waits for somebody: who asks, since when, until when, and the way to it."""

from access.rules import jobs
from access.rules.model import ObjectId, Record, Request
from access.rules.stages import stage_now
from access.rules.waiting import LAST, waits_since
from cards import anatomy
from cards.anatomy import WAITING, Strip, small_print
from cards.elements import CardJson, Element, Execute
from cards.look import Look
from cards.waiting import decides, for_others
from cards.words import deed, when


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw for an approver, with a button that shows the request in this place, as it is then."""
    request, person = record.request, ObjectId(audience.rpartition(jobs.APPROVER)[2])
    strip = _strip(request, person, look, last=f"/{LAST}/" in audience)
    eyebrow = look.say("Reminder · request {label}", label=request.label)
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(strip)]
    typed = anatomy.command(f"/show {request.label}", look)
    body.append(small_print(look.say("No button here? Type {command}.", command=typed)))
    show = Execute(look.say_as("button", "Show request"), "approval.view", {"request": request.request_id})
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


def _strip(request: Request, person: ObjectId, look: Look, *, last: bool) -> Strip:
    since = when(waits_since(request, stage_now(request)), look, request.changed_at)
    requestor = request.requestor.name
    asks = look.say("{requestor} asks; it has waited since {when}.", requestor=requestor, when=since)
    said = [asks, decides(request, look, person), *for_others(request, look, person)]
    if last:
        closes = when(request.closes_at, look, request.changed_at)
        said.append(look.say("This is the last reminder. Undecided, it expires on {when}.", when=closes))
    return Strip(WAITING, look.say("Still waiting for your decision"), tuple(said))
