"""How steps of a delivery add up on a card, and what does not wait for them."""

from datetime import datetime, timedelta

from access.rules import deciding, jobs
from access.rules.causes import Cause
from access.rules.model import Job, JobStatus, Panel, Place, Record
from tests.rules.making import (
    ALEX,
    INVITED,
    NOW,
    claimed,
    delivering,
    done,
    facts,
    job,
    pending,
    run,
    stepped,
    waited,
)

SOON = NOW + jobs.PROGRESS
TENTH = timedelta(seconds=0.1)
_STEPS = ("invite", "know", "give", "mail", "prove")


def _card(record: Record) -> Job:
    return job(record, "thread")


def _shown(record: Record, at: datetime = NOW) -> Record:
    held = claimed(record, "thread", at)
    return _finished(held, at)


def _finished(held: Record, at: datetime = NOW, version: int | None = None) -> Record:
    card, now = _card(held), held.request.version
    return done(held, jobs.shown(card.key, card.fence, version or now, Place("thread"), "m-1"), at)


def test_an_approval_is_shown_with_the_first_second_of_its_delivery() -> None:
    record = _shown(pending())
    approved = done(record, deciding.approve(ALEX, facts(now=record.request.plan), None))
    assert (_card(approved).status, _card(approved).due_at) == (JobStatus.READY, SOON)
    assert _card(run(approved, *_STEPS, at=NOW + TENTH)).due_at == NOW + TENTH


def test_a_denial_is_shown_at_once() -> None:
    denied = done(_shown(pending()), deciding.deny(ALEX, (Panel((ALEX,)),), "Not this quarter"))
    assert (_card(denied).status, _card(denied).due_at) == (JobStatus.READY, NOW)


def test_steps_add_up_for_a_second_from_the_first() -> None:
    one = stepped(_shown(delivering()), "invite", INVITED)
    two = stepped(one, "know", at=NOW + TENTH)
    assert (_card(one).due_at, _card(two).due_at) == (SOON, SOON)
    assert _card(two).body[jobs.WANTED] == two.request.version


def test_the_end_of_a_delivery_waits_for_nothing() -> None:
    record = run(_shown(delivering()), "invite", "know", "give", "mail")
    assert _card(record).due_at == SOON
    assert _card(stepped(record, "prove", at=NOW + TENTH)).due_at == NOW + TENTH


def test_what_a_delivery_waits_for_is_said_at_once_and_so_is_its_end() -> None:
    record = waited(_shown(delivering()), "invite", Cause.UNAVAILABLE)
    assert _card(record).due_at == NOW
    later = NOW + timedelta(minutes=1)
    assert _card(stepped(_shown(record), "invite", INVITED, at=later)).due_at == later


def test_a_step_that_ends_while_the_card_is_shown_has_its_second_too() -> None:
    held = claimed(delivering(), "thread")
    moved = stepped(held, "invite", INVITED, at=NOW + TENTH)
    card = _card(_finished(moved, NOW + 2 * TENTH, held.request.version))
    assert (card.status, card.due_at) == (JobStatus.READY, SOON + TENTH)


def test_a_card_not_shown_yet_is_not_kept_waiting_by_a_step() -> None:
    assert _card(stepped(delivering(), "invite", INVITED, at=NOW + TENTH)).due_at == NOW


def test_a_card_that_the_channel_put_off_is_not_hurried_by_the_end_of_a_delivery() -> None:
    held = claimed(run(_shown(delivering()), "invite", "know", "give", "mail"), "thread", SOON)
    card, minute = _card(held), timedelta(minutes=1)
    put_off = done(held, jobs.put_off(card.key, card.fence, minute, surely_not_done=True), SOON)
    assert _card(stepped(put_off, "prove", at=SOON)).due_at == SOON + minute
