"""How far an approved list is, in words."""

from access.rules.bulk import Bulk, Run
from access.rules.model import Record, Request, State
from cards.anatomy import DONE, FAILED, LOOK_AT, WORKING, Strip
from cards.causes import advice
from cards.look import Look
from cards.words import when


def strip(record: Record, look: Look) -> Strip:
    """Return the strip of a list that was approved."""
    request, bulk = record.request, record.request.bulk
    assert bulk is not None
    at = when(request.delivered_at or request.changed_at, look, request.changed_at)
    each = look.say("Each guest has a request with a number.")
    if request.state is State.DELIVERED:
        return Strip(DONE, look.say("Delivered"), (look.say("Over since {when}.", when=at), each))
    begun = look.say("{made} of {rows} guests are begun.", made=bulk.made, rows=bulk.rows)
    if request.state is State.DELIVERY_FAILED:
        return Strip(FAILED, look.say("Failed"), (begun, *_why(request, bulk, look), each))
    return _under_way(request, bulk, begun, look)


def _under_way(request: Request, bulk: Bulk, begun: str, look: Look) -> Strip:
    why = _why(request, bulk, look)
    if bulk.run is Run.RUNNING:
        return Strip(WORKING, look.say("Delivering"), (begun, *why))
    state = look.say("Paused") if bulk.run is Run.PAUSED else look.say("Stopped")
    return Strip(LOOK_AT, state, (begun, *why, look.say("What is begun is finished.")))


def _why(request: Request, bulk: Bulk, look: Look) -> tuple[str, ...]:
    cause = bulk.why or (request.failure.cause if request.failure else "")
    return (advice(cause, request, look).cause,) if cause else ()
