"""What was read is remembered for a while, by one version of what it depends on."""

import asyncio
import weakref
from datetime import timedelta

import pytest

from access.ports import AccessError, Unknown
from access.rules.causes import Cause
from access.service.shared import Remembered
from tests.service.fakes import HandClock

LASTING, RENEWED, MOST = timedelta(seconds=30), timedelta(seconds=10), 3
VERSION, ANOTHER = ["rules"], ["rules"]


class Source:
    """Tells how often it has been read, at once or, where it is `held`, when it is let."""

    def __init__(self) -> None:
        self.begun = 0
        self.held: list[asyncio.Event] | None = None
        self.down: AccessError | None = None

    async def read(self) -> int:
        self.begun += 1
        told = self.begun
        if self.held is not None:
            self.held.append(asyncio.Event())
            await self.held[-1].wait()
        if self.down is not None:
            raise self.down
        return told

    async def let(self, which: int = 0) -> None:
        """Let the reading go on that began first, or another one."""
        await turns()
        assert self.held is not None
        self.held.pop(which).set()
        await turns()


async def turns() -> None:
    """Give every task its turn until it waits for something."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def remembered(clock: HandClock) -> Remembered[int]:
    return Remembered(clock, LASTING, most=MOST)


@pytest.fixture
def renewing(clock: HandClock) -> Remembered[int]:
    return Remembered(clock, LASTING, most=MOST, renewed=RENEWED)


@pytest.mark.parametrize("sign", [1, -1], ids=["later", "by a clock that was set back"])
async def test_what_was_read_counts_as_long_as_it_is_young_and_then_is_read_again(
    remembered: Remembered[int], source: Source, clock: HandClock, sign: int
) -> None:
    assert await remembered.get("a", source.read, VERSION) == 1
    clock.time += sign * (LASTING - timedelta(seconds=1))
    assert await remembered.get("a", source.read, VERSION) == 1
    clock.time += sign * timedelta(seconds=1)
    assert await remembered.get("a", source.read, VERSION) == 2
    assert await remembered.get("b", source.read, VERSION) == 3
    assert source.begun == 3, "nothing is read behind anybody unless that was asked for"


async def test_how_old_it_is_counts_from_when_its_reading_began(
    remembered: Remembered[int], source: Source, clock: HandClock
) -> None:
    source.held = []
    waiting = asyncio.create_task(remembered.get("a", source.read, VERSION))
    await turns()
    clock.time += LASTING - timedelta(seconds=1)
    await source.let()
    source.held = None
    assert await waiting == await remembered.get("a", source.read, VERSION) == 1
    clock.time += timedelta(seconds=1)
    assert await remembered.get("a", source.read, VERSION) == 2


async def test_what_was_read_by_another_version_does_not_count_though_it_equals_this_one(
    remembered: Remembered[int], source: Source
) -> None:
    assert await remembered.get("a", source.read, VERSION) == 1
    assert await remembered.get("a", source.read, ANOTHER) == 2
    assert await remembered.get("a", source.read, ANOTHER) == 2


async def test_all_who_ask_at_once_wait_for_one_reading_of_each_version(
    remembered: Remembered[int], source: Source
) -> None:
    source.held = []
    asked = [asyncio.create_task(remembered.get("a", source.read, VERSION)) for _ in range(3)]
    asked.append(asyncio.create_task(remembered.get("a", source.read, ANOTHER)))
    await source.let()
    await source.let()
    assert await asyncio.gather(*asked) == [1, 1, 1, 2]


async def test_a_reading_that_fails_fails_for_all_who_wait_and_is_not_remembered(
    remembered: Remembered[int], source: Source
) -> None:
    source.held, source.down = [], Unknown(Cause.UNAVAILABLE)
    asked = [asyncio.create_task(remembered.get("a", source.read, VERSION)) for _ in range(2)]
    await source.let()
    assert await asyncio.gather(*asked, return_exceptions=True) == [source.down] * 2
    source.held = source.down = None
    assert await remembered.get("a", source.read, VERSION) == 2


async def test_what_is_getting_old_is_renewed_once_behind_whoever_asks(
    renewing: Remembered[int], source: Source, clock: HandClock
) -> None:
    assert await renewing.get("a", source.read, VERSION) == 1
    clock.time += RENEWED
    source.held = []
    assert [await renewing.get("a", source.read, VERSION) for _ in range(3)] == [1, 1, 1]
    await source.let()
    assert await renewing.get("a", source.read, VERSION) == source.begun == 2


async def test_what_cannot_be_renewed_counts_until_it_is_too_old(
    renewing: Remembered[int], source: Source, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    assert await renewing.get("a", source.read, VERSION) == 1
    source.down = Unknown(Cause.UNAVAILABLE)
    clock.time += LASTING - timedelta(seconds=1)
    assert await renewing.get("a", source.read, VERSION) == 1
    await turns()
    assert source.begun == 2
    clock.time += timedelta(seconds=1)
    with pytest.raises(Unknown):
        await renewing.get("a", source.read, VERSION)
    assert caplog.records == []


async def test_what_is_read_anew_shares_no_reading_that_has_begun_and_counts_from_then_on(
    remembered: Remembered[int], source: Source
) -> None:
    assert await remembered.get("a", source.read, VERSION) == 1
    source.held = []
    asked = [asyncio.create_task(remembered.anew("a", source.read, VERSION)) for _ in range(2)]
    await source.let()
    await source.let()
    assert await asyncio.gather(*asked) == [2, 3]
    assert await remembered.get("a", source.read, VERSION) == 3


async def test_a_reading_that_began_before_another_does_not_take_the_place_of_it(
    remembered: Remembered[int], source: Source, clock: HandClock
) -> None:
    source.held = []
    slow = asyncio.create_task(remembered.get("a", source.read, VERSION))
    await turns()
    clock.turn(seconds=1)
    quick = asyncio.create_task(remembered.anew("a", source.read, VERSION))
    await source.let(1)
    await source.let()
    assert (await slow, await quick) == (1, 2)
    assert await remembered.get("a", source.read, VERSION) == 2


async def test_of_more_than_there_is_room_for_those_that_were_read_first_are_forgotten(
    remembered: Remembered[int], source: Source
) -> None:
    for key in "abc":
        await remembered.get(key, source.read, VERSION)
    await remembered.anew("a", source.read, VERSION)
    await remembered.get("d", source.read, VERSION)
    assert [await remembered.get(key, source.read, VERSION) for key in "cad"] == [3, 4, 5]
    assert await remembered.get("b", source.read, VERSION) == 6


async def test_what_has_grown_old_is_forgotten_when_something_else_is_read(clock: HandClock) -> None:
    remembered = Remembered[Source](clock, LASTING, most=MOST)

    async def read() -> Source:
        return Source()

    old = weakref.ref(await remembered.get("a", read, VERSION))
    clock.time += LASTING / 2
    young = weakref.ref(await remembered.get("b", read, VERSION))
    assert old() is not None
    clock.time += LASTING / 2
    await remembered.get("c", read, VERSION)
    await turns()
    assert (old(), young() is None) == (None, False)


async def test_whoever_goes_away_takes_the_reading_from_nobody(
    remembered: Remembered[int], source: Source
) -> None:
    source.held = []
    gone, stays = (asyncio.create_task(remembered.get("a", source.read, VERSION)) for _ in range(2))
    await turns()
    gone.cancel()
    await source.let()
    assert await stays == await remembered.get("a", source.read, VERSION) == 1
