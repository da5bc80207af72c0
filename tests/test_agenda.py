"""What a process is to run and when: each once, in order, at its time, and never beside itself."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from access.rules.model import Job, JobKind, JobStatus, RequestId
from bot.agenda import AHEAD, MOST, Agenda

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Watch:
    """A clock that is set by hand, and the times for which it was wound."""

    time: datetime = NOON
    wakes: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time


def job(name: str, after: timedelta = timedelta(), kind: JobKind = JobKind.STEP, request: str = "one") -> Job:
    return Job(
        key=f"{request}/0/{name}",
        request_id=RequestId(request),
        kind=kind,
        name=name,
        status=JobStatus.READY,
        due_at=NOON + after,
    )


def opened() -> tuple[Agenda, Watch]:
    watch = Watch()
    agenda = Agenda(watch.wakes.append, watch.now)
    assert agenda.asked(), "a start knows nothing, so it looks"
    return agenda, watch


def names(agenda: Agenda, most: int = 9) -> list[str]:
    return [job.name for job in agenda.take(most, most)]


def test_what_is_due_is_taken_soonest_first_and_what_is_not_yet_waits() -> None:
    agenda, watch = opened()
    agenda.made([job("later", SECOND), job("give"), job("sooner", -SECOND)])
    assert watch.wakes == [NOON - SECOND]
    assert names(agenda) == ["sooner", "give"]
    assert (names(agenda), agenda.next_at(shows=True)) == ([], NOON + SECOND)
    watch.time += SECOND
    assert names(agenda) == ["later"]
    assert agenda.next_at(shows=True) is None


def test_no_more_is_taken_than_there_is_room_for() -> None:
    agenda, _ = opened()
    agenda.made([job(f"step {number}") for number in range(5)])
    assert names(agenda, 2) == ["step 0", "step 1"]
    assert names(agenda, 0) == []
    assert names(agenda) == ["step 2", "step 3", "step 4"]


def test_the_cards_of_a_request_are_one_run_and_those_of_another_are_another() -> None:
    agenda, _ = opened()
    cards = [job(name, kind=JobKind.CARD) for name in ("thread", "requestor")]
    notice = job("accepted/thread", kind=JobKind.NOTICE)
    other = job("thread", kind=JobKind.CARD, request="two")
    agenda.made([*cards, notice, other, job("give")])
    assert [job.key for job in agenda.take(9, 9)] == ["one/0/thread", "two/0/thread", "one/0/give"]


def test_the_same_at_the_same_time_is_noted_once_and_for_another_time_again() -> None:
    agenda, watch = opened()
    for after in (timedelta(), timedelta(), SECOND):
        agenda.made([job("thread", after, JobKind.CARD)])
    assert names(agenda) == ["thread"]
    watch.time += SECOND
    assert names(agenda) == ["thread"]
    assert agenda.next_at(shows=True) is None


def test_what_is_due_in_weeks_is_left_to_the_store() -> None:
    agenda, watch = opened()
    agenda.made([job("closes", AHEAD + SECOND, JobKind.TIMER)])
    assert (agenda.next_at(shows=True), watch.wakes) == (None, [])


def test_however_much_is_put_off_what_is_due_is_noted() -> None:
    agenda, watch = opened()
    agenda.made([job(f"step {number}", SECOND) for number in range(MOST + 5)])
    agenda.made([job("now")])
    assert names(agenda) == ["now"]
    watch.time += SECOND
    assert len(agenda.take(2 * MOST, MOST)) == MOST


def test_what_is_found_sorts_by_when_it_could_have_been_claimed() -> None:
    agenda, _ = opened()
    agenda.made([job("give")])
    assert agenda.note(job("lost", -SECOND))
    assert agenda.note(replace(job("held", -2 * SECOND), lease_until=NOON - SECOND / 2))
    assert not agenda.note(job("give")), "that is no news"
    assert names(agenda) == ["lost", "held", "give"]


def test_a_commit_after_which_anything_may_be_due_has_the_store_looked_at_once() -> None:
    agenda, watch = opened()
    assert not agenda.asked()
    agenda.made([])
    assert watch.wakes[0] < NOON
    assert (agenda.asked(), agenda.asked()) == (True, False)


def test_shows_for_which_there_is_no_room_hold_up_nothing_else() -> None:
    agenda, _ = opened()
    agenda.made([job("thread", kind=JobKind.CARD, request=f"{number}") for number in range(5)])
    agenda.made([job("give", SECOND / 2), job("prove")])
    assert [job.name for job in agenda.take(9, 2)] == ["thread", "thread", "prove"]
    assert agenda.next_at(shows=True) == NOON
    assert agenda.next_at(shows=False) == NOON + SECOND / 2
    assert [job.name for job in agenda.take(9, 0)] == []
    assert len(agenda.take(9, 9)) == 3


def test_rows_of_lists_are_a_lane_of_their_own_and_hold_up_nothing_else() -> None:
    agenda, watch = opened()
    agenda.made([job(f"row {number}", kind=JobKind.ROW) for number in range(5)])
    agenda.made([job("give")])
    assert names(agenda) == ["give"]
    assert [one.name for one in agenda.take_rows(2, 9)] == ["row 0", "row 1"]
    assert agenda.next_at(shows=True) == NOON
    assert agenda.next_at(shows=True, rows=False) is None
    assert [one.name for one in agenda.take_rows(9, 9)] == ["row 2", "row 3", "row 4"]
    agenda.made([job("row 5", SECOND, JobKind.ROW)])
    assert agenda.take_rows(9, 9) == []
    watch.time += SECOND
    assert [one.name for one in agenda.take_rows(9, 9)] == ["row 5"]


def test_mails_of_rows_are_behind_nobody_s_access() -> None:
    agenda, _ = opened()
    agenda.made([job("mail", kind=JobKind.ROW, request=f"row {number}") for number in range(5)])
    agenda.made([job("give", kind=JobKind.ROW)])
    assert [one.name for one in agenda.take_rows(9, 2)] == ["give", "mail", "mail"]
    assert agenda.next_at(shows=True) == NOON
    assert agenda.next_at(shows=True, mails=False) is None
    assert len(agenda.take_rows(9, 9)) == 3
