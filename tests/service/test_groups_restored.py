"""A group that is deleted and restored in Entra gives nobody back an access that has ended."""

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import AssignmentState, Group, JobKind, Left, Record
from tests.service.house import ALEX, GUESTS, PORTAL, House, draft
from tests.service.test_clean_ups import assignment, days

PORTAL_GROUP = Group(GUESTS, "Portal guests")


async def ended_without_its_group(house: House) -> Record:
    """Return an access that ended while its group was deleted, and is kept with its members for 30 days."""
    house.tenant.owners[PORTAL].append(ALEX)
    wanted = draft(app="Patient Portal", access="Portal guests", term="10d")
    record = await house.delivered(await house.approved(wanted))
    del house.tenant.groups[GUESTS]
    house.clock.turn(days=11)
    await house.settle()
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert house.tenant.access, "as Entra keeps it"
    return record


async def test_what_came_back_with_the_group_is_taken_away_the_day_after_and_once(house: House) -> None:
    record = await ended_without_its_group(house)
    await days(house, 3)
    house.tenant.groups[GUESTS] = PORTAL_GROUP
    await days(house, 1)
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert not house.tenant.access
    told = [entry.fact for entry in await house.audit() if entry.fact.request_id == record.request.request_id]
    taken = [one.detail for one in told if one.what == "step.done" and one.detail["step"] == "take-away"]
    assert [one.get("group_gone") for one in taken] == [True, None]
    assert [one.what for one in told].count("assignment.retried") == 1
    await days(house, 2)
    again = [
        entry.fact for entry in await house.audit() if entry.fact.request_id == record.request.request_id
    ]
    assert len(again) == len(told)


async def test_a_group_that_stays_away_is_looked_for_while_somebody_can_restore_it(house: House) -> None:
    record = await ended_without_its_group(house)
    house.clock.turn(days=31)
    house.tenant.groups[GUESTS] = PORTAL_GROUP
    await days(house, 1)
    assert "assignment.retried" not in [entry.fact.what for entry in await house.audit()]
    assert (await assignment(house, record)).state is AssignmentState.ENDED


async def test_an_end_whose_answer_was_lost_finds_that_the_group_is_gone(house: House) -> None:
    house.tenant.owners[PORTAL].append(ALEX)
    wanted = draft(app="Patient Portal", access="Portal guests", term="10d")
    record = await house.delivered(await house.approved(wanted))
    house.clock.turn(days=11)
    house.faults.before["take_away"] = [Unknown(Cause.UNAVAILABLE)]
    await house.run_due(JobKind.TERM)
    await house.run_due(JobKind.REMOVAL)
    del house.tenant.groups[GUESTS]
    await house.settle()
    assert (await house.now(record)).request.group_gone_at is not None


async def test_where_the_group_cannot_be_read_it_is_looked_for_the_day_after(house: House) -> None:
    await ended_without_its_group(house)
    house.tenant.groups[GUESTS] = PORTAL_GROUP
    house.faults.before["group"] = [Refused(Cause.RIGHTS_MISSING)]
    await days(house, 1)
    assert house.tenant.access
    await days(house, 1)
    assert not house.tenant.access
