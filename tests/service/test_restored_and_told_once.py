"""Of all who look after a restore one tells what was found; who dies over it leaves it to the next."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from access.ports import Store, Unknown
from access.rules.causes import Cause
from access.rules.model import AuditFact, Guest
from access.service.restore import Restores
from bot.readers import LEASE
from tests import backups, postgres
from tests.service.fakes import FakeDirectory
from tests.service.house import House, draft
from tests.service.test_restored_backup import BEN, Operator
from tests.store.making import added


class Died(BaseException):
    """The process ends here."""


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    """Open a house whose backup was put back, and that lost a request with guest, access and mail."""
    shutil.copy(empty_database, tmp_path / "guestlist.db")
    operator = Operator(tmp_path, await House.open(tmp_path / "guestlist.db"))
    await operator.house.sent()
    operator.backs_up()
    await operator.house.delivered(await operator.house.approved(draft(address=BEN)))
    yield await operator.restores()
    await operator.house.store.close()


def looker(house: House, alarm: Callable[[str], None] | None = None, store: object = None) -> Restores:
    """Return another replica's, which remembers nothing of what others did."""
    return Restores(
        cast("Store", store or house.store),
        house.directory,
        house.mail,
        house.restores.self_service,
        house.restores.guards,
        alarm or house.alarms.append,
    )


async def told(house: House) -> list[str]:
    """Return what the audit says was found, and that it was looked."""
    entries = [entry.fact for entry in await house.audit() if entry.fact.what.startswith("restore.")]
    return [str(fact.detail.get("effect", "looked")) for fact in entries]


ONCE = ["mail", "guest", "access", "looked"]


async def test_of_two_who_look_at_once_one_tells(house: House) -> None:
    both = asyncio.Barrier(2)

    class Met(FakeDirectory):
        async def guests_since(self, at: datetime) -> Sequence[Guest]:
            await both.wait()
            return await super().guests_since(at)

    lookers = [looker(house), looker(house)]
    for one in lookers:
        one.directory = Met(house.tenant, house.faults)
    await asyncio.gather(*(one.look() for one in lookers))
    await looker(house).look()
    assert len(house.alarms) == 1
    assert await told(house) == ONCE


async def test_who_dies_while_it_looks_leaves_it_to_the_next_at_once(house: House) -> None:
    house.faults.before["guests_since"] = [Unknown(Cause.UNAVAILABLE)]
    with pytest.raises(Unknown):
        await looker(house).look()
    await looker(house).look()
    assert len(house.alarms) == 1
    assert await told(house) == ONCE


async def test_who_dies_before_the_alarm_leaves_it_to_the_next_who_finds_it_so_twice(house: House) -> None:
    def dies(_: str) -> None:
        raise Died

    with pytest.raises(Died):
        await looker(house, dies).look()
    following = looker(house)
    await following.look()
    assert house.alarms == [], "it may be about to tell"
    await following.look()
    assert len(house.alarms) == 1
    await looker(house).look()
    assert len(house.alarms) == 1
    assert await told(house) == ONCE


async def test_who_dies_after_the_alarm_is_followed_by_one_more_and_never_by_none(house: House) -> None:
    def tells_and_dies(text: str) -> None:
        house.alarms.append(text)
        raise Died

    with pytest.raises(Died):
        await looker(house, tells_and_dies).look()
    following = looker(house)
    for _ in range(3):
        await following.look()
    assert len(house.alarms) == 2
    assert house.alarms[0] == house.alarms[1]
    assert await told(house) == ONCE


async def test_a_lost_request_that_was_mailed_twice_is_audited_once(house: House) -> None:
    house.mail.sent.append(house.mail.sent[0])
    await looker(house).look()
    assert await told(house) == ONCE


async def test_a_second_restore_before_the_first_was_told_is_told_together_with_it(house: House) -> None:
    house.faults.before["guests_since"] = [Unknown(Cause.UNAVAILABLE)]
    looking = looker(house)
    with pytest.raises(Unknown):
        await looking.look()
    [first] = await house.store.restores()
    house.clock.turn(minutes=1)
    assert await house.store.restore(first.at) is not None
    await looking.look()
    [alarm] = house.alarms
    assert f"nothing after {first.to:%Y-%m-%d %H:%M:%S} UTC" in alarm
    assert "the request is lost" in alarm
    assert await told(house) == ONCE

    house.clock.turn(minutes=30)
    assert await house.store.restore(house.clock.now()) is not None
    await looking.look()
    assert "Nothing was found" in house.alarms[1], "what was told is not told again"


async def test_a_restore_that_somebody_may_have_died_over_is_told_with_the_next(house: House) -> None:
    def dies(_: str) -> None:
        raise Died

    with pytest.raises(Died):
        await looker(house, dies).look()
    house.clock.turn(minutes=30)
    assert await house.store.restore(house.clock.now()) is not None
    await looker(house).look()
    [alarm] = house.alarms
    assert "the request is lost" in alarm
    assert await told(house) == [*ONCE, "looked"]


async def test_who_could_not_write_tells_at_its_next_look(house: House) -> None:
    store = Stopping(house.store)
    store.fails = True
    looking = looker(house, store=store)
    with pytest.raises(Unknown):
        await looking.look()
    store.goes_on.set()
    await looking.look()
    assert len(house.alarms) == 1
    assert await told(house) == ONCE


@dataclass
class Stopping:
    """A store before whose audit a process is stopped, or loses it."""

    store: Store
    fails: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def write_audit(self, fact: AuditFact) -> None:
        if self.fails:
            self.fails = False
            raise Unknown(Cause.UNAVAILABLE)
        self.reached.set()
        await self.goes_on.wait()
        await self.store.write_audit(fact)


async def test_who_was_stopped_while_it_told_and_wakes_after_another_has_told_is_silent(
    house: House,
) -> None:
    store = Stopping(house.store)
    stopped = asyncio.create_task(looker(house, store=store).look())
    await store.reached.wait()
    following = looker(house)
    for _ in range(2):
        await following.look()
    assert len(house.alarms) == 1
    store.goes_on.set()
    await stopped
    assert len(house.alarms) == 1
    assert (await told(house)).count("looked") == 1


async def test_of_two_replicas_of_which_one_notices_a_failover_under_its_lease_one_tells(
    house: House, tmp_path: Path
) -> None:
    database = await backups.Dumped.make(tmp_path)
    one, other = [await database.open() for _ in range(2)]
    await added(one)
    assert await one.take_lease(LEASE, "one", timedelta(seconds=9))
    await postgres.run(database.url, "UPDATE meta SET value = 'elsewhere' WHERE key = 'fingerprint'")
    await asyncio.gather(looker(house, store=one).look(), looker(house, store=other).look())
    assert not await other.take_lease(LEASE, "other", timedelta(seconds=9))
    await looker(house, store=other).look()
    assert len(house.alarms) == 1
    facts = [entry.fact.what async for entry in one.audit_entries()]
    assert [facts.count(what) for what in ("store.restored", "restore.looked")] == [1, 1]
    for store in (one, other):
        await store.close()
    await database.drop()
