"""What a step does that succeeds or waits."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delivery import StepDone, fail, succeed, wait
from access.rules.model import (
    JobStatus,
    MailState,
    Plan,
    Record,
    Redemption,
    State,
    Term,
)
from access.rules.refusals import Stale
from tests.rules.making import (
    ANA,
    INVITED,
    LEASE,
    LINK,
    NOW,
    ZONE,
    change_of,
    claimed,
    delivered,
    delivering,
    guest,
    job,
    names,
    plan,
    run,
    stepped,
    waited,
)

SECOND = timedelta(seconds=1)
NEW = ("invite", "know", "give", "mail", "prove")


@pytest.mark.parametrize("so_far", range(1, len(NEW)))
def test_a_step_that_succeeds_wakes_exactly_the_next(so_far: int) -> None:
    record = run(delivering(), *NEW[:so_far])
    assert names(record, JobStatus.DONE) == list(NEW[:so_far])
    assert names(record, JobStatus.READY) == [NEW[so_far]]
    assert names(record, JobStatus.WAITING) == list(NEW[so_far + 1 :])
    assert record.request.state is State.DELIVERING


def test_only_the_proof_delivers() -> None:
    record = run(delivering(), *NEW)
    assert record.request.state is State.DELIVERED
    assert record.request.delivered_at == NOW
    assert record.request.ends_at == NOW + timedelta(days=90)
    assert record.request.mail is MailState.SENT


def test_until_a_day_ends_a_minute_before_midnight_of_that_day_in_the_zone() -> None:
    record = delivered(term=Term(until=date(2027, 3, 31)))
    assert record.request.ends_at == datetime(2027, 3, 31, 21, 59, tzinfo=UTC)


def test_the_step_and_the_delivery_are_audited_with_graphs_request_ids_and_without_the_link() -> None:
    record = claimed(delivering(), "invite")
    held = job(record, "invite")
    (fact,) = change_of(record, succeed(held.key, 1, INVITED, ZONE)).audit
    assert (fact.what, fact.actor) == ("step.done", None)
    assert fact.detail == {"step": "invite", "fence": 1, "request-id": "r-1", "guest": ANA}
    record = claimed(run(delivering(), *NEW[:-1]), "prove")
    change = change_of(
        record, succeed(job(record, "prove").key, 1, StepDone(traces={"request-id": "r-9"}), ZONE)
    )
    assert [one.what for one in change.audit] == ["step.done", "request.delivered"]
    assert change.audit[0].detail["request-id"] == "r-9"
    assert LINK not in str(asdict(change))


def test_the_link_goes_to_the_mails_row_alone_and_is_erased_when_the_mail_is_sent() -> None:
    record = stepped(delivering(), "invite", INVITED)
    assert {one.name: one.secret for one in record.jobs.values() if one.secret} == {"mail": LINK}
    assert LINK not in str(asdict(record.request))
    record = run(record, "know", "give", "mail")
    assert LINK not in str(asdict(record))


def test_a_guest_who_was_invited_is_waited_for_and_one_who_had_accepted_is_not() -> None:
    assert stepped(delivering(), "invite", INVITED).request.awaits_acceptance
    found = StepDone(guest_id=ANA, invited=False)
    assert not stepped(delivering(), "invite", found).request.awaits_acceptance
    assert not delivered(plan(guest(Redemption.ACCEPTED))).request.awaits_acceptance


@pytest.mark.parametrize(
    ("made", "mail"),
    [
        (plan(mailbox=False), MailState.BY_MICROSOFT),
        (plan(guest(), mailbox=False), MailState.BY_MICROSOFT),
        (plan(guest(Redemption.ACCEPTED), mailbox=False), MailState.NONE),
        (plan(guest(Redemption.ACCEPTED)), MailState.SENT),
    ],
)
def test_the_request_says_who_mailed_the_guest(made: Plan, mail: MailState) -> None:
    assert delivered(made).request.mail is mail


def test_only_the_holder_of_the_newest_claim_finishes_a_step() -> None:
    first = claimed(delivering(), "invite")
    key = job(first, "invite").key
    second = claimed(first, "invite", NOW + LEASE)
    for finish in (
        succeed(key, 1, INVITED, ZONE),
        fail(key, 1, Cause.REFUSED, {}, ""),
        wait(key, 1, Cause.THROTTLED, SECOND, surely_not_done=True),
    ):
        assert finish(second, NOW) == Stale()
    assert succeed(key, 0, INVITED, ZONE)(delivering(), NOW) == Stale(), "without a claim"
    assert succeed("no such key", 1, INVITED, ZONE)(first, NOW) == Stale()


def test_a_proof_outside_a_delivery_is_a_bug() -> None:
    record = claimed(run(delivering(), *NEW[:-1]), "prove")
    key = job(record, "prove").key
    elsewhere = Record(request=delivered().request, jobs=record.jobs)
    with pytest.raises(ValueError, match="a proof in delivered"):
        succeed(key, 1, StepDone(), ZONE)(elsewhere, NOW)


# --- waiting ------------------------------------------------------------------------------------


def test_a_request_says_what_it_waits_for_and_no_longer_when_it_goes_on() -> None:
    record = waited(delivering(), "invite", Cause.THROTTLED)
    assert record.request.waiting_for == Cause.THROTTLED
    assert (job(record, "invite").status, job(record, "invite").due_at) == (JobStatus.READY, NOW + SECOND)
    again = waited(record, "invite", Cause.THROTTLED, at=NOW + SECOND)
    assert again.request.version == record.request.version, "the same news twice is none"
    assert stepped(again, "invite", INVITED, NOW + 2 * SECOND).request.waiting_for == ""


def test_the_directorys_ordinary_lag_is_not_worth_a_word() -> None:
    assert waited(run(delivering(), "invite"), "know", Cause.REPLICATING).request.waiting_for == ""


def test_the_directorys_lag_after_an_outage_ends_the_word_of_the_outage() -> None:
    down = waited(run(delivering(), "invite"), "know", Cause.UNAVAILABLE)
    again = waited(down, "know", Cause.REPLICATING, at=NOW + 2 * SECOND)
    assert again.request.waiting_for == ""
    assert again.request.version > down.request.version


def test_looks_count_the_directorys_lag_and_no_outage() -> None:
    record = run(delivering(), "invite")
    for turn in range(3):
        record = waited(record, "know", Cause.UNAVAILABLE, at=NOW + turn * SECOND)
    assert jobs.looks(job(record, "know")) == 0
    for turn in range(3, 5):
        record = waited(record, "know", Cause.REPLICATING, at=NOW + turn * SECOND)
    assert (jobs.looks(job(record, "know")), job(record, "know").tries) == (2, 5)
    record = waited(record, "know", Cause.THROTTLED, at=NOW + 5 * SECOND)
    assert jobs.looks(job(record, "know")) == 2
    record = waited(record, "know", Cause.UNAVAILABLE, surely_not_done=False, at=NOW + 6 * SECOND)
    assert jobs.looks(job(record, "know")) == 0, "a call whose outcome is unknown is looked for anew"


def test_a_mail_that_waits_lets_the_proof_go_ahead_and_is_sent_afterwards() -> None:
    record = waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED)
    assert names(record, JobStatus.READY) == ["mail", "prove"]
    assert job(record, "mail").secret == LINK
    record = stepped(record, "prove")
    assert (record.request.state, record.request.mail) == (State.DELIVERED, MailState.QUEUED)
    record = waited(record, "mail", Cause.THROTTLED, at=NOW + SECOND)
    assert names(record, JobStatus.READY) == ["mail"]
    record = stepped(record, "mail", at=NOW + 2 * SECOND)
    assert (record.request.state, record.request.mail) == (State.DELIVERED, MailState.SENT)
    assert LINK not in str(asdict(record))


def test_a_mail_sent_while_the_proof_waits_is_sent_when_it_is_proved() -> None:
    record = waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED)
    record = stepped(record, "mail", at=NOW + SECOND)
    assert (record.request.state, record.request.mail) == (State.DELIVERING, MailState.SENT)
    assert stepped(record, "prove").request.mail is MailState.SENT
