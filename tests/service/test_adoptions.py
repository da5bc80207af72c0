"""Adopting an access that Guestlist did not give: who may, what is noted, and what works on it then."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from access.ports import NotDone
from access.rules.adopting import Adoptable, Adopting, AlreadyOurs, NotAdopted, WhyNotAdopted
from access.rules.causes import Cause
from access.rules.guest_list import GuestPage, Wanted
from access.rules.model import (
    AssignmentState,
    EndCause,
    Guest,
    JobKind,
    Left,
    ObjectId,
    Record,
    Redemption,
    State,
    Term,
)
from access.rules.refusals import NotPossible, ProblemCode, Unreadable
from access.rules.renewing import NO_END, NotRenewable
from access.service.adopt import Adoptions
from access.service.extend import Renewals, Where
from access.service.remove import Removals
from access.service.renewable import Wanted as Longer
from cards import adopting, guest_list
from cards.answers import refused_text
from cards.look import Look
from tests.service.house import (
    ALEX,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    OFFICE,
    PORTAL,
    RECORDS,
    THREAD,
    VISITOR,
    ZONE,
    House,
)

JO = "jo@adatum.com"
WANTED = Adopting(guest=JO, app="Health Records")


@pytest.fixture
def adoptions(house: House) -> Adoptions:
    return Adoptions(house.lists, ZONE)


def holds(house: House, *targets: ObjectId, key: str = "jo") -> ObjectId:
    """Give somebody an app past Guestlist."""
    guest = Guest(ObjectId(key), key.title(), f"{key}@adatum.com", Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access |= {(guest.object_id, target) for target in targets}
    return guest.object_id


async def adopted(adoptions: Adoptions, wanted: Adopting = WANTED, by: ObjectId = NIA) -> Record:
    made = await adoptions.adopt(wanted, by)
    assert isinstance(made, Record), made
    return made


@pytest.mark.parametrize("by", [NIA, LIDIA])
async def test_an_owner_and_an_admin_adopt_and_nothing_is_written_to_the_directory(
    house: House, adoptions: Adoptions, by: ObjectId
) -> None:
    jo, before = holds(house, RECORDS), set(house.tenant.access)
    request = (await adopted(adoptions, by=by)).request
    assert (request.state, request.adopted, request.guest_id) == (State.DELIVERED, True, jo)
    assert (request.requestor.object_id, request.ends_at) == (by, None)
    assert request.assignment is not None
    assert (request.assignment.state, request.assignment.was_there) == (AssignmentState.ACTIVE, False)
    assert house.tenant.access == before
    assert [*house.tenant.invitations, *house.mail.sent] == []
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "assignment.adopted"]
    assert (fact.actor, fact.request_id, fact.subject) == (by, request.request_id, request.subject)
    assert (fact.detail["guest"], fact.detail["app"], fact.detail["ends_at"]) == (jo, RECORDS, None)


async def test_the_list_then_has_its_number(house: House, adoptions: Adoptions) -> None:
    holds(house, RECORDS)
    record = await adopted(adoptions, replace(WANTED, term="for 30d"))
    found = await adoptions.look(WANTED, NIA)
    assert found == AlreadyOurs(record.request)


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
async def test_nobody_else_adopts_and_hears_no_more_than_of_a_guest_who_is_not_there(
    house: House, adoptions: Adoptions, who: ObjectId
) -> None:
    holds(house, RECORDS)
    no = NotAdopted(WhyNotAdopted.NOT_HELD)
    assert await adoptions.adopt(WANTED, who) == no
    for wanted in (replace(WANTED, guest="x@adatum.com"), replace(WANTED, app="No such app")):
        assert await adoptions.adopt(wanted, NIA) == no
    refused = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail) for one in refused] == [
        (actor, {"act": "adopt", "refused": "not-held"}) for actor in (who, NIA, NIA)
    ]


async def test_at_its_end_it_is_taken_away_and_read_back(house: House, adoptions: Adoptions) -> None:
    jo = holds(house, RECORDS)
    record = await adopted(adoptions, replace(WANTED, term="for 30d"))
    assert record.request.ends_at == house.clock.now() + timedelta(days=30)
    house.clock.turn(days=31)
    await house.settle()
    given = (await house.now(record)).request.assignment
    assert given is not None
    assert given.end is not None
    assert (given.state, given.left, given.end.why) == (AssignmentState.ENDED, Left.NOTHING, EndCause.TERM)
    assert (jo, RECORDS) not in house.tenant.access
    begun = [one.fact for one in await house.audit() if one.fact.what == "step.begun"]
    assert {one.detail["adopted_by"] for one in begun} == {NIA}


async def test_whoever_adopted_is_warned_before_the_end(house: House, adoptions: Adoptions) -> None:
    holds(house, RECORDS)
    record = await adopted(adoptions, replace(WANTED, term="for 30d"))
    house.clock.turn(days=28)
    await house.run_due(JobKind.TERM)
    warned = [job.name for job in (await house.now(record)).jobs.values() if job.name.startswith("warning/")]
    assert any(name.endswith(NIA) for name in warned)


@pytest.mark.parametrize("by", [NIA, ALEX, LIDIA])
async def test_it_is_removed_as_any_other(house: House, adoptions: Adoptions, by: ObjectId) -> None:
    jo = holds(house, RECORDS)
    await adopted(adoptions)
    removed = await Removals(house.decisions, house.policy).of_guest(JO, "Health Records", by)
    assert isinstance(removed, Record), removed
    await house.settle()
    assert (jo, RECORDS) not in house.tenant.access


async def test_what_a_request_of_ours_gave_is_answered_with_its_number(
    house: House, adoptions: Adoptions
) -> None:
    record = await house.delivered(await house.approved())
    found = await adoptions.adopt(replace(WANTED, guest="ana@fabrikam.com"), NIA)
    assert isinstance(found, AlreadyOurs)
    assert found.request.number == record.request.number
    assert not [one for one in await house.audit() if one.fact.what == "assignment.adopted"]


async def test_pressed_by_two_at_once_it_is_adopted_once(house: House, adoptions: Adoptions) -> None:
    holds(house, RECORDS)
    made = await asyncio.gather(*(adoptions.adopt(WANTED, who) for who in (NIA, ALEX, MEGAN, LIDIA)))
    assert sum(isinstance(one, Record) for one in made) == 1
    assert isinstance(await adoptions.adopt(WANTED, ALEX), AlreadyOurs)


async def test_of_several_accesses_the_one_that_is_named_is_adopted(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, GUESTS, PORTAL)
    house.tenant.apps[PORTAL] = replace(house.tenant.apps[PORTAL], roles=house.tenant.apps[RECORDS].roles)
    portal = Adopting(guest=JO, app="Patient Portal")
    several = await adoptions.adopt(portal, MEGAN)
    assert isinstance(several, NotAdopted)
    assert several.why is WhyNotAdopted.SEVERAL
    assert {one.name for one in several.gives} == {"Portal guests", "Reader"}
    other = await adoptions.adopt(replace(portal, access="Writer"), MEGAN)
    assert isinstance(other, NotAdopted)
    assert other.why is WhyNotAdopted.NO_SUCH_ACCESS
    record = await adopted(adoptions, replace(portal, access="portal GUESTS"), MEGAN)
    assert record.request.give.object_id == GUESTS
    found = await adoptions.look(portal, MEGAN)
    assert isinstance(found, Adoptable)
    assert [one.name for one in found.gives] == ["Reader"]


async def test_a_group_that_nobody_can_be_taken_out_of_is_not_adopted(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, OFFICE)
    assert await adoptions.adopt(Adopting(guest=JO, app="Patient Portal"), MEGAN) == NotAdopted(
        WhyNotAdopted.CLOSED
    )


async def test_while_a_removal_keeps_the_guest_out_nothing_is_adopted_and_the_removal_is_named(
    house: House, adoptions: Adoptions
) -> None:
    jo = holds(house, RECORDS)
    removal = await house.acts.remove(jo, LIDIA, "Over", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    no = NotAdopted(WhyNotAdopted.BEING_REMOVED, removal=removal.request.label)
    assert await adoptions.look(WANTED, NIA) == no
    await house.settle()
    assert not house.tenant.guests[jo].enabled
    assert await adoptions.adopt(WANTED, NIA) == no
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert (fact.actor, fact.detail) == (NIA, {"act": "adopt", "refused": "being-removed"})
    assert f"/restore {removal.request.label}" in adopting.refused(no, Look(zone=ZONE))
    await house.acts.restore(removal.request.label, LIDIA)
    await house.settle()
    await adopted(adoptions)


async def test_a_guest_who_is_being_removed_keeps_the_number_of_an_access_that_was_adopted_before(
    house: House, adoptions: Adoptions
) -> None:
    jo = holds(house, RECORDS)
    record = await adopted(adoptions)
    await house.acts.remove(jo, LIDIA, "Over", THREAD, seen=None, personal=True)
    await house.settle()
    found = await adoptions.look(WANTED, NIA)
    assert isinstance(found, AlreadyOurs)
    assert found.request.label == record.request.label


@pytest.mark.parametrize("term", ["banana", "until 2020-01-01", "for 0d", "for ever"])
async def test_an_end_that_is_over_or_none_adopts_nothing(
    house: House, adoptions: Adoptions, term: str
) -> None:
    holds(house, RECORDS)
    assert await adoptions.adopt(replace(WANTED, term=term), NIA) == NotAdopted(WhyNotAdopted.TERM)


@pytest.mark.parametrize("read", ["person", "apps_owned_by", "guests_of"])
async def test_nothing_is_adopted_while_the_directory_is_away(
    house: House, adoptions: Adoptions, read: str
) -> None:
    holds(house, RECORDS)
    house.faults.before[read] = [NotDone(Cause.UNAVAILABLE)]
    assert await adoptions.adopt(WANTED, NIA) == Unreadable()


async def test_what_ended_by_our_request_and_was_given_again_can_be_adopted(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, RECORDS)
    await adopted(adoptions)
    await Removals(house.decisions, house.policy).of_guest(JO, "Health Records", NIA)
    await house.settle()
    holds(house, RECORDS)
    assert (await adopted(adoptions)).request.number == 1002


async def test_an_adopted_access_without_an_end_gets_one_without_an_approval_and_then_ends(
    house: House, adoptions: Adoptions
) -> None:
    jo = holds(house, RECORDS)
    adopted_ = (await adopted(adoptions)).request
    renewals, place = Renewals(house.decisions), Where(THREAD, personal=False)
    found = await renewals.ask(adopted_, NIA, Longer(Term(days=30)), place)
    assert isinstance(found, Record)
    assert (found.request.label, found.request.extends) == (adopted_.label, None)
    assert found.request.ends_at is not None
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "assignment.end-set"]
    assert (fact.actor, fact.detail["guest"]) == (NIA, jo)
    house.clock.time += timedelta(days=31)
    await house.settle()
    assert (jo, RECORDS) not in house.tenant.access


async def test_the_end_that_an_adopted_access_has_got_is_not_moved_by_the_same_press_again(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, RECORDS)
    first = (await adopted(adoptions)).request
    renewals, place = Renewals(house.decisions), Where(THREAD, personal=False)
    press = Longer(Term(days=30), shown=NO_END)
    made = await renewals.ask(first, NIA, press, place)
    assert isinstance(made, Record)
    later = Longer(Term(days=60), shown=NO_END)
    for seen in (first, made.request):
        again = await renewals.ask(seen, MEGAN, later, place)
        assert isinstance(again, Record)
        assert again.request.ends_at == made.request.ends_at
    assert len([one for one in await house.audit() if one.fact.what == "assignment.end-set"]) == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Longer(), ProblemCode.TERM_MISSING),
        (Longer(Term(until=date(2020, 1, 1))), ProblemCode.TERM_PAST),
    ],
)
async def test_without_a_day_to_come_no_end_is_set(
    house: House, adoptions: Adoptions, wanted: Longer, code: ProblemCode
) -> None:
    holds(house, RECORDS)
    first = (await adopted(adoptions)).request
    found = await Renewals(house.decisions).ask(first, NIA, wanted, Where(THREAD, personal=False))
    assert isinstance(found, NotRenewable)
    assert [one.code for one in found.problems] == [code]


async def test_who_may_not_renew_an_access_may_not_set_its_end_either(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, RECORDS)
    first = (await adopted(adoptions)).request
    wanted = Longer(Term(days=30))
    found = await Renewals(house.decisions).ask(first, DIEGO, wanted, Where(THREAD, personal=False))
    assert isinstance(found, NotRenewable)
    assert [one.code for one in found.problems] == [ProblemCode.NOT_ALLOWED]
    assert [one.fact.detail for one in await house.audit()][-1]["act"] == "extend"


async def test_whom_the_directory_counts_among_its_members_nobody_adopts(
    house: House, adoptions: Adoptions
) -> None:
    jo = holds(house, RECORDS)
    house.tenant.guests[jo] = replace(house.tenant.guests[jo], is_member=True)
    assert await adoptions.adopt(WANTED, NIA) == NotAdopted(WhyNotAdopted.IS_MEMBER)
    assert await house.store.of_guest(jo) == []


async def test_a_member_from_elsewhere_is_listed_as_one_and_no_adoption_is_offered(
    house: House, adoptions: Adoptions
) -> None:
    jo = holds(house, RECORDS)

    async def drawn() -> str:
        page = await adoptions.lists.show(Wanted(app="Health Records"), NIA)
        assert isinstance(page, GuestPage)
        return json.dumps(guest_list.guests(page, Look(ZONE, personal=True)))

    offered = await drawn()
    house.tenant.guests[jo] = replace(house.tenant.guests[jo], is_member=True)
    listed = await drawn()
    assert ("adopt.view" in offered, "adopt.view" in listed) == (True, False)
    assert "Not given by Guestlist · counts as a member here, not as a guest" in str(json.loads(listed))


async def test_do_not_renew_of_an_access_without_an_end_says_so_and_how_it_gets_one(
    house: House, adoptions: Adoptions
) -> None:
    holds(house, RECORDS)
    request = (await adopted(adoptions)).request
    found = await Renewals(house.decisions).let_end(request, NIA)
    assert isinstance(found, NotPossible)
    said = refused_text(found, "norenew", Look(zone=ZONE))
    assert "no end" in said
    assert f"/extend {request.label} until 2027-03-31" in said
