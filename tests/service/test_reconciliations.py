"""The daily comparison with the directory's own log: what it finds, tells once, and could not see."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from access.ports import AccessError, NotDone, Refused
from access.rules.causes import Cause
from access.rules.model import AuditFact, ObjectId, Record
from access.rules.reconcile import GRACE, Deed
from access.rules.reconciled import Act, Gap
from access.service.comparing import Comparing
from access.service.reconcile import MARK, Reconciliations
from tests.service.house import ANA, READER, RECORDS, House, draft


@dataclass
class FakeLog:
    """The directory's log; `meanwhile` runs before it answers, `kept` is how long it keeps an entry."""

    house: House
    entries: list[tuple[datetime, Deed]] = field(default_factory=list)
    error: AccessError | None = None
    kept: timedelta = timedelta(days=30)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        self.asked.append((since, until))
        if self.error is not None:
            raise self.error
        for act in self.meanwhile:
            act()
        now = self.house.clock.now()
        for told_at, deed in self.entries:
            if told_at <= now and since <= deed.at <= until and deed.at >= now - self.kept:
                yield deed

    async def oldest(self) -> datetime | None:
        return self.house.clock.now() - self.kept

    def tell(self, deed: Deed, late: timedelta = timedelta(minutes=5)) -> None:
        self.entries.append((deed.at + late, deed))

    def tell_of(self, record: Record) -> None:
        """Log what the delivery of a request did."""
        guest, at = record.request.guest_id, self.house.clock.now()
        assert guest is not None
        self.tell(Deed(f"invited-{guest}", at, Act.INVITATION, guest, address=record.request.address))
        self.tell(Deed(f"assigned-{guest}", at, Act.ASSIGNMENT, guest, RECORDS, READER))


@pytest.fixture
def log(house: House) -> FakeLog:
    return FakeLog(house)


def reconciliations(house: House, log: FakeLog, alarm: Callable[[str], None]) -> Reconciliations:
    comparing = Comparing(house.store, log, house.clock)
    return Reconciliations(house.store, comparing, house.clock, alarm)


@pytest.fixture
def work(house: House, log: FakeLog) -> Reconciliations:
    return reconciliations(house, log, house.alarms.append)


def planted(house: House, key: str = "Directory_1") -> Deed:
    return Deed(key, house.clock.now(), Act.ASSIGNMENT, ObjectId("mallory"), RECORDS, READER)


async def a_delivery(house: House, log: FakeLog, address: str = ANA) -> Record:
    record = await house.delivered(await house.approved(draft(address=address)))
    log.tell_of(record)
    return record


async def later(house: House, work: Reconciliations, **by: float) -> None:
    house.clock.turn(**by)
    await work.daily()


async def found(house: House) -> list[tuple[str, object]]:
    facts = [entry.fact for entry in await house.audit()]
    return [(fact.what, fact.detail["key"]) for fact in facts if "key" in fact.detail]


async def test_where_both_agree_there_is_no_alarm_and_the_audit_says_that_it_was_compared(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    await later(house, work, hours=2)
    assert house.alarms == []
    [looked] = [e.fact for e in await house.audit() if e.fact.what == "reconcile.looked"]
    assert (looked.detail["deeds"], looked.detail["approvals"], looked.detail["findings"]) == (2, 2, 0)


async def test_what_nobody_approved_is_told_once_with_its_entry_and_what_to_do(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    log.tell(planted(house))
    for _ in range(3):
        await later(house, work, hours=25)
    [alarm] = house.alarms
    assert "assigned mallory to app records with role reader (Entra's entry Directory_1)" in alarm
    assert "2026-11-21 09:" in alarm
    assert "take away what nobody wanted" in alarm
    assert await found(house) == [("reconcile.no-approval", "Directory_1")]


async def test_an_approval_without_its_effect_is_told_after_an_hour_and_not_before(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await a_delivery(house, log)
    del log.entries[1]
    await later(house, work, minutes=55)
    assert house.alarms == []
    await later(house, work, hours=1)
    [alarm] = house.alarms
    assert f"{record.request.label} was approved and done, without the assignment of guest-1" in alarm
    await later(house, work, hours=25)
    assert len(house.alarms) == 1


async def test_an_effect_that_the_log_tells_after_the_alarm_is_taken_back_once_and_rings_no_more(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await a_delivery(house, log)
    told_at, deed = log.entries.pop()
    log.entries.append((told_at + timedelta(hours=20), deed))
    await later(house, work, hours=2)
    [rung] = house.alarms
    assert "was approved and done, without the assignment of guest-1" in rung
    for _ in range(3):
        await later(house, work, hours=25)
    [_, off] = house.alarms
    said = "tells by now of the assignment of guest-1 to app records with role reader for"
    assert f"{said} {record.request.label}" in off
    [(missing, key), (taken_back, same)] = await found(house)
    assert (missing, taken_back) == ("reconcile.no-effect", "reconcile.found-later")
    assert key == same
    now = house.clock.now()
    assert (await work.comparing.compare(now - timedelta(days=7), now - GRACE)).late == ()


async def test_whoever_dies_after_taking_back_does_not_have_it_written_again(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    told_at, deed = log.entries.pop()
    log.entries.append((told_at + timedelta(hours=20), deed))
    await later(house, work, hours=2)

    def dies(_: str) -> None:
        raise KeyboardInterrupt

    house.clock.turn(hours=25)
    with pytest.raises(KeyboardInterrupt):
        await reconciliations(house, log, dies).daily()
    for _ in range(3):
        await later(house, work, hours=25)
    assert [what for what, _ in await found(house)] == ["reconcile.no-effect", "reconcile.found-later"]
    assert len(house.alarms) == 1, "nothing is missing, so nothing rings"


async def test_an_effect_that_is_missing_again_after_it_was_taken_back_is_told_again(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    late = log.entries.pop()
    await later(house, work, hours=2)
    log.entries.append(late)
    await later(house, work, hours=24)
    log.entries.remove(late)
    report = await work.comparing.compare(house.clock.now() - timedelta(days=7), house.clock.now())
    [again] = report.findings
    assert again.key not in report.known


async def test_it_is_done_once_a_day_whoever_restarts(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    await later(house, work, hours=2)
    asked = len(log.asked)
    again = reconciliations(house, log, house.alarms.append)
    for _ in range(5):
        await later(house, again, hours=4)
    assert len(log.asked) == asked
    await later(house, again, hours=4)
    assert len(log.asked) > asked


async def test_what_the_log_tells_a_day_late_is_found_still(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    log.tell(planted(house), late=timedelta(hours=20))
    await later(house, work, hours=3)
    assert house.alarms == []
    await later(house, work, hours=24)
    assert "Directory_1" in house.alarms[0]


async def test_a_log_that_is_refused_is_said_once_with_its_days_and_the_watermark_stays(
    house: House, log: FakeLog, work: Reconciliations, caplog: pytest.LogCaptureFixture
) -> None:
    await a_delivery(house, log)
    await later(house, work, hours=2)
    log.error = Refused(Cause.RIGHTS_MISSING)
    log.tell(planted(house))
    mark = await house.store.note(MARK)
    for _ in range(3):
        await later(house, work, hours=24)
    [alarm] = house.alarms
    assert "Not seen: 2026-11-21 10:" in alarm
    assert "AuditLog.Read.All is missing" in alarm
    assert caplog.text.count("cannot be read") == 1
    assert [e.fact.detail["why"] for e in await house.audit() if e.fact.what == "reconcile.unseen"] == [
        "rights-missing"
    ]
    now = await house.store.note(MARK)
    assert mark is not None
    assert now == mark.replace('"blind": false', '"blind": true')
    log.error = None
    await later(house, work, hours=1)
    assert "Directory_1" in house.alarms[1]


async def test_a_permission_that_was_never_there_rings_no_alarm(
    house: House, log: FakeLog, work: Reconciliations, caplog: pytest.LogCaptureFixture
) -> None:
    await a_delivery(house, log)
    log.error = Refused(Cause.RIGHTS_MISSING)
    for _ in range(3):
        await later(house, work, hours=24)
    assert house.alarms == []
    assert caplog.text.count("cannot be read") == 1
    log.error = None
    log.tell(planted(house))
    await later(house, work, hours=48)
    assert "Directory_1" in house.alarms[0]


async def test_an_outage_is_tried_again_and_nothing_is_noted_of_it(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    log.error = NotDone(Cause.UNAVAILABLE)
    before = await house.store.note(MARK), len(await house.audit())
    house.clock.turn(hours=2)
    with pytest.raises(NotDone):
        await work.daily()
    assert (await house.store.note(MARK), len(await house.audit())) == before
    log.error = None
    await work.daily()
    assert house.alarms == []


async def test_days_that_the_log_has_lost_are_named_once_and_passed(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    log.kept = timedelta(days=7)
    await a_delivery(house, log)
    await later(house, work, hours=2)
    log.error = Refused(Cause.RIGHTS_MISSING)
    await a_delivery(house, log, "ben@fabrikam.com")
    log.entries.clear()
    await later(house, work, days=20)
    log.error = None
    for _ in range(6):
        await later(house, work, days=1)
    assert len(house.alarms) == 2
    assert "the log does not keep them any more" in house.alarms[1]
    assert "Not seen: 2026-11-21" in house.alarms[1]
    assert await found(house) == [], "an approval of those days is no finding"


async def test_of_two_that_compare_at_once_one_tells(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    log.tell(planted(house))
    house.clock.turn(hours=2)
    other = reconciliations(house, FakeLog(house, log.entries), house.alarms.append)
    waits = [other]

    async def slowly(since: datetime, until: datetime) -> AsyncIterator[Deed]:
        if waits:
            await waits.pop().daily()
        async for deed in FakeLog(house, log.entries).deeds(since, until):
            yield deed

    log.deeds = slowly  # type: ignore[method-assign]  # the fake that lets the other overtake
    await work.daily()
    assert len(house.alarms) == 1
    assert len(await found(house)) == 1


async def test_whoever_dies_before_the_alarm_has_it_rung_by_the_next_and_not_written_again(
    house: House, log: FakeLog
) -> None:
    await a_delivery(house, log)
    log.tell(planted(house))
    house.clock.turn(hours=2)

    def dies(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await reconciliations(house, log, dies).daily()
    assert len(await found(house)) == 1
    work = reconciliations(house, log, house.alarms.append)
    for _ in range(3):
        await later(house, work, hours=25)
    assert len(house.alarms) == 1
    assert len(await found(house)) == 1


async def test_what_a_restore_lost_is_listed_when_asked_and_rings_no_alarm(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    await a_delivery(house, log)
    until = await house.store.known_until()
    assert until is not None
    house.clock.turn(minutes=30)
    log.tell(planted(house))
    house.clock.turn(minutes=30)
    await house.store.restore(until)
    await later(house, work, hours=3)
    assert house.alarms == []
    assert await found(house) == []
    now = house.clock.now()
    report = await work.comparing.compare(now - timedelta(days=1), now - GRACE)
    assert [one.gap for one in report.findings] == [Gap.LOST]


async def test_what_was_done_before_this_database_began_is_none_of_its_business(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    log.tell(planted(house))
    house.clock.turn(hours=12)
    await work.daily()
    await a_delivery(house, log)
    for _ in range(3):
        await later(house, work, hours=25)
    assert house.alarms == []
    now = house.clock.now()
    asked = await work.comparing.compare(now - timedelta(days=7), now)
    assert (asked.deeds, asked.findings) == (2, ())


async def test_what_was_there_already_has_no_effect_to_look_for(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await house.approved()
    await house.run_due()  # the invitation; then somebody else gives the access
    while (await house.now(record)).request.guest_id is None:
        house.clock.turn(seconds=1)
        await house.run_due()
    guest = (await house.now(record)).request.guest_id
    assert guest is not None
    house.tenant.access.add((guest, RECORDS))
    log.tell(Deed("e1", house.clock.now(), Act.INVITATION, guest, address=ANA))
    await house.delivered(record)
    await later(house, work, hours=3)
    assert house.alarms == []


async def test_a_lost_answer_is_one_approval_with_two_invitations(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    house.faults.after["invite"] = [NotDone(Cause.UNAVAILABLE)]
    record = await house.delivered(await house.approved())
    log.tell_of(record)
    guest = record.request.guest_id
    assert guest is not None
    log.tell(Deed("again", house.clock.now(), Act.INVITATION, guest, address=ANA))
    await later(house, work, hours=3)
    assert house.alarms == []


async def test_entries_of_an_older_version_are_read_with_what_their_request_gives(
    house: House, log: FakeLog, work: Reconciliations
) -> None:
    record = await a_delivery(house, log)
    house.clock.turn(hours=1)
    request, guest = record.request, record.request.guest_id
    assert guest is not None
    old = AuditFact(
        what="step.begun",
        request_id=request.request_id,
        subject=request.subject,
        detail={"step": "give", "fence": 7, "approved_by": "alex"},
    )
    await house.store.write_audit(old)
    log.tell(Deed("e9", house.clock.now(), Act.ASSIGNMENT, guest, RECORDS, READER))
    await later(house, work, hours=3)
    assert house.alarms == []
