"""Searching: nobody is shown more than they may request for, and what is likely comes first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import App, AppRole, Group, Guest, ObjectId, Person, Redemption
from access.rules.policy_reader import read_policy
from access.service.roster import Roster
from access.service.search import MOST_REMEMBERED, REMEMBERED, RENEWED
from tests.service.fakes import FakeDirectory
from tests.service.house import (
    ADMINS,
    ALEX,
    ANA,
    DESK,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    OLD,
    POLICY,
    PORTAL,
    RECORDS,
    VISITOR,
    House,
    draft,
)

EVERYBODY = POLICY.replace("[[defaults", '[defaults]\nrequestors = ["members"]\n[[defaults', 1)
PERSON = ObjectId("33333333-3333-4333-8333-333333333333")
STAFF = ObjectId("44444444-4444-4444-8444-444444444444")


async def apps(house: House, who: ObjectId, text: str = "", most: int = 15) -> list[str]:
    return [app.name for app in await house.searches.apps(who, text, most)]


def by(words: str) -> str:
    return POLICY.replace("[[defaults", f"[defaults]\nrequestors = [{words}]\n[[defaults", 1)


async def test_the_apps_a_person_may_request_for_are_theirs_and_switched_on(house: House) -> None:
    assert await apps(house, MEGAN) == ["Health Records", "Patient Portal"]
    assert await apps(house, MEGAN, "rec") == ["Health Records"]
    assert await apps(house, MEGAN, most=1) == ["Health Records"]
    assert await apps(house, MEGAN, "referral") == []


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
async def test_who_may_ask_for_nothing_finds_no_app_no_access_and_no_guest(
    house: House, who: ObjectId, *, warm: bool
) -> None:
    house.knows(Redemption.ACCEPTED)
    if warm:
        await house.index.refresh()
    assert await apps(house, who) == []
    assert await apps(house, who, "health") == []
    assert await house.searches.gives(who, RECORDS) == []
    assert await house.searches.guests(who, "ana", 15) == []


@pytest.mark.parametrize(
    ("words", "who", "found"),
    [
        ('"app-owners"', NIA, ["Health Records"]),
        ('"members"', DIEGO, ["Health Records", "Patient Portal", "Referral Desk"]),
        ('"members"', VISITOR, []),
        ('"members"', LEAVER, []),
        ('"role:admins"', LIDIA, ["Health Records", "Patient Portal", "Referral Desk"]),
        ('"role:admins"', MEGAN, []),
        (f'"group:{STAFF}"', DIEGO, ["Health Records", "Patient Portal", "Referral Desk"]),
        (f'"group:{STAFF}"', NIA, []),
        (f'"person:{PERSON}"', PERSON, ["Health Records", "Patient Portal", "Referral Desk"]),
        (f'"person:{PERSON}"', NIA, []),
        ('"group-owners"', DIEGO, ["Patient Portal"]),
        ('"group-owners"', MEGAN, []),
        ('"group-owners", "app-owners"', MEGAN, ["Health Records", "Patient Portal"]),
    ],
)
async def test_every_word_of_the_policy_shows_what_it_lets_request(
    house: House, words: str, who: ObjectId, found: Sequence[str]
) -> None:
    house.tenant.people[PERSON] = Person(PERSON, "Perry")
    house.tenant.groups[STAFF] = Group(STAFF, "Staff")
    house.tenant.members[STAFF] = [DIEGO]
    house.tenant.owners[GUESTS] = [DIEGO]
    house.policy.policy = read_policy(by(words))
    await house.index.refresh()
    assert sorted(await apps(house, who)) == found
    # A list is a hint, and the check decides: the two must not disagree.
    for app in house.tenant.apps.values():
        person = house.tenant.people.get(who)
        may = person is not None and await house.searches.roster.may_request(house.policy.policy, app, person)
        assert (may and app.enabled) == (app.name in found)


async def test_apps_of_one_name_are_found_by_the_beginning_of_the_id_that_tells_them_apart(
    house: House,
) -> None:
    for number in range(5_000):
        one = ObjectId(f"one-{number}")
        house.tenant.apps[one] = App(one, "Health Records", app_id=f"{number:08x}-0000")
    house.tenant.owners[ObjectId("one-4097")] = house.tenant.owners[ObjectId("one-1")] = [DIEGO]
    house.tenant.owners[ObjectId("one-7")] = [MEGAN]
    found = await house.searches.apps(DIEGO, "health records (00001001", 15)
    assert [app.object_id for app in found] == ["one-4097"]
    assert len(await house.searches.apps(DIEGO, "health", 15)) == 2
    assert await house.searches.apps(DIEGO, "00000007", 15) == [], "it is Megan's"
    assert await house.searches.apps(DIEGO, "other 00001001", 15) == []


async def test_an_apps_own_rule_counts_before_the_default(house: House) -> None:
    house.tenant.apps[STAFF] = App(STAFF, "Staff Roster")
    house.policy.policy = read_policy(f'{EVERYBODY}[[app]]\nid = "{STAFF}"\nrequestors = ["role:admins"]\n')
    assert "Staff Roster" not in await apps(house, DIEGO)
    assert "Staff Roster" in await apps(house, LIDIA)


async def test_microsoft_graph_is_shown_to_nobody(house: House) -> None:
    house.tenant.apps[OLD] = App(OLD, "Microsoft Graph", is_graph=True)
    house.policy.policy = read_policy(EVERYBODY)
    await house.index.refresh()
    assert await apps(house, MEGAN, "graph") == []
    assert await house.searches.gives(MEGAN, OLD) == []


async def test_where_nothing_is_typed_what_was_asked_for_last_comes_first_then_what_one_owns(
    house: House,
) -> None:
    house.policy.policy = read_policy(EVERYBODY)
    assert await apps(house, ALEX) == ["Health Records", "Referral Desk", "Patient Portal"]
    await house.sent(draft(app="Patient Portal", access="Portal guests"), ALEX)
    await house.index.refresh()
    assert await apps(house, ALEX) == ["Patient Portal", "Health Records", "Referral Desk"]
    assert await apps(house, ALEX, " ", 1) == ["Patient Portal"]
    assert await apps(house, ALEX, "re") == ["Referral Desk", "Health Records"]


async def test_roles_and_groups_are_shown_of_an_app_that_one_may_request_for_alone(house: House) -> None:
    await house.index.refresh()
    assert [one.name for one in await house.searches.gives(MEGAN, PORTAL)] == [
        "Portal guests",
        "default access",
    ]
    assert await house.searches.gives(MEGAN, DESK) == []
    assert await house.searches.gives(MEGAN, OLD) == []  # switched off
    assert await house.searches.gives(MEGAN, ObjectId("none")) == []
    assert await house.searches.gives(MEGAN, ObjectId("")) == []


async def test_the_policys_choice_stands_first_among_what_can_be_given(house: House) -> None:
    writer = AppRole(ObjectId("writer"), "Writer")
    house.tenant.apps[STAFF] = App(STAFF, "Staff", roles=(AppRole(ObjectId("a"), "Aide"), writer))
    house.tenant.owners[STAFF] = [MEGAN]
    house.policy.policy = read_policy(f'{POLICY}[[app]]\nid = "{STAFF}"\ngive = "app-role:Writer"\n')
    assert [one.name for one in await house.searches.gives(MEGAN, STAFF)] == ["Writer", "Aide"]


async def test_guests_are_shown_to_whoever_may_request_for_any_app(house: House) -> None:
    house.knows(Redemption.PENDING)
    bea = Guest(ObjectId("bea"), "Béatrice Ana", "bea@fabrikam.com")
    house.tenant.guests[bea.object_id] = bea
    await house.index.refresh()
    found = await house.searches.guests(NIA, "ana", 15)
    assert [one.address for one in found] == [ANA, "bea@fabrikam.com"]
    assert [one.address for one in await house.searches.guests(NIA, "beatr", 15)] == ["bea@fabrikam.com"]
    assert [one.address for one in await house.searches.guests(NIA, "fabri", 1)] == [ANA]


async def test_a_warm_search_asks_the_directory_for_nothing(house: House) -> None:
    house.knows(Redemption.PENDING)
    await house.index.refresh()
    await apps(house, MEGAN, "h")
    await house.searches.gives(MEGAN, PORTAL)
    house.faults.calls.clear()
    assert await apps(house, MEGAN, "hea") == ["Health Records"]
    assert await apps(house, MEGAN)
    assert await house.searches.gives(MEGAN, PORTAL)
    assert await house.searches.guests(MEGAN, "ana", 15)
    assert house.faults.calls == []


async def test_what_somebody_may_request_for_is_remembered_for_half_a_minute_and_no_longer(
    house: House,
) -> None:
    assert await apps(house, NIA) == ["Health Records"]
    house.tenant.owners[RECORDS].remove(NIA)
    house.clock.time += REMEMBERED
    assert await apps(house, NIA) == []
    house.tenant.owners[DESK].append(NIA)
    house.clock.turn(seconds=29)
    assert await apps(house, NIA) == []
    house.clock.turn(seconds=1)
    assert await apps(house, NIA) == ["Referral Desk"]
    house.tenant.people[NIA] = replace(house.tenant.people[NIA], enabled=False)
    house.clock.time += REMEMBERED
    assert await apps(house, NIA) == []


@dataclass
class Slow(FakeDirectory):
    """A directory that answers who owns what when it is let, each call by itself."""

    waiting: list[asyncio.Event] = field(default_factory=list)

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        self.waiting.append(asyncio.Event())
        await self.waiting[-1].wait()
        return await super().apps_owned_by(object_id)

    async def answers(self) -> int:
        """Answer whoever waits, and return how often was asked since the last time."""
        for _ in range(20):
            await asyncio.sleep(0)
        asked, self.waiting = self.waiting, []
        for let in asked:
            let.set()
        for _ in range(20):
            await asyncio.sleep(0)
        return len(asked)


@pytest.fixture
async def slow(house: House) -> Slow:
    directory = Slow(house.tenant, house.faults)
    await house.index.refresh()
    house.searches.roster = Roster(directory)
    return directory


async def test_several_letters_typed_at_once_wait_for_one_reading(house: House, slow: Slow) -> None:
    typed = [asyncio.create_task(apps(house, MEGAN, text)) for text in ("h", "he", "hea", "", "x")]
    gives = asyncio.create_task(house.searches.gives(MEGAN, PORTAL))
    assert await slow.answers() == 1
    found = await asyncio.gather(*typed)
    assert await gives
    assert found[0] == found[1] == ["Health Records"]


async def test_what_is_getting_old_is_read_behind_and_nobody_waits_for_it(house: House, slow: Slow) -> None:
    first = asyncio.create_task(apps(house, NIA))
    await slow.answers()
    assert await first == ["Health Records"]
    house.tenant.owners[DESK].append(NIA)

    house.clock.time += RENEWED
    for _ in range(3):
        assert await apps(house, NIA) == ["Health Records"]
    assert await slow.answers() == 1
    assert await apps(house, NIA) == ["Health Records", "Referral Desk"]

    for _ in range(9):  # who types on is never made to wait again
        house.clock.time += RENEWED
        assert await apps(house, NIA)
        assert await slow.answers() == 1


async def test_a_reading_that_fails_is_shared_by_who_waits_and_kept_for_nobody(
    house: House, slow: Slow
) -> None:
    house.faults.before["apps_owned_by"] = [Unknown(Cause.UNAVAILABLE)]
    typed = [asyncio.create_task(apps(house, MEGAN, text)) for text in ("h", "he", "hea")]
    assert await slow.answers() == 1
    assert all(isinstance(one, Unknown) for one in await asyncio.gather(*typed, return_exceptions=True))

    again = asyncio.create_task(apps(house, MEGAN, "he"))
    assert await slow.answers() == 1
    assert await again == ["Health Records"]


async def test_what_cannot_be_renewed_is_good_until_it_is_too_old(
    house: House, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    first = asyncio.create_task(apps(house, MEGAN, "he"))
    await slow.answers()
    await first
    house.clock.time += RENEWED
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    assert await apps(house, MEGAN, "he") == ["Health Records"]
    assert await slow.answers() == 1
    assert await apps(house, MEGAN, "he") == ["Health Records"]
    await slow.answers()
    house.clock.time += REMEMBERED
    last = asyncio.create_task(apps(house, MEGAN, "he"))
    await slow.answers()
    with pytest.raises(Unknown):
        await last
    assert caplog.records == []


async def test_who_goes_away_while_it_is_read_takes_it_from_nobody(house: House, slow: Slow) -> None:
    gone, stays = (asyncio.create_task(apps(house, MEGAN, "he")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await slow.answers() == 1
    assert await stays == ["Health Records"]


async def test_no_more_people_are_remembered_than_there_is_room_for(house: House) -> None:
    for number in range(MOST_REMEMBERED + 20):
        await house.searches.guests(ObjectId(f"p{number}"), "", 1)
    house.faults.calls.clear()
    await house.searches.guests(ObjectId("p20"), "", 1)
    assert house.faults.calls == []
    await house.searches.guests(ObjectId("p19"), "", 1)
    assert "person" in house.faults.calls


async def test_a_large_group_is_never_read_to_see_who_is_in_it(house: House) -> None:
    house.policy.policy = read_policy(by('"role:admins"'))
    house.faults.calls.clear()
    assert await apps(house, LIDIA)
    assert "group_members" not in house.faults.calls


async def test_another_policy_counts_at_once(house: House) -> None:
    assert await apps(house, DIEGO) == []
    house.policy.policy = read_policy(EVERYBODY)
    assert await apps(house, DIEGO)


async def test_a_nested_group_or_one_that_is_gone_lets_nobody_request(house: House) -> None:
    gone = ObjectId("55555555-5555-4555-8555-555555555555")
    house.policy.policy = read_policy(by(f'"group:{gone}", "group:{ADMINS}"'))
    assert await apps(house, MEGAN) == []
    assert await apps(house, LIDIA)
