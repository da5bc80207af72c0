"""Readings of thousands: killed, expired, replayed, done by two: none begins over or tells twice."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from access.ports import GuestDelta, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import Guest, ObjectId
from access.service.redeem import CURSOR, OWED, PLACE, Redemptions
from tests.service.fakes import FakeDirectory
from tests.service.house import House, draft

EVERYBODY = tuple(ObjectId(f"guest-{number}") for number in range(1, 6))
FIRST, SECOND, THIRD, FOURTH, FIFTH = EVERYBODY


@dataclass
class Listing(FakeDirectory):
    """A directory that notes who was read, together or alone, and lets something happen before it answers."""

    listed: list[tuple[ObjectId, ...]] = field(default_factory=list)
    read: list[ObjectId] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None:
        assert not waited_for, "nobody waits for a reading of guests"
        self.read.append(guest_id)
        return await super().guest(guest_id)

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        self.listed.append(tuple(ids))
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return await super().guests(ids)


@dataclass
class Reading:
    """Five guests who are waited for, and a reader that reads two together."""

    house: House
    directory: Listing

    def reader(self) -> Redemptions:
        """Return a reader that remembers nothing, as after a start."""
        return Redemptions(self.house.store, self.directory, self.house.changes, together=2, an_hour=4)

    async def waited_for(self) -> list[ObjectId]:
        return list(await self.house.store.awaited(9))

    def pages(self, **pages: GuestDelta) -> None:
        self.house.changes.pages = {"": _page(cursor="now"), "now": _page(cursor="now"), **pages}

    def accept(self, *guests: ObjectId) -> None:
        for one in guests:
            self.house.tenant.accepts(one)

    async def told(self) -> list[str]:
        await self.house.settle()
        return [audience for _, audience, _ in self._notices()]

    def _notices(self) -> list[tuple[object, str, object]]:
        posts = [(post[0], post[1], post[2]) for post in self.house.chat.posts]
        return [post for post in posts if post[1].startswith("accepted/")]


def _page(*changed: ObjectId, cursor: str, more: bool = False) -> GuestDelta:
    return GuestDelta(changed, (), cursor, more)


@pytest_asyncio.fixture
async def reading(house: House) -> Reading:
    for number in range(5):
        await house.approved(draft(address=f"guest{number}@fabrikam.com"))
        await house.settle()
    found = Reading(house, Listing(house.tenant, house.faults))
    assert await found.waited_for() == list(EVERYBODY)
    await house.store.keep_note(CURSOR, "c1")
    return found


async def _stopped(work: Awaitable[None], at: asyncio.Event) -> None:
    """Let it run until this happens, and kill it then."""
    task = asyncio.ensure_future(work)
    await asyncio.wait_for(at.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _hanging(at: asyncio.Event) -> Callable[[], Awaitable[object]]:
    async def hang() -> None:
        at.set()
        await asyncio.Event().wait()

    return hang


async def test_whoever_is_killed_between_two_pages_goes_on_at_the_second(reading: Reading) -> None:
    reading.accept(FIRST, SECOND)
    reading.pages(c1=_page(FIRST, cursor="p2", more=True), p2=_page(SECOND, cursor="c2"))
    at, changes = asyncio.Event(), reading.house.changes

    async def hang_at_the_second() -> None:
        changes.meanwhile = _hanging(at)

    changes.meanwhile = hang_at_the_second
    await _stopped(reading.reader().follow(), at)
    assert changes.asked == ["c1", "p2"]
    await reading.reader().follow()
    assert changes.asked == ["c1", "p2", "p2"]
    assert reading.directory.read == [FIRST, SECOND]
    assert len(await reading.told()) == 4


async def test_a_page_that_comes_again_tells_nobody_twice(reading: Reading) -> None:
    """Graph replays pages, and somebody who accepted long ago stands on a page of today."""
    reading.accept(FIRST)
    reading.pages(c1=_page(FIRST, cursor="p2", more=True), p2=_page(FIRST, SECOND, FIRST, cursor="c1"))
    for _ in range(3):
        await reading.reader().follow()
    assert reading.directory.read == [FIRST] + 3 * [SECOND]
    assert sorted(await reading.told()) == ["accepted/requestor", "accepted/thread"]


async def test_an_empty_page_is_not_the_end_where_it_names_a_next(reading: Reading) -> None:
    reading.accept(FIRST)
    reading.pages(
        c1=_page(cursor="p2", more=True), p2=_page(cursor="p3", more=True), p3=_page(FIRST, cursor="c2")
    )
    await reading.reader().follow()
    assert await reading.waited_for() == list(EVERYBODY[1:])
    assert await reading.house.store.note(CURSOR) == "c2"


async def test_a_page_that_names_itself_as_the_next_is_not_read_for_ever(reading: Reading) -> None:
    reading.pages(c1=_page(cursor="c1", more=True))
    with pytest.raises(Unknown):
        await reading.reader().follow()
    assert reading.house.changes.asked == ["c1"]


async def test_a_cursor_that_expires_between_two_pages_has_the_others_read_and_tells_nobody_twice(
    reading: Reading,
) -> None:
    reading.accept(FIRST, FOURTH)
    reading.pages(c1=_page(FIRST, cursor="p2", more=True))
    await reading.reader().follow()
    await reading.reader().catch_up()
    assert reading.house.changes.asked == ["c1", "p2", ""]
    assert reading.directory.listed == [(SECOND, THIRD), (FOURTH, FIFTH)]
    assert reading.directory.read == [FIRST, FOURTH], "of who is listed as pending, nobody is read again"
    assert await reading.house.store.note(CURSOR) == "now"
    assert sorted(await reading.told()) == ["accepted/requestor"] * 2 + ["accepted/thread"] * 2


async def test_whom_a_start_from_now_owes_is_read_at_once_however_seldom_delta_is(reading: Reading) -> None:
    reading.accept(FIRST)
    reading.pages()
    reader = reading.reader()
    catching_up = asyncio.create_task(reader.owing(3600))
    await asyncio.sleep(0)
    assert not catching_up.done()
    await reading.house.store.keep_note(CURSOR, "")
    await reader.follow()
    await asyncio.wait_for(catching_up, 5)
    await reader.catch_up()
    assert FIRST not in await reading.waited_for()


async def test_whoever_is_killed_while_catching_up_goes_on_there(reading: Reading) -> None:
    reading.accept(FIRST, FIFTH)
    reading.pages()
    await reading.reader().follow()
    at = asyncio.Event()

    async def hang_at_the_second() -> None:
        reading.directory.meanwhile = _hanging(at)

    reading.directory.meanwhile = hang_at_the_second
    await _stopped(reading.reader().catch_up(), at)
    await reading.reader().catch_up()
    assert reading.directory.listed == [(FIRST, SECOND), (THIRD, FOURTH), (THIRD, FOURTH), (FIFTH,)]
    assert await reading.waited_for() == [SECOND, THIRD, FOURTH]
    await reading.reader().catch_up()
    assert len(reading.directory.listed) == 4, "who was caught up on is not read again"


async def test_the_delta_is_followed_while_others_are_still_to_be_read(reading: Reading) -> None:
    reading.pages()
    await reading.reader().follow()
    at = asyncio.Event()
    reading.directory.meanwhile = _hanging(at)
    await _stopped(reading.reader().catch_up(), at)
    reading.accept(FIFTH)
    reading.pages(now=_page(FIFTH, cursor="later"))
    await reading.reader().follow()
    assert FIFTH not in await reading.waited_for()


async def test_who_accepts_between_the_cursor_and_their_reading_is_told_of_once(reading: Reading) -> None:
    reading.pages()
    await reading.reader().follow()
    reading.accept(THIRD)
    reading.pages(now=_page(THIRD, cursor="later"))
    await reading.reader().catch_up()
    await reading.reader().follow()
    await reading.reader().go_round()
    assert sorted(await reading.told()) == ["accepted/requestor", "accepted/thread"]


async def test_a_reader_who_was_thought_dead_sets_the_one_who_followed_nowhere_back(reading: Reading) -> None:
    reading.accept(*EVERYBODY)
    reading.pages(
        c1=_page(FIRST, cursor="p2", more=True), p2=_page(SECOND, cursor="c2"), c2=_page(cursor="c2")
    )
    other = reading.reader()

    async def another_reads_all() -> None:
        await other.follow()

    reading.house.changes.meanwhile = another_reads_all
    await reading.reader().follow()
    assert await reading.house.store.note(CURSOR) == "c2"
    assert reading.house.changes.asked == ["c1", "c1", "p2"]
    assert len(await reading.told()) == 4


async def test_a_reader_who_was_thought_dead_takes_nothing_from_whom_a_later_start_owes(
    reading: Reading,
) -> None:
    """While it reads the last page of the old round, the cursor expires and a new one begins."""
    reading.pages()
    await reading.reader().follow()
    await reading.house.store.keep_note(OWED, FOURTH)

    async def another_begins_anew() -> None:
        del reading.house.changes.pages["now"]
        reading.house.changes.pages |= {"": _page(cursor="again"), "again": _page(cursor="again")}
        reading.accept(FIRST)
        await reading.reader().follow()

    reading.directory.meanwhile = another_begins_anew
    await reading.reader().catch_up()
    assert await reading.house.store.note(OWED), "everybody is still to be read"
    await reading.reader().catch_up()
    assert await reading.waited_for() == list(EVERYBODY[1:])


async def test_the_round_of_an_hour_has_an_end_and_the_next_goes_on_from_there(reading: Reading) -> None:
    await reading.reader().go_round()
    assert reading.directory.listed == [(FIRST, SECOND), (THIRD, FOURTH)]
    assert await reading.house.store.note(PLACE) == FOURTH
    await reading.reader().go_round()
    await reading.reader().go_round()
    assert reading.directory.listed[2:] == [(FIFTH,), (FIRST, SECOND), (THIRD, FOURTH)]
    assert reading.directory.read == []


async def test_while_everybody_is_caught_up_on_nobody_goes_round_beside(reading: Reading) -> None:
    await reading.house.store.keep_note(OWED, THIRD)
    await reading.reader().go_round()
    assert reading.directory.listed == []


async def test_a_guest_whom_a_list_does_not_show_is_read_alone(reading: Reading) -> None:
    """A list may be older than they are: that they are missing there says nothing yet."""
    del reading.house.tenant.guests[SECOND]
    reading.house.clock.turn(hours=2)
    await reading.reader().go_round()
    assert reading.directory.read == [SECOND]
    gone = [one.fact.detail["guest"] for one in await reading.house.audit() if one.fact.what == "guest.gone"]
    assert gone == [SECOND]


async def test_where_guests_cannot_be_read_together_each_is_read_alone(reading: Reading) -> None:
    reading.accept(SECOND)
    reading.house.faults.before["guests"] = [Refused(Cause.REFUSED)]
    await reading.reader().go_round()
    assert reading.directory.read == [FIRST, SECOND]
    assert await reading.waited_for() == [FIRST, THIRD, FOURTH, FIFTH]
