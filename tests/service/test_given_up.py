"""A failed delivery that gave nothing can be given up at any time, and then nothing rests on it any more."""

import pytest

from access.ports import Refused
from access.rules import jobs
from access.rules.accounts import Right
from access.rules.causes import Cause
from access.rules.departing import Asked
from access.rules.model import AssignmentState, Left, ObjectId, Record, Redemption, State
from access.rules.refusals import Duplicate, NoAccess, NotPossible, NotYours
from access.rules.undoing import Why
from access.service.remove import Removals
from access.service.undo import Undoing
from cards import answers
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, ANA, DESK, DIEGO, LIDIA, MEGAN, NIA, RECORDS, House, draft
from tests.service.test_undoing import ANAS, DAY, R1, assignment, given, whats, why
from tests.service.test_undone_halfway import fails

AS_READER = {"app": "Referral Desk", "access": "Reader"}


@pytest.fixture
def removals(house: House) -> Removals:
    return Removals(house.decisions, house.policy)


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def given_up(house: House, label: str = R1, by: ObjectId = MEGAN) -> Record:
    found = await Removals(house.decisions, house.policy).of_request(label, by)
    assert isinstance(found, Record), found
    await house.settle()
    return await house.now(found)


@pytest.mark.parametrize("who", [MEGAN, ALEX, LIDIA])
@pytest.mark.parametrize("call", ["invite", "give"])
async def test_who_asked_who_may_decide_and_an_admin_give_it_up_long_after_the_window_of_its_undo(
    house: House, call: str, who: ObjectId
) -> None:
    await fails(house, call)
    house.clock.time += 400 * DAY
    record = await given_up(house, by=who)
    assert record.request.state is State.CANCELED
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NEVER_GIVEN)
    assert house.faults.calls.count("take_away") == 0
    told = await whats(house, record)
    assert told.index("request.canceled") < told.index("assignment.ending") < told.index("assignment.ended")
    name = house.tenant.people[who].name
    card = str(draw(record, jobs.THREAD, LOOK))
    assert f"{name} gave the delivery up on" in card
    assert "Given up" in card
    assert "removed the access" not in card
    assert isinstance(await house.decisions.retry(R1, MEGAN), NotPossible)


async def test_to_everybody_else_it_is_not_theirs(house: House, removals: Removals) -> None:
    await fails(house, "give")
    assert isinstance(await removals.of_request(R1, DIEGO), NotYours)
    assert isinstance(await removals.of_guest(ANA, "Health Records", MEGAN), NoAccess), "there is none"


async def test_the_same_can_be_asked_for_again(house: House) -> None:
    record = await fails(house, "give")
    first = await house.send()
    assert isinstance(first, Duplicate)
    card = str(answers.duplicate(first.first, LOOK))
    assert "/retry R-1001" in card
    assert "/remove R-1001" in card
    await given_up(house)
    again = await house.delivered(await house.approved())
    assert again.request.number > record.request.number


async def test_what_others_gave_before_it_stays(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await fails(house, "read_back", (ObjectId("ana"), RECORDS))
    record = await given_up(house)
    assert (record.request.state, assignment(record).left) == (State.CANCELED, Left.WAS_THERE)
    assert (ObjectId("ana"), RECORDS) in house.tenant.access


async def test_the_account_that_it_made_is_its_owners_to_remove_then(house: House) -> None:
    await fails(house, "give")
    await given_up(house)
    found = await house.acts.ask(ANAS, ALEX)
    assert isinstance(found, Asked)
    assert found.right is Right.OWNER


async def test_nothing_rests_on_the_account_by_it_any_more(house: House, undoing: Undoing) -> None:
    house.tenant.owners[DESK] = [ALEX, NIA]
    await given(house)
    other = await house.sent(draft(**AS_READER), by=ALEX)
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    assert isinstance(await house.decisions.approve(other.request.label, NIA, None), Record)
    await house.failed(other)
    before = await undoing.ask(R1, MEGAN)
    assert getattr(before, "account", None) is None
    await given_up(house, other.request.label, ALEX)
    after = await undoing.ask(R1, MEGAN)
    assert getattr(after, "account", None) is not None


async def test_an_undo_after_it_finds_nothing_and_says_no_undo(house: House, undoing: Undoing) -> None:
    await fails(house, "give")
    await given_up(house)
    assert why(await undoing.ask(R1, MEGAN)) is Why.NOTHING_DONE


async def test_who_wants_to_cancel_it_is_told_how_it_is_given_up(house: House) -> None:
    await fails(house, "give")
    refused = await house.decisions.cancel(R1, MEGAN)
    assert isinstance(refused, NotPossible)
    assert "To give it up, type /remove R-1001." in answers.refused_text(refused, "cancel", LOOK)


@pytest.mark.parametrize(("call", "button"), [("give", "Give up"), ("read_back", "Remove access")])
async def test_the_card_of_who_asked_offers_it(house: House, call: str, button: str) -> None:
    record = await fails(house, call)
    card = str(draw(record, jobs.REQUESTOR, LOOK))
    assert f"'{button}'" in card
    assert "/remove R-1001" in card
