"""`/undo` of a sponsor whom a request added to a guest who was there: last, and where none needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from access.ports import Acted, Refused, Store, Unknown
from access.rules.causes import Cause
from access.rules.model import AssignmentState, JobKind, Left, ObjectId, Record, Redemption, State
from access.rules.sponsoring import was_added
from access.rules.undoing import Stays
from access.service.undo import Undoing
from tests.service.fakes import FakeProfiles
from tests.service.house import ALEX, DIEGO, GUESTS, LIDIA, MEGAN, RECORDS, THREAD, House, draft
from tests.service.test_killed_at_each_write import Died, Dying
from tests.service.test_undoing import R1, R2, asked, assignment, given, reads, undone

ANA = ObjectId("ana")
OURS = (ANA, MEGAN)
SAID = (Stays.SPONSOR, Stays.SPONSOR_BEFORE, Stays.SPONSOR_NEEDED, Stays.SPONSOR_ONLY)


@pytest.fixture
def undoing(house: House) -> Undoing:
    house.knows(Redemption.ACCEPTED)
    return Undoing(house.decisions, house.policy, house.guest_changes)


@dataclass
class Slow(FakeProfiles):
    """Takes a sponsor off slowly: another request for the guest is sent before it is done."""

    house: House = field(kw_only=True)
    met: bool = False

    async def unsponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted:
        if not self.met:
            await self.house.sent(draft(app="Patient Portal", access="Portal guests"))
        self.met = True
        return await super().unsponsor(guest_id, sponsor)


def of_sponsor(stays: Sequence[Stays]) -> list[Stays]:
    return [one for one in stays if one in SAID]


async def stays(house: House, undoing: Undoing, why: Stays) -> None:
    """See that the card says why the sponsor stays, and that they do."""
    found = await asked(undoing)
    assert (found.sponsor, of_sponsor(found.stays)) == (None, [why])
    record = await undone(house, undoing, seen=found.hash)
    assert assignment(record).state is AssignmentState.ENDED
    assert OURS in house.tenant.sponsors
    assert "drop_sponsor" not in house.faults.calls


async def test_a_sponsor_that_the_request_added_is_named_first_and_goes_after_the_access(
    house: House, undoing: Undoing
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    assert OURS in house.tenant.sponsors
    found = await asked(undoing)
    assert found.sponsor is not None
    assert (found.sponsor.object_id, of_sponsor(found.stays)) == (MEGAN, [])
    record = await undone(house, undoing, seen=found.hash)
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NOTHING)
    assert house.tenant.sponsors == [(ANA, DIEGO)]
    steps = [one.fact for one in await house.audit() if one.fact.what in {"step.begun", "step.done"}]
    last = [(one.what, one.detail["step"]) for one in steps][-4:]
    assert last == [
        ("step.begun", "prove-gone"),
        ("step.done", "prove-gone"),
        ("step.begun", "unsponsor"),
        ("step.done", "unsponsor"),
    ]
    assert (steps[-2].detail["why"], steps[-2].detail["approved_by"]) == ("undone", ALEX)


async def test_a_guest_who_had_no_sponsor_and_keeps_nothing_has_none_again(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    await undone(house, undoing)
    assert house.tenant.sponsors == []


async def test_who_was_sponsor_before_stays(house: House, undoing: Undoing) -> None:
    house.tenant.sponsors.append(OURS)
    await given(house)
    await stays(house, undoing, Stays.SPONSOR_BEFORE)


@pytest.mark.parametrize("came", ["through", "not"])
async def test_after_an_answer_that_was_lost_they_go_only_where_the_second_call_added_them(
    house: House, undoing: Undoing, came: str
) -> None:
    where = house.faults.after if came == "through" else house.faults.before
    where["sponsor"] = [Unknown(Cause.UNAVAILABLE)]
    await given(house)
    assert house.faults.calls.count("sponsor") == 2
    if came == "through":
        await stays(house, undoing, Stays.SPONSOR)
    else:
        await undone(house, undoing)
        assert house.tenant.sponsors == []


def test_of_an_older_versions_entry_nobody_knows_and_of_another_guest_it_says_nothing() -> None:
    older = {"step": "sponsor", "guest": ANA}
    added = {**older, "sponsored": "added"}
    assert was_added([older], ANA) is None
    assert was_added([older, added], ANA) is True
    assert was_added([{**older, "sponsored": "was-there"}], ANA) is False
    assert was_added([{**added, "guest": "another"}], ANA) is None


async def test_where_another_request_of_the_guest_names_them_they_stay(
    house: House, undoing: Undoing
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    await house.sent(draft(app="Patient Portal", access="Portal guests"))
    await stays(house, undoing, Stays.SPONSOR_NEEDED)


async def second(house: House) -> Record:
    """Deliver another request that names the same sponsor, and finds them there."""
    other = await house.sent(draft(app="Patient Portal", access="Portal guests"))
    assert isinstance(await house.decisions.approve(other.request.label, LIDIA, None), Record)
    return await house.delivered(other)


@pytest.mark.parametrize("order", [(R1, R2), (R2, R1)])
async def test_whom_one_request_added_and_another_found_goes_when_both_are_undone(
    house: House, undoing: Undoing, order: tuple[str, str]
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    await second(house)
    first, last = order
    assert Stays.SPONSOR_NEEDED in (await asked(undoing, first)).stays or first == R2
    await undone(house, undoing, first)
    assert OURS in house.tenant.sponsors
    found = await asked(undoing, last)
    assert found.sponsor is not None
    await undone(house, undoing, last)
    assert house.tenant.sponsors == [(ANA, DIEGO)]


async def test_whom_an_undo_took_off_and_somebody_added_again_stays(house: House, undoing: Undoing) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    await undone(house, undoing)
    house.tenant.sponsors.append(OURS)
    await second(house)
    found = await asked(undoing, R2)
    assert (found.sponsor, of_sponsor(found.stays)) == (None, [Stays.SPONSOR_BEFORE])


async def test_whom_a_request_added_that_ended_by_its_term_stays_with_the_undo_of_another(
    house: House, undoing: Undoing
) -> None:
    reads(house, '[defaults]\nundo = "30d"')
    house.tenant.sponsors.append((ANA, DIEGO))
    await house.delivered(await house.approved(draft(term="10d")))
    await second(house)
    house.clock.turn(days=11)
    await house.settle()
    assert Stays.SPONSOR_BEFORE in (await asked(undoing, R2)).stays


@pytest.mark.parametrize("back", ["restored", "past Guestlist"])
async def test_a_sponsor_who_was_to_go_when_the_guest_was_deleted_goes_when_they_are_back(
    house: House, undoing: Undoing, back: str
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    record = await given(house)
    removal = await house.acts.remove(ANA, MEGAN, "Gone", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await house.settle()
    house.clock.turn(days=6, hours=23)
    house.faults.before["drop_sponsor"] = [Refused(Cause.RIGHTS_MISSING)]
    reads(house, '[defaults]\nundo = "30d"')
    await undone(house, undoing)
    house.clock.turn(days=1)
    await house.settle()
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    assert (ANA, DIEGO) in house.tenant.sponsors
    assert OURS in house.tenant.sponsors
    if back == "restored":
        assert isinstance(await house.acts.restore(removal.request.label, MEGAN), Record)
    else:
        guest, _ = house.accounts.deleted.pop(ANA)
        house.tenant.guests[ANA] = replace(guest, enabled=True)
        house.clock.turn(days=31)
    await house.settle()
    assert house.tenant.sponsors == [(ANA, DIEGO)]
    found = assignment(await house.now(record))
    assert (found.state, found.left, found.failure) == (AssignmentState.ENDED, Left.NOTHING, None)


async def test_where_another_request_names_somebody_else_they_go(house: House, undoing: Undoing) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    await house.sent(draft(app="Patient Portal", access="Portal guests", sponsor=DIEGO))
    await undone(house, undoing)
    assert house.tenant.sponsors == [(ANA, DIEGO)]


async def test_a_guest_who_keeps_other_accesses_is_not_left_without_a_sponsor(
    house: House, undoing: Undoing
) -> None:
    house.tenant.access.add((ANA, GUESTS))  # past Guestlist
    await given(house)
    await stays(house, undoing, Stays.SPONSOR_ONLY)


async def test_who_rests_on_the_sponsor_since_the_press_is_seen_by_the_step(
    house: House, undoing: Undoing
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    record = await given(house)
    assert isinstance(await undoing.undo(R1, MEGAN, None), Record)
    await house.sent(draft(app="Patient Portal", access="Portal guests"))
    await house.settle()
    assert assignment(await house.now(record)).state is AssignmentState.ENDED
    assert OURS in house.tenant.sponsors
    done = [one.fact.detail for one in await house.audit() if one.fact.detail.get("step") == "unsponsor"]
    assert done[-1]["stays"] == "sponsor-needed"


async def test_where_the_account_goes_nothing_is_said_of_the_sponsor(house: House) -> None:
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    await given(house)
    found = await asked(undoing)
    assert found.account is not None
    assert (found.sponsor, of_sponsor(found.stays)) == (None, [])
    await undone(house, undoing)
    assert "drop_sponsor" not in house.faults.calls


async def test_who_was_made_sponsor_stays_where_the_access_was_there_and_nobody_else_stands(
    house: House, undoing: Undoing
) -> None:
    record = await house.approved()
    house.tenant.access.add((ANA, RECORDS))
    await house.delivered(record)
    await stays(house, undoing, Stays.SPONSOR_ONLY)


async def test_where_the_access_was_there_the_sponsor_alone_is_taken_off(
    house: House, undoing: Undoing
) -> None:
    house.tenant.sponsors.append((ANA, DIEGO))
    record = await house.approved()
    house.tenant.access.add((ANA, RECORDS))
    await house.delivered(record)
    record = await undone(house, undoing)
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.WAS_THERE)
    assert house.tenant.sponsors == [(ANA, DIEGO)]
    assert (ANA, RECORDS) in house.tenant.access


@pytest.mark.parametrize(("call", "left"), [("give", Left.NEVER_GIVEN), ("read_back", Left.NOTHING)])
async def test_a_delivery_that_failed_half_way_takes_its_sponsor_back(
    house: House, undoing: Undoing, call: str, left: Left
) -> None:
    house.faults.before[call] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    await house.failed(record)
    assert OURS in house.tenant.sponsors
    assert (await asked(undoing)).sponsor is not None
    record = await undone(house, undoing)
    assert (record.request.state, assignment(record).left) == (State.CANCELED, left)
    assert house.tenant.sponsors == []


async def test_a_refusal_keeps_no_access_is_told_and_taken_up_alone(house: House, undoing: Undoing) -> None:
    record = await given(house)
    house.faults.before["drop_sponsor"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await undone(house, undoing)
    failure = assignment(record).failure
    assert failure is not None
    assert (failure.step, failure.cause) == ("unsponsor", Cause.RIGHTS_MISSING)
    assert (ANA, RECORDS) not in house.tenant.access
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NOTHING)
    assert any("sponsor whom it had added was not taken off" in one for one in house.alarms)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.settle()
    record = await house.now(record)
    assert (assignment(record).state, assignment(record).left) == (AssignmentState.ENDED, Left.NOTHING)
    assert house.tenant.sponsors == []
    assert house.faults.calls.count("take_away") == 1


async def test_while_the_sponsor_cannot_be_taken_off_the_same_access_can_be_given_anew(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.faults.before["drop_sponsor"] = [Unknown(Cause.UNAVAILABLE)] * 50
    assert isinstance(await undoing.undo(R1, MEGAN, None), Record)
    for _ in range(20):
        await house.run_due(JobKind.REMOVAL)
        house.clock.turn(seconds=5)
    assert "drop_sponsor" in house.faults.calls
    again = await house.approved()
    for _ in range(20):
        await house.run_due(JobKind.STEP)
        house.clock.turn(seconds=5)
    assert (await house.now(again)).request.state is State.DELIVERED
    await house.settle()
    assert house.tenant.sponsors.count(OURS) == 1


@pytest.mark.parametrize("answer", ["came", "lost"])
async def test_who_rests_on_the_sponsor_since_the_look_gets_them_back(
    house: House, undoing: Undoing, answer: str
) -> None:
    """The other request is sent, and finds the sponsor there, between our look and our call."""
    house.tenant.sponsors.append((ANA, DIEGO))
    await given(house)
    assert isinstance(await undoing.undo(R1, MEGAN, None), Record)
    drop = house.deliveries.sponsors
    assert drop is not None
    slow = Slow(house.tenant, house.faults, house=house)
    house.deliveries.sponsors = replace(drop, profiles=slow)
    if answer == "lost":
        house.faults.after["drop_sponsor"] = [Unknown(Cause.UNAVAILABLE)]
    await house.settle()
    assert slow.met
    assert sorted(house.tenant.sponsors) == [(ANA, DIEGO), OURS]
    done = [one.fact.detail for one in await house.audit() if one.fact.detail.get("step") == "unsponsor"]
    assert done[-1]["stays"] == "sponsor-needed"


async def test_an_answer_that_was_lost_is_looked_up_and_nothing_is_done_twice(
    house: House, undoing: Undoing
) -> None:
    await given(house)
    house.faults.after["drop_sponsor"] = [Unknown(Cause.UNAVAILABLE)]
    record = await undone(house, undoing)
    assert assignment(record).state is AssignmentState.ENDED
    assert house.faults.calls.count("drop_sponsor") == 1
    assert house.tenant.sponsors == []


async def test_a_guest_who_is_gone_by_then_has_no_sponsor_to_lose(house: House, undoing: Undoing) -> None:
    record = await given(house)
    assert isinstance(await undoing.undo(R1, MEGAN, None), Record)
    del house.tenant.guests[ANA]
    await house.settle()
    assert assignment(await house.now(record)).left is Left.GUEST_GONE
    assert "drop_sponsor" not in house.faults.calls


async def killed(path: Path, left: int, *, after: bool) -> bool:
    """Let the process die at a write of the undo, start again, and see that it comes out whole."""
    house = await House.open(path)
    house.knows(Redemption.ACCEPTED)
    record = await given(house)
    whole = house.deliveries
    mortal = cast("Store", Dying(house.store, left, after=after))
    house.decisions.store = whole.store = whole.ends.store = mortal
    died = False
    try:
        await Undoing(house.decisions, house.policy, house.guest_changes).undo(R1, MEGAN, None)
        await worked(house)
    except Died:
        died = True
    await house.store.close()
    house = await House.open(path, house)
    house.clock.turn(minutes=2)
    if assignment(await house.now(record)).state is AssignmentState.ACTIVE:
        await Undoing(house.decisions, house.policy, house.guest_changes).undo(R1, MEGAN, None)
    await worked(house)
    given_ = assignment(await house.now(record))
    assert (given_.state, given_.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert house.tenant.sponsors == []
    assert house.faults.calls.count("drop_sponsor") == 1
    whats = [one.fact.what for one in await house.audit()]
    assert whats.count("assignment.ending") == whats.count("assignment.ended") == 1
    await house.store.close()
    return died


async def worked(house: House) -> None:
    for _ in range(12):
        await house.run_due(JobKind.REMOVAL)
        house.clock.turn(seconds=60)


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_the_sponsor_goes_once(tmp_path: Path, *, after: bool) -> None:
    kills = 0
    while await killed(tmp_path / f"{kills}.db", kills, after=after):
        kills += 1
    assert kills >= 6, "each of the three steps is begun and ended"
