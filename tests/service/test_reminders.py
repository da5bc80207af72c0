"""Reminding and escalating, through the use cases over the real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from access.ports import Unknown
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delegating import Delegated, Period
from access.rules.model import JobKind, JobStatus, ObjectId, Record, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import PlanMoved
from access.service.ask import Questions
from tests.service.house import ADMINS, ALEX, DIEGO, LIDIA, MEGAN, NIA, RECORDS, House

POLICY = f"""
[roles]
admins = ["group:{ADMINS}"]
[defaults]
remind_after = ["1d", "3d"]
[[defaults.stage]]
approvers = ["app-owners"]
escalation = ["role:admins"]
escalate_after = "5d"
"""
DAY, MONDAY = timedelta(days=1), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOWN = Unknown(Cause.UNAVAILABLE)


@pytest_asyncio.fixture
async def waiting(house: House) -> AsyncIterator[tuple[House, Record]]:
    """Return a request that was sent on a Monday morning, with its cards shown."""
    house.policy.policy = read_policy(POLICY)
    house.clock.time = MONDAY
    record = await house.sent()
    await house.run_due(JobKind.CARD)
    yield house, record


async def days_pass(house: House, days: float) -> None:
    house.clock.turn(days=days)
    while await house.run_due():
        pass


def reminded(house: House) -> list[str]:
    return [audience for _, audience, _ in house.chat.posts if audience.startswith(jobs.REMINDER)]


async def test_whoever_is_asked_is_reminded_in_their_own_chat_and_the_thread_is_left_alone(
    waiting: tuple[House, Record],
) -> None:
    house, _ = waiting
    before = len(house.chat.posts)
    await days_pass(house, 1)
    assert [(place, audience) for place, audience, _ in house.chat.posts[before:]] == [
        (f"1:1/{ALEX}", f"reminder/1/1/approver/{ALEX}"),
        (f"1:1/{NIA}", f"reminder/1/1/approver/{NIA}"),
    ]
    assert house.chat.updates == []


async def test_each_reminder_comes_once_and_after_the_last_none(waiting: tuple[House, Record]) -> None:
    house, _ = waiting
    for _ in range(4):
        await days_pass(house, 1)
    expected = [f"reminder/1/{number}/approver/{one}" for number in ("1", "last") for one in (ALEX, NIA)]
    assert reminded(house) == expected


async def test_while_nothing_is_due_nothing_is_read_or_written(waiting: tuple[House, Record]) -> None:
    house, record = waiting
    house.faults.calls.clear()
    house.clock.turn(hours=23)
    assert await house.store.due(10) == []
    assert house.faults.calls == []
    assert (await house.now(record)).jobs.keys() == record.jobs.keys()


async def test_nobody_is_reminded_of_what_is_decided(waiting: tuple[House, Record]) -> None:
    house, record = waiting
    await house.decisions.deny(record.request.label, ALEX, "not now")
    await days_pass(house, 4)
    assert reminded(house) == []


async def test_a_reminder_that_waits_for_the_morning_is_not_sent_once_somebody_has_decided(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    house.chat.zones = {NIA: ZoneInfo("America/Los_Angeles")}  # where it is one in the morning
    await days_pass(house, 1)
    assert reminded(house) == [f"reminder/1/1/approver/{ALEX}"]
    await house.decisions.approve(record.request.label, ALEX, None)
    await days_pass(house, 0.5)
    assert reminded(house) == [f"reminder/1/1/approver/{ALEX}"]


async def test_a_reminder_that_waits_for_the_morning_outlives_a_question(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    house.chat.zones = {NIA: ZoneInfo("America/Los_Angeles")}  # where it is one in the morning
    await days_pass(house, 3)
    label = record.request.label
    assert reminded(house) == [f"reminder/1/last/approver/{ALEX}"]
    questions = Questions(house.decisions)
    assert isinstance(await questions.ask(label, ALEX, "Why?", None), Record)
    await days_pass(house, 0.5)
    assert len(reminded(house)) == 1, "nobody is reminded while the requestor is to answer"
    assert isinstance(await questions.answer(label, MEGAN, "So.", None), Record)
    await days_pass(house, 1)
    assert reminded(house)[1:] == [f"reminder/1/last/approver/{NIA}"]
    await days_pass(house, 3)
    assert len(reminded(house)) == 2


async def test_a_reminder_that_may_have_been_posted_is_not_posted_again(
    waiting: tuple[House, Record],
) -> None:
    """Killed between the ping and the commit: at most once, as notices; the card itself stands anyway."""
    house, record = waiting
    house.faults.after["post"] = [DOWN]
    await days_pass(house, 1)
    await days_pass(house, 0.1)
    assert sorted(reminded(house)) == [f"reminder/1/1/approver/{one}" for one in (ALEX, NIA)]
    found = [job for job in (await house.now(record)).jobs.values() if job.kind is JobKind.REMINDER]
    assert sorted(job.status for job in found) == [JobStatus.DONE, JobStatus.DROPPED]


async def test_a_claim_that_died_leaves_a_reminder_that_nobody_sends_again(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    house.clock.turn(days=1)
    await house.run_due(JobKind.WATCH)
    keys = [job.key for job in await house.store.due(10) if job.kind is JobKind.REMINDER]
    await house.store.change(record.request.request_id, jobs.claim(keys[0], timedelta(seconds=15)))
    await days_pass(house, 0.1)
    assert len(reminded(house)) == 1


async def test_whoever_cannot_be_reached_is_named_once_and_reminded_of_nothing(house: House) -> None:
    house.policy.policy, house.clock.time = read_policy(POLICY), MONDAY
    house.chat.without_app = {NIA}
    record = await house.sent()
    await days_pass(house, 0)
    updates = len(house.chat.updates)
    await days_pass(house, 1)
    assert reminded(house) == [f"reminder/1/1/approver/{ALEX}"]
    assert len(house.chat.updates) == updates, "nothing more is said in the thread"
    assert [one.object_id for one in (await house.now(record)).request.unreached] == [NIA]


async def test_a_reminder_that_does_not_reach_somebody_loses_nothing(waiting: tuple[House, Record]) -> None:
    house, record = waiting
    house.chat.without_app = {ALEX, NIA}
    await days_pass(house, 1)
    after = await house.now(record)
    assert reminded(house) == []
    assert (after.request.state, after.request.version) == (State.PENDING_APPROVAL, record.request.version)


async def test_while_the_directory_is_away_a_reminder_is_late_and_not_lost(
    waiting: tuple[House, Record],
) -> None:
    house, _ = waiting
    house.clock.turn(days=1)
    house.faults.down = DOWN
    await house.run_due(JobKind.WATCH)
    assert reminded(house) == []
    house.faults.down = None
    await days_pass(house, 0.1)
    assert len(reminded(house)) == 2


async def test_an_approver_who_left_since_is_not_reminded(waiting: tuple[House, Record]) -> None:
    house, _ = waiting
    house.tenant.people[NIA] = replace(house.tenant.people[NIA], enabled=False)
    await days_pass(house, 1)
    assert reminded(house) == [f"reminder/1/1/approver/{ALEX}"]


# --- escalation -----------------------------------------------------------------------------------------


async def test_after_its_time_the_escalation_approvers_get_a_card_and_may_decide(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    refused = await house.decisions.approve(record.request.label, LIDIA, None)
    assert not isinstance(refused, Record)
    await days_pass(house, 7)  # the fifth day is a Saturday
    assert (f"1:1/{LIDIA}", f"approver/{LIDIA}") in [post[:2] for post in house.chat.posts]
    decided = await house.decisions.approve(record.request.label, LIDIA, None)
    assert isinstance(decided, Record)
    assert decided.request.review is not None
    assert decided.request.review.by.object_id == LIDIA


async def test_who_may_decide_by_escalation_is_asked_of_the_directory_at_the_click(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    await days_pass(house, 7)
    house.tenant.members[ADMINS] = []
    refused = await house.decisions.approve(record.request.label, LIDIA, None)
    assert not isinstance(refused, Record)


async def test_an_escalation_is_one_entry_and_its_cards_come_once(waiting: tuple[House, Record]) -> None:
    house, _ = waiting
    for _ in range(9):
        await days_pass(house, 1)
    assert [one.fact.what for one in await house.audit()].count("request.escalated") == 1
    assert [post[1] for post in house.chat.posts].count(f"approver/{LIDIA}") == 1


async def test_thread_requestor_and_approvers_see_that_it_was_escalated(
    waiting: tuple[House, Record],
) -> None:
    house, _ = waiting
    await days_pass(house, 7)
    assert {"thread", f"approver/{ALEX}", f"approver/{NIA}"} <= {
        audience for _, audience, _ in house.chat.updates
    }


@pytest.mark.parametrize("rule", ["the same", "another"])
async def test_whoever_is_called_in_by_a_plan_that_moves_at_night_is_asked_in_the_morning(
    waiting: tuple[House, Record], rule: str
) -> None:
    house, record = waiting
    await days_pass(house, 7)
    house.clock.time = MONDAY + 7 * DAY + timedelta(hours=14)
    house.tenant.members[ADMINS] = [LIDIA, DIEGO]
    if rule == "another":
        house.policy.policy = read_policy(POLICY.replace('escalate_after = "5d"', 'escalate_after = "4d"'))
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], home_page="https://new.example")
    assert isinstance(await house.decisions.approve(record.request.label, ALEX, None), PlanMoved)
    await days_pass(house, 0)
    asked = f"approver/{DIEGO}"
    assert DIEGO in {one.object_id for one in (await house.now(record)).request.approvers}
    assert asked not in [post[1] for post in house.chat.posts]
    await days_pass(house, 0.5)
    assert [post[1] for post in house.chat.posts].count(asked) == 1


async def test_an_escalation_to_nobody_rings_once_and_the_request_goes_on_waiting(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    house.tenant.members[ADMINS] = []
    for _ in range(9):
        await days_pass(house, 1)
    (alarm,) = house.alarms
    assert f"guestlist policy explain {record.request.label} " in alarm
    decided = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(decided, Record)


async def test_an_escalation_to_whoever_is_asked_as_a_delegate_already_is_no_alarm(house: House) -> None:
    house.policy.policy = read_policy(POLICY)
    house.clock.time = MONDAY
    lidia = house.tenant.people[LIDIA].mail
    assert isinstance(await house.delegates.make(ALEX, lidia, Period(None, Term(days=30))), Delegated)
    record = await house.sent()
    await house.run_due(JobKind.CARD)
    await days_pass(house, 7)
    (escalation,) = (await house.now(record)).request.escalations
    assert [one.object_id for one in escalation.to] == [LIDIA]
    assert house.alarms == []
    assert [post[1] for post in house.chat.posts].count(f"approver/{LIDIA}") == 1


async def test_what_waits_is_reminded_by_the_policy_of_now(
    waiting: tuple[House, Record],
) -> None:
    house, _ = waiting
    await days_pass(house, 1)
    house.policy.policy = read_policy(POLICY.replace('["1d", "3d"]', "[]"))
    await days_pass(house, 3)
    assert len(reminded(house)) == 2


class SlowZones(dict[ObjectId, ZoneInfo]):
    """Zones that take a while to read, once."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house, self._seconds = house, 5

    def get(self, person: ObjectId, default: Any = None) -> Any:
        self._house.clock.turn(seconds=self._seconds)
        self._seconds = 0
        return super().get(person, default)


async def test_an_escalation_that_comes_due_while_the_directory_is_read_calls_in_who_is_there(
    waiting: tuple[House, Record],
) -> None:
    house, record = waiting
    house.chat.zones = SlowZones(house)
    house.clock.turn(days=5, seconds=-2)
    await days_pass(house, 0)
    (escalation,) = (await house.now(record)).request.escalations
    assert [one.object_id for one in escalation.to] == [LIDIA]
    assert house.alarms == []
