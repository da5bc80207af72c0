"""A request's state in words: the strip of every view, its steps, and the one word in a list."""

from collections.abc import Mapping
from typing import assert_never

from access.rules.causes import Cause
from access.rules.delivery import steps_of
from access.rules.model import Effect, Job, JobStatus, MailState, ObjectId, Record, Request, State, StepKind
from cards import words
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WAITING, WORKING, Strip, Tone, row
from cards.causes import advice
from cards.elements import ColumnSet
from cards.look import Look
from cards.words import either, first, people, when

_SHORT: Mapping[State, tuple[Tone, str]] = {
    State.SUBMITTED: (WAITING, "Waiting"),
    State.PENDING_APPROVAL: (WAITING, "Waiting"),
    State.DELIVERING: (WORKING, "Delivering"),
    State.DELIVERED: (DONE, "Delivered"),
    State.DELIVERY_FAILED: (FAILED, "Failed"),
    State.DENIED: (FAILED, "Denied"),
    State.CANCELED: (NOTHING, "Canceled"),
    State.EXPIRED: (NOTHING, "Expired"),
}


def short(request: Request) -> str:
    """Return the state as symbol and word, for a row of a list."""
    if request.state is State.DELIVERED and request.failure is not None:
        return f"{LOOK_AT.symbol} Delivered"
    if request.state is State.DELIVERED and request.accepted_at is not None:
        return f"{DONE.symbol} Accepted"
    if request.gone_at is not None:
        return f"{LOOK_AT.symbol} Guest deleted"
    tone, word = _SHORT[request.state]
    return f"{tone.symbol} {word}"


def strip_of(record: Record, look: Look, you: ObjectId | None = None) -> Strip:
    """Return the strip; `you` is an approver to whom a waiting request speaks."""
    request = record.request
    match request.state:
        case State.SUBMITTED | State.PENDING_APPROVAL:
            state = "Waiting for your decision" if you else "Waiting for approval"
            beside = (*_beside(request, you), *since_restore(request, look))
            return Strip(WAITING, state, (decides(request, look, you), *beside))
        case State.DELIVERING:
            return _delivering(record, look)
        case State.DELIVERED:
            return _delivered(record, look)
        case State.DELIVERY_FAILED:
            return _failed(record, look)
        case State.DENIED:
            return Strip(FAILED, "Denied", (_decided(request, look), *_unchanged(request, look)))
        case State.CANCELED:
            canceled = when(request.changed_at, look, request.changed_at)
            by = f"{request.requestor.name} canceled on {canceled}."
            return Strip(NOTHING, "Canceled", (by, *since_restore(request, look)))
        case State.EXPIRED:
            closed = when(request.closes_at, look, request.changed_at)
            nobody = f"Nobody decided by {closed}."
            return Strip(NOTHING, "Expired", (nobody, *_unchanged(request, look)))
        case _:
            assert_never(request.state)


def _unchanged(request: Request, look: Look) -> tuple[str, ...]:
    return since_restore(request, look) or ("Nothing was changed.",)


def since_restore(request: Request, look: Look) -> tuple[str, ...]:
    """Return what the guest has of a request whose approval, if there was one, a restore has lost."""
    if request.restored is None or not request.effects:
        return ()
    guest, app = first(request.guest_name), request.app.name
    has = {Effect.GUEST: "an account", Effect.ACCESS: f"access to {app}", Effect.MAIL: "the mail"}
    things = either([has[one] for one in Effect if one in request.effects], "and")
    backup = when(request.restored.to, look, request.changed_at)
    lost = f"If it was approved after the backup of {backup}, that approval is lost."
    return (f"{guest} already has {things}.", lost)


def decides(request: Request, look: Look, you: ObjectId | None = None) -> str:
    """Return who decides and until when."""
    who = people(request.approvers, you)
    verb = "decide" if you and len(request.approvers) == 1 else "decides"
    closes = when(request.closes_at, look, request.changed_at)
    return f"{who[0].upper()}{who[1:]} {verb} by {closes}."


def _beside(request: Request, you: ObjectId | None) -> tuple[str, ...]:
    """Return what else must be known while it waits: who stands in, and whom Guestlist cannot reach."""
    said = ["No usual approver is left, so the fallback approvers decide."] if request.fallback_used else []
    if request.unreached and you is None:
        missed = either([one.name for one in request.unreached], "and")
        who = first(request.unreached[0].name) if len(request.unreached) == 1 else "Each"
        said += [
            f"Guestlist cannot message {missed}.",
            f"{who} can type /approve {request.label} to Guestlist.",
        ]
    return tuple(said)


def _decided(request: Request, look: Look) -> str:
    if request.review is None:
        return ""
    verb = "approved" if request.review.result == "Approve" else "denied"
    return f"{request.review.by.name} {verb} on {when(request.review.at, look, request.changed_at)}."


def _waits(record: Record) -> tuple[str, ...]:
    """Return what the delivery waits for, if it does."""
    request = record.request
    if not request.waiting_for:
        return ()
    open_steps = [job for job in steps_of(record) if job.status is JobStatus.READY]
    step = StepKind(open_steps[0].name) if open_steps else None
    return (advice(request.waiting_for, request, step).cause, "Guestlist tries again by itself.")


def _delivering(record: Record, look: Look) -> Strip:
    done, count = _progress(record)
    sentences = (_decided(record.request, look), *_waits(record))
    return Strip(WORKING, f"Delivering: step {min(done + 1, count)} of {count}", sentences)


def _progress(record: Record) -> tuple[int, int]:
    """Return how many steps come before the first open one, and how many there are."""
    open_at = [place for place, job in enumerate(steps_of(record)) if job.status is not JobStatus.DONE]
    count = len(steps_of(record))
    return (open_at[0] if open_at else count), count


def _delivered(record: Record, look: Look) -> Strip:
    request = record.request
    guest = first(request.guest_name)
    delivered = request.delivered_at or request.changed_at
    proof = f"{when(delivered, look, request.changed_at)}, read back from the directory."
    if request.failure is not None:
        return Strip(LOOK_AT, "Delivered, mail not sent", (proof, f"{guest} got no mail."))
    if request.gone_at is not None:
        found = when(request.gone_at, look, request.changed_at)
        gone = f"{found}, the directory no longer has {guest}, so the invitation and the access are void."
        restore = "A tenant admin can restore the account for 30 days."
        return Strip(LOOK_AT, "Guest deleted before accepting", (gone, restore))
    if request.accepted_at is not None:
        accepted = when(request.accepted_at, look, request.changed_at)
        return Strip(DONE, "Accepted", (f"{guest} accepted on {accepted}, and can use {request.app.name}.",))
    can_use = f"{guest} can use {request.app.name} now."
    after = f"Next: {guest} accepts the invitation." if request.awaits_acceptance else can_use
    queued = ("The mail is queued.",) if request.mail is MailState.QUEUED else ()
    return Strip(DONE, "Delivered", (proof, *queued, *_waits(record), after))


def _failed(record: Record, look: Look) -> Strip:
    request, failure = record.request, record.request.failure
    if failure is None:
        return Strip(FAILED, "Delivery failed")
    names = [job.name for job in steps_of(record)]
    place = f" at step {names.index(failure.step) + 1} of {len(names)}" if failure.step in names else ""
    at = when(failure.at, look, request.changed_at)
    return Strip(FAILED, f"Delivery failed{place}", (f"{at}. {_consequence(record)}",))


def _consequence(record: Record) -> str:
    """Return what the guest has after a failure, as far as it is known."""
    request, steps = record.request, {job.name: job for job in steps_of(record)}
    guest, cause = first(request.guest_name), request.failure.cause if request.failure else ""
    give, invite = steps.get(StepKind.GIVE), steps.get(StepKind.INVITE)
    by_microsoft = StepKind.MAIL not in steps and invite is not None and invite.status is JobStatus.DONE
    mailed = request.mail is MailState.SENT or by_microsoft
    gone = cause in {Cause.NOT_PROVED, Cause.GUEST_GONE}
    uncertain = give is not None and (
        give.status is JobStatus.DONE or (give.status is JobStatus.FAILED and cause == Cause.TOO_LONG)
    )
    if uncertain and not gone:
        return f"It is not proved that {guest} has access."
    return (
        f"{guest} has no access, but got the mail." if mailed else f"{guest} has no access and got no mail."
    )


def approver_fact(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return who approved and when, once the strip no longer says it."""
    if request.review is None or request.state not in {State.DELIVERED, State.DELIVERY_FAILED}:
        return []
    return [("Approver", f"{request.review.by.name}, {when(request.review.at, look, request.changed_at)}")]


def step_rows(record: Record, look: Look) -> list[ColumnSet]:
    """Return the steps of the delivery, each with its symbol."""
    shown = []
    for job in steps_of(record):
        tone, note = _step_state(record, job, look)
        shown.append(row(tone.symbol, words.step(StepKind(job.name), record.request), note))
    return shown


def _step_state(record: Record, job: Job, look: Look) -> tuple[Tone, str]:
    request = record.request
    if job.status is JobStatus.DONE:
        return DONE, "done"
    if job.status is JobStatus.FAILED and request.failure is not None:
        return FAILED, f"failed {request.failure.at.astimezone(look.zone):%H:%M}"
    if request.state is State.DELIVERY_FAILED:
        return NOTHING, "not done" if job.started else "not started"
    if job.status is JobStatus.READY:
        return WORKING, "waits" if request.waiting_for else "now"
    return WAITING, ""
