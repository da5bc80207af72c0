"""How far an approved list is, in words."""

from access.rules.bulk import Bulk, Progress, Run
from access.rules.causes import Cause
from access.rules.list_acts import RESTS, cannot_go_on, is_over
from access.rules.model import Record, Request, State
from cards.anatomy import DONE, FAILED, LOOK_AT, WORKING, Strip
from cards.causes import advice
from cards.list_progress import until
from cards.look import Look
from cards.words import when


def strip(record: Record, look: Look) -> Strip:
    """Return the strip of a list that was approved."""
    request, bulk = record.request, record.request.bulk
    assert bulk is not None
    if record.progress is not None:
        return _counted(request, bulk, record.progress, look)
    begun = look.say("{made} of {rows} guests are begun.", **_of(bulk.made, bulk, look))
    if request.state in {State.DELIVERED, State.DELIVERY_FAILED}:
        return _over(request, bulk, None, look)
    if bulk.run is Run.RUNNING:
        return Strip(WORKING, look.say("Delivering"), (begun, *_why(request, bulk, look)))
    state = look.say("Paused") if bulk.run is Run.PAUSED else look.say("Stopped")
    return Strip(LOOK_AT, state, (begun, *_why(request, bulk, look), _finished(look)))


def _counted(request: Request, bulk: Bulk, progress: Progress, look: Look) -> Strip:
    if request.state in {State.DELIVERED, State.DELIVERY_FAILED}:
        return _over(request, bulk, progress, look)
    how_far, left = _of(progress.delivered, bulk, look), _left(request, progress, look)
    if bulk.run is Run.RUNNING:
        state = look.say("Delivering: {made} of {rows}", **how_far)
        still = look.say("Nothing has come of it for a minute. It goes on by itself.")
        why = _why(request, bulk, look) or ((still,) if bulk.still else ())
        return Strip(WORKING, state, why or left)  # what waits has no time of its own
    goes_on = progress.under_way and bulk.why not in RESTS and not is_over(bulk)
    finished = (_finished(look),) if goes_on else ()
    if bulk.run is Run.PAUSED:
        state = look.say("Paused: {made} of {rows}", **how_far)
        waits = look.say("Nobody else is invited until it is resumed.")
        if cannot_go_on(request, request.changed_at):
            waits = look.say("Nobody else is invited by this list.")
        return Strip(LOOK_AT, state, (*_why(request, bulk, look), waits, *finished, *left))
    said = (*_not_invited(progress, look), *finished, *left)
    return Strip(LOOK_AT, look.say("Stopped: {made} of {rows}", **how_far), said)


def _over(request: Request, bulk: Bulk, progress: Progress | None, look: Look) -> Strip:
    at = when(request.delivered_at or request.changed_at, look, request.changed_at)
    over = look.say("Over since {when}.", when=at)
    each = look.say("Each guest has a request with a number.")
    failed = request.state is State.DELIVERY_FAILED
    if progress is None:
        words = look.say("Failed") if failed else look.say("Delivered")
        return Strip(FAILED if failed else DONE, words, (over, *_why(request, bulk, look), each))
    lacks = (*_not_invited(progress, look), *_unmailed(progress, look))
    said = (over, *lacks, *_left(request, progress, look), each)
    how_far = _of(progress.delivered, bulk, look)
    if bulk.run is Run.PAUSED:
        state = look.say("Paused: {made} of {rows}", **how_far)
        return Strip(LOOK_AT, state, (*_why(request, bulk, look), *said))
    if failed and not progress.delivered:
        return Strip(FAILED, look.say("Failed"), said)
    if bulk.is_cut:
        return Strip(LOOK_AT, look.say("Stopped: {made} of {rows}", **how_far), said)
    return Strip(
        LOOK_AT if failed or lacks else DONE, look.say("Delivered: {made} of {rows}", **how_far), said
    )


def _left(request: Request, progress: Progress, look: Look) -> tuple[str, ...]:
    """Return until when access is given and mail is sent, each by its own limit."""
    said = list[str]()
    if progress.left:
        said.append(look.say("Access: until about {when}.", when=until(request, progress.left, look)))
    if progress.mails_left:
        at = until(request, progress.mails_left, look)
        said.append(look.say("Mail: until about {when}, because the mailbox sends 30 a minute.", when=at))
    return tuple(said)


def _not_invited(progress: Progress, look: Look) -> tuple[str, ...]:
    """Return of how many the stop of a run has made nothing."""
    if not progress.waiting:
        return ()
    return (look.count("1 guest is not invited.", "{number} guests are not invited.", progress.waiting),)


def _unmailed(progress: Progress, look: Look) -> tuple[str, ...]:
    if not progress.mails_failed:
        return ()
    return (look.count("1 mail was not sent.", "{number} mails were not sent.", progress.mails_failed),)


def _finished(look: Look) -> str:
    return look.say("What is begun is finished.")


def _of(number: int, bulk: Bulk, look: Look) -> dict[str, str]:
    return {"made": look.number(number), "rows": look.number(bulk.rows)}


def _why(request: Request, bulk: Bulk, look: Look) -> tuple[str, ...]:
    old = bulk.run is Run.PAUSED and not bulk.why and cannot_go_on(request, request.changed_at)
    cause = Cause.APPROVAL_OLD if old else bulk.why or (request.failure.cause if request.failure else "")
    return (advice(cause, request, look).cause,) if cause else ()
