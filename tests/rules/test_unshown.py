"""What cannot be shown is told another way, and shown to who comes back."""

from access.rules import deciding, jobs, unshown
from access.rules.model import JobStatus, Place, Record, Redemption
from access.rules.redemption import accept
from access.rules.refusals import Stale
from tests.rules.making import ALEX, ANA, MEGAN, NIA, NOW, claimed, delivered, done, job, pending


def _shown(record: Record, name: str) -> Record:
    held = claimed(record, name)
    card = job(held, name)
    return done(held, jobs.shown(card.key, card.fence, record.request.version, Place("thread"), "m-1"))


def test_who_asked_in_a_thread_that_closes_is_told_in_private_and_once() -> None:
    held = claimed(pending(), "thread")
    record = done(held, unshown.drop(job(held, "thread").key, 1))
    told = job(record, "requestor")
    assert (told.status, told.body[jobs.PLACE], told.body[jobs.WANTED]) == (JobStatus.READY, "", 2)
    assert unshown.is_closed(record, jobs.THREAD)
    assert not unshown.is_told_nobody(record)
    canceled = done(record, deciding.cancel(MEGAN.object_id))
    assert job(canceled, "thread").status is JobStatus.DROPPED
    assert job(canceled, "requestor").body[jobs.WANTED] == 3


def test_an_acceptance_is_not_told_in_a_thread_that_is_closed() -> None:
    held = claimed(delivered(), "thread")
    closed = done(held, unshown.drop(job(held, "thread").key, 1))
    told = done(closed, accept(ANA, Redemption.ACCEPTED, NOW))
    assert {one.name for one in told.jobs.values() if one.kind == "notice"} == {"accepted/requestor"}


def test_where_neither_thread_nor_requestor_can_be_told_nobody_is() -> None:
    held = claimed(pending(), "thread")
    alone = claimed(done(held, unshown.drop(job(held, "thread").key, 1)), "requestor")
    assert unshown.is_told_nobody(done(alone, unshown.drop(job(alone, "requestor").key, 1)))
    personal = claimed(pending(personal=True), "requestor")
    assert unshown.is_told_nobody(done(personal, unshown.drop(job(personal, "requestor").key, 1)))


def test_of_a_requestor_who_cannot_be_reached_the_thread_says_so() -> None:
    denied = done(pending(), deciding.deny(ALEX, (ALEX, NIA), "Not this quarter"))
    held = claimed(_shown(denied, "thread"), "requestor")
    record = done(held, unshown.drop(job(held, "requestor").key, 1))
    assert unshown.is_closed(record, jobs.REQUESTOR)
    assert job(record, "thread").body[jobs.WANTED] == record.request.version > held.request.version


def test_who_comes_back_is_shown_as_it_is_now_what_could_not_be_shown() -> None:
    held = claimed(pending(), "approver/nia")
    missed = done(held, unshown.drop(job(held, "approver/nia").key, 1))
    assert unshown.given_up(missed, ALEX.object_id) == []
    assert unshown.again(ALEX.object_id)(missed, NOW) == Stale()
    back = done(missed, unshown.again(NIA.object_id))
    assert back.request.unreached == ()
    assert (job(back, "approver/nia").status, job(back, "approver/nia").tries) == (JobStatus.READY, 0)
    assert job(back, "thread").body[jobs.WANTED] == back.request.version
    assert unshown.again(NIA.object_id)(back, NOW) == Stale(), "once"


def test_a_card_to_decide_on_is_not_shown_late_to_who_need_not_decide_any_more() -> None:
    held = claimed(pending(), "approver/nia")
    missed = done(held, unshown.drop(job(held, "approver/nia").key, 1))
    canceled = done(missed, deciding.cancel(MEGAN.object_id))
    assert unshown.again(NIA.object_id)(canceled, NOW) == Stale()
