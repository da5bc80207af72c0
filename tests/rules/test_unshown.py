"""What cannot be shown is told another way, and shown to who comes back."""

from datetime import datetime, timedelta

from access.rules import deciding, jobs, unshown
from access.rules.model import JobStatus, Panel, Place, Record, Redemption
from access.rules.redemption import accept
from access.rules.refusals import Stale
from tests.rules.making import ALEX, ANA, MEGAN, NIA, NOW, change_of, claimed, delivered, done, job, pending


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


def refused(record: Record, at: datetime = NOW, name: str = "thread") -> Record:
    """Claim what a thread is to show, and let the thread refuse it."""
    held = claimed(record, name, at)
    return done(held, unshown.refused(job(held, name).key, job(held, name).fence), at)


def test_a_thread_that_refuses_is_tried_again_for_about_a_day_and_is_closed_meanwhile() -> None:
    record, at = pending(), NOW
    for number, pause in enumerate(unshown.PAUSES, 1):
        record = refused(record, at)
        thread = job(record, "thread")
        assert (thread.status, thread.due_at, thread.started) == (JobStatus.READY, at + pause, 0)
        assert (jobs.refusals(thread), record.request.version) == (number, 2), "who asked is told once"
        assert unshown.is_closed(record, jobs.THREAD)
        at = thread.due_at
    assert timedelta(hours=20) < at - NOW < timedelta(hours=28)
    record = refused(record, at)
    assert (job(record, "thread").status, record.request.version) == (JobStatus.DROPPED, 2)
    assert [one.name for one in record.jobs.values()].count("requestor") == 1


def test_what_changes_meanwhile_does_not_try_a_thread_that_refuses_sooner() -> None:
    record = done(refused(pending()), deciding.cancel(MEGAN.object_id))
    thread, told = job(record, "thread"), job(record, "requestor")
    assert (thread.due_at, thread.body[jobs.WANTED]) == (NOW + unshown.PAUSES[0], 3)
    assert (told.due_at, told.body[jobs.WANTED]) == (NOW, 3)


def test_a_thread_that_takes_it_again_is_not_closed_and_the_requestors_own_card_says_so() -> None:
    record, at = refused(pending()), NOW + unshown.PAUSES[0]
    record = _shown(record, "requestor")
    held = claimed(record, "thread", at)
    card = job(held, "thread")
    back = done(held, unshown.shown(card.key, card.fence, 2, Place("thread"), "m-1"), at)
    assert not unshown.is_closed(back, jobs.THREAD)
    assert (job(back, "thread").status, jobs.refusals(job(back, "thread"))) == (JobStatus.DONE, 0)
    told = job(back, "requestor")
    assert (told.status, told.body[jobs.WANTED], back.request.version) == (JobStatus.READY, 3, 3)
    card = job(claimed(back, "requestor", at), "requestor")
    again = done(claimed(back, "requestor", at), unshown.shown(card.key, card.fence, 3, Place(""), "m-2"), at)
    assert again.request.version == 3


def test_a_thread_in_which_we_are_again_is_tried_at_once_and_its_requestor_is_not_told_again() -> None:
    record = refused(refused(pending()), NOW + unshown.PAUSES[0])
    back = done(record, unshown.reopened, NOW + timedelta(minutes=3))
    assert (job(back, "thread").due_at, back.request.version) == (NOW + timedelta(minutes=3), 2)
    still = refused(back, NOW + timedelta(minutes=3))
    assert job(still, "thread").due_at == NOW + timedelta(minutes=3) + unshown.PAUSES[1]
    assert still.request.version == 2
    assert unshown.reopened(pending(), NOW) == Stale(), "nothing was refused"


def test_however_often_we_are_spoken_to_a_thread_that_refuses_is_tried_once_a_minute() -> None:
    record = refused(refused(pending()), NOW + unshown.PAUSES[0])
    for seconds in (1, 30):
        record = done(record, unshown.reopened, NOW + unshown.PAUSES[0] + timedelta(seconds=seconds))
        assert job(record, "thread").due_at == NOW + unshown.PAUSES[0] + timedelta(minutes=1)


def test_a_thread_that_was_given_up_is_taken_up_where_we_are_again() -> None:
    held = claimed(_shown(pending(), "thread"), "approver/nia")
    held = done(held, deciding.cancel(MEGAN.object_id))
    held = claimed(held, "thread")
    dropped = done(held, unshown.drop(job(held, "thread").key, job(held, "thread").fence))
    back = done(dropped, unshown.reopened)
    assert job(back, "thread").status is JobStatus.READY, "a card that stands is made true"
    assert unshown.is_closed(back, jobs.THREAD), "until it is shown"


def test_an_ended_request_is_not_posted_late_in_a_thread_that_was_given_up() -> None:
    held = claimed(pending(), "thread")
    dropped = done(held, unshown.drop(job(held, "thread").key, 1))
    assert job(done(dropped, unshown.reopened), "thread").status is JobStatus.READY
    assert unshown.reopened(done(dropped, deciding.cancel(MEGAN.object_id)), NOW) == Stale()


def test_a_notice_that_a_thread_refuses_is_tried_again_and_tells_nobody_else() -> None:
    record = done(_shown(delivered(), "thread"), accept(ANA, Redemption.ACCEPTED, NOW))
    before = record.request.version
    record = refused(record, name="accepted/thread")
    notice = job(record, "accepted/thread")
    assert (notice.status, notice.due_at) == (JobStatus.READY, NOW + unshown.PAUSES[0])
    assert record.request.version == before
    later = NOW + unshown.PAUSES[0]
    change = change_of(record, unshown.reopened, later)
    assert [(one.name, one.due_at) for one in change.jobs] == [("accepted/thread", later)]


def test_an_acceptance_is_not_told_in_a_thread_that_is_closed() -> None:
    held = claimed(delivered(), "thread")
    closed = done(held, unshown.drop(job(held, "thread").key, 1))
    for record in (closed, refused(delivered())):
        told = done(record, accept(ANA, Redemption.ACCEPTED, NOW))
        assert {one.name for one in told.jobs.values() if one.kind == "notice"} == {"accepted/requestor"}


def test_where_neither_thread_nor_requestor_can_be_told_nobody_is() -> None:
    held = claimed(pending(), "thread")
    alone = claimed(done(held, unshown.drop(job(held, "thread").key, 1)), "requestor")
    assert unshown.is_told_nobody(done(alone, unshown.drop(job(alone, "requestor").key, 1)))
    closed = claimed(refused(pending()), "requestor")
    assert unshown.is_told_nobody(done(closed, unshown.drop(job(closed, "requestor").key, 1)))
    personal = claimed(pending(personal=True), "requestor")
    assert unshown.is_told_nobody(done(personal, unshown.drop(job(personal, "requestor").key, 1)))


def test_of_a_requestor_who_cannot_be_reached_the_thread_says_so() -> None:
    denied = done(pending(), deciding.deny(ALEX, (Panel((ALEX, NIA)),), "Not this quarter"))
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


def test_when_it_was_canceled_stays_true_whatever_is_shown_later_or_told_another_way() -> None:
    at, later = NOW + timedelta(minutes=1), NOW + timedelta(days=1)
    waits = done(claimed(refused(pending()), "requestor"), deciding.cancel(MEGAN.object_id), at)
    told = done(waits, unshown.drop(job(waits, "requestor").key, job(waits, "requestor").fence), later)
    assert (told.request.version, told.request.changed_at) == (waits.request.version + 1, at)
    back = done(told, unshown.again(MEGAN.object_id), later)
    assert (back.request.version, back.request.changed_at) == (told.request.version + 1, at)
    shown = done(claimed(back, "thread", later), _noted(claimed(back, "thread", later)), later)
    assert (shown.request.version, shown.request.changed_at) == (back.request.version + 1, at)


def _noted(held: Record) -> jobs.Claim:
    card = job(held, "thread")
    return unshown.shown(card.key, card.fence, held.request.version, Place("thread"), "m-1")
