"""Redemption: delta says who changed, a read says what, and whoever has accepted is told of once."""

import pytest

from access.ports import GuestDelta, Unknown
from access.rules.causes import Cause
from access.rules.coaching import GuestFile
from access.rules.model import Guest, ObjectId, Record
from access.service.redeem import CURSOR
from tests.service.house import MEGAN, House, draft

GUEST = ObjectId("guest-1")


def _page(*changed: str, cursor: str, more: bool = False) -> GuestDelta:
    return GuestDelta(tuple(ObjectId(one) for one in changed), (), cursor, more)


async def _waiting(house: House) -> Record:
    record = await house.approved()
    await house.settle()
    house.changes.pages = {"": _page(cursor="c1"), "c1": _page(cursor="c1")}
    await house.redemptions.follow()
    await house.redemptions.catch_up()
    assert (await house.now(record)).request.accepted_at is None
    return record


def _told(house: House) -> list[str]:
    return [post[1] for post in house.chat.posts if post[1].startswith("accepted/")]


async def test_who_changed_is_read_and_told_of_once(house: House) -> None:
    """The delta names the guest and nothing else: what changed is read from the guest."""
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    house.changes.pages["c1"] = _page("somebody", GUEST, cursor="c2")
    house.changes.pages["c2"] = _page(GUEST, cursor="c2")
    await house.redemptions.follow()
    await house.redemptions.follow()
    await house.redemptions.go_round()
    await house.settle()
    assert (await house.now(record)).request.accepted_at is not None
    assert sorted(_told(house)) == ["accepted/requestor", "accepted/thread"]
    facts = [entry.fact.what for entry in await house.audit()]
    assert facts.count("guest.accepted") == 1


async def test_a_guest_who_changed_and_has_not_accepted_is_still_waited_for(house: House) -> None:
    record = await _waiting(house)
    house.changes.pages["c1"] = _page(GUEST, cursor="c2")
    await house.redemptions.follow()
    assert (await house.now(record)).request.accepted_at is None
    assert len(await house.store.awaited(9)) == 1


async def test_a_delta_of_several_pages_is_followed_to_its_end(house: House) -> None:
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    house.changes.pages["c1"] = _page("a", cursor="p2", more=True)
    house.changes.pages["p2"] = _page(GUEST, cursor="c2")
    await house.redemptions.follow()
    assert await house.store.note(CURSOR) == "c2"
    assert (await house.now(record)).request.accepted_at is not None


async def test_the_first_delta_starts_from_now_so_every_pending_guest_is_read(house: House) -> None:
    record = await house.approved()
    await house.settle()
    house.tenant.accepts(GUEST)
    house.changes.pages = {"": _page("a", cursor="p2", more=True), "p2": _page(cursor="c1")}
    await house.redemptions.follow()
    await house.redemptions.catch_up()
    assert (await house.now(record)).request.accepted_at is not None


async def test_an_expired_cursor_is_forgotten_and_every_pending_guest_is_read(house: House) -> None:
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    del house.changes.pages["c1"]
    await house.redemptions.follow()
    await house.redemptions.catch_up()
    assert (await house.now(record)).request.accepted_at is not None
    assert await house.store.note(CURSOR) == "c1", "it goes on from now"


async def test_the_hourly_read_catches_what_the_delta_missed(house: House) -> None:
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    await house.redemptions.follow()
    assert (await house.now(record)).request.accepted_at is None
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is not None


async def test_a_read_that_fails_is_done_again_from_the_same_place(house: House) -> None:
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    house.changes.pages["c1"] = _page(GUEST, cursor="c2")
    house.changes.pages["c2"] = _page(cursor="c2")
    house.faults.before["guest"] = [Unknown(Cause.UNAVAILABLE)]
    with pytest.raises(Unknown):
        await house.redemptions.follow()
    assert await house.store.note(CURSOR) == "c1"
    await house.redemptions.follow()
    assert (await house.now(record)).request.accepted_at is not None


async def test_nobody_asks_graph_while_nobody_is_waited_for(house: House) -> None:
    await house.redemptions.follow()
    await house.sent()
    await house.redemptions.follow()
    assert house.changes.asked == []


async def test_one_guest_of_two_requests_is_told_of_in_both(house: House) -> None:
    await _waiting(house)
    await house.sent(draft(app="Patient Portal", access="Portal guests"))
    second = await house.decisions.approve("R-1002", ObjectId("lidia"), None)
    assert isinstance(second, Record)
    await house.settle()
    house.tenant.accepts(GUEST)
    await house.redemptions.go_round()
    await house.settle()
    assert sorted(_told(house)) == ["accepted/requestor"] * 2 + ["accepted/thread"] * 2
    assert await house.store.awaited(9) == []


async def test_a_guest_who_is_deleted_while_pending_is_no_trouble(house: House) -> None:
    record = await _waiting(house)
    house.tenant.guests.clear()
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is None


async def test_who_is_invited_and_accepts_while_a_page_is_read_is_not_missed(house: House) -> None:
    await _waiting(house)
    other = ObjectId("guest-2")

    async def meanwhile() -> None:
        await house.approved(draft(address="sam.carter@outlook.com"))
        await house.settle()
        house.tenant.accepts(other)

    house.changes.pages["c1"] = _page(other, cursor="c2")
    house.changes.meanwhile = meanwhile
    await house.redemptions.follow()
    assert await house.store.awaited(9) == [GUEST]


async def test_who_accepted_while_there_was_no_cursor_is_found_although_the_first_reading_fails(
    house: House,
) -> None:
    """The cursor has expired, and the reading of those who accepted meanwhile does not succeed at once."""
    record = await _waiting(house)
    house.tenant.accepts(GUEST)
    del house.changes.pages["c1"]
    house.changes.pages |= {"": _page(cursor="c9"), "c9": _page(cursor="c9")}
    house.faults.before["guest"] = [Unknown(Cause.UNAVAILABLE)]
    await house.redemptions.follow()
    assert await house.store.note(CURSOR) == "c9"
    with pytest.raises(Unknown):
        await house.redemptions.catch_up()
    await house.redemptions.catch_up()
    assert (await house.now(record)).request.accepted_at is not None


async def _lost(house: House) -> tuple[Record, Guest]:
    """Have somebody delete the guest by hand before they accept."""
    record = await _waiting(house)
    guest = house.tenant.guests.pop(GUEST)
    house.clock.turn(days=1)
    await house.redemptions.go_round()
    await house.settle()
    assert (await house.now(record)).request.gone_at is not None
    return record, guest


async def test_a_guest_who_was_deleted_by_hand_and_put_back_is_told_of_once_they_accept(house: House) -> None:
    record, guest = await _lost(house)
    house.tenant.guests[GUEST] = guest
    house.tenant.accepts(GUEST)
    house.clock.turn(days=20)
    await house.redemptions.go_round()
    await house.redemptions.go_round()
    await house.settle()
    request = (await house.now(record)).request
    assert (request.accepted_at is not None, request.gone_at) == (True, None)
    assert sorted(_told(house)) == ["accepted/requestor", "accepted/thread"]


async def _put_back(house: House, record: Record) -> None:
    """Check that the mark is lifted, that it was told once, and that the guest is waited for again."""
    for _ in range(2):
        await house.redemptions.go_round()
        await house.settle()
    assert (await house.now(record)).request.gone_at is None
    assert [entry.fact.what for entry in await house.audit()].count("guest.back") == 1
    house.tenant.accepts(GUEST)
    await house.redemptions.go_round()
    await house.settle()
    assert sorted(_told(house)) == ["accepted/requestor", "accepted/thread"]


async def test_a_guest_who_is_put_back_and_has_not_accepted_is_waited_for_again(
    house: House,
) -> None:
    record, house.tenant.guests[GUEST] = await _lost(house)
    house.clock.turn(minutes=10)
    await _put_back(house, record)


async def test_the_delta_tells_at_once_of_a_guest_who_is_put_back(house: House) -> None:
    record, guest = await _lost(house)
    await house.store.keep_note(CURSOR, "c1")
    house.changes.pages |= {"c1": _page(GUEST, cursor="c2"), "c2": _page(cursor="c2")}
    house.tenant.guests[GUEST] = guest
    await house.redemptions.follow()
    await _put_back(house, record)


async def test_who_looks_at_a_guest_who_is_put_back_has_the_mark_lifted(house: House) -> None:
    record, house.tenant.guests[GUEST] = await _lost(house)
    house.clock.turn(minutes=10)
    file = await house.coach.of_request(record.request.label, MEGAN)
    assert isinstance(file, GuestFile)
    assert file.main is not None
    assert file.main.request.gone_at is None
    await _put_back(house, record)


async def test_a_guest_who_stays_deleted_is_told_of_once_and_looked_for_as_long_as_they_can_be_put_back(
    house: House,
) -> None:
    record, _ = await _lost(house)
    house.clock.turn(days=29)
    await house.redemptions.go_round()
    assert len(await house.store.awaited(9)) == 1
    house.clock.turn(days=2)
    await house.redemptions.go_round()
    await house.settle()
    assert await house.store.awaited(9) == []
    assert (await house.now(record)).request.gone_at is not None
    assert [entry.fact.what for entry in await house.audit()].count("guest.gone") == 1
