"""What is believed after a restore: of numbers, of requests that were lost, of those that were not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from access.rules import deciding, jobs, restore
from access.rules.model import Effect, JobKind, JobStatus, Panel, Record, Restore
from access.rules.refusals import Stale
from tests.rules.making import ALEX, ANA, NIA, NOW, change_of, delivering, done, job, pending, run

HOUR = timedelta(hours=1)
BACKUP = Restore(seq=12, to=NOW - HOUR, at=NOW, last=1042, next=18_001)
LATER = Restore(seq=40, to=NOW, at=NOW + HOUR, last=18_007, next=35_001)


@given(highest=some.integers(1000, 10**6), minutes=some.integers(0, 60 * 24 * 30))
def test_numbers_go_on_above_all_that_a_day_can_use_at_a_round_one(highest: int, minutes: int) -> None:
    number = restore.next_number(highest, timedelta(minutes=minutes))
    assert number > highest + 10_000 + 100 * minutes
    assert number % 100 == 1
    assert restore.next_number(highest, timedelta(minutes=minutes + 1)) == number + 100


def test_a_clock_that_was_ahead_takes_no_number_back() -> None:
    assert restore.next_number(1042, -HOUR) == restore.next_number(1042, timedelta())


@pytest.mark.parametrize(
    ("number", "lost_with"),
    [
        (1042, None),
        (1043, BACKUP),
        (18_000, BACKUP),
        (18_001, None),
        (18_008, LATER),
        (35_000, LATER),
        (35_001, None),
        (None, LATER),
    ],
)
def test_a_number_tells_which_restore_lost_it_and_an_id_means_the_newest(
    number: int | None, lost_with: Restore | None
) -> None:
    assert restore.lost_with((BACKUP, LATER), number) == lost_with
    assert restore.lost_with((), number) is None


def test_a_request_in_doubt_knows_of_the_restore_and_every_card_wants_its_version() -> None:
    waiting = run(delivering(), "invite")
    told = jobs.notice(waiting.request, "accepted/thread", waiting.request.place, NOW)
    shown = replace(told, key=f"{told.key}/shown", status=JobStatus.DONE)
    record = replace(waiting, jobs={**waiting.jobs, told.key: told, shown.key: shown})

    doubted = done(record, restore.doubt(BACKUP))

    assert doubted.request == replace(
        record.request, restored=BACKUP, version=record.request.version + 1, changed_at=NOW
    )
    cards = [one for one in doubted.jobs.values() if one.kind is JobKind.CARD]
    assert {one.body[jobs.WANTED] for one in cards} == {doubted.request.version}
    assert doubted.jobs[told.key].status is JobStatus.DROPPED, "it may have been shown, and is shown once"
    assert doubted.jobs[shown.key] == shown
    assert job(doubted, "mail").body[jobs.DOUBTED] is True
    assert job(doubted, "give") == job(record, "give")


def test_an_effect_is_reported_once_and_only_while_no_approval_is_stored() -> None:
    record = done(pending(), restore.doubt(BACKUP))
    first = change_of(record, restore.found((Effect.ACCESS,), ANA))
    assert [(one.what, one.detail["effect"]) for one in first.audit] == [("restore.effect-found", "access")]
    record = done(record, restore.found((Effect.ACCESS,), ANA))
    assert restore.found((Effect.ACCESS,), ANA)(record, NOW) == Stale()
    second = change_of(record, restore.found((Effect.MAIL, Effect.ACCESS), ANA))
    assert [one.detail["effect"] for one in second.audit] == ["mail"]
    assert second.request.effects == (Effect.ACCESS, Effect.MAIL)

    assert restore.found((Effect.MAIL,), ANA)(delivering(), NOW) == Stale()
    denied = done(record, deciding.deny(ALEX, (Panel((ALEX, NIA)),), "no"))
    assert isinstance(done(denied, restore.found((Effect.MAIL,), ANA)), Record), "it is there all the same"
