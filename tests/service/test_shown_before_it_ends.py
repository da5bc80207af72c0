"""Nothing ends by the policy whose card reached nobody, whichever access's card it was, and whenever."""

from access.rules.model import AssignmentState, Guest, JobStatus, ObjectId, Record, Redemption
from access.service.remove import Removals
from tests.service.house import ALEX, LIDIA, MEGAN, NIA, House, draft
from tests.service.test_clean_ups import assignment, cards, days, given, says

EVERYBODY = {MEGAN, ALEX, NIA, LIDIA}


async def five(house: House) -> list[Record]:
    """Give so many guests an app that one card tells of all of them."""
    made = []
    for number in range(5):
        address = f"g{number}@fabrikam.com"
        guest = Guest(ObjectId(f"g{number}"), f"G{number}", address, Redemption.ACCEPTED)
        house.tenant.guests[guest.object_id] = guest
        record = await house.approved(draft(address=address, term="1000d"))
        made.append(await house.delivered(record))
    return made


async def states(house: House, records: list[Record]) -> set[AssignmentState]:
    return {(await assignment(house, one)).state for one in records}


async def test_what_is_shown_anew_to_nobody_does_not_end_because_it_was_shown_before(house: House) -> None:
    says(house, 'inactive = { then = "remove", rest = "30d" }')
    record = await given(house)
    await days(house, 92)
    assert cards(house)
    kept = await Removals(house.decisions, house.policy).keep(record.request.label, MEGAN)
    assert isinstance(kept, Record), kept
    house.chat.without_app |= EVERYBODY
    await days(house, 120)
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE


async def test_of_many_with_one_card_none_ends_where_that_card_reached_nobody(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    records = await five(house)
    house.chat.without_app |= EVERYBODY
    await days(house, 130)
    assert cards(house) == []
    assert await states(house, records) == {AssignmentState.ACTIVE}


async def test_of_many_with_one_card_all_end_where_somebody_read_it(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    records = await five(house)
    await days(house, 130)
    shown = [
        job
        for one in records
        for job in (await house.now(one)).jobs.values()
        if job.name.startswith("lapsed/") and job.status is not JobStatus.DROPPED
    ]
    assert len({job.request_id for job in shown}) == 1
    assert await states(house, records) == {AssignmentState.ENDED}


async def accepted(house: House) -> list[Record]:
    """Give five guests an app and have them accept, in the days before a weekend."""
    made = []
    for number in range(5):
        record = await house.approved(draft(address=f"g{number}@fabrikam.com", term="1000d"))
        made.append(await house.delivered(record))
        house.tenant.accepts(ObjectId(f"guest-{number + 1}"))
    await house.redemptions.go_round()
    await house.settle()
    return made


async def carrier(house: House, records: list[Record]) -> Record:
    """Look each night until five are found inactive, and return the one whose card is to tell of all."""
    for _ in range(120):
        house.clock.turn(days=1)
        house.clock.time = house.clock.now().replace(hour=1)
        await house.clean_ups.daily()
        if (lapses := (await house.now(records[0])).request.lapses) and lapses[0].card:
            by = lapses[0].card.partition("/")[0]
            return next(one for one in records if one.request.request_id == by)
        await house.settle()
    raise AssertionError("nobody was found inactive")


async def test_where_the_one_card_of_many_is_not_needed_any_more_the_others_are_shown_anew(
    house: House,
) -> None:
    says(house, 'inactive = { then = "remove" }')
    records = await accepted(house)
    first = await carrier(house, records)
    removed = await Removals(house.decisions, house.policy).of_request(first.request.label, MEGAN)
    assert isinstance(removed, Record)
    await days(house, 70)
    others = [one for one in records if one.request.request_id != first.request.request_id]
    assert cards(house)
    assert await states(house, others) == {AssignmentState.ENDED}


async def test_whom_nobody_could_be_shown_is_shown_anew_once_somebody_can_be_reached(house: House) -> None:
    says(house, 'inactive = { then = "remove" }')
    record = await given(house)
    house.chat.without_app |= EVERYBODY
    await days(house, 120)
    assert cards(house) == []
    house.chat.without_app.clear()
    await days(house, 10)
    assert len(cards(house)) == 1
    assert (await assignment(house, record)).state is AssignmentState.ACTIVE
    await days(house, 30)
    assert (await assignment(house, record)).state is AssignmentState.ENDED
