"""Whom a request is shown to is asked of the directory at that moment; to all others there is none."""

import asyncio
from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, PersonKind, Place, Restore
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.sight import Sight
from access.service.sights import Seen, Sights
from tests.service.house import ALEX, DIEGO, LEAVER, LIDIA, MEGAN, NIA, RECORDS, THREAD, VISITOR, House

R1 = "R-1001"
ELSEWHERE = Place("another channel")
WHERE = {"here": THREAD, "elsewhere": ELSEWHERE, "in a chat that is not open": Place("")}


@pytest.fixture
def sights(house: House) -> Sights:
    return Sights(house.decisions, house.chat, house.policy, house.clock)


@pytest.mark.parametrize("place", WHERE.values(), ids=WHERE)
async def test_a_request_is_shown_to_its_parties_everywhere_and_to_others_where_its_card_stands(
    house: House, sights: Sights, place: Place
) -> None:
    request, here = (await house.sent()).request, place == THREAD
    people = (MEGAN, ALEX, NIA, DIEGO, LIDIA, LEAVER, VISITOR, ObjectId("nobody"))
    views = {who: (await sights.of(request, who, place)).sight for who in people}
    parties = {MEGAN: Sight.REQUESTOR, ALEX: Sight.APPROVER, NIA: Sight.APPROVER}
    others = dict.fromkeys((DIEGO, LIDIA), Sight.ANYBODYS if here else Sight.NOTHING)
    assert views == {**parties, **others, **dict.fromkeys(people[5:], Sight.NOTHING)}
    assert (await sights.of(request, ALEX, place)).here is here


async def test_who_may_not_see_a_request_gets_exactly_the_answer_of_a_number_that_there_is_not(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    for who, place in ((DIEGO, ELSEWHERE), (VISITOR, THREAD), (LEAVER, THREAD)):
        assert await sights.find("r1001", who, place) == UnknownRequest("R1001")
        assert await sights.find("r1002", who, place) == UnknownRequest("R1002")
        hidden = await sights.find(request.request_id, who, place)
        assert hidden == await sights.find("0" * 32, who, place) == UnknownRequest("")


async def test_a_hidden_request_is_unknown_since_the_restore_like_every_other(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    restore = await house.store.restore(house.clock.now())
    assert isinstance(restore, Restore)
    hidden = await sights.find(request.request_id, DIEGO, ELSEWHERE)
    assert hidden == await sights.find("0" * 32, DIEGO, ELSEWHERE)


async def test_who_was_asked_sees_no_less_than_all_do_and_as_a_guest_nothing(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    house.tenant.owners[RECORDS].remove(ALEX)
    assert (await sights.of(request, ALEX, ELSEWHERE)).sight is Sight.ANYBODYS
    house.tenant.people[ALEX] = replace(house.tenant.people[ALEX], kind=PersonKind.GUEST)
    assert (await sights.of(request, ALEX, THREAD)).sight is Sight.NOTHING
    house.tenant.owners[RECORDS].append(DIEGO)
    assert (await sights.of(request, DIEGO, ELSEWHERE)).sight is Sight.APPROVER, "who decides today"


async def test_who_asked_and_who_decided_keep_their_view_whatever_becomes_of_them(
    house: House, sights: Sights
) -> None:
    request = (await house.approved()).request
    house.tenant.owners[RECORDS].remove(ALEX)
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], kind=PersonKind.GUEST)
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert (await sights.of(request, ALEX, ELSEWHERE)).sight is Sight.APPROVER
    assert (await sights.of(request, MEGAN, ELSEWHERE)).sight is Sight.REQUESTOR


async def test_while_the_directory_cannot_be_read_nobody_is_shown_more_and_nobody_is_told_of_it(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert (await sights.of(request, NIA, ELSEWHERE)).sight is Sight.ANYBODYS
    assert await sights.find(R1, DIEGO, THREAD) == Unreadable()
    assert await sights.find(R1, DIEGO, ELSEWHERE) == UnknownRequest(R1)
    assert not (await sights.of(request, NIA, ELSEWHERE)).is_read
    assert (await sights.of(request, MEGAN, ELSEWHERE)).is_read


async def test_cards_that_ask_for_their_view_by_themselves_share_what_the_directory_said_a_moment_ago(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    asked = house.faults.calls
    first = await sights.of(request, ALEX, THREAD, refresh=True)
    before = len(asked)
    assert await sights.of(request, ALEX, THREAD, refresh=True) == first
    assert (await sights.of(request, NIA, THREAD, refresh=True)).sight is Sight.APPROVER
    assert asked[before:] == ["person"], "who decides is asked once for all of them"

    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert (await sights.of(request, ALEX, THREAD, refresh=True)).sight is Sight.APPROVER
    house.clock.turn(seconds=31)
    assert not (await sights.of(request, ALEX, THREAD, refresh=True)).is_read


async def test_many_that_ask_at_once_ask_the_directory_once(house: House, sights: Sights) -> None:
    request = (await house.sent()).request
    asked = len(house.faults.calls)
    views = await asyncio.gather(*(sights.of(request, ALEX, THREAD, refresh=True) for _ in range(50)))
    assert {seen.sight for seen in views} == {Sight.APPROVER}
    assert house.faults.calls[asked:] == ["person", "app_owners"]


async def test_what_somebody_asks_for_themselves_is_looked_up_anew(house: House, sights: Sights) -> None:
    request = (await house.sent()).request
    await sights.of(request, ALEX, THREAD, refresh=True)
    house.tenant.owners[RECORDS].remove(ALEX)
    assert (await sights.of(request, ALEX, THREAD)).sight is Sight.ANYBODYS
    assert (await sights.of(request, ALEX, THREAD, refresh=True)).sight is Sight.ANYBODYS, "and counts"
    house.tenant.owners[RECORDS].append(ALEX)
    house.policy.policy = replace(house.policy.policy)
    assert (await sights.of(request, ALEX, THREAD, refresh=True)).sight is Sight.APPROVER, "another policy"


async def test_whose_act_was_taken_keeps_their_view_though_the_directory_cannot_be_read(
    house: House, sights: Sights
) -> None:
    request = (await house.sent()).request
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert sights.of_actor(request, NIA, ELSEWHERE) == Seen(Sight.APPROVER, here=False)
    assert sights.of_actor(request, MEGAN, THREAD) == Seen(Sight.REQUESTOR, here=True)
