"""A removal from the directory that failed before it blocked anybody can be given up."""

import pytest

from access.ports import Refused, Unknown
from access.rules.causes import Cause
from access.rules.departing import Asked
from access.rules.model import JobKind, JobStatus, ObjectId, Record, State
from access.rules.refusals import NotPossible, NotYours
from access.service.remove import Removals
from cards import account
from cards.look import Look
from tests.service.house import ALEX, DESK, DIEGO, LIDIA, MEGAN, ZONE, House
from tests.service.test_account_removals import ANAS, begun, given, removed


@pytest.fixture
def removals(house: House) -> Removals:
    return Removals(house.decisions, house.policy)


async def failed(house: House) -> Record:
    """Return a removal of Megan's that only an admin can carry out: Ana was given an app of Alex's."""
    await given(house)
    record = await begun(house)
    house.tenant.access.add((ANAS, DESK))
    assert await house.failed(record) is Cause.HOLDS_MORE
    return await house.now(record)


@pytest.mark.parametrize("by", [MEGAN, LIDIA])
async def test_its_requestor_or_an_admin_gives_it_up_and_the_guest_stays(
    house: House, removals: Removals, by: ObjectId
) -> None:
    record = await failed(house)
    done = await removals.of_request(record.request.label, by)
    assert isinstance(done, Record), done
    assert done.request.state is State.CANCELED
    steps = [job.status for job in done.jobs.values() if job.kind is JobKind.ACCOUNT]
    assert set(steps) == {JobStatus.DROPPED}
    assert house.tenant.guests[ANAS].enabled
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "request.canceled"]
    assert (fact.actor, fact.detail["guest"]) == (by, ANAS)
    await house.settle()
    assert isinstance(await house.acts.ask(ANAS, LIDIA), Asked), "it can be asked for anew"
    assert isinstance(await removals.of_request(record.request.label, by), NotPossible), "once"
    assert isinstance(await house.decisions.retry(record.request.label, LIDIA), NotPossible)


@pytest.mark.parametrize("by", [ALEX, DIEGO])
async def test_nobody_else_gives_it_up(house: House, removals: Removals, by: ObjectId) -> None:
    record = await failed(house)
    assert isinstance(await removals.of_request(record.request.label, by), NotYours)
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED


async def test_what_has_blocked_or_may_have_is_put_back_and_not_given_up(
    house: House, removals: Removals
) -> None:
    await given(house)
    record = await removed(house)
    assert isinstance(await removals.of_request(record.request.label, MEGAN), NotPossible)
    drawn = str(account.draw(await house.now(record), Look(ZONE)))
    assert "Give up" not in drawn


async def test_its_card_has_the_button_and_then_says_that_it_is_given_up(
    house: House, removals: Removals
) -> None:
    record = await failed(house)
    drawn = str(account.draw(record, Look(ZONE)))
    assert "Give the removal up" in drawn
    assert f"/remove {record.request.label}" in drawn
    done = await removals.of_request(record.request.label, MEGAN)
    assert isinstance(done, Record)
    after = str(account.draw(done, Look(ZONE)))
    assert "Given up" in after
    assert "delivery.retry" not in after


async def test_a_block_whose_answer_was_lost_is_not_given_up(house: House, removals: Removals) -> None:
    await given(house)
    record = await begun(house)
    house.faults.after["block"] = [Unknown(Cause.UNAVAILABLE)]
    await house.run_due(JobKind.ACCOUNT)
    house.faults.before["holdings"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.settle()
    stands = await house.now(record)
    assert stands.request.state is State.DELIVERY_FAILED
    assert not house.tenant.guests[ANAS].enabled
    assert isinstance(await removals.of_request(record.request.label, MEGAN), NotPossible)
