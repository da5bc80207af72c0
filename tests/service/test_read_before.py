"""Between the reading of the facts and the act by them, somebody else may change what they were read for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from access.ports import Refused, Transition
from access.rules.causes import Cause
from access.rules.model import JobKind, ObjectId, Person, Record, Redemption, Request, RequestId, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import AlreadyApproved, AlreadyDecided, KeepsChanging, NotLess, NotYours, PlanMoved
from access.rules.stages import approvals
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from access.service.decide import Decisions
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, NIA, POLICY, RECORDS, House
from tests.service.test_delegations import TWO_OWNERS, delegated
from tests.service.test_less_access import (
    BY_ADMINS,
    ORDER,
    R1,
    READER,
    SHORT,
    asked,
    called_in,
    charts,
    follow,
    give,
)

__all__ = ["charts"]

Act = Callable[[], Awaitable[object]]
EVE = ObjectId("77777777-7777-4777-8777-777777777777")
ESCALATES = 'escalation = ["role:admins"]\nescalate_after = "1d"'
ESCALATED_OWNERS = TWO_OWNERS.replace("quorum = 2", f"quorum = 2\n{ESCALATES}")


class StoreBefore:
    """The real store, which lets others act before it takes the changes that are named, the first as 1."""

    def __init__(self, store: Any, meanwhile: Act, *, at: range = range(1, 2)) -> None:
        self._store = store
        self._meanwhile = meanwhile
        self._at = at
        self.changes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def change(self, request_id: RequestId, transition: Transition[Any]) -> Any:
        self.changes += 1
        if self.changes in self._at:
            await self._meanwhile()
        return await self._store.change(request_id, transition)


def _late(house: House, meanwhile: Act, at: range = range(1, 2)) -> Decisions:
    """Return decisions whose facts are read before this, and which act after it."""
    store: Any = StoreBefore(house.store, meanwhile, at=at)
    return replace(house.decisions, store=store)


async def _stored(house: House) -> Request:
    record = await house.store.numbered(1001)
    assert record is not None
    return record.request


def _ids(request: Request) -> set[ObjectId]:
    assert request.stages[0].approvers == request.approvers
    return {one.object_id for one in request.approvers}


async def _agrees(house: House) -> Request:
    """Return the request, of which plan, access and term are about the same."""
    request = await _stored(house)
    assert request.plan is not None
    assert request.plan.parts["access"] == request.give.key
    assert request.plan.parts["term"] == f"{request.term.days}/{request.term.until}"
    return request


async def _escalate(house: House) -> None:
    await house.run_due(JobKind.WATCH)
    assert (await _stored(house)).escalations


@pytest.fixture
def by_admins(charts: House) -> House:
    """Have admins, and no owner, decide on the lesser access."""
    follow(charts, READER + BY_ADMINS)
    return charts


async def test_a_press_that_was_read_for_more_access_approves_nothing_less_in_others_hands(
    by_admins: House,
) -> None:
    seen = (await asked(by_admins)).request.plan
    assert seen is not None
    late = _late(by_admins, lambda: give(by_admins, "Reader", by=NIA))
    assert isinstance(await late.approve(R1, ALEX, seen.hash), NotYours)
    assert _ids(await _agrees(by_admins)) == {LIDIA}


async def test_what_is_typed_before_it_was_given_less_approves_only_what_stood_there_then(
    house: House,
) -> None:
    await house.sent()
    late = _late(house, lambda: Amendments(house.decisions).amend(R1, NIA, Wanted(SHORT)))
    answer = await late.approve(R1, ALEX, None)
    assert isinstance(answer, PlanMoved)
    assert answer.moved == ("term",)
    assert answer.request == await _agrees(house)
    assert answer.request.term == SHORT
    assert approvals(answer.request) == ()


async def test_a_denial_that_was_read_for_more_access_denies_nothing_in_others_hands(
    by_admins: House,
) -> None:
    await asked(by_admins)
    late = _late(by_admins, lambda: give(by_admins, "Reader", by=NIA))
    assert isinstance(await late.deny(R1, ALEX, "Not this quarter"), NotYours)
    assert (await _stored(by_admins)).state is State.PENDING_APPROVAL


async def test_whoever_may_ask_no_more_by_the_lesser_access_asks_nothing(by_admins: House) -> None:
    await asked(by_admins)
    late = _late(by_admins, lambda: give(by_admins, "Reader", by=NIA))
    assert isinstance(await Questions(late).ask(R1, ALEX, "Why Writer?", None), NotYours)
    assert (await _stored(by_admins)).questions == ()


async def test_whoever_decided_on_more_access_does_not_retry_the_lesser(by_admins: House) -> None:
    record = await asked(by_admins)

    async def fail() -> None:
        await give(by_admins, "Reader", by=NIA)
        assert isinstance(await by_admins.decisions.approve(R1, LIDIA, None), Record)
        by_admins.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF)]
        await by_admins.failed(record)

    assert isinstance(await _late(by_admins, fail).retry(R1, ALEX), NotYours)
    assert (await _stored(by_admins)).state is State.DELIVERY_FAILED


@pytest.mark.parametrize("access", ["", "Writer"], ids=["typed", "from a card, with the access it shows"])
async def test_a_shorter_term_and_a_lesser_access_at_once_are_both_given(charts: House, access: str) -> None:
    await asked(charts)
    late = Amendments(_late(charts, lambda: give(charts, "Reader")))
    assert isinstance(await late.amend(R1, NIA, Wanted(SHORT, access)), Record)
    request = await _agrees(charts)
    assert (request.give.name, request.term) == ("Reader", SHORT)
    assert [one.by.object_id for one in request.amendments] == [ALEX, NIA]


@pytest.mark.parametrize("access", ["Reader", ""], ids=["access", "term"])
async def test_one_press_that_is_sent_twice_is_taken_once_and_answered_alike(
    by_admins: House, access: str
) -> None:
    await asked(by_admins)
    wanted = Wanted(None if access else SHORT, access)
    amendments = Amendments(by_admins.decisions)
    presses = await asyncio.gather(*(amendments.amend(R1, ALEX, wanted) for _ in range(2)))
    assert [one.request for one in presses if isinstance(one, Record)] == [await _agrees(by_admins)] * 2
    assert len((await _stored(by_admins)).amendments) == 1


async def test_a_lesser_access_after_a_shorter_term_keeps_the_shorter_term(charts: House) -> None:
    await asked(charts)
    late = Amendments(_late(charts, lambda: Amendments(charts.decisions).amend(R1, ALEX, Wanted(SHORT))))
    assert isinstance(await late.amend(R1, NIA, Wanted(access="Reader")), Record)
    request = await _agrees(charts)
    assert (request.give.name, request.term) == ("Reader", SHORT)


async def test_two_who_give_the_same_access_at_once_and_one_a_shorter_term_both_have_their_way(
    charts: House,
) -> None:
    await asked(charts)
    late = Amendments(_late(charts, lambda: give(charts, "Reader")))
    assert isinstance(await late.amend(R1, NIA, Wanted(SHORT, "Reader")), Record)
    request = await _agrees(charts)
    assert (request.give.name, request.term) == ("Reader", SHORT)


async def test_what_is_no_longer_less_is_refused_as_if_it_were_wanted_now(charts: House) -> None:
    await asked(charts)
    late = Amendments(_late(charts, lambda: give(charts, "Reader")))
    assert isinstance(await late.amend(R1, NIA, Wanted(access="Chart guests")), NotLess)
    assert (await _agrees(charts)).give.name == "Reader"


async def test_an_approval_that_was_read_before_an_escalation_leaves_the_called_in_their_say(
    house: House,
) -> None:
    house.policy.policy = read_policy(ESCALATED_OWNERS)
    await house.sent()
    await house.settle()
    house.clock.turn(days=1, hours=1)
    approved = await _late(house, lambda: _escalate(house)).approve(R1, ALEX, None)
    assert isinstance(approved, Record)
    assert _ids(approved.request) == {ALEX, NIA, LIDIA}
    assert isinstance(await house.decisions.approve(R1, LIDIA, None), Record)


async def test_a_shorter_term_that_was_read_before_an_escalation_leaves_the_called_in_their_say(
    house: House,
) -> None:
    house.policy.policy = read_policy(ESCALATED_OWNERS)
    await house.sent()
    await house.settle()
    house.clock.turn(days=1, hours=1)
    late = Amendments(_late(house, lambda: _escalate(house)))
    assert isinstance(await late.amend(R1, ALEX, Wanted(SHORT)), Record)
    assert _ids(await _agrees(house)) == {ALEX, NIA, LIDIA}


async def test_an_older_plan_is_not_stored_over_a_newer_one(house: House) -> None:
    shown = (await house.sent()).request.plan
    assert shown is not None
    house.knows(Redemption.PENDING)

    async def move() -> None:
        house.knows(Redemption.ACCEPTED)
        assert isinstance(await house.decisions.approve(R1, ALEX, shown.hash), PlanMoved)

    late = await _late(house, move).approve(R1, NIA, shown.hash)
    assert isinstance(late, PlanMoved)
    assert late.request.plan == (await _stored(house)).plan
    assert late.request.plan is not None
    assert late.request.plan.redemption is Redemption.ACCEPTED
    assert set(late.moved) == {"guest", "steps"}


async def test_a_delegate_who_came_between_is_asked_still(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await house.sent()

    async def delegate() -> None:
        await delegated(house, NIA, DIEGO)
        await house.delegates.follow()

    approved = await _late(house, delegate).approve(R1, ALEX, None)
    assert isinstance(approved, Record)
    assert _ids(approved.request) == {ALEX, NIA, DIEGO}
    assert [one.by.object_id for one in approved.request.stages[0].delegated] == [DIEGO]


THREE_OWNERS = TWO_OWNERS.replace("quorum = 2", "quorum = 3")


async def _asked_of_owners(house: House, *owners: ObjectId, policy: str = TWO_OWNERS) -> None:
    house.policy.policy = read_policy(policy)
    house.tenant.owners[RECORDS] = [MEGAN, *owners]
    await house.sent()
    await house.settle()


def _succeeded(house: House, owner: ObjectId, heir: ObjectId, by: ObjectId) -> Act:
    """Let an owner give way to another, and somebody's approval be the first to find that."""

    async def meanwhile() -> None:
        house.tenant.owners[RECORDS].remove(owner)
        house.tenant.owners[RECORDS].append(heir)
        assert isinstance(await house.decisions.approve(R1, by, None), Record)

    return meanwhile


def _posted_to(house: House, person: ObjectId) -> bool:
    return any(person in audience for _, audience, _ in house.chat.posts)


async def test_an_approval_stores_no_older_owners_over_newer_ones(house: House) -> None:
    await _asked_of_owners(house, ALEX, NIA, LIDIA, policy=THREE_OWNERS)
    late = _late(house, _succeeded(house, LIDIA, DIEGO, by=NIA))
    assert isinstance(await late.approve(R1, ALEX, None), Record)
    assert _ids(await _stored(house)) == {ALEX, NIA, DIEGO}
    house.clock.turn(days=1, hours=2)
    house.chat.posts.clear()
    await house.settle()
    assert _posted_to(house, DIEGO), "who is to decide is reminded"
    assert not _posted_to(house, LIDIA)


async def test_a_question_stores_no_older_owners_over_newer_ones(house: House) -> None:
    await _asked_of_owners(house, ALEX, NIA)
    house.tenant.owners[RECORDS].append(LIDIA)
    late = _late(house, _succeeded(house, LIDIA, DIEGO, by=NIA))
    assert isinstance(await Questions(late).ask(R1, ALEX, "Why?", None), Record)
    await house.settle()
    assert _ids(await _stored(house)) == {ALEX, NIA, DIEGO}
    assert not _posted_to(house, LIDIA)


async def test_whoever_was_an_owner_for_a_moment_is_asked_nothing_once_a_newer_reading_knew_them_gone(
    house: House,
) -> None:
    """The newer reading finds who is stored already: of it nothing is left but that somebody acted."""
    await _asked_of_owners(house, ALEX, NIA, DIEGO, policy=THREE_OWNERS)
    house.tenant.owners[RECORDS].append(LIDIA)

    async def remove() -> None:
        house.tenant.owners[RECORDS].remove(LIDIA)
        assert isinstance(await house.decisions.approve(R1, NIA, None), Record)

    assert isinstance(await _late(house, remove).approve(R1, ALEX, None), Record)
    await house.settle()
    assert _ids(await _stored(house)) == {ALEX, NIA, DIEGO}
    assert not _posted_to(house, LIDIA)


async def test_an_escalation_stores_no_older_owners_over_newer_ones(house: House) -> None:
    await _asked_of_owners(house, ALEX, NIA, policy=ESCALATED_OWNERS)
    house.clock.turn(days=1, hours=1)
    (watch,) = [job for job in await house.store.due(10) if job.kind is JobKind.WATCH]
    store: Any = StoreBefore(house.store, _succeeded(house, NIA, DIEGO, by=ALEX), at=range(2, 3))
    await replace(house.watches, store=store).run(watch)
    assert _ids(await _stored(house)) == {ALEX, DIEGO}
    await _escalate(house)
    assert _ids(await _stored(house)) == {ALEX, DIEGO, LIDIA}


async def test_of_many_presses_after_a_change_of_owners_each_is_read_twice_at_most(house: House) -> None:
    more = [ObjectId(f"owner{number}") for number in range(8)]
    for one in more:
        house.tenant.people[one] = Person(one, one.title(), f"{one}@contoso-health.com")
    policy = TWO_OWNERS.replace("quorum = 2", "quorum = 9")
    await _asked_of_owners(house, ALEX, NIA, LIDIA, *more, policy=policy)
    house.tenant.owners[RECORDS].remove(LIDIA)
    house.faults.calls.clear()
    people = [ALEX, NIA, *more]
    presses = await asyncio.gather(*(house.decisions.approve(R1, one, None) for one in people))
    assert len([one for one in presses if isinstance(one, Record)]) == 9
    assert all(isinstance(one, Record | AlreadyDecided) for one in presses)
    assert house.faults.calls.count("find_by_address") <= 2 * len(people)


async def test_a_policy_that_is_taken_up_between_two_readings_is_read_as_a_whole(house: House) -> None:
    shown = (await house.sent()).request.plan
    assert shown is not None
    then = '[[defaults.stage]]\napprovers = ["role:admins"]\n[domains]'

    def take_up() -> None:
        house.faults.meanwhile.clear()
        house.policy.policy = read_policy(POLICY.replace("[domains]", then))

    house.faults.meanwhile["app"] = take_up
    assert isinstance(await house.decisions.approve(R1, ALEX, shown.hash), PlanMoved)
    request = await _stored(house)
    assert [[one.object_id for one in panel.approvers] for panel in request.stages] == [[ALEX, NIA], [LIDIA]]


async def test_a_watch_that_was_read_for_more_access_escalates_to_nobody_by_that(charts: House) -> None:
    charts.tenant.people[EVE] = Person(EVE, "Eve", "eve@contoso-health.com")
    follow(charts, READER + BY_ADMINS, ORDER + called_in(f"person:{EVE}", "1d", "app"))
    record = await asked(charts)
    await charts.settle()
    charts.clock.turn(days=1, hours=1)
    (watch,) = [job for job in await charts.store.due(10) if job.kind is JobKind.WATCH]
    store: Any = StoreBefore(charts.store, lambda: give(charts, "Reader"), at=range(2, 3))
    await replace(charts.watches, store=store).run(watch)
    request = await _agrees(charts)
    assert request.give.name == "Reader"
    assert (_ids(request), request.escalations) == ({LIDIA}, ())
    assert watch.key in {job.key for job in await charts.store.due(10)}, "it looks again at once"
    while await charts.run_due():
        pass
    assert (await charts.now(record)).request.escalations == ()
    assert isinstance(await charts.decisions.approve(R1, LIDIA, None), Record)


async def test_a_watch_escalates_to_nobody_by_a_policy_taken_back_while_it_read(
    house: House,
) -> None:
    await _asked_of_owners(house, ALEX, NIA, policy=ESCALATED_OWNERS)
    house.clock.turn(days=1, hours=1)

    def take_back() -> None:
        house.faults.meanwhile.clear()
        house.policy.policy = read_policy(POLICY)

    house.faults.meanwhile["app_owners"] = take_back
    while await house.run_due():
        pass
    assert house.faults.meanwhile == {}
    assert (await _stored(house)).escalations == ()
    assert _ids(await _stored(house)) == {ALEX, NIA}


async def test_whoever_is_too_late_hears_who_decided_whatever_else_was_changed(charts: House) -> None:
    await asked(charts)

    async def decide() -> None:
        assert isinstance(await give(charts, "Reader"), Record)
        assert isinstance(await charts.decisions.approve(R1, ALEX, None), Record)

    late = await _late(charts, decide).approve(R1, NIA, None)
    assert isinstance(late, AlreadyDecided)
    assert late.request.review is not None
    assert late.request.review.by.object_id == ALEX


async def test_the_entry_of_who_was_too_late_says_what_the_request_had_become(house: House) -> None:
    await house.sent()
    late = _late(house, lambda: house.decisions.approve(R1, NIA, None))
    assert isinstance(await late.approve(R1, ALEX, None), AlreadyDecided)
    entry = (await house.audit())[-1].fact
    assert (entry.actor, entry.detail["refused"]) == (ALEX, "AlreadyDecided")
    assert entry.detail["state"] == State.DELIVERING


async def test_who_presses_while_a_request_changes_all_the_time_hears_that_and_decides_nothing(
    house: House,
) -> None:
    await house.sent()
    days = iter(range(80, 10, -10))

    async def shorten() -> None:
        term = Term(days=next(days))
        assert isinstance(await Amendments(house.decisions).amend(R1, NIA, Wanted(term)), Record)

    assert isinstance(await _late(house, shorten, at=range(1, 100)).deny(R1, ALEX, "Not now"), KeepsChanging)
    request = await _agrees(house)
    assert (request.state, request.term) == (State.PENDING_APPROVAL, Term(days=50))
    entry = (await house.audit())[-1].fact
    assert (entry.what, entry.actor, entry.detail["refused"]) == ("act.refused", ALEX, "KeepsChanging")


async def test_of_a_hundred_presses_on_an_escalated_quorum_each_counts_once(house: House) -> None:
    """An approval of others is nothing that facts were read for, but for the first after an escalation."""
    more = [ObjectId(f"owner{number}") for number in range(8)]
    for one in more:
        house.tenant.people[one] = Person(one, one.title(), f"{one}@contoso-health.com")
        house.tenant.owners[RECORDS].append(one)
    house.policy.policy = read_policy(ESCALATED_OWNERS.replace("quorum = 2", "quorum = 9"))
    await house.sent()
    await house.settle()
    house.clock.turn(days=1, hours=1)
    await _escalate(house)
    people = [ALEX, NIA, *more]
    presses = await asyncio.gather(*(house.decisions.approve(R1, one, None) for one in people * 10))
    assert len([one for one in presses if isinstance(one, Record)]) == 9
    assert all(isinstance(one, Record | AlreadyApproved | AlreadyDecided) for one in presses)
    request = await _stored(house)
    assert request.state is State.DELIVERING
    assert len({one.by.object_id for one in approvals(request)}) == 9


async def test_approvals_of_others_are_not_read_anew(house: House) -> None:
    house.policy.policy = read_policy(TWO_OWNERS)
    await house.sent()
    late = _late(house, lambda: house.decisions.approve(R1, NIA, None))
    house.faults.calls.clear()
    assert isinstance(await late.approve(R1, ALEX, None), Record)
    assert house.faults.calls.count("find_by_address") == 2, "once for each of them"
