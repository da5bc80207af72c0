"""Claims, fences, leases, putting off, and the outbox."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules import deciding, jobs, unshown
from access.rules.model import Change, Job, JobStatus, Panel, Place, Record, State
from access.rules.refusals import Stale
from tests.rules.making import (
    ALEX,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    change_of,
    claimed,
    delivered,
    delivering,
    done,
    failed,
    job,
    pending,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _with(record: Record, changed: Job) -> Record:
    return Record(request=record.request, jobs={**record.jobs, changed.key: changed})


def test_a_claim_says_may_have_begun_and_is_audited_before_the_effect() -> None:
    record = delivering()
    change = change_of(record, jobs.claim(job(record, "invite").key, LEASE))
    (held,) = change.jobs
    assert (held.fence, held.started, held.tries, held.lease_until) == (1, 1, 1, NOW + LEASE)
    (fact,) = change.audit
    assert fact.what == "step.begun"
    assert fact.detail == {
        "step": "invite",
        "fence": 1,
        "approved_by": "alex",
        "guest": None,
        "app": "health-records",
        "give": "app-role:clinician",
    }
    assert change.request == record.request


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("give", {}),
        ("invite", {"due_at": NOW + SECOND}),
        ("invite", {"status": JobStatus.DONE}),
        ("invite", {"status": JobStatus.FAILED}),
        ("invite", {"lease_until": NOW + SECOND}),
    ],
    ids=["waiting", "not due", "done", "failed", "held"],
)
def test_only_what_is_ready_due_and_free_is_claimed(name: str, wrong: dict[str, object]) -> None:
    record = delivering()
    changed = replace(job(record, name), **wrong)  # type: ignore[arg-type]  # a row of the table
    assert jobs.claim(changed.key, LEASE)(_with(record, changed), NOW) == Stale()


def test_an_unknown_job_is_not_claimed() -> None:
    assert jobs.claim("no such key", LEASE)(delivering(), NOW) == Stale()


@pytest.mark.parametrize("state", [state for state in State if state not in {"delivering", "delivered"}])
def test_no_step_begins_in_a_state_that_delivers_nothing(state: State) -> None:
    record = delivering()
    elsewhere = Record(request=replace(record.request, state=state), jobs=record.jobs)
    assert jobs.claim(job(record, "invite").key, LEASE)(elsewhere, NOW) == Stale()


def test_no_step_begins_without_a_stored_approval() -> None:
    record = delivering()
    assert record.request.review is not None
    for review in (None, replace(record.request.review, result="Deny")):
        without = Record(request=replace(record.request, review=review), jobs=record.jobs)
        assert jobs.claim(job(record, "invite").key, LEASE)(without, NOW) == Stale()


def test_a_lease_that_has_ended_frees_the_job_and_a_newer_fence_shuts_the_old_holder_out() -> None:
    first = claimed(delivering(), "invite")
    key = job(first, "invite").key
    assert jobs.claim(key, LEASE)(first, NOW + LEASE - SECOND) == Stale()
    second = claimed(first, "invite", NOW + LEASE)
    assert (job(second, "invite").fence, job(second, "invite").started) == (2, 2)
    assert jobs.held(second, key, 1) is None
    assert jobs.held(second, key, 2) is not None


def test_putting_off_takes_the_mark_back_only_where_surely_nothing_happened() -> None:
    held = job(claimed(delivering(), "invite"), "invite")
    assert jobs.later(held, NOW + SECOND, surely_not_done=True).started == 0
    unknown = jobs.later(held, NOW + SECOND, surely_not_done=False)
    assert (unknown.started, unknown.lease_until, unknown.due_at) == (1, None, NOW + SECOND)


def test_the_wait_doubles_from_half_a_second_up_to_its_most() -> None:
    waits = [jobs.back_off(tries).total_seconds() for tries in (1, 2, 3, 4, 7, 8, 9, 1000)]
    assert waits == [0.5, 1, 2, 4, 32, 60, 60, 60]
    assert jobs.back_off(50, most=SECOND) == SECOND


def test_what_is_done_keeps_no_secret() -> None:
    assert jobs.done(replace(job(delivering(), "mail"), secret="link")).secret == ""


def _card(record: Record) -> Job:
    return job(record, "thread")


def _shown(record: Record, version: int, message: str = "m-1") -> Record:
    held = _card(record)
    return done(record, jobs.shown(held.key, held.fence, version, Place("thread"), message))


def test_a_card_is_done_when_it_shows_what_is_wanted() -> None:
    record = _shown(claimed(pending(), "thread"), 1)
    card = _card(record)
    assert card.status is JobStatus.DONE
    assert (card.body[jobs.MESSAGE], card.body[jobs.SHOWN], card.started) == ("m-1", 1, 0)


def test_a_card_shown_while_a_newer_version_came_is_due_again_at_once() -> None:
    held = claimed(pending(), "thread")
    moved = done(held, deciding.cancel(MEGAN.object_id))
    assert _card(moved).fence == _card(held).fence, "the holder may still finish"
    record = _shown(moved, 1)
    assert _card(record).status is JobStatus.READY
    again = claimed(record, "thread")
    assert _card(_shown(again, 2)).status is JobStatus.DONE


def test_a_card_shown_before_is_ready_again_when_the_request_moves() -> None:
    shown = _shown(claimed(pending(), "thread"), 1)
    moved = done(shown, deciding.cancel(MEGAN.object_id), NOW + SECOND)
    assert (_card(moved).status, _card(moved).due_at) == (JobStatus.READY, NOW + SECOND)
    assert _card(moved).body[jobs.MESSAGE] == "m-1"


def test_a_card_that_the_channel_asked_to_put_off_stays_put_off() -> None:
    held = claimed(pending(), "thread")
    put_off = done(held, jobs.put_off(_card(held).key, 1, MINUTE, surely_not_done=True))
    assert _card(put_off).started == 0
    moved = done(put_off, deciding.cancel(MEGAN.object_id))
    assert _card(moved).due_at == NOW + MINUTE
    assert _card(moved).body[jobs.WANTED] == 2


def test_a_message_that_is_gone_is_posted_anew() -> None:
    held = claimed(done(_shown(claimed(pending(), "thread"), 1), deciding.cancel(MEGAN.object_id)), "thread")
    key, fence = _card(held).key, _card(held).fence
    record = done(held, jobs.put_off(key, fence, timedelta(), surely_not_done=True, forget_message=True))
    assert (_card(record).status, _card(record).body[jobs.MESSAGE]) == (JobStatus.READY, "")


def test_a_notice_is_shown_once_and_never_again() -> None:
    record = pending()
    notice = jobs.notice(record.request, "accepted/thread", Place("thread"), NOW)
    record = claimed(_with(record, notice), "accepted/thread")
    record = done(record, jobs.shown(notice.key, 1, 1, Place("thread"), "m-2"))
    assert job(record, "accepted/thread").status is JobStatus.DONE
    moved = done(record, deciding.cancel(MEGAN.object_id))
    assert job(moved, "accepted/thread").status is JobStatus.DONE


def test_an_approver_who_cannot_be_reached_is_named_and_every_other_card_says_so() -> None:
    held = claimed(_shown(claimed(pending(), "thread"), 1), "approver/nia")
    card = job(held, "approver/nia")
    record = done(held, unshown.drop(card.key, card.fence))
    assert record.request.unreached == (NIA,)
    assert job(record, "approver/nia").status is JobStatus.DROPPED
    assert _card(record).status is JobStatus.READY
    assert done(record, deciding.cancel(MEGAN.object_id)).jobs[card.key].status is JobStatus.DROPPED


def test_a_notice_given_up_changes_nothing_else() -> None:
    notice = jobs.notice(pending().request, "accepted/thread", Place("thread"), NOW)
    held = claimed(_with(pending(), notice), "accepted/thread")
    change = change_of(held, unshown.drop(notice.key, 1))
    assert change.request == held.request
    assert [one.status for one in change.jobs] == [JobStatus.DROPPED]


@pytest.mark.parametrize(
    "finish",
    [
        lambda key, fence: jobs.shown(key, fence, 1, Place("thread"), "m-1"),
        lambda key, fence: jobs.put_off(key, fence, SECOND, surely_not_done=True),
        unshown.drop,
        lambda key, fence: jobs.renew({key: fence}, MINUTE),
    ],
    ids=["shown", "put off", "dropped", "renewed"],
)
def test_only_the_holder_of_the_newest_claim_finishes_a_card(finish: object) -> None:
    assert callable(finish)
    record = claimed(pending(), "thread")
    key = _card(record).key
    assert isinstance(finish(key, 1)(record, NOW), Change)
    assert finish(key, 2)(record, NOW) == Stale()
    assert finish("no such key", 1)(record, NOW) == Stale()
    assert finish(key, 1)(_shown(record, 1), NOW) == Stale()


@pytest.mark.parametrize(
    "record",
    [
        pending(),
        delivering(),
        delivered(),
        done(pending(), deciding.deny(ALEX, (Panel((ALEX,)),), "Not this quarter")),
        done(pending(), deciding.cancel(MEGAN.object_id)),
        failed(delivering(), "invite", "invitations-off"),
    ],
    ids=lambda record: str(record.request.state),
)
def test_whatever_is_ready_may_run_so_that_nothing_spins(record: Record) -> None:
    ready = [one for one in record.jobs.values() if one.status is JobStatus.READY]
    assert all(jobs.may_run(record, one) for one in ready)
