"""Whom Guestlist itself has removed is said to be by every answer, with the way back while there is one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules import jobs
from access.rules.coaching import GuestFile
from access.rules.model import JobKind, Kind, ObjectId, Record
from access.rules.refusals import ProblemCode
from access.rules.relinking import Answered
from access.service.relink import Relinks
from access.service.request import Returned
from cards import account_state, answers, guess, guest, problems, renewing
from cards.draw import draw
from cards.look import Look
from tests.service.house import ANA, MEGAN, RECORDS, ZONE, House, draft
from tests.service.test_account_removals import ANAS, account, deleted, given, removed
from tests.service.test_failed_removals import card_of, failed_restore

LOOK = Look(ZONE, personal=True)


@pytest.mark.parametrize("far", [removed, deleted])
async def test_whoever_invites_a_removed_guest_hears_of_the_removal_and_the_way_back(
    house: House, far: object
) -> None:
    await given(house)
    assert callable(far)
    label = (await far(house)).request.label
    returned = await house.send(draft())
    assert isinstance(returned, Returned)
    [problem] = returned.problems
    assert problem.code is ProblemCode.GUEST_REMOVED
    assert f"/restore {label}" in problems.sentence(problem, LOOK)


async def test_whoever_assigns_a_removed_guest_by_the_object_id_hears_of_the_removal_too(
    house: House,
) -> None:
    await given(house)
    label, known = (await removed(house)).request.label, ObjectId("aaaaaaaa-1111-4111-8111-111111111111")
    house.tenant.guests[known] = replace(house.tenant.guests.pop(ANAS), object_id=known)
    returned = await house.send(replace(draft(address=known), kind=Kind.ASSIGN))
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.GUEST_REMOVED]
    assert returned.problems[0].hints == (ANA, label)


async def test_once_nobody_can_restore_the_guest_a_new_invitation_is_taken(house: House) -> None:
    await given(house)
    await deleted(house)
    house.clock.turn(days=31)
    assert isinstance(await house.send(draft()), Record)


@pytest.mark.parametrize("far", [removed, deleted])
async def test_whoever_wants_a_new_link_for_a_removed_guest_is_sent_to_no_tenant_admin(
    house: House, far: object
) -> None:
    await given(house)
    assert callable(far)
    label = (await far(house)).request.label
    outcome = await Relinks(house.coach).for_address(ANA, MEGAN, reset=False)
    assert isinstance(outcome, Answered)
    card = str(guest.draw(outcome.file, LOOK, outcome))
    assert "Nothing was sent" in card
    assert f"{label} is the removal of Ana from the directory." in card
    assert f"/restore {label}" in card
    assert "tenant admin" not in card


async def test_after_the_thirty_days_no_card_promises_a_restore(house: House) -> None:
    await given(house)
    record = await deleted(house)
    gone_at = account(record).gone_at
    assert gone_at is not None
    house.clock.turn(days=31)
    card = await card_of(house, MEGAN)
    assert f"/restore {record.request.label}" not in card
    assert "account.restore" not in card
    assert f"/invite {ANA}" in card
    late = replace(record, request=replace(record.request, changed_at=gone_at + timedelta(minutes=1)))
    drawn = str(draw(late, jobs.REQUESTOR, LOOK))
    assert "account.restore" not in drawn
    assert "Nobody can restore Ana any more." in drawn


async def test_whoever_typed_a_restore_that_fails_is_told_so(house: House) -> None:
    record = await failed_restore(house)
    told = [one for one in record.jobs.values() if one.kind is JobKind.NOTICE]
    assert [one.name for one in told] == [jobs.REQUESTOR]


async def test_apps_and_groups_are_said_to_be_back_only_where_there_were_any(house: House) -> None:
    await given(house)
    house.tenant.access.discard((ANAS, RECORDS))
    held = await house.accounts.holdings(ANAS)
    assert held is not None
    assert not held.apps
    record = await back(house, ObjectId("lidia"))
    said = account_state.strip_of(record, (), LOOK).text
    assert "with apps and groups" not in said
    assert "in the directory again, without an app or a group" in said


async def back(house: House, by: ObjectId) -> Record:
    record = await removed(house, by)
    assert isinstance(await house.acts.restore(record.request.label, by), Record)
    await house.settle()
    return await house.now(record)


async def test_help_for_a_removal_names_the_way_back(house: House) -> None:
    await given(house)
    record = await removed(house)
    card = str(guess.topic(record, LOOK))
    assert f"/restore {record.request.label}" in card
    assert f"/undo {record.request.label}" in card


async def test_an_access_that_lasts_stays_on_the_guests_card_however_many_changes_follow(
    house: House,
) -> None:
    first = await given(house)
    file = await house.coach.of_address(ANA, MEGAN)
    assert isinstance(file, GuestFile)
    [access] = file.records
    later = [
        replace(access, request=replace(access.request, number=2000 + place, assignment=None))
        for place in range(7)
    ]
    card = str(guest.draw(replace(file, records=(*later, access)), LOOK))
    assert f"{first.request.label} · Health Records" in card
    assert "And 3 more." in card


async def test_change_is_offered_only_where_it_would_be_done(house: House) -> None:
    await given(house)
    assert "change.view" in await card_of(house, MEGAN)
    house.tenant.access.discard((ANAS, RECORDS))
    card = await card_of(house, MEGAN)
    assert "change.view" not in card
    assert f"/change {ANA}" not in card


async def test_whose_warnings_end_is_named(house: House) -> None:
    record = await given(house)
    assert "Megan is not warned of it any more" in str(renewing.let_end(record.request, LOOK))


def test_what_cannot_be_read_is_not_said_to_be_a_press() -> None:
    words = answers._CHANGED_NOTHING["view"]
    assert "View" not in words
