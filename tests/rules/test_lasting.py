"""When people are warned that an access ends: in a morning, before weekends, once, and never after it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from access.rules import ending, jobs, lasting, redemption, watch
from access.rules.model import ERASED, Job, JobKind, ObjectId, Record, Redemption, Term
from access.rules.policy import Rules
from access.rules.quiet import QuietHours
from access.rules.restored import Restore
from tests.rules.making import ANA, LEASE, MEGAN, NOW, ZONE, delivered, done, job

RULES = Rules(name="defaults")
DAY = timedelta(days=1)
END = NOW + 90 * DAY
TOKYO, YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
zones = some.sampled_from([ZONE, TOKYO, YORK, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")])


def facts(*to: ObjectId, rules: Rules = RULES, mails: bool = True) -> lasting.Facts:
    who = to or (MEGAN.object_id,)
    return lasting.Facts(rules, ZONE, asked=True, to=who, zones=dict.fromkeys(who, ZONE), mails=mails)


def accepted() -> Record:
    return done(delivered(), redemption.accept(ANA, Redemption.ACCEPTED, NOW))


def through(record: Record, said: lasting.Facts, until: datetime) -> Record:
    """Let the row be run whenever it is due."""
    while (row := job(record, lasting.NAME)).status == "ready" and row.due_at <= until:
        at = row.due_at
        record = done(record, jobs.claim(row.key, LEASE), at)
        record = done(record, ending.look(row.key, job(record, lasting.NAME).fence, said), at)
    return record


def warnings(record: Record) -> list[Job]:
    found = [one for one in record.jobs.values() if one.name.startswith(lasting.WARNING)]
    return sorted(found, key=lambda one: (one.due_at, one.name))


def test_owner_and_guest_are_warned_two_weeks_and_three_days_before_the_end_in_the_morning() -> None:
    told = [(one.kind, one.due_at.astimezone(ZONE)) for one in warnings(through(accepted(), facts(), END))]
    assert [kind for kind, _ in told] == [JobKind.REMINDER, JobKind.LETTER] * 2
    assert {at.time() for _, at in told} == {time(9)}
    assert [at.date().isoformat() for _, at in told[::2]] == ["2027-02-05", "2027-02-16"]


def test_what_would_fall_on_a_weekend_comes_on_the_friday_before() -> None:
    saturday = datetime(2027, 2, 6, 10, tzinfo=UTC)
    at = lasting.warned_at(saturday + 14 * DAY, 14 * DAY, ZONE, QuietHours())
    assert at.astimezone(ZONE).isoformat() == "2027-02-05T09:00:00+01:00"
    loud = QuietHours(weekend=False)
    assert lasting.warned_at(saturday + 14 * DAY, 14 * DAY, ZONE, loud).astimezone(ZONE).weekday() == 5


def test_quiet_hours_that_last_into_the_day_are_left_in_peace() -> None:
    late = QuietHours(time(20), time(11))
    at = lasting.warned_at(datetime(2027, 2, 23, 10, tzinfo=UTC), 14 * DAY, ZONE, late)
    assert at.astimezone(ZONE).time() == time(11)


@given(
    hours=some.integers(0, 24 * 400),
    days=some.integers(1, 60),
    zone=zones,
    begin=some.times(),
    end=some.times(),
    weekend=some.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_no_warning_comes_on_a_quiet_weekend_or_after_the_end(
    hours: int, days: int, zone: ZoneInfo, begin: time, end: time, *, weekend: bool
) -> None:
    ends_at = NOW + timedelta(hours=hours)
    at = lasting.warned_at(ends_at, days * DAY, zone, QuietHours(begin, end, weekend=weekend))
    assert at < ends_at
    assert not weekend or at.astimezone(zone).weekday() < 5
    assert ends_at - at < days * DAY + timedelta(days=3)


@given(zone=zones, hours=some.integers(0, 24 * 14))
@settings(max_examples=100, deadline=None)
def test_whoever_reads_elsewhere_is_looked_for_in_time(zone: ZoneInfo, hours: int) -> None:
    record = delivered()
    ends_at = END + timedelta(hours=hours)
    request = replace(record.request, ends_at=ends_at)
    for due, lead in zip(lasting.calendar(request, RULES, ZONE), RULES.warn_before, strict=False):
        theirs = lasting.warned_at(ends_at, lead, zone, RULES.quiet_hours)
        assert due.at <= theirs


def test_nobody_is_told_twice_however_often_and_whenever_somebody_looks() -> None:
    record = through(accepted(), facts(), END - DAY)
    known = [one.key for one in warnings(record)]
    for at in (END - 20 * DAY, END - 2 * DAY, END - DAY):
        row = job(record, lasting.NAME)
        record = replace(record, jobs={**record.jobs, row.key: replace(row, due_at=at)})
        record = through(record, facts(ObjectId("alex")), at)
    assert [one.key for one in warnings(record)] == known


def test_of_what_a_long_stop_has_missed_the_last_is_told_and_after_the_end_nothing() -> None:
    record = accepted()
    row = job(record, lasting.NAME)
    late = replace(record, jobs={**record.jobs, row.key: replace(row, due_at=END - DAY)})
    assert {one.name.split("/")[2] for one in warnings(through(late, facts(), END - DAY))} == {"3"}
    over = replace(record, jobs={**record.jobs, row.key: replace(row, due_at=END + DAY)})
    assert warnings(through(over, facts(), END + DAY)) == []


def test_what_was_missed_is_told_when_it_is_not_quiet_any_more() -> None:
    record, saturday = accepted(), datetime(2027, 2, 13, 12, tzinfo=UTC)
    row = job(record, lasting.NAME)
    record = replace(record, jobs={**record.jobs, row.key: replace(row, due_at=saturday)})
    (card, *_) = warnings(through(record, facts(), saturday))
    assert card.due_at.astimezone(ZONE).isoformat() == "2027-02-15T08:00:00+01:00"


def test_a_term_that_is_shorter_than_a_warning_has_none_of_it() -> None:
    short = delivered(term=Term(days=5)).request
    assert [one.days for one in lasting.calendar(short, RULES, ZONE)] in ([3, 0], [0])
    assert [one.days for one in lasting.calendar(delivered(term=Term(days=1)).request, RULES, ZONE)] == [0]


def test_a_policy_that_has_changed_holds_for_what_is_active_already() -> None:
    often = replace(RULES, warn_before=(30 * DAY, 7 * DAY))
    assert {
        one.name.split("/")[2] for one in warnings(through(accepted(), facts(rules=often), END - DAY))
    } == {
        "30",
        "7",
    }
    never = replace(RULES, warn_before=())
    assert warnings(through(accepted(), facts(rules=never), END - DAY)) == []


def test_a_guest_who_has_not_accepted_or_is_forgotten_or_where_there_is_no_mailbox_gets_no_mail() -> None:
    forgotten = accepted()
    forgotten = replace(forgotten, request=replace(forgotten.request, address=ERASED))
    for record, mails in ((delivered(), True), (forgotten, True), (accepted(), False)):
        told = warnings(through(record, facts(mails=mails), END - DAY))
        assert {one.kind for one in told} == {JobKind.REMINDER}


def test_of_what_was_due_before_a_restore_nobody_is_told_again() -> None:
    record = accepted()
    restore = Restore(seq=1, to=END - 20 * DAY, at=END - 10 * DAY, last=1042, next=2001)
    record = replace(record, request=replace(record.request, restored=restore))
    told = warnings(through(record, facts(), END - DAY))
    assert {one.name.split("/")[2] for one in told} == {"3"}


@pytest.mark.parametrize("moved", [False, True])
def test_a_warning_that_waits_has_nothing_to_say_once_the_end_is_another_or_has_begun(*, moved: bool) -> None:
    record = through(accepted(), facts(), END - 10 * DAY)
    (card, *_) = warnings(record)
    assert watch.concerns(record, card)
    if moved:
        later = replace(record, request=replace(record.request, ends_at=END + 30 * DAY))
    else:
        later = done(record, ending.remove(MEGAN, ()), END - 9 * DAY)
    assert not watch.concerns(later, card)
