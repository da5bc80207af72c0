"""An access that a failed delivery gave, or an undo could not take away, is ours until it is taken away."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from access.ports import Refused
from access.rules import jobs
from access.rules.adopting import Adopting, AlreadyOurs
from access.rules.causes import Cause
from access.rules.guest_list import GuestPage, Wanted
from access.rules.model import Left, ObjectId, Record, Redemption, State
from access.rules.refusals import WillNotWork
from access.service.adopt import Adoptions
from access.service.remove import Removals
from access.service.undo import Undoing
from cards import answers, words
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.service.house import ANA, MEGAN, NIA, RECORDS, ZONE, House
from tests.service.test_undoing import ANAS, DAY, R1, assignment, given, undone
from tests.service.test_undone_halfway import fails
from tests.service.test_warnings import cards, days, facts

ANAS_ACCESS = Adopting(guest=ANA, app="Health Records")


@pytest.fixture
def undoing(house: House) -> Undoing:
    return Undoing(house.decisions, house.policy, house.guest_changes)


async def adopted(house: House) -> object:
    return await Adoptions(house.lists, ZONE).adopt(ANAS_ACCESS, NIA)


@pytest.mark.parametrize("delivered", [True, False])
async def test_what_an_undo_could_not_take_away_is_not_adopted(
    house: House, undoing: Undoing, *, delivered: bool
) -> None:
    await (given(house) if delivered else fails(house, "read_back"))
    house.faults.before["take_away"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await undone(house, undoing)
    assert assignment(record).failure is not None
    found = await adopted(house)
    assert isinstance(found, AlreadyOurs)
    assert found.request.label == R1
    await house.decisions.retry(R1, MEGAN)
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_the_access_of_a_failed_delivery_is_listed_with_its_request_and_not_adopted(
    house: House,
) -> None:
    await fails(house, "read_back")
    page = await house.lists.show(Wanted(app="Health Records"), NIA)
    assert isinstance(page, GuestPage)
    (row,) = page.rows
    assert row.request is not None
    assert row.request.label == R1
    assert isinstance(await adopted(house), AlreadyOurs)


async def test_what_others_gave_and_a_failed_delivery_found_is_adopted(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    await fails(house, "read_back", (ObjectId("ana"), RECORDS))
    assert isinstance(await adopted(house), Record)


async def test_a_failed_delivery_is_not_forgotten_while_it_has_an_access(
    house: House, undoing: Undoing
) -> None:
    record = await fails(house, "read_back")
    with pytest.raises(Refused, match=R1):
        await house.store.forget(record.request.subject)
    assert (await house.now(record)).request.address == ANA
    await undone(house, undoing)
    assert await house.store.forget(record.request.subject) == 2, "it, and the account's removal"


async def test_a_failed_delivery_that_gave_nothing_is_forgotten(house: House) -> None:
    record = await fails(house, "give")
    assert await house.store.forget(record.request.subject) == 1


async def test_the_access_of_a_failed_delivery_ends_with_its_term_and_the_requestor_is_told(
    house: House,
) -> None:
    record = await fails(house, "read_back")
    house.clock.time += 89 * DAY
    await house.settle()
    assert (ANAS, RECORDS) in house.tenant.access
    house.clock.time += 2 * DAY
    await house.settle()
    now = await house.now(record)
    assert (now.request.state, assignment(now).left) == (State.CANCELED, Left.NOTHING)
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_what_failed_under_a_version_that_did_not_look_ends_with_its_term_too(tmp_path: Path) -> None:
    path = tmp_path / "guestlist.db"
    before = await House.open(path)
    record = await fails(before, "read_back")
    await before.store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM jobs WHERE name = 'term'")
    house = await House.open(path, before)
    assert len(await house.store.unended(10)) == 1
    await house.terms.note_older()
    assert await house.store.unended(10) == []
    await days(house, 92)
    assert (ANAS, RECORDS) not in house.tenant.access
    assert (await house.now(record)).request.state is State.CANCELED
    await house.terms.note_older()
    assert await house.store.unended(10) == [], "once"
    await house.store.close()


async def test_before_that_end_whoever_asked_is_warned_as_of_others_and_the_guest_is_not(
    house: House,
) -> None:
    record = await fails(house, "read_back")
    house.mail.sent.clear()
    await days(house, 100)
    assert cards(house) == [("1:1/megan", "14"), ("1:1/megan", "3")]
    assert [one["guest"] for one in await facts(house)] == [None, None]
    assert house.mail.sent == []
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_nobody_is_warned_of_what_gave_nothing(house: House) -> None:
    await fails(house, "give")
    await days(house, 100)
    assert cards(house) == []


async def test_that_end_stands_in_the_list_and_on_the_card_of_whoever_asked_with_its_removal(
    house: House,
) -> None:
    record = await fails(house, "read_back")
    page = await house.lists.show(Wanted(app="Health Records"), NIA)
    assert isinstance(page, GuestPage)
    (row,) = page.rows
    assert record.request.failure is not None
    assert row.ends_at == record.request.term.ends_at(record.request.failure.at, ZONE)
    card = str(draw(record, jobs.REQUESTOR, LOOK))
    assert "assignment.remove" in card
    assert "/remove R-1001" in card
    await house.decisions.retry(R1, MEGAN)
    assert (await house.now(record)).request.ends_at == row.ends_at, "a retry moves no end"


async def test_the_access_of_a_failed_delivery_can_be_removed(house: House) -> None:
    record = await fails(house, "read_back")
    removed = await Removals(house.decisions, house.policy).of_guest(ANA, "Health Records", MEGAN)
    assert isinstance(removed, Record), removed
    await house.settle()
    assert assignment(await house.now(record)).left is Left.NOTHING
    assert (ANAS, RECORDS) not in house.tenant.access


async def test_a_retry_that_succeeds_delivers_with_the_end_that_the_access_had(house: House) -> None:
    record = await fails(house, "read_back")
    ends_at = (await house.now(record)).request.ends_at
    await days(house, 20)
    await house.decisions.retry(R1, MEGAN)
    await house.delivered(record)
    now = await house.now(record)
    assert (now.request.state, now.request.ends_at) == (State.DELIVERED, ends_at)
    assert words.ends(now.request, LOOK) in str(draw(now, jobs.REQUESTOR, LOOK))
    await days(house, 69)
    assert (ANAS, RECORDS) in house.tenant.access
    await days(house, 2)
    assert (ANAS, RECORDS) not in house.tenant.access
    assert assignment(await house.now(record)).left is Left.NOTHING


async def test_no_retry_that_fails_again_moves_the_end(house: House) -> None:
    record = await fails(house, "read_back")
    ends_at = (await house.now(record)).request.ends_at
    for _ in range(4):
        await days(house, 7)
        house.faults.before["read_back"] = [Refused(Cause.RIGHTS_MISSING)]
        assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
        await house.settle()
        now = await house.now(record)
        assert (now.request.state, now.request.ends_at) == (State.DELIVERY_FAILED, ends_at)
    await days(house, 63)
    assert (ANAS, RECORDS) not in house.tenant.access
    assert (await house.now(record)).request.state is State.CANCELED


async def test_a_retry_after_that_end_is_refused_and_says_to_ask_anew(house: House) -> None:
    record = await fails(house, "read_back")
    house.clock.turn(days=91)
    refused = await house.decisions.retry(R1, MEGAN)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.TERM_OVER
    card = str(answers.refused(refused, "retry", LOOK))
    assert "The term that was asked for is over. Ask anew with /invite." in card
    assert (await house.now(record)).request.state is State.DELIVERY_FAILED
    await house.settle()
    assert (ANAS, RECORDS) not in house.tenant.access
