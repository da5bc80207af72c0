"""A reset under one request begins the acceptance of the guest's other requests anew; it is told once."""

from pathlib import Path
from typing import cast

import pytest

from access.ports import NotDone, Store, Unknown
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import AssignmentState, JobKind, Record
from access.rules.relinking import Answered
from access.service.relink import Relinks
from access.service.remove import Removals
from cards.draw import draw
from cards.look import Look
from tests.service.house import MEGAN, ZONE, House
from tests.service.test_guests_who_wait import GUEST, assignment, days, given, second
from tests.service.test_killed_at_each_write import Died, Dying

LOOK = Look(ZONE, personal=True)


def card(record: Record, audience: str = jobs.REQUESTOR) -> str:
    return str(draw(record, audience, LOOK))


def told(house: House) -> list[str]:
    return sorted(post[1] for post in house.chat.posts if post[1].startswith(jobs.ACCEPTED))


async def accepts(house: House) -> None:
    house.tenant.accepts(GUEST)
    await house.redemptions.go_round()
    await house.settle()


async def reset(house: House, label: str) -> None:
    answer = await Relinks(house.coach).for_request(label, MEGAN, reset=True)
    assert isinstance(answer, Answered)
    assert answer.done is not None, answer.refused


async def two(house: House, *, known: bool = False) -> tuple[Record, Record]:
    """Give Ana two apps, and have her accept: before the second where she is `known` by then."""
    first = await given(house)
    if known:
        await accepts(house)
    other = await second(house)
    if not known:
        await accepts(house)
    house.clock.turn(days=2)
    return first, other


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("under", [0, 1])
async def test_the_cards_of_every_access_say_that_the_guest_must_accept_anew_and_then_that_they_did(
    house: House, under: int, *, known: bool
) -> None:
    records = await two(house, known=known)
    for record in records:
        assert "accepts anew" not in card(await house.now(record))
    before, updates = told(house), len(house.chat.updates)
    await reset(house, records[under].request.label)
    await house.settle()
    for record in records:
        now = await house.now(record)
        assert (now.request.awaits_acceptance, now.request.accepted_at) == (True, None)
        assert "Next: Ana accepts anew" in card(now)
        assert "can use" not in card(now, jobs.THREAD)
    assert [one[1] for one in house.chat.updates[updates:]].count(jobs.THREAD) >= 2
    await house.redemptions.go_round()
    await accepts(house)
    for record in records:
        now = await house.now(record)
        assert now.request.accepted_at is not None
        assert "can use" in card(now)
        assert "accepts anew" not in card(now)
    anew = known and under == 1  # of the others it was told before, or is by the one that was reset
    assert len(told(house)) == len(before) + 2 * anew
    whats = [one.fact.what for one in await house.audit()]
    assert whats.count("redemption.reset") == whats.count("link.noted") == 1


async def test_the_acceptance_that_the_reset_undid_is_not_told_again_by_a_directory_that_lags(
    house: House,
) -> None:
    first, other = await two(house)
    accepted = house.tenant.guests[GUEST]
    await reset(house, other.request.label)
    await house.settle()
    house.tenant.guests[GUEST] = accepted
    await house.redemptions.go_round()
    assert (await house.now(first)).request.accepted_at is None


async def test_a_link_that_was_sent_after_the_reset_brings_no_older_acceptance_back(house: House) -> None:
    first, _ = await two(house)
    accepted = house.tenant.guests[GUEST]
    await reset(house, first.request.label)
    await house.settle()
    house.clock.turn(hours=2)
    waiting = house.tenant.guests[GUEST]
    sent = await Relinks(house.coach).for_request(first.request.label, MEGAN, reset=False)
    assert isinstance(sent, Answered)
    assert sent.done is not None
    await house.settle()
    house.tenant.guests[GUEST] = accepted
    await house.redemptions.go_round()
    assert (await house.now(first)).request.accepted_at is None
    house.tenant.guests[GUEST] = waiting
    await accepts(house)
    assert (await house.now(first)).request.accepted_at is not None


async def test_while_the_reset_has_not_happened_the_cards_stay_as_they_are(house: House) -> None:
    first, other = await two(house)
    house.faults.before["invite"] = [NotDone(Cause.UNAVAILABLE)] * 99
    await reset(house, other.request.label)
    for _ in range(3):
        await house.run_due(JobKind.STEP)
        house.clock.turn(seconds=30)
    assert (await house.now(first)).request.accepted_at is not None


async def test_an_access_that_has_ended_waits_for_nobody(house: House) -> None:
    first, other = await two(house)
    assert isinstance(
        await Removals(house.decisions, house.policy).of_request(first.request.label, MEGAN), Record
    )
    await house.settle()
    await reset(house, other.request.label)
    await house.settle()
    ended = await house.now(first)
    assert (await assignment(house, ended)).state is AssignmentState.ENDED
    assert ended.request.accepted_at is not None


async def test_an_answer_that_was_lost_marks_the_other_access_once(house: House) -> None:
    _, other = await two(house)
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    await reset(house, other.request.label)
    await house.settle()
    whats = [one.fact.what for one in await house.audit()]
    assert whats.count("link.noted") == 1


async def test_one_series_of_reminders_follows_and_the_wait_begins_with_the_reset(house: House) -> None:
    _, other = await two(house)
    await days(house, 20)
    await reset(house, other.request.label)
    await house.settle()
    house.mail.sent.clear()
    await days(house, 12)
    assert {one.app for one in house.mail.sent if one.reminds} == {"Patient Portal"}
    assert not [one for one in house.chat.posts if one[1].startswith("asked")]


async def killed(path: Path, left: int, *, after: bool) -> bool:
    """Let the process die at a write of the reset, start again, and see that both wait."""
    house = await House.open(path)
    first, other = await two(house)
    await reset(house, other.request.label)
    mortal = cast("Store", Dying(house.store, left, after=after))
    house.deliveries.store = house.deliveries.ends.store = mortal
    died = False
    try:
        for _ in range(4):
            await house.run_due(JobKind.STEP)
            house.clock.turn(seconds=2)
    except Died:
        died = True
    await house.store.close()
    house = await House.open(path, house)
    house.clock.turn(minutes=2)
    await house.settle()
    for record in (first, other):
        assert (await house.now(record)).request.accepted_at is None
    await accepts(house)
    for record in (first, other):
        assert (await house.now(record)).request.accepted_at is not None
    whats = [one.fact.what for one in await house.audit()]
    assert whats.count("link.noted") == 1
    await house.store.close()
    return died


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_any_write_both_requests_wait_and_are_told(tmp_path: Path, *, after: bool) -> None:
    kills = 0
    while await killed(tmp_path / f"{kills}.db", kills, after=after):
        kills += 1
    assert kills >= 4
