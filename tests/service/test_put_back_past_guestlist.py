"""A guest whom an admin deleted and put back past Guestlist keeps no access that ended meanwhile."""

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AssignmentState, Guest, Left, Record
from tests.service.house import House
from tests.service.test_clean_ups import assignment, days, given


async def ended_with_nobody(house: House) -> tuple[Record, Guest]:
    """Return an access that ended while its guest was deleted in the portal, and the guest."""
    record = await given(house, "10d")
    guest_id = record.request.guest_id
    assert guest_id is not None
    guest = house.tenant.guests.pop(guest_id)
    house.clock.turn(days=11)
    await house.settle()
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.GUEST_GONE)
    return record, guest


async def test_what_came_back_with_the_guest_is_taken_away_the_day_after(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    house.tenant.guests[guest.object_id] = guest
    assert house.tenant.access
    await days(house, 1)
    found = await assignment(house, record)
    assert (found.state, found.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert not house.tenant.access
    whats = [entry.fact.what for entry in await house.audit()]
    await days(house, 2)
    assert [entry.fact.what for entry in await house.audit()] == whats, "once"


async def test_who_stays_away_is_looked_for_while_somebody_can_put_them_back(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    await days(house, 29)
    assert (await assignment(house, record)).left is Left.GUEST_GONE
    house.clock.turn(days=2)
    house.tenant.guests[guest.object_id] = guest  # as nobody can
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.GUEST_GONE


async def test_where_guests_cannot_be_read_the_rest_of_the_day_goes_on(house: House) -> None:
    record, guest = await ended_with_nobody(house)
    house.tenant.guests[guest.object_id] = guest
    house.faults.before["guests"] = [Refused(Cause.RIGHTS_MISSING)]
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.GUEST_GONE
    await days(house, 1)
    assert (await assignment(house, record)).left is Left.NOTHING
