"""The guest has accepted: told once, and only when there is something to come to."""

from datetime import timedelta

import pytest

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import ObjectId, Record, Redemption
from access.rules.redemption import accept, lose, regain
from access.rules.refusals import Stale
from access.rules.retrying import retry
from tests.rules.making import (
    ANA,
    MEGAN,
    NOW,
    change_of,
    delivered,
    delivering,
    done,
    failed,
    guest,
    pending,
    plan,
    run,
)

LATER = NOW + timedelta(days=2)
ACCEPT = accept(ANA, Redemption.ACCEPTED, LATER)


def _notices(record: Record) -> dict[str, object]:
    return {one.name: one.body[jobs.PLACE] for one in record.jobs.values() if one.kind == "notice"}


def test_the_thread_and_the_requestor_are_told_once() -> None:
    record = done(delivered(), ACCEPT)
    assert record.request.accepted_at == LATER
    assert _notices(record) == {"accepted/thread": "thread", "accepted/requestor": ""}
    assert ACCEPT(record, LATER) == Stale()


def test_in_a_personal_chat_one_notice_is_enough() -> None:
    assert _notices(done(delivered(personal=True), ACCEPT)) == {"accepted/requestor": "thread"}


def test_an_acceptance_before_the_proof_is_told_with_the_delivery() -> None:
    early = done(run(delivering(), "invite", "know"), ACCEPT)
    assert _notices(early) == {}
    record = run(early, "give", "mail")
    assert _notices(record) == {}
    assert set(_notices(run(record, "prove"))) == {"accepted/thread", "accepted/requestor"}


def test_a_mail_that_comes_after_the_acceptance_tells_nobody_again() -> None:
    record = done(delivered(), ACCEPT)
    assert jobs.show_again(record.jobs, record.request, LATER)
    assert {one.kind for one in jobs.show_again(record.jobs, record.request, LATER)} == {"card"}


@pytest.mark.parametrize(
    "heard",
    [
        accept(ANA, Redemption.PENDING, None),
        accept(ANA, Redemption.UNKNOWN, None),
        accept(ObjectId("somebody else"), Redemption.ACCEPTED, LATER),
    ],
)
def test_nothing_is_told_of_a_guest_who_has_not_accepted_or_is_another(heard: object) -> None:
    assert callable(heard)
    assert heard(delivered(), LATER) == Stale()


@pytest.mark.parametrize(
    "record",
    [pending(), delivering(), delivered(plan(guest(Redemption.ACCEPTED)))],
    ids=["pending", "new", "had"],
)
def test_nobody_is_waited_for_who_was_not_invited(record: Record) -> None:
    assert ACCEPT(record, LATER) == Stale()


def test_an_acceptance_without_a_time_is_dated_when_it_was_heard() -> None:
    assert done(delivered(), accept(ANA, Redemption.ACCEPTED, None), LATER).request.accepted_at == LATER


def test_an_acceptance_is_audited_by_object_id() -> None:
    (fact,) = change_of(delivered(), ACCEPT).audit
    assert (fact.what, fact.detail) == ("guest.accepted", {"guest": ANA})


def gone(record: Record) -> Record:
    return done(record, lose(ANA, deleted=True), LATER)


def test_who_was_deleted_and_put_back_is_waited_for_again_and_that_is_told_once() -> None:
    record = gone(delivered())
    assert record.request.gone_at is not None
    change = change_of(record, regain(ANA, changed=True), LATER)
    assert change.request.gone_at is None
    assert [fact.what for fact in change.audit] == ["guest.back"]
    assert {row.name for row in change.jobs} >= {"requestor", "thread", "acceptance"}
    back = done(record, regain(ANA, changed=True), LATER)
    assert regain(ANA, changed=True)(back, LATER) == Stale()
    assert done(back, ACCEPT, LATER).request.accepted_at is not None


def test_a_copy_that_still_shows_a_deleted_guest_is_not_taken_for_one_that_was_put_back() -> None:
    record = gone(delivered())
    assert regain(ANA)(record, LATER + timedelta(minutes=5)) == Stale()
    assert done(record, regain(ANA), LATER + timedelta(minutes=6)).request.gone_at is None


@pytest.mark.parametrize(
    "record", [delivered(), gone(delivered())], ids=["who never was gone", "who is another"]
)
def test_nobody_else_comes_back(record: Record) -> None:
    other = ANA if record.request.gone_at is None else ObjectId("somebody else")
    assert regain(other, changed=True)(record, LATER) == Stale()


def test_who_was_deleted_and_invited_again_has_yet_to_accept() -> None:
    record = failed(done(run(delivering(), "invite", "know"), ACCEPT), "give", Cause.GUEST_GONE)
    again = run(done(record, retry(MEGAN, ())), "invite", "know", "give", "mail", "prove")
    assert again.request.accepted_at is None
    assert _notices(again) == {}
    assert set(_notices(done(again, ACCEPT))) == {"accepted/thread", "accepted/requestor"}
