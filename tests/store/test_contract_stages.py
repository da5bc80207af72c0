"""The contract of every Store: votes are kept with their stage, and nobody has two at one."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from access.ports import Store
from access.rules import deciding, replanning
from access.rules.authority import DecisionRefused
from access.rules.changing import newer
from access.rules.model import Change, Named, ObjectId, Panel, Plan, Record, RequestId, State
from access.rules.refusals import AlreadyApproved, AlreadyDecided, Stale
from bot.store.sql_store import SqlStore
from tests.store.making import PLAN, added, told
from tests.store.test_contract_newer import sql

PEOPLE = tuple(Named(ObjectId(f"approver-{place}"), f"Approver {place}") for place in range(10))
STAGES = (Panel(PEOPLE[:2]), Panel(PEOPLE, quorum=3))
MOVED = replace(PLAN, hash="moved", parts={"landing": "https://elsewhere.example"})

Voting = Callable[[Record, datetime], Change | DecisionRefused]


def vote(who: Named, plan: Plan = PLAN, stages: tuple[Panel, ...] = STAGES) -> Voting:
    return deciding.approve(who, deciding.Facts(stages, plan), None)


async def votes(store: SqlStore) -> Sequence[tuple[int, int, str]]:
    rows = await sql(store, "SELECT cycle, stage, person_id FROM decisions ORDER BY cycle, stage, person_id")
    return [(row["cycle"], row["stage"], row["person_id"]) for row in rows]


async def test_each_vote_is_a_row_of_its_stage_and_the_last_of_all_decides(store: SqlStore) -> None:
    request_id = (await added(store)).request.request_id
    for who in (PEOPLE[0], *PEOPLE[:3]):
        record = await store.change(request_id, vote(who))
        assert isinstance(record, Record)
    decided = await store.record(request_id)
    assert decided is not None
    assert decided.request.state is State.DELIVERING
    second = [(1, 2, one.object_id) for one in PEOPLE[:3]]
    assert await votes(store) == [(1, 1, PEOPLE[0].object_id), *second]


async def test_after_the_plan_has_moved_the_same_people_may_approve_again(store: SqlStore) -> None:
    request_id = (await added(store)).request.request_id
    await store.change(request_id, vote(PEOPLE[0]))

    def moves(record: Record, now: datetime) -> Change | Stale:
        return replanning.replan(deciding.Facts(STAGES, MOVED))(record, now)

    await store.change(request_id, moves)
    record = await store.change(request_id, vote(PEOPLE[0], MOVED))
    assert isinstance(record, Record)
    assert record.request.cycle == 2
    first = PEOPLE[0].object_id
    assert await votes(store) == [(1, 1, first), (2, 1, first)]


async def test_nobody_has_two_votes_at_a_stage_whatever_a_transition_says(store: SqlStore) -> None:
    request_id = (await added(store)).request.request_id
    record = await store.change(request_id, vote(PEOPLE[0]))
    assert isinstance(record, Record)

    def again(before: Record, now: datetime) -> Change:
        twice = replace(before.request.reviews[0], at=now)
        return told(newer(before.request, now, reviews=(*before.request.reviews, twice)))

    with pytest.raises(IntegrityError):
        await store.change(request_id, again)
    assert await store.record(request_id) == record


async def presses(stores: Sequence[Store], request_id: RequestId) -> list[object]:
    """Let ten people press ten times each, through these stores in turn."""
    quorum = (Panel(PEOPLE, quorum=3),)
    crowd = [who for who in PEOPLE for _ in range(10)]
    return list(
        await asyncio.gather(
            *(
                stores[place % len(stores)].change(request_id, vote(who, stages=quorum))
                for place, who in enumerate(crowd)
            )
        )
    )


async def test_of_a_hundred_presses_by_ten_people_a_quorum_of_three_takes_three(store: SqlStore) -> None:
    request_id = (await added(store)).request.request_id
    answers = await presses([store], request_id)
    assert sum(isinstance(one, Record) for one in answers) == 3
    told = [one for one in answers if isinstance(one, AlreadyApproved | AlreadyDecided)]
    assert len(told) == 97
    assert len({person for _, _, person in await votes(store)}) == 3


async def test_of_approvals_and_denials_at_once_nothing_but_one_outcome_stands(store: SqlStore) -> None:
    """Whoever denies before the last approval ends it; whoever comes later hears how it ended."""
    quorum = (Panel(PEOPLE, quorum=3),)
    for number in range(10):
        request_id = (await added(store, f"guest{number}@fabrikam.com")).request.request_id
        acts = [vote(who, stages=quorum) for who in PEOPLE[:6]]
        acts[number % 6 : number % 6] = [deciding.deny(PEOPLE[9], quorum, "Not this quarter")]
        await asyncio.gather(*(store.change(request_id, act) for act in acts))
        record = await store.record(request_id)
        assert record is not None
        results = [one.result for one in record.request.reviews]
        if record.request.state is State.DENIED:
            assert results.count("Approve") < 3
            assert results[-1] == "Deny"
        else:
            assert record.request.state is State.DELIVERING
            assert results == ["Approve"] * 3
