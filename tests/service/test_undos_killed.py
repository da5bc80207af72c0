"""Whoever dies in an undo that takes the account along leaves both of its parts, or neither, to go on."""

from pathlib import Path
from typing import cast

import pytest

from access.ports import Store
from access.rules.model import (
    AccountState,
    AssignmentState,
    EndCause,
    JobKind,
    Kind,
    Left,
    Named,
    ObjectId,
    Record,
    State,
)
from access.rules.profiles import Typed
from access.rules.undoing import Undoable
from access.service.undo import Undoing
from tests.service.house import MEGAN, NIA, RECORDS, THREAD, House
from tests.service.test_killed_at_each_write import Died, Dying

GUEST = ObjectId("guest-1")


def undoing_of(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def worked(house: House) -> None:
    for _ in range(12):
        await house.run_due(JobKind.REMOVAL, JobKind.ACCOUNT)
        house.clock.turn(seconds=60)


async def removals(house: House) -> list[Record]:
    return [one for one in await house.store.of_guest(GUEST) if one.request.kind is Kind.REMOVE]


async def undone_until(house: House, record: Record, left: int, *, after: bool) -> bool:
    """Undo what was given, and let the process die at one of the writes; tells whether it died."""
    mortal = cast("Store", Dying(house.store, left, after=after))
    house.decisions.store = house.deliveries.store = house.deliveries.ends.store = mortal
    house.deliveries.on_accounts.store = mortal
    try:
        await undoing_of(house).undo(record.request.label, MEGAN, None)
        await worked(house)
    except Died:
        return True
    return False


async def killed(path: Path, left: int, *, after: bool) -> bool:
    house = await House.open(path)
    record = await house.delivered(await house.approved())
    died = await undone_until(house, record, left, after=after)
    await house.store.close()
    house = await House.open(path, house)
    house.clock.turn(minutes=2)
    given = (await house.now(record)).request.assignment
    assert given is not None
    begun = given.state is not AssignmentState.ACTIVE
    assert len(await removals(house)) == begun, "both have begun, or neither"
    if not begun:
        found = await undoing_of(house).ask(record.request.label, MEGAN)
        assert isinstance(found, Undoable)
        assert found.account is not None
        assert house.tenant.guests[GUEST].enabled, "it says that nothing is undone, and that is so"
        assert isinstance(await undoing_of(house).undo(record.request.label, MEGAN, found.hash), Record)
    await worked(house)
    await came_out(house, record)
    await house.store.close()
    return died


async def came_out(house: House, record: Record) -> None:
    given = (await house.now(record)).request.assignment
    assert given is not None
    assert given.end is not None
    assert (given.state, given.left, given.end.why) == (
        AssignmentState.ENDED,
        Left.NOTHING,
        EndCause.UNDONE,
    )
    (removal,) = await removals(house)
    assert removal.request.account is not None
    assert removal.request.account.state is AccountState.BLOCKED
    assert (GUEST, RECORDS) not in house.tenant.access
    assert not house.tenant.guests[GUEST].enabled
    whats = [one.fact.what for one in await house.audit()]
    for once in ("assignment.ending", "assignment.ended", "request.ordered", "account.blocked"):
        assert whats.count(once) == 1, once


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_an_undo_with_the_account_comes_out_whole(
    tmp_path: Path, *, after: bool
) -> None:
    kills = 0
    while await killed(tmp_path / f"{kills}.db", kills, after=after):
        kills += 1
    assert kills >= 8, "each of its steps is begun and ended"


async def changed_back(path: Path, left: int, *, after: bool) -> bool:
    """Undo a change that replaced two sponsors and the name, with a death at one of the writes."""
    house = await House.open(path)
    await house.delivered(await house.approved())
    before, both = house.tenant.guests[GUEST].name, [Named(MEGAN, "Megan"), Named(NIA, "Nia")]
    house.profiles.sponsors[GUEST] = [*both]
    typed = Typed(name="Ana Sousa", sponsor="Alex")
    change = await house.guest_changes.change(GUEST, MEGAN, typed, THREAD, seen=None, personal=False)
    assert isinstance(change, Record)
    await house.delivered(change)
    died = await undone_until(house, change, left, after=after)
    await house.store.close()
    house = await House.open(path, house)
    house.clock.turn(minutes=2)
    if len([one for one in await house.store.of_guest(GUEST) if one.request.kind is Kind.CHANGE]) == 1:
        assert house.tenant.guests[GUEST].name == "Ana Sousa", "nothing is undone, as its card says"
        assert isinstance(await undoing_of(house).undo(change.request.label, MEGAN, None), Record)
    await worked(house)
    assert house.tenant.guests[GUEST].name == before
    assert {one.object_id for one in house.profiles.sponsors[GUEST]} == {MEGAN, NIA}
    assert [house.faults.calls.count(one) for one in ("write", "name_sponsor", "drop_sponsor")] == [2, 3, 3]
    _, back = [one for one in await house.store.of_guest(GUEST) if one.request.kind is Kind.CHANGE]
    assert back.request.state is State.DELIVERED
    await house.store.close()
    return died


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_an_undone_change_is_written_once(tmp_path: Path, *, after: bool) -> None:
    kills = 0
    while await changed_back(tmp_path / f"{kills}.db", kills, after=after):
        kills += 1
    assert kills >= 8, "each of its steps is begun and ended"
