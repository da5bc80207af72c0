"""`/change … address …`: what is asked for anew, by whom, and that nothing changes before an approval."""

from typing import Any

import pytest

from access.ports import NotDone
from access.rules.adopting import Adopting
from access.rules.causes import Cause
from access.rules.clues import Holder, HolderKind
from access.rules.departing import NotTheirs
from access.rules.model import Guest, Kind, ObjectId, Record, Redemption, State
from access.rules.new_addresses import AskedAnew, NewAddress, Typed, WhyNoAddress
from access.rules.refusals import ProblemCode, Unreadable
from access.service.adopt import Adoptions
from cards import new_address
from cards.look import Look
from tests.service.house import ALEX, DESK, DIEGO, LIDIA, MEGAN, RECORDS, THREAD, ZONE, House, draft
from tests.service.test_guest_changes import ANAS, given

NEW = "ana@contoso.com"
WHY = "She goes on with the audit"


async def looked(house: House, address: str = NEW, by: ObjectId = MEGAN) -> Any:
    return await house.addresses.look(ANAS, by, Typed(address))


TYPED = Typed(NEW, justification=WHY)


async def asked(house: House, by: ObjectId = MEGAN, typed: Typed = TYPED) -> AskedAnew:
    done = await house.addresses.ask(ANAS, by, typed, THREAD, personal=True)
    assert isinstance(done, AskedAnew), done
    return done


async def test_a_new_address_is_a_request_for_the_same_access_until_the_same_day(house: House) -> None:
    first = await given(house)
    [again] = (await asked(house)).found
    anew = again.request
    assert anew is not None
    assert (anew.kind, anew.state, anew.address) == (Kind.INVITE, State.PENDING_APPROVAL, NEW)
    assert (anew.app, anew.give, anew.justification) == (first.request.app, first.request.give, WHY)
    ends = first.request.ends_at
    assert ends is not None
    assert anew.term.until == ends.astimezone(house.requests.check.zone).date()


async def test_nothing_is_changed_before_the_approval_and_the_old_access_stays_after_it(house: House) -> None:
    first = await given(house)
    [again] = (await asked(house)).found
    await house.settle()
    assert len(house.tenant.guests) == 1
    assert again.request is not None
    assert isinstance(await house.decisions.approve(again.request.label, ALEX, None), Record)
    await house.settle()
    assert {one.address for one in house.tenant.guests.values()} == {first.request.address, NEW}
    assert {app for _, app in house.tenant.access} == {RECORDS}
    assert (await house.now(first)).request.assignment == first.request.assignment


async def test_without_a_justification_nothing_is_asked_and_it_is_shown_what_would_be(house: House) -> None:
    first = await given(house)
    shown = await house.addresses.ask(ANAS, MEGAN, Typed(NEW), THREAD, personal=True)
    assert isinstance(shown, NewAddress)
    assert [one.label for one in shown.accesses] == [first.request.label]
    assert len(await house.store.requested_by(MEGAN, 10)) == 1


async def test_each_access_in_an_app_of_mine_is_asked_for_and_of_others_none(house: House) -> None:
    await given(house)
    other = await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)
    assert isinstance(await house.decisions.approve(other.request.label, LIDIA, None), Record)
    await house.settle()
    of_megan = await looked(house)
    assert [one.app.object_id for one in of_megan.accesses] == [RECORDS]
    of_alex = await looked(house, by=ALEX)
    assert {one.app.object_id for one in of_alex.accesses} == {RECORDS, DESK}


@pytest.mark.parametrize("who", [DIEGO, ObjectId("stranger")])
async def test_everybody_else_hears_what_they_would_of_no_guest(house: House, who: ObjectId) -> None:
    await given(house)
    assert await looked(house, by=who) == NotTheirs()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("ana@mailinator.com", ProblemCode.DOMAIN_DENIED),
        ("ana@contoso-health.com", ProblemCode.OWN_DOMAIN),
        ("ana+work@contoso.com", ProblemCode.PLUS_ADDRESS),
    ],
)
async def test_what_can_be_no_guests_address_is_answered(
    house: House, address: str, code: ProblemCode
) -> None:
    await given(house)
    shown = await looked(house, address)
    assert shown.problem.code is code
    assert shown.accesses == ()


async def test_the_same_address_and_one_that_others_have_are_answered(house: House) -> None:
    await given(house)
    assert (await looked(house, "Ana@Fabrikam.com")).why is WhyNoAddress.SAME
    kai = Guest(ObjectId("kai"), "Kai", "kai@contoso.com")
    house.tenant.guests[kai.object_id] = kai
    assert (await looked(house, "kai@contoso.com")).why is WhyNoAddress.TAKEN
    house.clues.others = [Holder(HolderKind.CONTACT, "Ana (contact)")]
    assert (await looked(house)).why is WhyNoAddress.TAKEN


async def test_whoever_got_nothing_by_guestlist_has_nothing_to_be_asked_for_again(house: House) -> None:
    await given(house)
    house.tenant.guests[ObjectId("kai")] = Guest(ObjectId("kai"), "Kai", "kai@fabrikam.com")
    house.tenant.access.add((ObjectId("kai"), RECORDS))
    shown = await house.addresses.look(ObjectId("kai"), MEGAN, Typed(NEW))
    assert isinstance(shown, NewAddress)
    assert shown.why is WhyNoAddress.NO_ACCESS


async def test_asked_twice_it_is_the_same_request_and_anothers_number_is_not_told(house: House) -> None:
    await given(house)
    [first], [second] = (await asked(house)).found, (await asked(house)).found
    assert first.request is not None
    assert second.request is not None
    assert first.request.label == second.request.label
    [others] = (await asked(house, ALEX)).found
    assert others.by_others
    assert others.request is None


async def test_what_the_policy_has_against_one_access_is_said_of_that(house: House) -> None:
    await given(house)
    [again] = (await asked(house, typed=Typed(NEW, "9999d", WHY))).found
    assert again.request is None
    assert [one.code for one in again.problems] == [ProblemCode.TERM_TOO_LONG]


async def test_while_the_directory_is_away_nothing_is_asked(house: House) -> None:
    await given(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert await looked(house) == Unreadable()


async def test_of_an_adopted_access_without_an_end_a_term_is_asked_for_and_with_one_it_is_asked_anew(
    house: House,
) -> None:
    jo, look, new = ObjectId("jo"), Look(zone=ZONE), "jo@contoso.com"
    house.tenant.guests[jo] = Guest(jo, "Jo", "jo@adatum.com", Redemption.ACCEPTED)
    house.tenant.access |= {(jo, RECORDS)}
    adopted = await Adoptions(house.lists, ZONE).adopt(Adopting(guest="jo", app="Health Records"), MEGAN)
    assert isinstance(adopted, Record)
    offered = await house.addresses.look(jo, MEGAN, Typed(new))
    assert isinstance(offered, NewAddress)
    line = f"/change jo@adatum.com address {new} for 90d because"
    assert line in str(new_address.asked(offered, look))
    without = await house.addresses.ask(jo, MEGAN, Typed(new, "", WHY), THREAD, personal=True)
    assert isinstance(without, AskedAnew)
    assert without.found[0].request is None
    assert line in str(new_address.sent(without, look))
    done = await house.addresses.ask(jo, MEGAN, Typed(new, "90d", WHY), THREAD, personal=True)
    assert isinstance(done, AskedAnew)
    assert done.found[0].request is not None
    assert "for 90d" not in str(new_address.sent(done, look))
