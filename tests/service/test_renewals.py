"""Renewals: who may ask for one, what they hear, and how the end of an access then moves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AssignmentState, Group, Kind, ObjectId, Record, Request, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    Duplicate,
    NoAccess,
    NotPossible,
    OwnRequest,
    ProblemCode,
    SeveralAccesses,
    UnknownRequest,
    WillNotWork,
)
from access.rules.renewing import NotRenewable, lengthen
from access.service.amend import Amendments
from access.service.amend import Wanted as Less
from access.service.extend import Renewals, Where
from access.service.remove import Removals
from access.service.renewable import Wanted
from cards import renewing as card
from cards.answers import refused_text
from tests.cards.gallery import LOOK
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    LEAVER,
    MEGAN,
    NIA,
    POLICY,
    RECORDS,
    THREAD,
    VISITOR,
    ZONE,
    House,
    draft,
)

HERE = Where(THREAD, personal=False)
MORE = Wanted(Term(days=90))
R1 = "R-1001"
DAY = timedelta(days=1)
WAIVED = POLICY.replace(
    "[[defaults.stage]]",
    '[defaults]\nrenewals = { most = 2, waiver = "By the owner" }\n[[defaults.stage]]',
    1,
)


async def given(house: House) -> Record:
    return await house.delivered(await house.approved())


@pytest.mark.parametrize("call", ["read_back", "give"])
async def test_of_an_access_whose_delivery_failed_its_requestor_is_told_what_goes_on(
    house: House, renewals: Renewals, call: str
) -> None:
    house.faults.before[call] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    await house.failed(record)
    for who in (DIEGO, VISITOR):
        assert isinstance(await renewals.meant(R1, who), UnknownRequest)
    first = await renewals.meant(R1, MEGAN)
    assert isinstance(first, Request), first
    assert first == await renewals.of_address(first.address, "", MEGAN)
    assert isinstance(never := renewals.offer(first), NotRenewable)
    assert codes(await ask(renewals)) == [ProblemCode.ACCESS_FAILED]
    way = "The delivery of R-1001 has failed. /retry R-1001 goes on with it, /remove R-1001 gives it up"
    assert way in str(card.never(first, never.problems, LOOK))
    let = await renewals.let_end(first, MEGAN)
    assert isinstance(let, NotPossible), let
    assert way in refused_text(let, "norenew", LOOK)


@pytest.fixture
def renewals(house: House) -> Renewals:
    return Renewals(house.decisions)


async def ask(
    renewals: Renewals, who: ObjectId = MEGAN, wanted: Wanted = MORE
) -> Record | NotRenewable | Duplicate | UnknownRequest:
    first = await renewals.meant(R1, who)
    return await renewals.ask(first, who, wanted, HERE) if isinstance(first, Request) else first


async def asked(renewals: Renewals, who: ObjectId = MEGAN, wanted: Wanted = MORE) -> Record:
    record = await ask(renewals, who, wanted)
    assert isinstance(record, Record), record
    return record


def later(at: datetime | None, days: int) -> datetime:
    """Return the same time of the day by the house's clock, so many days later."""
    assert at is not None
    return (at.astimezone(ZONE) + days * DAY).astimezone(UTC)


def codes(found: object) -> list[ProblemCode]:
    assert isinstance(found, NotRenewable), found
    return [one.code for one in found.problems]


async def test_a_renewal_is_a_request_of_its_own_that_an_approver_decides_and_that_moves_the_end(
    house: House, renewals: Renewals
) -> None:
    first = await given(house)
    before, writes = first.request.ends_at, len(house.tenant.access)
    assert before is not None
    renewal = await asked(renewals)
    assert (renewal.request.label, renewal.request.kind) == ("R-1002", Kind.EXTEND)
    assert renewal.request.state is State.PENDING_APPROVAL
    assert renewal.request.justification == first.request.justification
    approved = await house.decisions.approve("R-1002", ALEX, None)
    assert isinstance(approved, Record)
    await house.delivered(renewal)
    now = (await house.now(first)).request
    assert now.ends_at == later(before, 90)
    assert now.assignment is not None
    assert [one.label for one in now.assignment.renewals] == ["R-1002"]
    assert len(house.tenant.access) == writes
    whats = [entry.fact.what for entry in await house.audit()]
    begun = max(place for place, what in enumerate(whats) if what == "step.begun")
    assert begun < whats.index("assignment.renewed") < len(whats) - 1


async def test_the_access_then_ends_at_its_new_end_and_not_before(house: House, renewals: Renewals) -> None:
    first = await given(house)
    await asked(renewals)
    await house.decisions.approve("R-1002", ALEX, None)
    await house.settle()
    house.clock.time += 100 * DAY
    await house.settle()
    assert (ObjectId("guest-1"), RECORDS) in house.tenant.access
    house.clock.time += 81 * DAY
    await house.settle()
    given_now = (await house.now(first)).request.assignment
    assert given_now is not None
    assert given_now.state is AssignmentState.ENDED


async def test_nobody_approves_their_own_renewal(house: House, renewals: Renewals) -> None:
    await given(house)
    await asked(renewals, ALEX)
    assert isinstance(await house.decisions.approve("R-1002", ALEX, None), OwnRequest)
    assert isinstance(await house.decisions.approve("R-1002", MEGAN, None), Record)


async def test_where_the_policy_waives_it_it_goes_through_and_names_the_rule_as_often_as_it_says(
    house: House, renewals: Renewals
) -> None:
    house.policy.policy = read_policy(WAIVED)
    first = await given(house)
    for number in (1, 2):
        record = await house.delivered(await asked(renewals))
        assert record.request.waived is not None
        assert (record.request.waived.waiver, record.request.waived.count) == ("By the owner", number)
    assert codes(await ask(renewals)) == [ProblemCode.RENEWALS_USED_UP]
    now = (await house.now(first)).request
    assert now.ends_at == later(first.request.ends_at, 180)


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_to_everybody_else_there_is_no_such_access(
    house: House, renewals: Renewals, who: ObjectId
) -> None:
    await given(house)
    assert isinstance(await ask(renewals, who), UnknownRequest)
    assert await renewals.of_address(ANA, "", who) == NoAccess()
    assert await renewals.of_address("nobody@fabrikam.com", "", MEGAN) == NoAccess()
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert {fact.detail["act"] for fact in refused} == {"extend"}
    assert len(refused) == 3


async def test_a_requestor_who_may_ask_for_the_app_no_more_is_told_so(
    house: House, renewals: Renewals
) -> None:
    await given(house)
    house.tenant.owners[RECORDS] = [ALEX, NIA]
    assert codes(await ask(renewals)) == [ProblemCode.NOT_ALLOWED]


async def test_a_second_renewal_of_the_same_access_is_refused_with_the_number_of_the_first(
    house: House, renewals: Renewals
) -> None:
    await given(house)
    await asked(renewals)
    again = await ask(renewals, NIA)
    assert isinstance(again, Duplicate)
    assert again.first.label == "R-1002"


async def test_the_same_press_twice_is_answered_the_same_while_it_waits_and_once_it_is_made(
    house: House, renewals: Renewals
) -> None:
    first = await given(house)
    assert first.request.ends_at is not None
    press = Wanted(shown=first.request.ends_at.isoformat())
    renewal = await asked(renewals, wanted=press)
    assert (await asked(renewals, wanted=press)).request.label == renewal.request.label
    await house.decisions.approve("R-1002", ALEX, None)
    await house.delivered(renewal)
    assert (await asked(renewals, wanted=press)).request.label == renewal.request.label
    given_now = (await house.now(first)).request.assignment
    assert given_now is not None
    assert len(given_now.renewals) == 1


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A store on whose way something else happens first: the renewal was judged, and is not added yet."""

    store: Any
    first: Callable[[], Awaitable[object]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def add(self, make: Any) -> Any:
        await self.first()
        return await self.store.add(make)


@pytest.mark.parametrize("policy", [WAIVED, POLICY])
async def test_of_two_renewals_judged_at_the_same_moment_the_later_is_not_sent_and_leaves_nothing(
    house: House, renewals: Renewals, policy: str
) -> None:
    first = await given(house)
    before, meanwhile = read_policy(policy), read_policy(WAIVED)
    house.policy.policy = before

    async def other() -> None:
        house.policy.policy = meanwhile
        await house.delivered(await asked(renewals, NIA))
        house.policy.policy = before

    late = Renewals(replace(house.decisions, store=Overtaken(house.store, other)))
    assert codes(await ask(late)) == [ProblemCode.END_MOVED]
    assert (await house.now(first)).request.ends_at == later(first.request.ends_at, 90)
    assert [one.request.label for one in await house.store.requested_by(MEGAN, 10)] == [R1]
    assert isinstance(await asked(renewals), Record), "nothing is in the way of the next"


async def test_the_press_that_was_overtaken_is_answered_with_the_renewal_that_was_first(
    house: House, renewals: Renewals
) -> None:
    first = await given(house)
    house.policy.policy = read_policy(WAIVED)
    assert first.request.ends_at is not None
    press = Wanted(shown=first.request.ends_at.isoformat())

    async def other() -> None:
        await house.delivered(await asked(renewals, NIA, press))

    late = Renewals(replace(house.decisions, store=Overtaken(house.store, other)))
    found = await ask(late, MEGAN, press)
    assert isinstance(found, Record)
    assert (found.request.label, found.request.requestor.object_id) == ("R-1002", NIA)


async def test_an_access_that_is_removed_while_its_renewal_is_judged_leaves_none_behind(
    house: House, renewals: Renewals
) -> None:
    await given(house)

    async def removed() -> None:
        await Removals(house.decisions, house.policy).of_request(R1, ALEX)

    late = Renewals(replace(house.decisions, store=Overtaken(house.store, removed)))
    assert codes(await ask(late)) == [ProblemCode.ACCESS_OVER]
    assert await house.store.numbered(1002) is None


async def test_whoever_took_the_access_away_by_hand_is_found_out_before_it_is_asked_for(
    house: House, renewals: Renewals
) -> None:
    await given(house)
    house.tenant.access.clear()
    assert codes(await ask(renewals)) == [ProblemCode.ACCESS_LOST]


async def test_an_access_that_ends_while_its_renewal_waits_cannot_be_approved_any_more(
    house: House, renewals: Renewals
) -> None:
    await given(house)
    await asked(renewals)
    await Removals(house.decisions, house.policy).of_request(R1, MEGAN)
    await house.settle()
    will_not = await house.decisions.approve("R-1002", ALEX, None)
    assert isinstance(will_not, WillNotWork)
    assert will_not.cause is Cause.ACCESS_OVER


async def test_an_access_that_ends_after_the_approval_fails_the_delivery_which_can_be_canceled(
    house: House, renewals: Renewals
) -> None:
    await given(house)
    renewal = await asked(renewals)
    await house.decisions.approve("R-1002", ALEX, None)
    await Removals(house.decisions, house.policy).of_request(R1, MEGAN)
    assert await house.failed(renewal) is Cause.ACCESS_OVER
    canceled = await house.decisions.cancel("R-1002", MEGAN)
    assert isinstance(canceled, Record)
    assert isinstance(await house.sent(), Record)


async def test_a_delivery_reads_back_that_the_guest_still_has_the_access(
    house: House, renewals: Renewals
) -> None:
    first = await given(house)
    renewal = await asked(renewals)
    await house.decisions.approve("R-1002", ALEX, None)
    house.tenant.access.clear()
    assert await house.failed(renewal) is Cause.ACCESS_LOST
    assert (await house.now(first)).request.ends_at == first.request.ends_at


async def test_a_step_that_was_cut_off_after_the_end_had_moved_finds_it_moved(
    house: House, renewals: Renewals
) -> None:
    first = await given(house)
    renewal = await asked(renewals)
    await house.decisions.approve("R-1002", ALEX, None)
    house.tenant.access.clear()
    moved = await house.store.change(
        first.request.request_id, lengthen(renewal.request, house.requests.rules_for(first.request))
    )
    assert isinstance(moved, Record)
    await house.delivered(renewal)
    given_now = (await house.now(first)).request.assignment
    assert given_now is not None
    assert len(given_now.renewals) == 1


async def test_a_renewal_is_no_access_of_its_own_and_its_number_means_the_first(
    house: House, renewals: Renewals
) -> None:
    house.policy.policy = read_policy(WAIVED)
    await given(house)
    await house.delivered(await asked(renewals))
    assert await house.store.unassigned(10) == []
    meant = await renewals.meant("R-1002", MEGAN)
    assert isinstance(meant, Request)
    assert meant.label == R1
    only = await renewals.of_address(ANA, "health records", MEGAN)
    assert isinstance(only, Request)
    assert only.label == R1


async def test_of_several_accesses_one_has_to_be_named(house: House, renewals: Renewals) -> None:
    await given(house)
    house.tenant.owners[ObjectId("portal")] = [MEGAN, ALEX]
    await house.delivered(await house.approved(draft(app="Patient Portal", access="Portal guests")))
    found = await renewals.of_address(ANA, "", MEGAN)
    assert isinstance(found, SeveralAccesses)
    assert len(found.requests) == 2


async def test_an_approver_cannot_shorten_a_renewal_and_is_told_so(house: House, renewals: Renewals) -> None:
    await given(house)
    await asked(renewals)
    less = await Amendments(house.decisions).amend("R-1002", ALEX, Less(Term(days=1)))
    assert isinstance(less, NotPossible)


async def test_whoever_may_renew_may_also_let_it_end(house: House, renewals: Renewals) -> None:
    first = await given(house)
    ended = await renewals.let_end(first.request, NIA)
    assert isinstance(ended, Record)
    assert ended.request.assignment is not None
    assert ended.request.assignment.not_renewed is not None
    assert not isinstance(await renewals.let_end(replace(first.request), DIEGO), Record)


async def test_whoever_may_ask_for_an_app_learns_nothing_of_the_guests_of_others(
    house: House, renewals: Renewals
) -> None:
    """Everybody of the staff may ask; Diego asked for none of it, owns nothing and decides nothing."""
    staff = ObjectId("33333333-3333-4333-8333-333333333333")
    house.tenant.groups[staff] = Group(staff, "Staff")
    house.tenant.members[staff] = [DIEGO, MEGAN]
    anybody = f'[defaults]\nrequestors = ["group:{staff}"]\n[[defaults.stage]]'
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", anybody, 1))
    record = await house.delivered(await house.approved())
    assert isinstance(await renewals.of_address(ANA, "Health Records", DIEGO), NoAccess)
    assert isinstance(await renewals.meant(R1, DIEGO), UnknownRequest)
    assert not isinstance(await renewals.let_end(record.request, DIEGO), Record)
    assert isinstance(await renewals.meant(R1, MEGAN), Request)
