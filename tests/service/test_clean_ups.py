"""Guests who do not sign in, and for whom nobody stands: found, shown to their owner, kept or ended, once."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from access.ports import Gone, NotDone, NotLicensed, Refused
from access.rules import lapsing
from access.rules.causes import Cause
from access.rules.lapses import Lapse
from access.rules.model import Assignment, AssignmentState, EndCause, Left, ObjectId, Record, Redemption
from access.rules.policy_reader import read_policy
from access.service.remove import Removals
from tests.service.house import ALEX, LIDIA, MEGAN, NIA, POLICY, House, draft

ANA = ObjectId("ana")
YEAR = '[defaults]\nterm = { default = "365d", longest = "3650d" }\n'


def says(house: House, *lines: str) -> None:
    text = "".join(f"{line}\n" for line in lines)
    house.policy.policy = read_policy(
        POLICY.replace("[[defaults.stage]]", f"{YEAR}{text}[[defaults.stage]]", 1)
    )


async def given(house: House, term: str = "1000d") -> Record:
    """Return the access of Ana, who has accepted before."""
    house.knows(Redemption.ACCEPTED)
    return await house.delivered(await house.approved(draft(term=term)))


async def days(house: House, number: int) -> None:
    for _ in range(number):
        house.clock.turn(days=1)
        await house.clean_ups.daily()
        await house.settle()


def cards(house: House) -> list[tuple[str, str]]:
    """Return where what was shown, and for how many more."""
    found = [
        (str(place), name.split("/")) for place, name, _ in house.chat.posts if name.startswith("lapsed/")
    ]
    return [(place, f"{parts[1]} +{parts[3]}") for place, parts in found]


async def assignment(house: House, record: Record) -> Assignment:
    found = (await house.now(record)).request.assignment
    assert found is not None
    return found


async def whats(house: House, *wanted: str) -> list[str]:
    return [entry.fact.what for entry in await house.audit() if entry.fact.what in wanted]


async def test_over_fourteen_months_an_owner_is_asked_once_and_nothing_ends_by_itself(house: House) -> None:
    says(house, 'inactive = { rest = "90d" }')
    record = await given(house)
    await days(house, 89)
    assert cards(house) == []
    await days(house, 336)
    assert cards(house) == [("1:1/megan", "inactive +0")]
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_where_the_policy_removes_it_ends_once_after_its_grace_whatever_the_clock_does(
    tmp_path: Path,
) -> None:
    path = tmp_path / "guestlist.db"
    house = await House.open(path)
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    for _ in range(10):
        await days(house, 10)
        await house.store.close()
        house = await House.open(path, house)
        says(house, 'inactive = { then = "remove" }')
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    house.clock.turn(days=-5)
    await days(house, 20)
    ended = await assignment(house, record)
    assert (ended.state, ended.left) == (AssignmentState.ENDED, Left.NOTHING)
    assert ended.end is not None
    assert (ended.end.why, ended.end.rule) == (EndCause.INACTIVE, "defaults")
    house.clock.turn(days=-200)
    await days(house, 5)
    assert len(cards(house)) == 1
    assert house.faults.calls.count("take_away") == 1
    assert await whats(house, "assignment.lapsed", "assignment.ending") == [
        "assignment.lapsed",
        "assignment.ending",
    ]
    await house.store.close()


async def test_after_a_jump_of_a_year_it_is_shown_first_and_ends_its_grace_later(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    await days(house, 2)
    house.clock.turn(days=400)
    await days(house, 1)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    assert len(cards(house)) == 1
    await days(house, 16)
    assert (await assignment(house, record)).state is AssignmentState.ENDED


async def test_who_signs_in_again_is_no_longer_inactive_and_keeps_the_access(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    await days(house, 92)
    house.upkeep.last[ANA] = house.clock.now()
    await days(house, 60)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    assert (await house.now(record)).request.lapses == ()
    assert await whats(house, "assignment.recovered") == ["assignment.recovered"]
    await days(house, 60)
    assert (await assignment(house, record)).state is AssignmentState.ENDED


@pytest.mark.parametrize("fault", [NotLicensed(Cause.RIGHTS_MISSING), Refused(Cause.RIGHTS_MISSING)])
async def test_what_cannot_be_read_never_counts_as_inactive(house: House, fault: Refused) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    house.faults.before["last_seen"] = [fault] * 500
    await days(house, 200)
    assert cards(house) == []
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_what_was_shown_does_not_end_on_a_day_on_which_it_cannot_be_read(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    await days(house, 95)
    house.faults.before["last_seen"] = [Refused(Cause.RIGHTS_MISSING)] * 40
    await days(house, 30)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_a_guest_who_never_accepted_is_not_inactive_too(house: House) -> None:
    says(house, 'inactive = { then = "remove" }', 'never_accepted = { then = "nothing", remind_after = [] }')
    await house.delivered(await house.approved(draft(term="1000d")))
    await days(house, 200)
    assert cards(house) == []


async def test_without_a_sponsor_and_with_the_requestor_gone_whoever_may_decide_is_shown_it(
    house: House,
) -> None:
    says(house, 'sponsorless = { then = "remove" }', 'inactive = { then = "nothing" }')
    record = await given(house)
    house.upkeep.alone = {ANA}
    await days(house, 3)
    assert cards(house) == [], "who asked stands for the guest"
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)
    await days(house, 1)
    assert sorted(cards(house)) == [(f"1:1/{ALEX}", "sponsorless +0"), (f"1:1/{NIA}", "sponsorless +0")]
    await days(house, 16)
    end = (await assignment(house, record)).end
    assert end is not None
    assert end.why is EndCause.SPONSORLESS


async def test_where_nobody_is_left_the_admins_are_shown_it(house: House) -> None:
    says(house, 'inactive = { then = "nothing" }')
    await given(house)
    house.upkeep.alone = {ANA}
    for person in (MEGAN, ALEX, NIA):
        house.tenant.people[person] = replace(house.tenant.people[person], enabled=False)
    await days(house, 2)
    assert cards(house) == [(f"1:1/{LIDIA}", "sponsorless +0")]


async def test_whom_no_card_reaches_loses_nothing(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    house.chat.without_app = {MEGAN}
    await days(house, 130)
    assert cards(house) == []
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_what_is_kept_rests_and_is_asked_about_again(house: House) -> None:
    says(house, 'inactive = { then = "remove", rest = "60d" }')
    record = await given(house)
    await days(house, 95)
    kept = await Removals(house.decisions, house.policy).keep(record.request.label, MEGAN)
    assert isinstance(kept, Record)
    await days(house, 55)
    assert len(cards(house)) == 1
    await days(house, 10)
    assert len(cards(house)) == 2
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_a_typed_keep_has_the_card_that_asked_say_so_too_once(house: House) -> None:
    says(house, 'inactive = { then = "remove", rest = "60d" }')
    record = await given(house)
    await days(house, 95)
    (asking,) = [name for _, name, _ in house.chat.posts if name.startswith(lapsing.SHOWN)]
    for _ in range(2):
        kept = await Removals(house.decisions, house.policy).keep(record.request.label, ALEX)
        assert isinstance(kept, Record)
        await house.settle()
    redrawn = [(name, version) for _, name, version in house.chat.updates if name == asking]
    assert redrawn == [(asking, (await house.now(record)).request.version)]
    assert len(cards(house)) == 1, "nothing is posted again"


async def test_a_card_that_somebody_has_deleted_is_not_posted_again_by_a_keep(house: House) -> None:
    says(house, 'inactive = { then = "remove", rest = "60d" }')
    record = await given(house)
    await days(house, 95)
    house.faults.before["update"] = [Gone(Cause.REFUSED)] * 4
    kept = await Removals(house.decisions, house.policy).keep(record.request.label, ALEX)
    assert isinstance(kept, Record)
    await house.settle()
    assert len(cards(house)) == 1


async def test_many_are_read_together_and_shown_by_one_card(house: House) -> None:
    says(house)
    records = []
    for number in range(8):
        address = f"guest{number}@fabrikam.com"
        records.append(await house.delivered(await house.approved(draft(address=address, term="1000d"))))
    for guest_id in list(house.tenant.guests):
        house.tenant.accepts(guest_id)
    await house.redemptions.go_round()
    await days(house, 92)
    assert cards(house) == [("1:1/megan", "inactive +7")]
    assert house.faults.calls.count("last_seen") <= 5
    (asking,) = [name for _, name, _ in house.chat.posts if name.startswith(lapsing.SHOWN)]
    for one in records:
        assert isinstance(await Removals(house.decisions, house.policy).keep(one.request.label, ALEX), Record)
    await house.settle()
    assert asking not in {name for _, name, _ in house.chat.updates}, "it shows the others, too"
    marks = [lapsing.lapsed((await house.now(one)).request, Lapse.INACTIVE) for one in records]
    assert all(marks)


async def test_it_looks_once_a_day_and_again_where_the_clock_went_back(house: House) -> None:
    says(house)
    await given(house)
    await days(house, 1)
    before = house.faults.calls.count("sponsorless")
    for _ in range(3):
        await house.clean_ups.daily()
    assert house.faults.calls.count("sponsorless") == before
    house.clock.time = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    await house.clean_ups.daily()
    assert house.faults.calls.count("sponsorless") == before + 1


async def test_a_look_that_the_directory_cut_short_is_made_again(house: House) -> None:
    says(house)
    await given(house)
    house.clock.time += timedelta(days=100)
    house.faults.before["sponsorless"] = [NotDone(Cause.UNAVAILABLE)]
    with pytest.raises(NotDone):
        await house.clean_ups.daily()
    await house.clean_ups.daily()
    await house.settle()
    assert cards(house) == [("1:1/megan", "inactive +0")]
