"""Guests of a list who do not accept: their owner hears of it once, and is asked about all at once."""

from dataclasses import replace

from access.rules import unaccepted
from access.rules.guest_list import Only
from access.rules.lapses import Lapse
from access.rules.lapsing import lapsed
from access.rules.model import AssignmentState, JobKind, Record, Redemption
from access.rules.policy_reader import read_policy
from access.rules.redemption import accept
from cards.draw import draw
from dialogs.guests import read_wanted
from tests.cards.gallery import LOOK
from tests.cards.test_structure import actions
from tests.service.house import POLICY, House
from tests.service.test_list_runs import MANY, approved, over, rows

ENDS = '[defaults.never_accepted]\nthen = "remove"\ngrace = "7d"\n'


async def days(house: House, count: int) -> list[str]:
    """Let so many days pass; return what was shown meanwhile."""
    before = len(house.chat.posts)
    for _ in range(count * 4):
        house.clock.turn(seconds=86_400 / 4)
        for _ in range(4):
            await house.run_due()
    return [audience for _, audience, _ in house.chat.posts[before:]]


async def delivered(house: House) -> Record:
    record = await over(house, await approved(house, *MANY))
    for one in await rows(house, record):
        assert one.guest_id is not None
        assert unaccepted.linked_at(one) is not None
    return record


async def test_the_first_who_is_waited_for_speaks_though_the_first_of_all_has_accepted(house: House) -> None:
    record = await delivered(house)
    first = (await rows(house, record))[0]
    assert first.guest_id is not None
    await house.store.change(first.request_id, accept(first.guest_id, Redemption.ACCEPTED, house.clock.now()))
    shown = await days(house, 5)
    assert len([one for one in shown if one.startswith(unaccepted.REMINDED)]) == 1


async def test_the_owner_is_asked_by_one_card_about_all_who_do_not_accept(house: House) -> None:
    record = await delivered(house)
    shown = await days(house, 33)
    asked = [one for one in shown if Lapse.NEVER_ACCEPTED in one]
    assert len(asked) == 1, asked
    assert asked[0].split("/")[3] == "5", "and five others"
    marks = [lapsed(one, Lapse.NEVER_ACCEPTED) for one in await rows(house, record)]
    assert len({one.card for one in marks if one}) == 1
    assert all(marks)


async def test_where_the_policy_ends_them_all_end_though_one_card_has_said_so(house: House) -> None:
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", f"{ENDS}[[defaults.stage]]", 1))
    record = await delivered(house)
    shown = await days(house, 45)
    assert len([one for one in shown if Lapse.NEVER_ACCEPTED in one]) == 1
    ended = [one.assignment.state for one in await rows(house, record) if one.assignment]
    assert ended == [AssignmentState.ENDED] * 6
    assert not [one for one in await house.store.due(99) if one.kind is JobKind.ACCEPTANCE]


async def test_the_line_and_the_button_of_that_card_show_these_guests(house: House) -> None:
    record = await delivered(house)
    await days(house, 33)
    found = [now for one in await rows(house, record) if (now := await house.store.record(one.request_id))]
    (shown,) = [
        (now, job.name) for now in found for job in now.jobs.values() if Lapse.NEVER_ACCEPTED in job.name
    ]
    card = draw(*shown, LOOK)
    (pressed,) = [one["data"] for one in actions(card) if one.get("verb") == "guests.page"]
    assert pressed["only"] == Only.PENDING
    assert '/guests "Health Records" pending' in str(card).replace("\\", "")
    wanted = read_wanted('"Health Records" pending')
    assert wanted is not None
    assert wanted.only is Only.PENDING


async def test_who_turns_out_to_have_accepted_keeps_the_question_about_no_other(house: House) -> None:
    record = await delivered(house)
    first = (await rows(house, record))[0]
    await days(house, 29)
    assert first.guest_id is not None
    known = house.tenant.guests[first.guest_id]
    house.tenant.guests[first.guest_id] = replace(known, redemption=Redemption.ACCEPTED)
    assert len([one for one in await days(house, 4) if Lapse.NEVER_ACCEPTED in one]) == 1
