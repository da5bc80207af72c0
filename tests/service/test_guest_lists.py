"""The guests of an app, for those whose app it is, and for nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import AccessError, NotDone, NotLicensed, Refused
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.guest_list import (
    TOGETHER,
    AppPage,
    GuestPage,
    NoSuchApp,
    Only,
    Order,
    Standing,
    Wanted,
)
from access.rules.model import Guest, ObjectId, Record, Redemption
from access.rules.policy_reader import read_policy
from access.rules.refusals import Unreadable
from cards.guest_list import guests
from cards.look import Look
from tests.service.house import (
    ALEX,
    DESK,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    PORTAL,
    RECORDS,
    THREAD,
    VISITOR,
    ZONE,
    House,
)

NEW = ObjectId("new")


OWN = Wanted(app="Health Records")


async def shown(house: House, by: ObjectId = NIA, wanted: Wanted = OWN) -> GuestPage:
    found = await house.lists.show(wanted, by)
    assert isinstance(found, GuestPage), found
    return found


def holds(house: House, key: str, target: ObjectId, address: str = "") -> ObjectId:
    """Give somebody an app past Guestlist."""
    guest = Guest(ObjectId(key), key.title(), address or f"{key}@adatum.com", Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access.add((guest.object_id, target))
    return guest.object_id


async def test_an_owner_sees_who_holds_the_app_by_us_and_past_us(house: House) -> None:
    record = await house.delivered(await house.approved())
    other = holds(house, "jo", RECORDS)
    page = await shown(house)
    rows = {row.guest.object_id: row for row in page.rows}
    ours = rows.pop(record.request.guest_id or NEW)
    assert ours.request is not None
    assert (ours.request.number, ours.ends_at) == (record.request.number, record.request.ends_at)
    assert ours.standing is Standing.PENDING
    assert (rows[other].request, rows[other].ends_at) == (None, None)
    assert (page.total, page.found, page.pages) == (2, 2, 1)


async def test_who_holds_it_by_a_group_is_a_guest_of_the_app_too(house: House) -> None:
    holds(house, "jo", GUESTS)
    assert [row.guest.name for row in (await shown(house, MEGAN, Wanted(app="Patient Portal"))).rows] == [
        "Jo"
    ]


async def test_a_request_whose_access_was_taken_away_by_hand_lists_nobody(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.access.clear()
    assert (await shown(house)).rows == ()


async def test_what_is_read_of_single_guests_is_read_of_the_rows_of_the_page_alone(house: House) -> None:
    for number in range(7):
        holds(house, f"guest{number}", RECORDS)
    last = await shown(house, wanted=replace(OWN, page=99))
    assert (last.page, last.pages, len(last.rows)) == (2, 2, 2)
    assert [len(ids) for ids in house.app_guests.asked] == [2]
    assert set(last.sponsors) == {row.guest.object_id for row in last.rows}


async def test_who_is_wanted_is_chosen_before_the_page(house: House) -> None:
    await house.delivered(await house.approved())
    holds(house, "jo", RECORDS)
    page = await shown(house, wanted=replace(OWN, only=Only.PENDING))
    assert ([row.guest.name for row in page.rows], page.found, page.total) == (["Ana"], 1, 2)
    assert (await shown(house, wanted=replace(OWN, domain="adatum.com"))).found == 1


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotLicensed(Cause.RIGHTS_MISSING), Unread.LICENCE),
        (Refused(Cause.RIGHTS_MISSING), Unread.PERMISSION),
        (NotDone(Cause.UNAVAILABLE), Unread.AWAY),
    ],
)
async def test_a_sign_in_that_cannot_be_read_says_why_and_keeps_no_list_back(
    house: House, error: AccessError, why: Unread
) -> None:
    holds(house, "jo", RECORDS)
    house.faults.before["signed_in"] = [error]
    assert (await shown(house)).signed_in is why


async def test_sponsors_that_cannot_be_read_keep_no_list_back(house: House) -> None:
    holds(house, "jo", RECORDS)
    house.faults.before["sponsors_of"] = [NotDone(Cause.UNAVAILABLE)]
    assert (await shown(house)).sponsors == {}


async def test_the_last_sign_in_is_told(house: House) -> None:
    jo = holds(house, "jo", RECORDS)
    house.app_guests.last[jo] = house.clock.now() - timedelta(days=3)
    assert (await shown(house)).signed_in == house.app_guests.last


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
async def test_who_owns_no_app_sees_no_guests_not_even_as_an_owner_by_name_alone(
    house: House, who: ObjectId
) -> None:
    """The leaver and the visitor are owners by the directory: a disabled account and a guest."""
    holds(house, "jo", RECORDS)
    assert await house.lists.show(Wanted(), who) == NoSuchApp()
    assert await house.lists.show(Wanted(app="Health Records"), who) == NoSuchApp()


async def test_an_app_of_others_and_one_that_is_not_there_are_the_same(house: House) -> None:
    holds(house, "jo", DESK)
    for app in ("Referral Desk", DESK, "No such app", "22222222-2222-4222-8222-222222222222"):
        assert await house.lists.show(Wanted(app=app), NIA) == NoSuchApp()
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [one.detail for one in refused] == 4 * [{"act": "guests", "refused": "NotTheirApp"}]


async def test_an_admin_sees_every_app_and_the_look_is_an_entry(house: House) -> None:
    holds(house, "jo", RECORDS)
    assert (await shown(house, LIDIA)).total == 1
    await shown(house, NIA)
    looks = [
        (one.fact.actor, one.fact.detail) for one in await house.audit() if one.fact.what == "guests.looked"
    ]
    assert looks == [(LIDIA, {"app": RECORDS, "page": 1})]
    every = await house.lists.show(Wanted(), LIDIA)
    assert isinstance(every, AppPage)
    assert every.total == len(house.tenant.apps)


async def test_without_an_app_whoever_owns_one_sees_its_guests_and_others_choose(house: House) -> None:
    holds(house, "jo", RECORDS)
    only = await house.lists.show(Wanted(only=Only.PENDING), NIA)
    assert isinstance(only, GuestPage)
    assert (only.app.object_id, only.found, only.total) == (RECORDS, 0, 1)
    several = await house.lists.show(Wanted(), MEGAN)
    assert isinstance(several, AppPage)
    assert [(app.name, count) for app, count in several.apps] == [
        ("Health Records", 1),
        ("Old Records", 0),
        ("Patient Portal", 0),
    ]


async def test_the_guests_of_all_ones_own_apps_are_one_list_that_is_filtered_and_paged(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.access.add((holds(house, "jo", RECORDS), GUESTS))
    holds(house, "lee", DESK)
    every = await shown(house, MEGAN, Wanted(app="ALL", order=Order.NAME))
    assert [(row.guest.name, row.app and row.app.name) for row in every.rows] == [
        ("Ana", "Health Records"),
        ("Jo", "Health Records"),
        ("Jo", "Patient Portal"),
    ], "the Referral Desk is Alex's"
    assert (every.total, every.together, every.app.object_id) == (3, 3, "all")
    some = await shown(house, MEGAN, Wanted(app="all", only=Only.PENDING))
    assert [row.guest.name for row in some.rows] == ["Ana"]
    chooser = await house.lists.show(Wanted(), MEGAN)
    assert isinstance(chooser, AppPage)
    assert chooser.together


async def test_whose_access_has_no_end_is_found_to_be_given_one(house: House) -> None:
    await house.delivered(await house.approved())
    holds(house, "jo", RECORDS)
    some = await shown(house, MEGAN, Wanted(app="all", only=Only.ENDLESS))
    assert [row.guest.name for row in some.rows] == ["Jo"]


async def test_an_app_that_is_gone_keeps_the_list_of_all_not_back(house: House) -> None:
    holds(house, "jo", RECORDS)
    house.app_guests.gone.add(PORTAL)
    assert [row.guest.name for row in (await shown(house, MEGAN, Wanted(app="all"))).rows] == ["Jo"]


async def test_an_app_that_is_called_all_is_meant_by_that(house: House) -> None:
    house.tenant.apps[NEW] = replace(house.tenant.apps[PORTAL], object_id=NEW, name="All")
    house.tenant.owners[NEW] = [MEGAN]
    assert (await shown(house, MEGAN, Wanted(app="all"))).app.object_id == NEW


async def test_of_more_apps_than_can_be_read_together_one_is_chosen(house: House) -> None:
    for number in range(TOGETHER):
        key = ObjectId(f"app{number}")
        house.tenant.apps[key] = replace(house.tenant.apps[PORTAL], object_id=key, name=f"App {number}")
        house.tenant.owners[key] = [MEGAN]
    found = await house.lists.show(Wanted(app="all"), MEGAN)
    assert isinstance(found, AppPage)
    assert (found.total, found.together) == (TOGETHER + 3, False)


async def test_nobody_has_all_apps_by_that_word(house: House) -> None:
    holds(house, "jo", RECORDS)
    assert await house.lists.show(Wanted(app="all"), DIEGO) == NoSuchApp()
    assert await house.lists.show(Wanted(app="all"), LIDIA) == NoSuchApp(), "an admin owns none of them"


async def test_an_app_is_found_by_the_beginnings_of_its_words_if_only_one_is_meant(house: House) -> None:
    assert (await shown(house, MEGAN, Wanted(app="heal rec"))).app.object_id == RECORDS
    several = await house.lists.show(Wanted(app="record"), MEGAN)
    assert isinstance(several, AppPage)
    assert {app.name for app, _ in several.apps} == {"Health Records", "Old Records"}


async def test_an_app_that_is_called_as_a_filter_is_goes_before_the_filter(house: House) -> None:
    house.tenant.apps[NEW] = replace(house.tenant.apps[PORTAL], object_id=NEW, name="Accepted")
    house.tenant.owners[NEW] = [MEGAN]
    page = await shown(house, MEGAN, Wanted(only=Only.ACCEPTED, typed="accepted"))
    assert (page.app.object_id, page.wanted.only) == (NEW, None)


async def test_who_owns_a_group_of_an_app_counts_where_the_policy_asks_them(house: House) -> None:
    house.tenant.owners[GUESTS] = [DIEGO]
    assert await house.lists.show(Wanted(), DIEGO) == NoSuchApp()
    asks = POLICY.replace('approvers = ["app-owners"]', 'approvers = ["group-owners"]')
    house.policy.policy = read_policy(asks)
    assert (await shown(house, DIEGO, Wanted(app="Patient Portal"))).app.object_id == PORTAL


@pytest.mark.parametrize("read", ["person", "apps_owned_by", "memberships", "guests_of"])
async def test_nothing_is_guessed_while_the_directory_is_away(house: House, read: str) -> None:
    house.faults.before[read] = [NotDone(Cause.UNAVAILABLE)]
    assert await house.lists.show(Wanted(app="Health Records"), MEGAN) == Unreadable()


async def test_an_app_that_is_gone_by_now_is_no_app(house: House) -> None:
    house.app_guests.gone.add(RECORDS)
    assert await house.lists.show(Wanted(), ALEX) != NoSuchApp()
    assert await house.lists.show(Wanted(app="Health Records"), ALEX) == NoSuchApp()


async def test_whom_a_removal_of_ours_has_blocked_is_being_removed_and_not_merely_disabled(
    house: House,
) -> None:
    house.tenant.owners[RECORDS] = [MEGAN, ALEX, NIA]
    await house.delivered(await house.approved())
    past_us, off = holds(house, "jo", RECORDS), holds(house, "off", RECORDS)
    house.tenant.guests[off] = replace(house.tenant.guests[off], enabled=False)
    for guest_id in (ObjectId("guest-1"), past_us):
        removal = await house.acts.remove(guest_id, NIA, "Over", THREAD, seen=None, personal=True)
        assert isinstance(removal, Record), removal
        removal = await house.delivered(removal)
    page = await shown(house)
    assert {row.guest.name: row.standing for row in page.rows} == {
        "Ana": Standing.REMOVING,
        "Jo": Standing.REMOVING,
        "Off": Standing.DISABLED,
    }
    card = str(guests(page, Look(ZONE, personal=True)))
    assert "Being removed" in card
    assert "account deleted on Sat 28 Nov 2026" in card
    only = await shown(house, wanted=replace(OWN, only=Only.REMOVING))
    assert [row.guest.name for row in only.rows] == ["Ana", "Jo"]
