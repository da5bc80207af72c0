"""What crosses a guest's removal from the directory: nothing is done twice, nothing hangs or stays."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, cast

import pytest

from access.ports import Access, Accounts, Refused
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import (
    ON_ACCOUNTS,
    AccountState,
    AssignmentState,
    JobKind,
    JobStatus,
    Kind,
    Left,
    Record,
    Request,
    Term,
)
from access.service.extend import Renewals, Where
from access.service.relink import Relinks
from access.service.remove import Removals
from access.service.renewable import Wanted
from access.service.undo import Undoing
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.service.house import ALEX, ANA, LIDIA, MEGAN, RECORDS, THREAD, House, draft
from tests.service.test_account_removals import ANAS, WHY

R1 = "R-1001"
Does = Callable[[House], Awaitable[object]]


async def leave(house: House) -> object:
    return await house.acts.remove(ANAS, MEGAN, WHY, THREAD, seen=None, personal=True)


async def leave_too(house: House) -> object:
    return await house.acts.remove(ANAS, ALEX, WHY, THREAD, seen=None, personal=True)


async def remove(house: House) -> object:
    return await Removals(house.decisions, house.policy).of_request(R1, ALEX)


async def undo(house: House) -> object:
    return await Undoing(house.decisions, house.policy, house.guest_changes).undo(R1, MEGAN, None)


async def renew(house: House) -> object:
    renewals = Renewals(house.decisions)
    first = await renewals.meant(R1, MEGAN)
    if not isinstance(first, Request):
        return first
    asked = await renewals.ask(first, MEGAN, Wanted(Term(days=30)), Where(THREAD, personal=False))
    if isinstance(asked, Record):
        await house.decisions.approve(asked.request.label, ALEX, None)
    return asked


async def restore(house: House) -> object:
    return await house.acts.restore_guest(ANA, LIDIA)


async def undo_removal(house: House) -> object:
    undoing = Undoing(house.decisions, house.policy, house.guest_changes)
    found = [one for one in await house.store.of_guest(ANAS) if one.request.kind is Kind.REMOVE]
    return await undoing.undo(found[-1].request.label, MEGAN, None) if found else None


async def relink(house: House) -> object:
    return await Relinks(house.coach).for_address(ANA, MEGAN, reset=False)


async def term_over(house: House) -> object:
    house.clock.turn(days=91)
    return None


ACTS: Mapping[str, Does] = {
    "another removal": leave_too,
    "the access removed": remove,
    "the access undone": undo,
    "a renewal": renew,
    "a restore": restore,
    "an undo of the removal": undo_removal,
    "a new link": relink,
    "the end of the term": term_over,
}


async def whole(house: House) -> None:
    """See that what is stored, what is in the directory and what the cards say are the same."""
    records = await house.store.of_guest(ANAS)
    accounts = {one.request.request_id: one.request.account for one in records if one.request.account}
    for record in records:
        request, given = record.request, record.request.assignment
        label = f"{request.label} ({request.kind})"
        for job in record.jobs.values():
            if job.status in {JobStatus.READY, JobStatus.WAITING}:
                last = max(one.due_at for one in record.jobs.values() if one.kind is job.kind)
                assert last - house.clock.now() > timedelta(hours=1), (label, job.kind, job.name)
        assert str(draw(record, jobs.REQUESTOR, LOOK))
        cards = [one.body for one in record.jobs.values() if one.kind is JobKind.CARD and one.body["message"]]
        assert all(one["shown"] == one["wanted"] for one in cards), label
        if request.kind in ON_ACCOUNTS or given is None or request.extends:
            continue
        has = (ANAS, RECORDS) in house.tenant.access
        by = accounts.get(given.halted.by) if given.halted else None
        match given.state:
            case AssignmentState.ACTIVE:
                assert has, label
                assert request.ends_at is not None
                assert request.ends_at > house.clock.now(), label
                term = record.jobs[jobs.key_of(request.request_id, 0, "term")]
                assert term.status is JobStatus.READY, label
                assert (by.state if by else None) in {None, AccountState.BLOCKED}, label
            case AssignmentState.SUSPENDED:
                assert by is not None, label
                assert by.state is AccountState.DELETED, label
                assert not has, label
            case AssignmentState.ENDED:
                assert not has, label
                assert given.failure is None, label
                assert given.left in {Left.NOTHING, Left.GUEST_GONE}, label
            case _:
                raise AssertionError((label, given.state, given.failure))
    removals = [*accounts.values()]
    assert all(one.failure is None for one in removals)
    if any(one.state is AccountState.DELETED for one in removals):
        assert ANAS not in house.tenant.guests
    elif ANAS in house.tenant.guests:
        blocked = any(one.state is AccountState.BLOCKED for one in removals)
        assert house.tenant.guests[ANAS].enabled is not blocked


WORK = (JobKind.ACCOUNT, JobKind.REMOVAL, JobKind.RETURN, JobKind.STEP, JobKind.TERM)


async def steps(house: House, number: int) -> None:
    for _ in range(number):
        await house.run_due(*WORK)


async def settled(house: House) -> None:
    await house.settle()
    await whole(house)


async def comes_to_its_end(house: House) -> None:
    """See that the guest can be restored, that nothing was done twice, and that every term ends."""
    await house.acts.restore_guest(ANA, LIDIA)
    await settled(house)
    for call in ("block", "delete", "put_back"):
        assert house.faults.calls.count(call) <= 1, call
    house.clock.turn(days=200)
    await settled(house)
    assert not house.tenant.access
    assert house.alarms == []


@pytest.mark.parametrize("between", [0, 3])
@pytest.mark.parametrize("first", [True, False], ids=["removal first", "removal second"])
@pytest.mark.parametrize("act", ACTS)
async def test_whatever_crosses_a_removal_comes_to_one_end_and_comes_back_as_it_was(
    house: House, act: str, *, first: bool, between: int
) -> None:
    await house.delivered(await house.approved())
    one, other = (leave, ACTS[act]) if first else (ACTS[act], leave)
    await one(house)
    await steps(house, between)
    await other(house)
    await settled(house)
    house.clock.turn(days=7, minutes=1)
    await settled(house)
    await comes_to_its_end(house)


@pytest.mark.parametrize("between", [0, 1])
@pytest.mark.parametrize("first", [True, False], ids=["deletion first", "deletion second"])
@pytest.mark.parametrize("act", ACTS)
async def test_whatever_crosses_the_deletion_comes_to_one_end(
    house: House, act: str, *, first: bool, between: int
) -> None:
    await house.delivered(await house.approved())
    await leave(house)
    await house.settle()
    if first:
        house.clock.turn(days=7, minutes=1)
        await steps(house, between)
        await ACTS[act](house)
    else:
        house.clock.turn(days=6, hours=23)
        await ACTS[act](house)
        await steps(house, between)
        house.clock.turn(days=1)
    await settled(house)
    await comes_to_its_end(house)


@pytest.mark.parametrize("between", [0, 1])
@pytest.mark.parametrize("first", [True, False], ids=["restore first", "restore second"])
@pytest.mark.parametrize("act", ACTS)
async def test_whatever_crosses_a_restore_comes_to_one_end(
    house: House, act: str, *, first: bool, between: int
) -> None:
    await house.delivered(await house.approved())
    await leave(house)
    await house.settle()
    house.clock.turn(days=7, minutes=1)
    await house.settle()
    one, other = (restore, ACTS[act]) if first else (ACTS[act], restore)
    await one(house)
    await steps(house, between)
    await other(house)
    await settled(house)
    house.clock.turn(days=8)
    await settled(house)
    house.clock.turn(days=200)
    await settled(house)
    assert not house.tenant.access
    assert house.alarms == []


class Crossed:
    """A directory in which somebody acts right before or after a call is carried out, once."""

    def __init__(self, port: object, call: "Call", act: Callable[[], Awaitable[object]]) -> None:
        self._port, self._call, self._act = port, call, act
        self.met = 0

    def __getattr__(self, name: str) -> Any:
        does = getattr(self._port, name)
        if name != self._call.name:
            return does

        async def called(*args: Any, **kwargs: Any) -> object:
            self.met += 1
            is_now = self.met == self._call.number
            if is_now and not self._call.is_done:
                await self._act()
            found = await does(*args, **kwargs)
            if is_now and self._call.is_done:
                await self._act()
            return found

        return called


class Call(NamedTuple):
    name: str
    number: int = 1
    is_done: bool = False


CALLS = [
    *(Call(name) for name in ("block", "delete", "put_back", "unblock")),
    *(Call("look", number) for number in (1, 3)),
    *(Call(name, is_done=True) for name in ("block", "delete", "put_back")),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda one: "-".join(map(str, one)))
@pytest.mark.parametrize("act", ACTS)
async def test_what_is_pressed_while_a_call_is_under_way_comes_to_one_end(
    house: House, act: str, call: Call
) -> None:
    await house.delivered(await house.approved())
    crossed = Crossed(house.accounts, call, partial(ACTS[act], house))
    house.deliveries.on_accounts.accounts = cast("Accounts", crossed)
    await leave(house)
    await settled(house)
    house.clock.turn(days=7, minutes=1)
    await settled(house)
    await restore(house)
    await settled(house)
    house.clock.turn(days=8)
    await settled(house)
    house.clock.turn(days=200)
    await settled(house)
    assert not house.tenant.access
    assert house.alarms == []
    assert crossed.met >= call.number


ENDS = ("the access removed", "the access undone", "the end of the term")
LEAVES: Mapping[str, Does] = {
    "a removal": leave,
    "a removal and its undo": lambda house: both(house, leave, undo_removal),
    "a removal and a restore": lambda house: both(house, leave, restore),
    "a renewal": renew,
    "a new link": relink,
}


async def both(house: House, one: Does, other: Does) -> None:
    await one(house)
    await other(house)


@pytest.mark.parametrize(
    "call", [Call("take_away", is_done=True), Call("read_back")], ids=["taken", "proved"]
)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("act", LEAVES)
async def test_what_is_pressed_while_an_access_is_taken_away_leaves_none(
    house: House, act: str, end: str, call: Call
) -> None:
    await house.delivered(await house.approved())
    crossed = Crossed(house.access, call, partial(LEAVES[act], house))
    house.deliveries.ends.access = cast("Access", crossed)
    await ACTS[end](house)
    await settled(house)
    house.clock.turn(days=8)
    await settled(house)
    await restore(house)
    await settled(house)
    assert not house.tenant.access
    assert house.alarms == []
    assert crossed.met


@pytest.mark.parametrize("term", [10, 90])
@pytest.mark.parametrize("retried", [True, False])
async def test_what_a_failed_delivery_gave_to_a_guest_who_went_and_came_back_ends_with_its_term(
    house: House, term: int, *, retried: bool
) -> None:
    house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved(draft(term=f"{term}d"))
    await house.failed(record)
    await leave(house)
    await house.settle()
    house.clock.turn(days=7, minutes=1)
    await house.settle()
    assert ANAS not in house.tenant.guests
    house.clock.turn(days=8)
    await restore(house)
    await house.settle()
    assert ((ANAS, RECORDS) in house.tenant.access) is (term == 90)
    if retried and term == 90:
        assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
        await house.delivered(record)
    house.clock.turn(days=80)
    await house.settle()
    assert not house.tenant.access
    assert house.alarms == []
