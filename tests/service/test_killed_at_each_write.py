"""Whoever dies at any write of an end, a removal or a set-up has it come out once all the same."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from access.ports import Store
from access.rules.model import AccountState, JobKind, Left, ObjectId, Record
from access.service.deliver import Deliveries
from access.service.setups import Wanted
from tests.service.house import LIDIA, MEGAN, RECORDS, THREAD, House, draft

GUEST = ObjectId("guest-1")
WRITES = ("change", "change_many", "add", "add_along")


class Died(BaseException):
    """The process ends here."""


class Dying:
    """A store that lets so many writes happen; then the process dies, before the write or just after it."""

    def __init__(self, store: object, left: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, left, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in WRITES:
            return found

        async def write(*args: Any, **named: Any) -> object:
            self._left -= 1
            if self._left < 0 and not self._after:
                raise Died
            done = await found(*args, **named)
            if self._left < 0:
                raise Died
            return done

        return write


async def worked(house: House, record: Record) -> None:
    """Do what is due of the request, and let time pass where a step waits."""
    for _ in range(12):
        await house.run_due(JobKind.TERM, JobKind.REMOVAL, JobKind.ACCOUNT, JobKind.SETUP)
        house.clock.turn(seconds=60)
    assert (await house.now(record)).request.failure is None


def mortal(house: House, left: int, *, after: bool) -> None:
    """Let the process die at a write of the journal to come."""
    store = cast("Store", Dying(house.store, left, after=after))
    was = house.deliveries
    house.deliveries = Deliveries(
        store,
        was.directory,
        was.access,
        was.mail,
        was.zone,
        was.alarm,
        was.clock,
        leaving=was.leaving,
        accounts=was.accounts,
        others=was.others,
    )
    house.terms.store = store


Begin = Callable[[House], Awaitable[Record]]
Do = Callable[[House, Record], Awaitable[None]]


async def killed(path: Path, begin: Begin, then: Do, left: int, *, after: bool) -> bool:
    """Begin something, die at a write, start again and let it end; False where no write was left."""
    house = await House.open(path)
    record = await begin(house)
    mortal(house, left, after=after)
    died = False
    try:
        await worked(house, record)
    except Died:
        died = True
    await house.store.close()
    house = await House.open(path, house)
    house.clock.turn(minutes=2)  # until the lease of whoever died is over
    await worked(house, record)
    await then(house, record)
    await house.store.close()
    return died


async def count(house: House, record: Record, what: str) -> int:
    request_id = record.request.request_id
    return sum(one.fact.what == what and one.fact.request_id == request_id for one in await house.audit())


async def an_end(house: House) -> Record:
    record = await house.delivered(await house.approved(draft(term="2d")))
    house.clock.turn(days=3)
    return record


async def has_ended(house: House, record: Record) -> None:
    given = (await house.now(record)).request.assignment
    assert given is not None
    assert given.left is Left.NOTHING
    assert (GUEST, RECORDS) not in house.tenant.access
    assert (
        await count(house, record, "assignment.ending") == await count(house, record, "assignment.ended") == 1
    )


async def ordered(house: House) -> Record:
    await house.delivered(await house.approved())
    record = await house.acts.remove(GUEST, MEGAN, "over", THREAD, seen=None, personal=True)
    assert isinstance(record, Record)
    return record


async def is_blocked(house: House, record: Record) -> None:
    account = (await house.now(record)).request.account
    assert account is not None
    assert (account.state, account.was_blocked) == (AccountState.BLOCKED, False)
    assert await count(house, record, "account.blocked") == 1
    assert not house.tenant.guests[GUEST].enabled


async def due_to_be_deleted(house: House) -> Record:
    record = await house.delivered(await ordered(house))
    house.clock.turn(days=7, minutes=1)
    return record


async def is_deleted(house: House, record: Record) -> None:
    account = (await house.now(record)).request.account
    assert account is not None
    assert account.state is AccountState.DELETED
    assert await count(house, record, "account.deleted") == house.faults.calls.count("delete") == 1


async def wanted_back(house: House) -> Record:
    record = await due_to_be_deleted(house)
    await house.settle()
    assert isinstance(await house.acts.restore(record.request.label, MEGAN), Record)
    return record


async def is_back(house: House, record: Record) -> None:
    account = (await house.now(record)).request.account
    assert account is not None
    assert account.state is AccountState.RESTORED
    assert house.tenant.guests[GUEST].enabled
    assert (GUEST, RECORDS) in house.tenant.access
    assert await count(house, record, "account.restored") == 1


async def a_set_up(house: House) -> Record:
    sent = await house.setups.send(Wanted(app="Patient Portal", makes=True), MEGAN, THREAD, personal=False)
    assert isinstance(sent, Record)
    approved = await house.decisions.approve(sent.request.label, LIDIA, None)
    assert isinstance(approved, Record)
    return approved


async def is_set_up(house: House, record: Record) -> None:
    assert await count(house, record, "setup.delivered") == 1
    assert len(house.tenant.markers) == house.faults.calls.count("group-make") == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("begin", "then"),
    [
        (an_end, has_ended),
        (ordered, is_blocked),
        (due_to_be_deleted, is_deleted),
        (wanted_back, is_back),
        (a_set_up, is_set_up),
    ],
)
async def test_killed_at_any_write_it_comes_out_once(
    tmp_path: Path, begin: Begin, then: Do, *, after: bool
) -> None:
    kills = 0
    while await killed(tmp_path / f"{kills}.db", begin, then, kills, after=after):
        kills += 1
    assert kills >= 4, "each of its steps is begun and ended"
