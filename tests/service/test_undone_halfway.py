"""`/undo` of a delivery that failed half-way: by its journal, exactly what it did, and nothing more of it."""

import asyncio

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import (
    AccountState,
    AssignmentState,
    JobStatus,
    Kind,
    Left,
    MailState,
    ObjectId,
    Record,
    Redemption,
    State,
    StepKind,
)
from access.rules.refusals import NotPossible
from access.rules.undoing import NotUndone, Stays, Undoable, Undoes, Why
from access.service.undo import Undoing
from cards.answers import refused_text
from cards.undo import refused, taken_back
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, RECORDS, House
from tests.service.test_undoing import ANAS, DAY, R1, asked, assignment, given, undone, whats, why

ANA = ObjectId("ana")
LOST = Unknown(Cause.UNAVAILABLE)


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def fails(house: House, call: str, *there: tuple[ObjectId, ObjectId]) -> Record:
    """Have Megan's delivery fail at a call, where others gave accesses that are `there` by then."""
    house.faults.before[call] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    house.tenant.access.update(there)
    await house.failed(record)
    return await house.now(record)


def alive(record: Record) -> list[str]:
    return [job.name for job in record.jobs.values() if job.status in {JobStatus.READY, JobStatus.WAITING}]


async def test_what_failed_after_the_access_was_given_takes_that_away_and_the_account_that_it_made(
    house: House, undoing: Undoing
) -> None:
    await fails(house, "read_back")
    assert (ANAS, RECORDS) in house.tenant.access
    found = await asked(undoing)
    assert found.doing.undoes is Undoes.HALFWAY
    assert found.stays == (Stays.MAIL, Stays.USED, Stays.AUDIT), "the mail went out before the proof"
    assert found.account is not None
    record = await undone(house, undoing, seen=found.hash)
    assert (record.request.state, assignment(record).state) == (State.CANCELED, AssignmentState.ENDED)
    assert assignment(record).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access
    (removal,) = [one.request for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    assert removal.account is not None
    assert removal.account.state is AccountState.BLOCKED
    told = await whats(house, record)
    assert told.index("request.canceled") < told.index("assignment.ending") < told.index("assignment.ended")
    assert not alive(record) or all("/" in one or one in {"thread", "requestor"} for one in alive(record))


async def test_what_failed_before_anything_was_given_takes_back_the_account_alone(
    house: House, undoing: Undoing
) -> None:
    await fails(house, "give")
    assert ANAS in house.tenant.guests
    found = await asked(undoing)
    assert (found.gave, Stays.USED in found.stays, found.account is not None) == (False, False, True)
    record = await undone(house, undoing, seen=found.hash)
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NEVER_GIVEN)
    assert house.faults.calls.count("take_away") == 0
    assert house.tenant.guests[ANAS].enabled is False
    assert why(await undoing.ask(R1, MEGAN)) is Why.UNDONE


async def test_what_failed_before_anything_was_done_is_given_up(house: House, undoing: Undoing) -> None:
    await fails(house, "invite")
    found = await asked(undoing)
    assert (found.stays, found.account, found.gave) == ((Stays.AUDIT,), None, False)
    record = await undone(house, undoing)
    assert record.request.state is State.CANCELED
    assert house.tenant.guests == {}
    again = await house.delivered(await house.approved())
    assert again.request.number > record.request.number, "the same can be asked for again"


async def test_who_was_there_and_what_others_gave_stays(house: House, undoing: Undoing) -> None:
    house.knows(Redemption.ACCEPTED)
    await fails(house, "read_back", (ANA, RECORDS))
    found = await asked(undoing)
    assert found.account is None
    assert {Stays.WAS_THERE, Stays.ACCOUNT_BEFORE, Stays.SPONSOR_ONLY} <= set(found.stays)
    assert taken_back(found, LOOK) == ["The delivery is given up, and nobody can retry it."]
    record = await undone(house, undoing)
    assert assignment(record).left is Left.WAS_THERE
    assert (ANA, RECORDS) in house.tenant.access
    assert house.tenant.guests[ANA].enabled


async def test_a_giving_whose_answer_was_lost_is_taken_away_where_it_is_found(
    house: House, undoing: Undoing
) -> None:
    house.faults.after["give"] = [Unknown(Cause.UNAVAILABLE)]
    house.faults.before["has"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    await house.failed(record)
    assert (ANAS, RECORDS) in house.tenant.access
    assert (await asked(undoing)).gave
    assert assignment(await undone(house, undoing)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_an_account_without_anything_is_an_owners_of_its_app_and_nobody_elses(
    house: House, undoing: Undoing
) -> None:
    await fails(house, "give")
    house.tenant.owners[RECORDS] = [MEGAN]
    assert (await asked(undoing)).account is not None
    approver = await asked(undoing, who=ALEX)  # who approved it, and owns the app no more
    assert (approver.account, Stays.ACCOUNT_RIGHT in approver.stays) == (None, True)
    assert (await asked(undoing, who=LIDIA)).account is not None
    assert not isinstance(await undoing.ask(R1, DIEGO), Undoable)


@pytest.mark.parametrize("first", ["retry", "undo"])
async def test_of_retry_and_undo_at_once_one_wins_and_the_other_does_nothing(
    house: House, undoing: Undoing, first: str
) -> None:
    record = await fails(house, "read_back")
    shown = await asked(undoing)
    retry, undo = house.decisions.retry(R1, MEGAN), undoing.undo(R1, ALEX, shown.hash)
    acts = (retry, undo) if first == "retry" else (undo, retry)
    done = await asyncio.gather(*acts)
    retried, undid = done if first == "retry" else reversed(done)
    assert isinstance(retried, Record) != isinstance(undid, Record), (retried, undid)
    await house.settle()
    state = (await house.now(record)).request.state
    if isinstance(undid, Record):
        assert isinstance(retried, NotPossible)
        assert state is State.CANCELED
        assert (ANAS, RECORDS) not in house.tenant.access
    else:
        assert why(undid) is Why.UNDER_WAY
        assert state is State.DELIVERED
        assert (ANAS, RECORDS) in house.tenant.access


async def test_who_presses_undo_on_a_card_after_a_retry_has_begun_undoes_nothing_of_it(
    house: House, undoing: Undoing
) -> None:
    record = await fails(house, "read_back")
    shown = await asked(undoing)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    assert why(await undoing.undo(R1, MEGAN, shown.hash)) is Why.UNDER_WAY
    await house.settle()
    late = await undoing.undo(R1, MEGAN, shown.hash)
    assert isinstance(late, Undoable)
    assert (late.moved, late.doing.undoes) == (True, Undoes.GIVEN)
    assert (await house.now(record)).request.state is State.DELIVERED


async def test_what_is_undone_is_not_retried_and_a_late_step_changes_nothing(
    house: House, undoing: Undoing
) -> None:
    record = await fails(house, "read_back")
    await undoing.undo(R1, MEGAN, None)
    refused = await house.decisions.retry(R1, MEGAN)
    assert isinstance(refused, NotPossible)
    said = refused_text(refused, "retry", LOOK)
    assert "undid it" in said
    assert "Its delivery is given up. Send it again with /invite." in said
    await house.settle()
    now = await house.now(record)
    assert now.request.mail is MailState.SENT
    steps = [one for one in now.jobs.values() if one.name in set(StepKind) and one.status is JobStatus.READY]
    assert steps == []


async def test_an_end_that_stands_still_is_taken_up(house: House, undoing: Undoing) -> None:
    await fails(house, "read_back")
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await undone(house, undoing)
    assert assignment(record).failure is not None
    assert why(await undoing.ask(R1, MEGAN)) is Why.STANDS_STILL
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_it_has_a_window_too_and_what_is_still_delivered_waits(house: House, undoing: Undoing) -> None:
    house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    assert why(await undoing.ask(R1, MEGAN)) is Why.UNDER_WAY
    await house.failed(record)
    await asked(undoing)
    house.clock.time += 2 * DAY
    assert why(await undoing.ask(R1, MEGAN)) is Why.PAST


@pytest.mark.parametrize(
    ("call", "way"),
    [
        ("read_back", "To take the access away, type /remove R-1001."),
        ("give", "To give it up, type /remove R-1001."),
    ],
)
async def test_when_it_is_too_late_nobody_is_sent_to_what_gives_the_access(
    house: House, undoing: Undoing, call: str, way: str
) -> None:
    house.knows(Redemption.ACCEPTED)
    await fails(house, call)
    house.clock.time += 2 * DAY
    found = await undoing.ask(R1, MEGAN)
    assert isinstance(found, NotUndone), found
    card = str(refused(found, LOOK))
    assert way in card
    assert "/retry" not in card


async def test_the_account_stays_where_another_access_rests_on_it(house: House, undoing: Undoing) -> None:
    await given(house)
    house.tenant.access.clear()
    failed = await fails(house, "read_back", (ANAS, RECORDS))
    assert (await asked(undoing, failed.request.label)).account is None
    assert assignment(await undone(house, undoing, failed.request.label)).left is Left.WAS_THERE
    assert (ANAS, RECORDS) in house.tenant.access
    assert house.tenant.guests[ANAS].enabled
