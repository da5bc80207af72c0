"""What a failed step leaves behind, and how a delivery is taken up again."""

from datetime import timedelta

import pytest

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delivery import StepDone, fail, succeed
from access.rules.model import (
    JobStatus,
    MailState,
    Named,
    ObjectId,
    Record,
    Redemption,
    State,
)
from access.rules.refusals import NotPossible, NotYours, Stale
from access.rules.retrying import retry
from tests.rules.making import (
    ALEX,
    ANA,
    LEASE,
    LINK,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    change_of,
    claimed,
    delivered,
    delivering,
    done,
    failed,
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


def _retried(record: Record) -> Record:
    return done(record, retry(MEGAN, (ALEX, NIA)))


@pytest.mark.parametrize("step", ["invite", "know", "give", "prove"])
def test_a_failure_names_its_step_tells_the_requestor_and_leaves_nothing_to_spin(step: str) -> None:
    record = failed(run(delivering(), *NEW[: NEW.index(step)]), step, Cause.REFUSED)
    assert record.request.state is State.DELIVERY_FAILED
    assert record.request.failure is not None
    assert (record.request.failure.step, record.request.failure.cause) == (step, Cause.REFUSED)
    assert names(record, JobStatus.FAILED) == [step]
    assert names(record, JobStatus.READY) == []
    assert job(record, "requestor").body[jobs.PLACE] == ""
    again = _retried(record)
    assert again.request.state is State.DELIVERING
    assert again.request.failure is None
    assert names(again, JobStatus.READY) == [step]
    end = run(again, *NEW[NEW.index(step) :])
    assert (end.request.state, end.request.mail) == (State.DELIVERED, MailState.SENT)


def test_a_failure_is_audited_with_its_cause() -> None:
    record = claimed(delivering(), "invite")
    (fact,) = change_of(
        record, fail(job(record, "invite").key, 1, Cause.REFUSED, {"guest": "Ana"}, "r-1")
    ).audit
    assert fact.what == "step.failed"
    assert fact.detail == {"step": "invite", "cause": "refused", "request-id": "r-1"}


def test_a_proof_that_fails_while_the_mail_waits_holds_the_mail_back_until_it_is_tried_again() -> None:
    record = waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED)
    record = failed(record, "prove", Cause.NOT_PROVED)
    assert names(record, JobStatus.READY) == []
    again = _retried(record)
    assert names(again, JobStatus.READY) == ["give"]
    assert names(again, JobStatus.WAITING) == ["mail", "prove"]
    assert job(again, "mail").secret == LINK
    assert run(again, "give", "mail", "prove").request.mail is MailState.SENT


def test_a_mail_held_back_is_sent_after_the_proof_that_was_tried_again() -> None:
    record = waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED)
    again = _retried(failed(record, "prove", Cause.RIGHTS_MISSING))
    assert names(again, JobStatus.READY) == ["prove"]
    record = stepped(again, "prove")
    assert (record.request.state, record.request.mail) == (State.DELIVERED, MailState.QUEUED)
    assert stepped(record, "mail", at=NOW + SECOND).request.mail is MailState.SENT


def test_a_mail_in_flight_when_the_proof_fails_is_not_begun_a_second_time_under_its_lease() -> None:
    record = waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED)
    record = claimed(record, "mail", NOW + SECOND)
    again = _retried(failed(record, "prove", Cause.NOT_PROVED, NOW + SECOND))
    record = stepped(again, "give", at=NOW + 2 * SECOND)
    assert jobs.claim(job(record, "mail").key, LEASE)(record, NOW + 2 * SECOND) == Stale()
    assert claimed(record, "mail", NOW + SECOND + LEASE).request.state is State.DELIVERING


def test_a_mail_that_fails_before_the_proof_lets_the_proof_go_ahead() -> None:
    record = failed(run(delivering(), *NEW[:3]), "mail", Cause.MAIL_REFUSED)
    assert (record.request.state, record.request.mail) == (State.DELIVERING, MailState.FAILED)
    assert names(record, JobStatus.READY) == ["prove"]
    end = run(record, "prove")
    assert end.request.state is State.DELIVERED
    assert end.request.failure is not None
    assert (end.request.mail, end.request.failure.step) == (MailState.FAILED, "mail")


def test_a_mail_that_fails_after_the_proof_ends_only_itself() -> None:
    record = stepped(waited(run(delivering(), *NEW[:3]), "mail", Cause.THROTTLED), "prove")
    record = failed(record, "mail", Cause.MAIL_REFUSED, NOW + SECOND)
    assert (record.request.state, record.request.mail) == (State.DELIVERED, MailState.FAILED)
    again = _retried(record)
    assert (again.request.state, again.request.mail) == (State.DELIVERED, MailState.QUEUED)
    assert names(again, JobStatus.READY) == ["mail"]
    assert names(again, JobStatus.DONE) == ["invite", "know", "give", "prove"]
    assert stepped(again, "mail").request.mail is MailState.SENT


def test_an_access_that_was_not_there_is_given_again_and_the_mail_not_sent_again() -> None:
    record = failed(run(delivering(), *NEW[:4]), "prove", Cause.NOT_PROVED)
    again = _retried(record)
    assert names(again, JobStatus.DONE) == ["invite", "know", "mail"]
    assert names(again, JobStatus.READY) == ["give"]
    assert claimed(again, "give").jobs[job(again, "give").key].started == 1, "nothing to look for"
    end = run(again, "give", "prove")
    assert (end.request.state, end.request.mail) == (State.DELIVERED, MailState.SENT)


@pytest.mark.parametrize("step", ["know", "give", "prove"])
def test_a_guest_who_is_gone_is_invited_again_and_mailed_the_new_link(step: str) -> None:
    record = failed(run(delivering(), *NEW[: NEW.index(step)]), step, Cause.GUEST_GONE)
    again = _retried(record)
    assert names(again, JobStatus.READY) == ["invite"]
    assert names(again, JobStatus.WAITING) == ["know", "give", "mail", "prove"]
    assert again.request.guest_id is None
    assert not again.request.awaits_acceptance
    assert LINK not in str(again), "the old link has died with the guest"
    invited = claimed(again, "invite")
    assert job(invited, "invite").started == 1, "the earlier invitation is known, not lost"
    link = "https://login.example/redeem?rd=newer"
    held = job(invited, "invite")
    record = done(invited, succeed(held.key, held.fence, StepDone(guest_id=ObjectId("a2"), link=link), ZONE))
    assert (record.request.guest_id, job(record, "mail").secret) == ("a2", link)
    end = run(record, "know", "give", "mail", "prove")
    assert (end.request.guest_id, end.request.mail) == ("a2", MailState.SENT)


def test_a_guest_gone_from_a_plan_without_an_invitation_is_tried_where_it_failed() -> None:
    record = failed(run(delivering(plan(guest(Redemption.ACCEPTED))), "sponsor"), "give", Cause.GUEST_GONE)
    assert names(_retried(record), JobStatus.READY) == ["give"]
    assert _retried(record).request.guest_id == ANA


def test_a_refused_call_surely_did_nothing_but_an_earlier_unknown_one_is_not_forgotten() -> None:
    refused = _retried(failed(delivering(), "invite", Cause.INVITATIONS_OFF))
    assert job(claimed(refused, "invite"), "invite").started == 1
    unknown = waited(delivering(), "invite", Cause.UNAVAILABLE, surely_not_done=False)
    refused = _retried(failed(unknown, "invite", Cause.INVITATIONS_OFF, NOW + SECOND))
    assert job(claimed(refused, "invite"), "invite").started == 2


def test_a_retry_counts_tries_and_looks_anew() -> None:
    record = waited(run(delivering(), "invite"), "know", Cause.REPLICATING)
    again = _retried(failed(record, "know", Cause.TOO_LONG, NOW + SECOND))
    assert (job(again, "know").tries, jobs.looks(job(again, "know"))) == (0, 0)


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA], ids=lambda one: one.name)
def test_the_requestor_and_the_approvers_may_retry(who: Named) -> None:
    record = failed(delivering(), "invite", Cause.REFUSED)
    change = change_of(record, retry(who, (ALEX, NIA)))
    assert change.request.state is State.DELIVERING
    assert change.audit[0].actor == who.object_id


def test_a_stranger_may_not_retry_nor_who_is_no_approver_any_more() -> None:
    record = failed(delivering(), "invite", Cause.REFUSED)
    for refused in (retry(STRANGER, (ALEX, NIA))(record, NOW), retry(NIA, (ALEX,))(record, NOW)):
        assert isinstance(refused, NotYours)
        assert refused.may[0] == MEGAN


@pytest.mark.parametrize(
    "record", [delivering(), delivered(), _retried(failed(delivering(), "invite", Cause.REFUSED))]
)
def test_what_has_not_failed_cannot_be_retried(record: Record) -> None:
    assert retry(MEGAN, (ALEX,))(record, NOW) == NotPossible(record.request, record.request.state)


def test_a_retry_needs_no_new_approval_and_keeps_the_one_it_has() -> None:
    record = failed(delivering(), "invite", Cause.REFUSED)
    assert _retried(record).request.review == record.request.review
