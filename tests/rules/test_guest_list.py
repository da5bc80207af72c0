"""The guests of an app as a list: how it stands with each, who is wanted, in which order, which page."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.rules.guest_list import Held, Listed, Only, Order, Standing, Wanted, chosen, cut, listed, tally
from access.rules.lapses import Lapse, Lapsed
from access.rules.model import (
    Assignment,
    AssignmentState,
    Give,
    GiveKind,
    Guest,
    ObjectId,
    Redemption,
    Request,
)
from tests.rules.making import GIVE, NOW, delivered

GROUP = Give(GiveKind.GROUP, ObjectId("group"), "Guests")
DAY = timedelta(days=1)


def guest(key: str, redemption: Redemption = Redemption.ACCEPTED, *, enabled: bool = True) -> Guest:
    return Guest(ObjectId(key), key.title(), f"{key}@fabrikam.com", redemption, enabled=enabled)


def held(of: Guest, *gives: Give) -> Held:
    return Held(of, frozenset(one.key for one in gives or (GIVE,)))


def request(of: str, ends_at: datetime | None, number: int = 1001, give: Give = GIVE) -> Request:
    made = delivered().request
    return replace(made, number=number, guest_id=ObjectId(of), ends_at=ends_at, give=give)


def one(of: Held, *requests: Request) -> Listed:
    [row] = listed([of], requests, NOW)
    return row


@pytest.mark.parametrize(
    ("of", "standing"),
    [
        (guest("ana"), Standing.ACCEPTED),
        (guest("ana", Redemption.PENDING), Standing.PENDING),
        (guest("ana", Redemption.UNKNOWN), Standing.UNKNOWN),
        (guest("ana", Redemption.PENDING, enabled=False), Standing.DISABLED),
    ],
)
def test_a_guest_stands_as_the_directory_says(of: Guest, standing: Standing) -> None:
    assert one(held(of)).standing is standing


@pytest.mark.parametrize(("days", "soon"), [(-1, True), (0, True), (14, True), (15, False)])
def test_an_access_ends_soon_from_fourteen_days_before_its_end_on(days: int, *, soon: bool) -> None:
    row = one(held(guest("ana")), request("ana", NOW + days * DAY))
    assert (row.standing is Standing.ENDING) is soon


def test_an_access_that_guestlist_did_not_give_has_no_request_and_no_end() -> None:
    row = one(held(guest("ana")), request("ana", NOW + DAY, give=GROUP), request("bo", NOW + DAY))
    assert (row.request, row.ends_at) == (None, None)


def test_a_guest_has_the_app_until_the_last_of_what_gives_it_ends() -> None:
    first, last = request("ana", NOW + DAY), request("ana", NOW + 90 * DAY, 1002, GROUP)
    row = one(held(guest("ana"), GIVE, GROUP), last, first)
    assert (row.request, row.ends_at) == (last, last.ends_at)


def test_where_something_else_gives_the_app_too_its_end_is_not_known() -> None:
    ours = request("ana", NOW + DAY)
    row = one(held(guest("ana"), GIVE, GROUP), ours)
    assert (row.request, row.ends_at, row.standing) == (ours, None, Standing.ACCEPTED)


def test_what_was_there_before_the_request_does_not_end_with_it() -> None:
    ours = request("ana", NOW + DAY)
    there = replace(ours, assignment=Assignment(state=AssignmentState.ACTIVE, was_there=True))
    assert (one(held(guest("ana")), there).request, one(held(guest("ana")), there).ends_at) == (there, None)


def test_what_is_held_after_our_access_has_ended_is_not_ours() -> None:
    ours = request("ana", NOW - DAY)
    ended = replace(ours, assignment=Assignment(state=AssignmentState.ENDED))
    assert one(held(guest("ana")), ended).request is None


def test_of_two_requests_for_the_same_the_later_end_counts() -> None:
    first, again = request("ana", NOW + DAY), request("ana", NOW + 60 * DAY, 1002)
    assert one(held(guest("ana")), again, first).request == again


EVERY = listed(
    [
        held(guest("dana")),
        held(guest("cleo", Redemption.PENDING)),
        held(guest("bo", enabled=False)),
        held(replace(guest("ana"), address="ana@northwind.example")),
        held(guest("eve", Redemption.PENDING)),
    ],
    [request("dana", NOW + 40 * DAY), request("ana", NOW + 9 * DAY), request("eve", NOW + 3 * DAY)],
    NOW,
)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order.NEED, "Eve Ana Cleo Bo Dana"),
        (Order.END, "Eve Ana Dana Bo Cleo"),
        (Order.NAME, "Ana Bo Cleo Dana Eve"),
        (Order.STATE, "Ana Eve Cleo Bo Dana"),
    ],
)
def test_they_come_in_the_order_that_is_wanted(order: Order, names: str) -> None:
    rows = chosen(EVERY, Wanted(order=order), NOW)
    assert " ".join(row.guest.name for row in rows) == names


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (Only.PENDING, "Eve Cleo"),
        (Only.ACCEPTED, "Ana Bo Dana"),
        (Only.ENDING, "Eve Ana"),
        (Only.DISABLED, "Bo"),
    ],
)
def test_those_alone_come_who_are_wanted(only: Only, names: str) -> None:
    rows = chosen(EVERY, Wanted(only=only), NOW)
    assert " ".join(row.guest.name for row in rows) == names


@pytest.mark.parametrize(
    ("domain", "count"), [("northwind.example", 1), ("NORTHWIND.example", 1), ("wind.example", 0), ("", 5)]
)
def test_a_domain_is_the_whole_of_what_follows_the_at(domain: str, count: int) -> None:
    assert len(chosen(EVERY, Wanted(domain=domain), NOW)) == count


def test_what_there_is_none_of_is_not_counted() -> None:
    assert tally(EVERY) == {
        Standing.ENDING: 2,
        Standing.PENDING: 1,
        Standing.DISABLED: 1,
        Standing.ACCEPTED: 1,
    }


@pytest.mark.parametrize(
    ("page", "rows", "is_page"), [(0, "abcde", 1), (1, "abcde", 1), (2, "fg", 2), (99, "fg", 2)]
)
def test_a_page_beyond_the_last_is_the_last(page: int, rows: str, is_page: int) -> None:
    assert cut("abcdefg", page) == (tuple(rows), is_page, 2)


def test_nobody_is_one_empty_page() -> None:
    assert cut([], 3) == ((), 1, 1)


def test_a_guest_is_inactive_where_any_of_the_accesses_is_said_to_be() -> None:
    first = replace(
        request("ana", NOW + DAY), lapses=(Lapsed(what=Lapse.INACTIVE, shown_at=NOW, since_at=NOW),)
    )
    last = request("ana", NOW + 90 * DAY, 1002, GROUP)
    row = one(held(guest("ana"), GIVE, GROUP), first, last)
    assert chosen([row], Wanted(only=Only.INACTIVE), NOW) == [row]
