"""Who is left of a list that nobody can take up any more is asked for by a new list, as all texts say."""

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import Record, State
from access.rules.verdicts import Verdict
from tests.service.house import ALEX, ANA, MEGAN, House
from tests.service.test_accepting_anew import card
from tests.service.test_bulk_requests import sent
from tests.service.test_dry_runs import verdicts
from tests.service.test_list_runs import MANY, approved, bulk_of, over, rows
from tests.service.test_list_too_late import stopped_after_its_last_day

TWO = MANY[:2]


async def refused(house: House) -> Record:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in TWO]
    return await over(house, await approved(house, *TWO))


async def anew(house: House) -> Record:
    record = await sent(house, *TWO)
    done = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(done, Record), done
    return await over(house, done)


async def test_rows_that_can_be_retried_are_asked_for_already(house: House) -> None:
    await refused(house)
    assert await verdicts(house, *TWO) == [Verdict.ASKED, Verdict.ASKED]


async def test_rows_of_a_list_that_is_too_old_go_in_a_new_one_which_gives_them_up(house: House) -> None:
    first = await refused(house)
    house.clock.turn(days=31)
    assert await verdicts(house, *TWO) == [Verdict.NEW, Verdict.NEW]
    assert {one.state for one in await rows(house, first)} == {State.DELIVERY_FAILED}, "nothing is sent yet"
    second = await anew(house)
    assert (second.request.state, bulk_of(second).skipped) == (State.DELIVERED, ())
    assert len(house.tenant.access) == len(TWO)
    assert {one.state for one in await rows(house, first)} == {State.CANCELED}
    entries = [one.fact for one in await house.audit() if one.fact.what == "request.canceled"]
    assert [(one.actor, one.detail) for one in entries] == [
        (MEGAN, {"why": "removed", "by": second.request.request_id}) for _ in TWO
    ]
    given_up = await house.decisions.find((await rows(house, first))[0].label)
    assert isinstance(given_up, Record)
    assert f"asked for it anew with {second.request.label}." in card(given_up)


async def test_who_is_left_when_the_last_day_is_over_goes_in_a_new_list(house: House) -> None:
    await stopped_after_its_last_day(house)
    assert set(await verdicts(house, *MANY)) <= {Verdict.NEW, Verdict.GUEST}


async def test_a_row_that_may_have_given_access_stands_in_the_way_until_it_is_removed(house: House) -> None:
    house.faults.before["read_back"] = [Refused(Cause.REFUSED)]
    first = await over(house, await approved(house, *TWO))
    bad = next(one for one in await rows(house, first) if one.state is State.DELIVERY_FAILED)
    house.clock.turn(days=31)
    house.tenant.access.clear()
    assert await verdicts(house, bad.address) == [Verdict.ASKED]


async def test_a_request_of_its_own_stands_in_the_way_until_it_is_removed(house: House) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
    await house.failed(await house.approved())
    house.clock.turn(days=31)
    assert await verdicts(house, ANA) == [Verdict.ASKED]
