"""`/change`: who may, what is written once, and that nobody else's change is overwritten."""

from dataclasses import replace
from typing import Any

import pytest

from access.ports import LeaseLost, NotDone, Refused, Unknown
from access.rules import profile_changes
from access.rules.accounts import Right, Unfit
from access.rules.causes import Cause
from access.rules.departing import NotTheirs, Standing, Untouchable
from access.rules.model import Kind, Named, ObjectId, Record, State
from access.rules.profile_changes import Shown
from access.rules.profiles import Typed, WhyNot
from access.rules.refusals import Duplicate, Unreadable
from tests.service.house import (
    ALEX,
    DIEGO,
    GUESTS,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    PORTAL,
    THREAD,
    VISITOR,
    House,
)

ANAS = ObjectId("guest-1")
NAME = Typed(name="Ana Sousa")


async def given(house: House) -> Record:
    """Have Ana hold Health Records by a request of Megan's, with Megan as her sponsor."""
    record = await house.delivered(await house.approved())
    house.profiles.sponsors[ANAS] = [Named(MEGAN, "Megan")]
    return record


async def tried(house: House, typed: Typed = NAME, by: ObjectId = MEGAN, seen: str | None = None) -> Any:
    return await house.guest_changes.change(ANAS, by, typed, THREAD, seen=seen, personal=True)


async def begun(house: House, typed: Typed = NAME, by: ObjectId = MEGAN) -> Record:
    record = await tried(house, typed, by)
    assert isinstance(record, Record), record
    return record


async def changed(house: House, typed: Typed = NAME, by: ObjectId = MEGAN) -> Record:
    return await house.delivered(await begun(house, typed, by))


async def why(house: House, typed: Typed) -> WhyNot | None:
    shown = await tried(house, typed)
    assert isinstance(shown, Shown), shown
    return shown.why


async def details(house: House, record: Record) -> dict[str, Any]:
    """Return what each of a request's entries says, by what it is."""
    own = record.request.request_id
    return {one.fact.what: one.fact.detail for one in await house.audit() if one.fact.request_id == own}


async def test_name_and_company_are_written_at_once_and_read_back(house: House) -> None:
    await given(house)
    before = house.tenant.guests[ANAS].name
    record = await changed(house, Typed(name="Ana Sousa", company="Contoso Labs"))
    assert house.tenant.guests[ANAS].name == "Ana Sousa"
    assert house.profiles.companies[ANAS] == "Contoso Labs"
    assert house.faults.calls.count("write") == 1
    assert [(one.was, one.to) for one in record.request.edits] == [
        (before, "Ana Sousa"),
        ("", "Contoso Labs"),
    ]
    assert (record.request.kind, record.request.assignment) == (Kind.CHANGE, None)


async def test_each_step_has_its_entry_before_it_and_the_audit_keeps_no_name(house: House) -> None:
    await given(house)
    record = await changed(house)
    own = record.request.request_id
    entries = [one.fact for one in await house.audit() if one.fact.request_id == own]
    assert [one.what for one in entries] == [
        *("request.submitted", "request.ordered", "step.begun", "step.done", "step.begun", "step.done"),
        *("request.delivered", "profile.changed"),
    ]
    told = (await details(house, record))["request.ordered"]
    assert told["right"] == Right.OF_AN_APP
    assert told["name"]["to"] == await house.store.digest("Ana Sousa")
    assert "Sousa" not in str(entries)


@pytest.mark.parametrize(
    ("who", "right"), [(MEGAN, Right.OF_AN_APP), (NIA, Right.OF_AN_APP), (LIDIA, Right.ADMIN)]
)
async def test_an_owner_of_an_app_of_the_guest_may_and_an_admin(
    house: House, who: ObjectId, right: Right
) -> None:
    await given(house)
    house.tenant.access.add((ANAS, GUESTS))  # which carries the portal, and that is not Nia's
    shown = await house.guest_changes.look(ANAS, who)
    assert isinstance(shown, Shown)
    assert shown.right is right


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR])
async def test_everybody_else_hears_what_they_would_of_no_guest_and_it_is_noted(
    house: House, who: ObjectId
) -> None:
    await given(house)
    assert (
        await tried(house, by=who) == await house.guest_changes.look(ObjectId("nobody"), who) == NotTheirs()
    )
    facts = [one.fact for one in await house.audit() if one.fact.what == "act.refused"]
    assert [(one.actor, one.detail["act"]) for one in facts] == [(who, "change")] * 2
    assert "write" not in house.faults.calls


async def test_an_owner_whose_app_the_guest_has_no_more_may_not(house: House) -> None:
    await given(house)
    house.tenant.access = {(ANAS, GUESTS)}
    assert isinstance(await house.guest_changes.look(ANAS, MEGAN), Shown)  # by the portal
    house.tenant.owners[PORTAL] = [ALEX]
    assert await tried(house) == NotTheirs()


async def test_whoever_holds_a_role_over_the_directory_is_an_admins_alone(house: House) -> None:
    await given(house)
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    assert await tried(house) == NotTheirs()
    assert isinstance(await house.guest_changes.look(ANAS, LIDIA), Shown)


async def test_what_the_directory_masters_elsewhere_and_who_was_never_invited_is_not_touched(
    house: House,
) -> None:
    await given(house)
    for unfit in Unfit:
        house.accounts.unfit[ANAS] = unfit
        assert await tried(house) == Untouchable(unfit)
    assert "write" not in house.faults.calls


async def test_while_a_removal_has_the_account_nothing_is_changed(house: House) -> None:
    await given(house)
    removal = await house.acts.remove(ANAS, MEGAN, "Over", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await house.delivered(removal)
    assert isinstance(await tried(house), Standing)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (Typed(name=" \u200b"), WhyNot.NAME_MISSING),
        (Typed(name="..."), WhyNot.NAME_MISSING),
        (Typed(name="a" * 257), WhyNot.NAME_LONG),
        (Typed(company="a" * 65), WhyNot.COMPANY_LONG),
        (Typed(name="Ana Ruiz", company=""), WhyNot.NOTHING),
        (Typed(sponsor="Megan"), WhyNot.NOTHING),
        (Typed(sponsor="Somebody Else"), WhyNot.SPONSOR_UNKNOWN),
        (Typed(sponsor="ana@fabrikam.com"), WhyNot.SPONSOR_UNABLE),
        (Typed(sponsor="visitor@other.example"), WhyNot.SPONSOR_UNABLE),
        (Typed(sponsor="Debra"), WhyNot.SPONSOR_UNABLE),
    ],
)
async def test_what_cannot_be_is_answered_and_nothing_is_written(
    house: House, typed: Typed, answer: WhyNot
) -> None:
    await given(house)
    house.tenant.guests[ANAS] = replace(house.tenant.guests[ANAS], name="Ana Ruiz")
    assert await why(house, typed) is answer
    assert "write" not in house.faults.calls


async def test_what_is_longest_is_taken(house: House) -> None:
    await given(house)
    await changed(house, Typed(name="a" * 256, company="b" * 64))
    assert len(house.tenant.guests[ANAS].name) == 256


async def test_what_cannot_be_seen_is_left_out_of_a_name(house: House) -> None:
    await given(house)
    await changed(house, Typed(name="Ana\u202e \t Sousa"))
    assert house.tenant.guests[ANAS].name == "Ana Sousa"


async def test_the_new_sponsor_takes_the_place_of_all_who_were_and_comes_before_they_go(house: House) -> None:
    await given(house)
    house.profiles.sponsors[ANAS].append(Named(NIA, "Nia"))
    record = await changed(house, Typed(sponsor="alex@contoso-health.com"))
    assert [one.object_id for one in house.profiles.sponsors[ANAS]] == [ALEX]
    [edit] = record.request.edits
    assert (edit.was, edit.to) == ("Megan, Nia", "Alex")
    told = (await details(house, record))["request.ordered"]["sponsor"]
    assert told == {"was": [MEGAN, NIA], "to": ALEX}


async def test_where_five_stand_for_a_guest_one_goes_before_the_new_one_comes(house: House) -> None:
    await given(house)
    ids = [MEGAN, NIA, DIEGO, LIDIA, LEAVER]
    house.profiles.sponsors[ANAS] = [Named(one, one) for one in ids]
    await changed(house, Typed(sponsor="Alex"))
    assert [one.object_id for one in house.profiles.sponsors[ANAS]] == [ALEX]


async def test_whoever_names_a_sponsor_is_not_decided_for_by_that_sponsor(house: House) -> None:
    """The request names the sponsor, as one that gives an access does: nobody chooses who decides."""
    await given(house)
    record = await changed(house, Typed(sponsor="Alex"))
    assert record.request.sponsor == Named(ALEX, "Alex")
    named = await house.requests.sponsored._named(ANAS, record.request.subject, MEGAN)
    assert named == {ALEX}


async def test_what_somebody_else_has_changed_since_the_form_is_shown_again(house: House) -> None:
    await given(house)
    shown = await house.guest_changes.look(ANAS, MEGAN)
    assert isinstance(shown, Shown)
    seen = profile_changes.mark(shown.profile)
    house.profiles.companies[ANAS] = "Fabrikam"
    again = await tried(house, Typed(name="Ana Sousa", company=""), seen=seen)
    assert isinstance(again, Shown)
    assert again.why is WhyNot.MOVED
    assert house.profiles.companies[ANAS] == "Fabrikam"
    now = profile_changes.mark(again.profile)
    assert isinstance(await tried(house, Typed(name="Ana Sousa", company="Fabrikam"), seen=now), Record)


async def test_what_somebody_else_has_changed_before_the_step_is_not_overwritten(house: House) -> None:
    await given(house)
    record = await begun(house)
    house.tenant.guests[ANAS] = replace(house.tenant.guests[ANAS], name="Ana Lima")
    assert await house.failed(record) is Cause.CHANGED_MEANWHILE
    assert house.tenant.guests[ANAS].name == "Ana Lima"
    assert house.alarms == []


async def test_another_sponsor_who_came_meanwhile_stays(house: House) -> None:
    await given(house)
    record = await begun(house, Typed(sponsor="Alex"))
    house.profiles.sponsors[ANAS].append(Named(NIA, "Nia"))
    assert await house.failed(record) is Cause.CHANGED_MEANWHILE
    assert [one.object_id for one in house.profiles.sponsors[ANAS]] == [MEGAN, NIA]


@pytest.mark.parametrize("call", ["write", "name_sponsor", "drop_sponsor"])
async def test_a_write_whose_answer_was_lost_is_looked_for_and_not_repeated(house: House, call: str) -> None:
    await given(house)
    house.faults.after[call] = [Unknown(Cause.UNAVAILABLE)]
    await changed(house, Typed(name="Ana Sousa", sponsor="Alex"))
    assert house.faults.calls.count(call) == 1
    assert [one.object_id for one in house.profiles.sponsors[ANAS]] == [ALEX]


async def test_a_write_that_was_surely_not_done_is_done_later(house: House) -> None:
    await given(house)
    house.faults.before["write"] = [NotDone(Cause.THROTTLED)]
    await changed(house)
    assert house.faults.calls.count("write") == 2


async def test_what_is_undone_at_once_fails_and_retry_writes_it_again(house: House) -> None:
    await given(house)
    house.profiles.undone = True
    record = await begun(house)
    assert await house.failed(record) is Cause.NOT_CHANGED


async def test_a_refusal_of_microsofts_is_said_and_taken_up_by_retry(house: House) -> None:
    await given(house)
    house.faults.before["write"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await begun(house)
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    same = await tried(house)
    assert isinstance(same, Duplicate)
    assert same.first.label == record.request.label
    other = await changed(house, Typed(company="Fabrikam"))
    assert other.request.state is State.DELIVERED  # what failed stands in the way of nothing else
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), Record)
    await house.delivered(record)
    assert house.tenant.guests[ANAS].name == "Ana Sousa"


async def test_a_change_keeps_no_removal_from_beginning(house: House) -> None:
    await given(house)
    house.faults.before["write"] = [Refused(Cause.RIGHTS_MISSING)]
    await house.failed(await begun(house))
    removal = await house.acts.remove(ANAS, MEGAN, "Over", THREAD, seen=None, personal=True)
    assert isinstance(removal, Record)
    await house.delivered(removal)


async def test_while_the_directory_is_away_nothing_is_changed(house: House) -> None:
    await given(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert await tried(house) == Unreadable()


async def test_what_was_and_is_to_be_is_erased_with_a_forgotten_guest(house: House) -> None:
    await given(house)
    record = await changed(house, Typed(name="Ana Sousa", sponsor="Alex"))
    await house.store.forget(record.request.subject)
    edits = (await house.now(record)).request.edits
    assert [(one.was, one.to) for one in edits] == [("(erased)", "(erased)"), ("Megan", "Alex")]


async def test_an_account_that_microsoft_protects_is_told_from_a_missing_permission(house: House) -> None:
    await given(house)
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    house.faults.before["write"] = [Refused(Cause.RIGHTS_MISSING)]
    assert await house.failed(await begun(house, by=LIDIA)) is Cause.PROTECTED


@pytest.mark.parametrize("call", ["write", "name_sponsor", "drop_sponsor"])
async def test_a_process_that_dies_in_a_step_leaves_it_to_the_next_which_does_nothing_twice(
    house: House, call: str
) -> None:
    """Nothing is noted after the call: the claim runs out, and the step is looked at first."""
    await given(house)
    record = await begun(house, Typed(name="Ana Sousa", sponsor="Alex"))
    house.faults.after[call] = [LeaseLost(Cause.UNAVAILABLE)]
    await house.delivered(record)
    assert house.faults.calls.count(call) == 1
    assert house.tenant.guests[ANAS].name == "Ana Sousa"
    assert [one.object_id for one in house.profiles.sponsors[ANAS]] == [ALEX]
