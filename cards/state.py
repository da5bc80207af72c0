"""A request's state in words: the strip of every view, its steps, and the one word in a list."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from access.rules.causes import Cause
from access.rules.delivery import steps_of
from access.rules.halfway import may_have_mailed
from access.rules.model import (
    ON_ACCOUNTS,
    Extends,
    Job,
    JobStatus,
    MailState,
    ObjectId,
    Record,
    Request,
    State,
    StepKind,
)
from access.rules.reviews import DENY
from cards import account_state, ended, guard_state, no_guest_state, setup_state, words
from cards.accepted import awaited
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WAITING, WORKING, Strip, Tone, row
from cards.causes import advice
from cards.elements import ColumnSet
from cards.look import Look
from cards.since_restore import since_restore
from cards.steps import step
from cards.texts import marked
from cards.waiting import approvers_of, waiting
from cards.words import both, clock, first, when

_SHORT: Mapping[State, tuple[Tone, str]] = {
    State.SUBMITTED: (WAITING, marked("Waiting")),
    State.PENDING_APPROVAL: (WAITING, marked("Waiting")),
    State.DELIVERING: (WORKING, marked("Delivering")),
    State.DELIVERED: (DONE, marked("Delivered")),
    State.DELIVERY_FAILED: (FAILED, marked("Failed")),
    State.DENIED: (FAILED, marked("Denied")),
    State.CANCELED: (NOTHING, marked("Canceled")),
    State.EXPIRED: (NOTHING, marked("Expired")),
}


def short(request: Request, look: Look) -> str:
    """Return the state as symbol and word, for a row of a list."""
    tone, word = _short(request)
    return f"{tone.symbol} {look.say(word)}"


def short_word(request: Request, look: Look) -> str:
    """Return the state as one word."""
    return look.say(_short(request)[1])


def _short(request: Request) -> tuple[Tone, str]:
    if request.kind in ON_ACCOUNTS:
        return account_state.short(request)
    if given := ended.ends_or_ended(request):
        return ended.short(given)
    if request.state is State.DELIVERED and request.extends:
        return DONE, marked("Renewed")
    if request.state is State.DELIVERED and request.failure is not None:
        return LOOK_AT, marked("Delivered")
    if request.state is State.DELIVERED and request.adopted:
        return DONE, marked("Adopted")
    if request.state is State.DELIVERED and request.accepted_at is not None:
        return DONE, marked("Accepted")
    if request.gone_at is not None:
        return LOOK_AT, marked("Guest deleted")
    return guard_state.short(request) or _SHORT[request.state]


def strip_of(record: Record, look: Look, you: ObjectId | None = None) -> Strip:
    """Return the strip; `you` is an approver to whom a waiting request speaks."""
    request = record.request
    if request.kind in ON_ACCOUNTS:
        return account_state.strip_of(record, _waits(record, look), look)
    if own := no_guest_state.strip(record, look):
        return own
    match request.state:
        case State.SUBMITTED | State.PENDING_APPROVAL:
            return waiting(request, look, you, since_restore(request, look))
        case State.DELIVERING:
            return _delivering(record, look)
        case State.DELIVERED:
            return _delivered(record, look)
        case State.DELIVERY_FAILED:
            return _failed(record, look)
        case State.DENIED:
            review = (decided(request, look), *_unchanged(request, look))
            return Strip(FAILED, look.say("Denied"), review)
        case State.CANCELED:
            return _canceled(record, look)
        case State.EXPIRED:
            nobody = (expired(request, look), *_unchanged(request, look))
            return Strip(NOTHING, look.say("Expired"), nobody)
        case _:
            assert_never(request.state)


def _canceled(record: Record, look: Look) -> Strip:
    request = record.request
    if given := ended.ends_or_ended(request):  # its delivery failed, and was undone
        return ended.strip(request, given, _waits(record, look), look)
    if request.setup is not None and request.setup.given_up is not None:
        return setup_state.given_up(request, request.setup.given_up, look)
    return Strip(NOTHING, look.say("Canceled"), (canceled(request, look), *since_restore(request, look)))


def decided(request: Request, look: Look) -> str:
    """Return who or what approved or denied, and when."""
    review = request.review
    if request.waived is not None:
        at = when(request.waived.at, look, request.changed_at)
        return look.say("Approved automatically on {when}: {waiver}.", when=at, waiver=request.waived.waiver)
    if review is None:
        return ""
    at = when(review.at, look, request.changed_at)
    if review.result == DENY:
        return look.say(
            "{who} denied on {when}.", who=words.acting(review.by, review.for_whom, look), when=at
        )
    names = approvers_of(request, look)
    if len(names) > 1:
        return look.say("{who} approved, the last on {when}.", who=both(names, look), when=at)
    who = words.acting(review.by, review.for_whom, look)
    return look.say("{who} approved on {when}.", who=who, when=at)


def canceled(request: Request, look: Look) -> str:
    """Return who canceled, and when."""
    at = when(request.changed_at, look, request.changed_at)
    if request.extends and request.extends.void:
        again = look.typed(f"/extend {request.extends.label} by 90d")
        return look.say(
            "{label}, from whose end it counted, was undone on {when}. To ask anew, type {command}.",
            label=request.extends.void,
            when=at,
            command=again,
        )
    return look.say("{who} canceled on {when}.", who=request.requestor.name, when=at)


def expired(request: Request, look: Look) -> str:
    """Return until when nobody decided."""
    return look.say("Nobody decided by {when}.", when=when(request.closes_at, look, request.changed_at))


def _unchanged(request: Request, look: Look) -> tuple[str, ...]:
    return since_restore(request, look) or (look.say("Nothing was changed."),)


def _waits(record: Record, look: Look) -> tuple[str, ...]:
    """Return what the delivery waits for, if it does."""
    request = record.request
    if not request.waiting_for:
        return ()
    open_steps = [job for job in steps_of(record) if job.status is JobStatus.READY]
    step = StepKind(open_steps[0].name) if open_steps else None
    cause = advice(request.waiting_for, request, look, step).cause
    return (cause, look.say("Guestlist tries again by itself."))


def _delivering(record: Record, look: Look) -> Strip:
    done, steps = _progress(record)
    state = look.say("Delivering: step {place} of {steps}", place=min(done + 1, steps), steps=steps)
    return Strip(WORKING, state, (decided(record.request, look), *_waits(record, look)))


def _progress(record: Record) -> tuple[int, int]:
    """Return how many steps come before the first open one, and how many there are."""
    open_at = [place for place, job in enumerate(steps_of(record)) if job.status is not JobStatus.DONE]
    count = len(steps_of(record))
    return (open_at[0] if open_at else count), count


def _delivered(record: Record, look: Look) -> Strip:
    request = record.request
    if given := ended.ends_or_ended(request):
        return ended.strip(request, given, _waits(record, look), look)
    if stopped := ended.halted(request, look):
        return Strip(LOOK_AT, look.say("The guest's account is blocked"), stopped)
    if request.extends:
        return _renewed(request, request.extends, look)
    guest, app = first(request.guest_name, look), request.app.name
    delivered = when(request.delivered_at or request.changed_at, look, request.changed_at)
    proof = look.say("{when}, read back from the directory.", when=delivered)
    if request.failure is not None:
        no_mail = look.say("{guest} got no mail.", guest=guest)
        return Strip(LOOK_AT, look.say("Delivered, mail not sent"), (proof, no_mail))
    if request.gone_at is not None:
        return _guest_gone(request, request.gone_at, look)
    if request.adopted:
        who = look.say("{who} adopted it on {when}.", who=request.requestor.name, when=delivered)
        return Strip(DONE, look.say("Adopted"), (who, look.say("It was given past Guestlist.")))
    if request.accepted_at is not None:
        accepted = when(request.accepted_at, look, request.changed_at)
        can = look.say("{guest} accepted on {when}, and can use {app}.", guest=guest, when=accepted, app=app)
        return Strip(DONE, look.say("Accepted"), (can,))
    can = look.say("{guest} can use {app} now.", guest=guest, app=app)
    after = awaited(request, look) if request.awaits_acceptance else can
    queued = (look.say("The mail is queued."),) if request.mail is MailState.QUEUED else ()
    return Strip(DONE, look.say("Delivered"), (proof, *queued, *_waits(record, look), after))


def _renewed(request: Request, extends: Extends, look: Look) -> Strip:
    guest, app = first(request.guest_name, look), request.app.name
    at = when(request.delivered_at or request.changed_at, look, request.changed_at)
    proof = look.say("{when}, read back from the directory.", when=at)
    last = words.last_day(extends.to, look)
    keeps = look.say("{guest} keeps this access to {app} until {day}.", guest=guest, app=app, day=last)
    return Strip(DONE, look.say("Renewed"), (proof, keeps))


def _guest_gone(request: Request, found_at: datetime, look: Look) -> Strip:
    gone = look.say(
        "{when}, the directory no longer has {guest}, so the invitation and the access are void.",
        when=when(found_at, look, request.changed_at),
        guest=first(request.guest_name, look),
    )
    restore = look.say("A tenant admin can restore the account for 30 days.")
    return Strip(LOOK_AT, look.say("Guest deleted before accepting"), (gone, restore))


def _failed(record: Record, look: Look) -> Strip:
    failure = record.request.failure
    if failure is None:
        return Strip(FAILED, look.say("Delivery failed"))
    names = [job.name for job in steps_of(record)]
    state = look.say("Delivery failed")
    if failure.step in names:
        place = names.index(failure.step) + 1
        state = look.say("Delivery failed at step {place} of {steps}", place=place, steps=len(names))
    at = when(failure.at, look, record.request.changed_at)
    return Strip(FAILED, state, (_consequence(record, at, look),))


def _consequence(record: Record, at: str, look: Look) -> str:
    """Return what the guest has after a failure, as far as it is known."""
    request, steps = record.request, {job.name: job for job in steps_of(record)}
    guest, cause = first(request.guest_name, look), request.failure.cause if request.failure else ""
    if request.extends:
        return look.say("{when}. Nothing was changed.", when=at)
    give, invite = steps.get(StepKind.GIVE), steps.get(StepKind.INVITE)
    by_microsoft = StepKind.MAIL not in steps and invite is not None and invite.status is JobStatus.DONE
    mailed = request.mail is MailState.SENT or by_microsoft
    unsure = {Cause.TOO_LONG, Cause.STILL_ENDING}
    uncertain = give is not None and (
        give.status is JobStatus.DONE or (give.status is JobStatus.FAILED and cause in unsure)
    )
    if uncertain and cause not in {Cause.NOT_PROVED, Cause.GUEST_GONE}:
        return look.say("{when}. It is not proved that {guest} has access.", when=at, guest=guest)
    if mailed:
        return look.say("{when}. {guest} has no access, but got the mail.", when=at, guest=guest)
    if may_have_mailed(record):
        return look.say("{when}. {guest} has no access, and may have got the mail.", when=at, guest=guest)
    return look.say("{when}. {guest} has no access and got no mail.", when=at, guest=guest)


def approver_fact(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return who or what approved and when, once the strip no longer says it."""
    if request.state not in {State.DELIVERED, State.DELIVERY_FAILED}:
        return []
    if request.waived is not None:
        at = when(request.waived.at, look, request.changed_at)
        automatic = look.say("Automatic: {waiver}, {when}", waiver=request.waived.waiver, when=at)
        return [(look.say_as("fact", "Approval"), automatic)]
    if request.review is None:
        return []
    at = when(request.review.at, look, request.changed_at)
    names = approvers_of(request, look, alone=True) or [request.review.by.name]
    return [(look.say_as("fact", "Approver"), f"{both(names, look)}, {at}")]


def step_rows(record: Record, look: Look) -> list[ColumnSet]:
    """Return the steps of the delivery, each with its symbol."""
    shown = []
    for job in steps_of(record):
        tone, note = _step_state(record, job, look)
        shown.append(row(tone.symbol, step(StepKind(job.name), record.request, look), note))
    return shown


def _step_state(record: Record, job: Job, look: Look) -> tuple[Tone, str]:
    request = record.request
    if job.status is JobStatus.DONE:
        return DONE, look.say_as("step", "done")
    if job.status is JobStatus.FAILED and request.failure is not None:
        return FAILED, look.say_as("step", "failed {time}", time=clock(request.failure.at, look))
    if request.state is State.DELIVERY_FAILED:
        note = look.say_as("step", "not done") if job.started else look.say_as("step", "not started")
        return NOTHING, note
    if job.status is JobStatus.READY:
        return WORKING, look.say_as("step", "waits") if request.waiting_for else look.say_as("step", "now")
    return WAITING, ""
