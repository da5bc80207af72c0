"""Who may end an access, by today's right, may take its end up again where it stands still."""

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AssignmentState, ObjectId, Record
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotYours
from access.service.remove import Removals
from access.service.undo import Undoing
from tests.service.house import ADMINS, DIEGO, LIDIA, MEGAN, NIA, RECORDS, House
from tests.service.test_undoing import assignment

DECIDED_ELSEWHERE = f"""
[roles]
admins = ["group:{ADMINS}"]
[[defaults.stage]]
approvers = ["role:admins"]
"""
R1 = "R-1001"


async def stands_still(house: House, who: ObjectId) -> Record:
    """Return an access that somebody removed who decides about nothing, and which is still there."""
    record = await house.delivered(await house.approved())
    if who == NIA:  # whose app it is, and who would decide else, as an admin does not
        house.policy.policy = read_policy(DECIDED_ELSEWHERE)
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    assert isinstance(await Removals(house.decisions, house.policy).of_request(R1, who), Record)
    await house.settle()
    [alarm] = house.alarms
    assert f"/retry {R1}" in alarm
    return await house.now(record)


@pytest.mark.parametrize("who", [LIDIA, NIA])
async def test_an_admin_and_an_owner_who_decides_about_nothing_take_up_the_end_that_they_began(
    house: House, who: ObjectId
) -> None:
    record = await stands_still(house, who)
    assert isinstance(await house.decisions.retry(R1, who), Record)
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ENDED


@pytest.mark.parametrize("who", [LIDIA, NIA])
async def test_they_take_up_an_access_that_is_given_again(house: House, who: ObjectId) -> None:
    record = await stands_still(house, who)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    assert isinstance(await undoing.undo(R1, who, None), Record)
    await house.settle()
    assert assignment(await house.now(record)).failure
    assert isinstance(await house.decisions.retry(R1, who), Record)
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ACTIVE


async def test_who_owned_the_app_once_and_who_never_did_may_not(house: House) -> None:
    await stands_still(house, NIA)
    house.tenant.owners[RECORDS].remove(NIA)
    for who in (NIA, DIEGO):
        assert isinstance(await house.decisions.retry(R1, who), NotYours)
