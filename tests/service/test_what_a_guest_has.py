"""One guest's card tells what the directory says the guest has, as far as it is the reader's to know."""

import pytest

from access.ports import NotDone
from access.rules.causes import Cause
from access.rules.coaching import GuestFile
from access.rules.model import ObjectId
from cards import guest
from cards.look import Look
from tests.service.house import ALEX, ANA, DESK, GUESTS, LIDIA, MEGAN, ZONE, House

GUEST = ObjectId("guest-1")


async def of(house: House, by: ObjectId) -> GuestFile:
    found = await house.coach.of_address(ANA, by)
    assert isinstance(found, GuestFile)
    return found


async def given_more(house: House) -> None:
    """Give a guest of Health Records more, past Guestlist: an app of Alex's, and a group with an app."""
    await house.delivered(await house.approved())
    house.tenant.access |= {(GUEST, DESK), (GUEST, GUESTS)}


async def test_an_admin_reads_every_app_and_group_whoever_gave_them(
    house: House,
) -> None:
    await given_more(house)
    file = await of(house, LIDIA)
    assert set(file.holds.apps) == {"Health Records", "Referral Desk", "Patient Portal"}
    assert file.holds.groups == ("Portal guests",)
    card = str(guest.draw(file, Look(ZONE, personal=True)))
    assert all(name in card for name in ("Referral Desk", "Patient Portal", "Portal guests"))


async def test_an_owner_reads_of_their_own_apps_alone(house: House) -> None:
    await given_more(house)
    file = await of(house, MEGAN)
    assert set(file.holds.apps) == {"Health Records", "Patient Portal"}
    assert (file.holds.groups, file.holds.may_remove) == ((), False)
    assert "Referral Desk" not in str(guest.draw(file, Look(ZONE, personal=True)))


async def test_who_owns_all_of_it_reads_all_of_it(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.access.add((GUEST, GUESTS))
    file = await of(house, MEGAN)
    assert set(file.holds.apps) == {"Health Records", "Patient Portal"}
    assert (file.holds.groups, file.holds.may_remove) == (("Portal guests",), True)


@pytest.mark.parametrize("away", ["holdings", "sponsors"])
async def test_what_cannot_be_read_keeps_nothing_else_back(house: House, away: str) -> None:
    await house.delivered(await house.approved())
    house.faults.before[away] = [NotDone(Cause.UNAVAILABLE)]
    file = await of(house, MEGAN)
    assert file.main is not None
    card = str(guest.draw(file, Look(ZONE, personal=True)))
    assert "Sponsor" in card
    assert ("account.ask" in card) is (away == "sponsors")


async def test_the_sponsors_are_those_of_the_directory(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.sponsors.append((GUEST, ALEX))
    file = await of(house, MEGAN)
    alex = await house.decisions.directory.person(ALEX)
    assert alex is not None
    assert alex.name in file.sponsors
    assert alex.name in str(guest.draw(file, Look(ZONE, personal=True)))
