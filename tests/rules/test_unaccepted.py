"""While a guest does not accept: a mail to them, a card to the owner, a question, and an end by policy."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from access.rules import cleaning, jobs, lapsing, redemption, relinking, unaccepted, watch
from access.rules.lapses import Lapse, LapseRule, Then
from access.rules.lapsing import Audience
from access.rules.model import AssignmentState, Change, EndCause, Job, JobKind, Record, Redemption
from access.rules.policy import Rules
from access.rules.quiet import QuietHours
from access.rules.refusals import NotPossible, NotYours, Stale
from access.rules.restored import Restore
from tests.rules.making import ALEX, ANA, LEASE, MEGAN, NOW, STRANGER, ZONE, delivered, done, job

DAY = timedelta(days=1)
RULE = LapseRule(after=30 * DAY, grace=7 * DAY, rest=30 * DAY, remind_after=(3 * DAY, 10 * DAY))
ASKS = Rules(name="defaults", never_accepted=RULE)
REMOVES = replace(ASKS, never_accepted=replace(RULE, then=Then.REMOVE))


def facts(rules: Rules = ASKS, *, pending: bool = True, mails: bool = True) -> unaccepted.Facts:
    audience = Audience((MEGAN,), {MEGAN.object_id: ZONE})
    return unaccepted.Facts(rules, ZONE, asked=True, pending=pending, audience=audience, mails=mails)


def looked(record: Record, said: unaccepted.Facts, at: datetime) -> Record:
    row = job(record, unaccepted.NAME)
    record = done(record, jobs.claim(row.key, LEASE), at)
    return done(record, cleaning.look(row.key, job(record, unaccepted.NAME).fence, said), at)


def through(record: Record, said: unaccepted.Facts, until: datetime) -> Record:
    """Let the row be run whenever it is due."""
    while (row := job(record, unaccepted.NAME)).status == "ready" and row.due_at <= until:
        record = looked(record, said, row.due_at)
    return record


def late(record: Record, at: datetime) -> Record:
    """Return the record as one that nobody looked at until then."""
    row = job(record, unaccepted.NAME)
    return replace(record, jobs={**record.jobs, row.key: replace(row, due_at=at)})


def told(record: Record, start: str = "") -> list[Job]:
    starts = (start,) if start else (unaccepted.REMINDED, lapsing.SHOWN)
    found = [one for one in record.jobs.values() if one.name.startswith(starts)]
    return sorted(found, key=lambda one: (one.due_at, one.name))


def days(record: Record) -> list[str]:
    return [f"{one.kind} {(one.due_at.astimezone(ZONE).date() - NOW.date()).days}" for one in told(record)]


def test_guest_and_owner_are_told_after_three_and_ten_days_and_after_thirty_the_owner_is_asked() -> None:
    record = through(delivered(), facts(), NOW + 365 * DAY)
    assert days(record) == ["reminder 3", "letter 3", "reminder 10", "letter 10", "reminder 30"]
    assert {one.due_at.astimezone(ZONE).time() for one in told(record)} == {time(9)}
    assert record.request.assignment is not None
    assert record.request.assignment.state is AssignmentState.ACTIVE


def test_where_the_policy_removes_the_access_ends_after_the_grace_and_its_entry_names_the_tables() -> None:
    record = through(delivered(), facts(REMOVES), NOW + 36 * DAY)
    found = lapsing.lapsed(record.request, Lapse.NEVER_ACCEPTED)
    assert found is not None
    assert found.ends_at is not None
    assert record.request.assignment is not None
    assert record.request.assignment.state is AssignmentState.ACTIVE
    row = job(record, unaccepted.NAME)
    assert row.due_at == found.ends_at
    claimed = done(record, jobs.claim(row.key, LEASE), row.due_at)
    change = cleaning.look(row.key, job(claimed, unaccepted.NAME).fence, facts(REMOVES))(claimed, row.due_at)
    assert isinstance(change, Change)
    given_ = change.request.assignment
    assert given_ is not None
    assert given_.end is not None
    assert (given_.end.why, given_.end.by) == (EndCause.NEVER_ACCEPTED, None)
    assert (change.audit[0].what, change.audit[0].detail["rule"]) == ("assignment.ending", "defaults")
    steps = [one for one in change.jobs if one.kind is JobKind.REMOVAL]
    assert [one.name for one in steps] == ["take-away", "prove-gone"]


@pytest.mark.parametrize("by_now", [False, True])
def test_who_accepts_in_the_meantime_is_told_nothing_and_loses_nothing(*, by_now: bool) -> None:
    record = through(delivered(), facts(REMOVES), NOW + 12 * DAY)
    before = len(told(record))
    if by_now:
        record = done(record, redemption.accept(ANA, Redemption.ACCEPTED, NOW + 13 * DAY), NOW + 13 * DAY)
    record = through(record, facts(REMOVES, pending=by_now), NOW + 365 * DAY)
    assert len(told(record)) == before
    assert record.request.assignment is not None
    assert record.request.assignment.end is None


def test_a_reminder_that_waits_for_its_morning_is_not_shown_once_the_guest_has_accepted() -> None:
    record = through(delivered(), facts(), NOW + 3 * DAY)
    (card, *_) = told(record)
    assert watch.concerns(record, card)
    accepted = done(record, redemption.accept(ANA, Redemption.ACCEPTED, NOW), NOW)
    assert not watch.concerns(accepted, card)


def test_of_what_a_long_stop_has_missed_the_last_is_told_and_nothing_ends_that_was_not_shown() -> None:
    record = through(late(delivered(), NOW + 300 * DAY), facts(REMOVES), NOW + 300 * DAY)
    assert [one.name.split("/")[0] for one in told(record)] == ["lapsed", "unaccepted"]
    assert [one.kind for one in told(record, unaccepted.REMINDED)] == [JobKind.LETTER]
    found = lapsing.lapsed(record.request, Lapse.NEVER_ACCEPTED)
    assert found is not None
    assert found.ends_at is not None
    assert found.ends_at >= NOW + 307 * DAY


@given(jumps=some.lists(some.integers(-400, 400), max_size=12))
@settings(max_examples=60, deadline=None)
def test_however_the_clock_jumps_nobody_is_told_twice_and_nothing_ends_unseen(jumps: list[int]) -> None:
    record, at = delivered(), NOW
    keys: set[str] = set()
    for jump in jumps:
        at = max(at + jump * DAY, NOW)
        if job(record, unaccepted.NAME).status != "ready":
            break
        record = looked(late(record, at), facts(REMOVES), at)
        now = {one.key for one in told(record)}
        assert keys <= now
        keys = now
    series = [(one.name.rpartition("/")[0], one.kind) for one in told(record, unaccepted.REMINDED)]
    assert len(series) == len(set(series)) <= 4
    assert len(told(record, lapsing.SHOWN)) <= 1
    given_ = record.request.assignment
    assert given_ is not None
    if given_.end is not None:
        (shown,) = told(record, lapsing.SHOWN)
        assert given_.end.at >= shown.due_at + RULE.grace


def test_whoever_reads_elsewhere_and_whoever_has_a_weekend_is_left_in_peace() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    at = lapsing.told_at(datetime(2026, 11, 27, 8, tzinfo=ZONE), tokyo, QuietHours(), NOW)
    assert at.astimezone(tokyo).isoformat() == "2026-11-27T09:00:00+09:00"
    saturday = datetime(2026, 11, 28, 9, tzinfo=ZONE)
    at = lapsing.told_at(saturday, ZONE, QuietHours(), NOW)
    assert at.astimezone(ZONE).isoformat() == "2026-11-30T08:00:00+01:00"


def test_a_new_link_begins_the_wait_anew() -> None:
    record = through(delivered(), facts(), NOW + 31 * DAY)
    before = len(told(record))
    renewed = done(record, relinking.relink(ALEX, reset=False, mailbox=True), NOW + 32 * DAY)
    assert lapsing.lapsed(renewed.request, Lapse.NEVER_ACCEPTED) is None
    row = unaccepted.anew(renewed.request, renewed.jobs, NOW + 32 * DAY)[0]
    record = through(
        replace(renewed, jobs={**renewed.jobs, row.key: row}), facts(), NOW + 32 * DAY + 31 * DAY
    )
    assert len(told(record)) == 2 * before


def test_what_is_kept_rests_and_then_the_owner_is_asked_again() -> None:
    record = through(delivered(), facts(REMOVES), NOW + 31 * DAY)
    record = done(record, lapsing.keep(MEGAN, (), REMOVES), NOW + 31 * DAY)
    again = done(record, lapsing.keep(MEGAN, (), REMOVES), NOW + 32 * DAY)
    assert again.request.lapses == record.request.lapses, "to keep twice is to keep once"
    assert not watch.concerns(record, told(record, lapsing.SHOWN)[0])
    assert len(told(through(record, facts(REMOVES), NOW + 60 * DAY), lapsing.SHOWN)) == 1
    record = through(record, facts(REMOVES), NOW + 64 * DAY)
    assert len(told(record, lapsing.SHOWN)) == 2
    assert record.request.assignment is not None
    assert record.request.assignment.end is None


def test_only_who_asked_and_who_may_decide_keep_an_access_and_only_one_that_was_asked_about() -> None:
    record = through(delivered(), facts(), NOW + 31 * DAY)
    assert isinstance(lapsing.keep(STRANGER, (ALEX,), ASKS)(record, NOW), NotYours)
    assert isinstance(lapsing.keep(ALEX, (ALEX,), ASKS)(record, NOW), Change)
    assert isinstance(lapsing.keep(MEGAN, (), ASKS)(delivered(), NOW), NotPossible)


def test_an_access_that_others_gave_is_asked_about_and_never_taken_away() -> None:
    record = delivered()
    assert record.request.assignment is not None
    theirs = replace(record.request, assignment=replace(record.request.assignment, was_there=True))
    record = through(replace(record, request=theirs), facts(REMOVES), NOW + 200 * DAY)
    assert len(told(record, lapsing.SHOWN)) == 1
    assert record.request.assignment is not None
    assert record.request.assignment.end is None


def test_what_was_shown_as_a_question_is_shown_anew_before_the_policy_ends_it() -> None:
    record = through(delivered(), facts(), NOW + 40 * DAY)
    record = through(record, facts(REMOVES), NOW + 48 * DAY)
    assert len(told(record, lapsing.SHOWN)) == 2
    found = lapsing.lapsed(record.request, Lapse.NEVER_ACCEPTED)
    assert found is not None
    assert found.ends_at is not None
    assert found.ends_at >= NOW + 47 * DAY


def test_a_policy_of_nothing_asks_nobody_and_ends_nothing() -> None:
    never = replace(ASKS, never_accepted=LapseRule(then=Then.NOTHING, after=30 * DAY))
    assert told(through(delivered(), facts(never), NOW + 365 * DAY)) == []


def test_without_a_mail_that_helps_only_the_owner_is_told() -> None:
    record = through(delivered(), facts(mails=False), NOW + 12 * DAY)
    assert {one.kind for one in told(record)} == {JobKind.REMINDER}


def test_with_nobody_to_show_it_to_nothing_ends() -> None:
    nobody = replace(facts(REMOVES), audience=Audience())
    record = through(delivered(), nobody, NOW + 365 * DAY)
    assert record.request.lapses == ()
    assert record.request.assignment is not None
    assert record.request.assignment.end is None


def test_of_what_was_due_in_the_time_that_a_restore_forgot_nobody_is_told_again() -> None:
    restore = Restore(seq=1, to=NOW + 2 * DAY, at=NOW + 5 * DAY, last=1042, next=2001)
    record = delivered()
    record = replace(record, request=replace(record.request, restored=restore))
    assert days(through(record, facts(), NOW + 12 * DAY)) == ["reminder 10", "letter 10"]


def test_after_a_restore_an_access_is_shown_again_before_the_policy_ends_it() -> None:
    restore = Restore(seq=1, to=NOW + 20 * DAY, at=NOW + 50 * DAY, last=1042, next=2001)
    record = delivered()
    record = late(replace(record, request=replace(record.request, restored=restore)), NOW + 51 * DAY)
    assert told(through(record, facts(), NOW + 52 * DAY), lapsing.SHOWN) == []
    assert len(told(through(record, facts(REMOVES), NOW + 52 * DAY), lapsing.SHOWN)) == 1


def test_an_older_version_s_guest_is_looked_after_once() -> None:
    record = delivered()
    row = job(record, unaccepted.NAME)
    older = replace(record, jobs={key: one for key, one in record.jobs.items() if key != row.key})
    again = done(older, unaccepted.watch)
    assert job(again, unaccepted.NAME).status == "ready"
    assert isinstance(unaccepted.watch(again, NOW), Stale)
