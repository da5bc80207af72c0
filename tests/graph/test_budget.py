"""A budget counts so that no window, wherever it begins, holds more than was allowed."""

from collections.abc import Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.ports import Share, Turns
from bot.graph.budget import OwnBudget

STEP = 0.05


class Hand:
    def __init__(self) -> None:
        self.at = 100.0

    def now(self) -> float:
        return self.at


def at_once(asking: Coroutine[Any, Any, Turns]) -> Turns:
    """Run what waits for nothing, without the cost of an event loop."""
    with pytest.raises(StopIteration) as ended:
        asking.send(None)
    turns: Turns = ended.value.value
    return turns


def most_over(taken: Sequence[tuple[float, float]], share: Share) -> float:
    """Return by how much the fullest of all windows exceeds what its bucket allows."""
    return max(
        (
            sum(cost for at, cost in taken if start <= at <= end) - share.burst - share.rate * (end - start)
            for start, _ in taken
            for end, _ in taken
            if end >= start
        ),
        default=0.0,
    )


asks = st.tuples(st.integers(0, 40), st.integers(1, 12), st.booleans(), st.sampled_from("rwi"))
kinds = {"r": (2.0, 0.0, 0.0), "w": (1.0, 1.0, 0.0), "i": (1.0, 1.0, 1.0)}
buckets = (Share("units", 20, 30, 1), Share("writes", 15, 8, 1), Share("invitations", 3, 4, 1))


def shares_of(kind: str, *, bulk: bool) -> list[Share]:
    return [
        Share(one.name, one.burst - (1 if bulk else 0), one.rate, cost)
        for one, cost in zip(buckets, kinds[kind], strict=True)
        if cost
    ]


@given(st.lists(asks, max_size=60))
def test_no_window_ever_holds_more_than_its_bucket_allows(wanted: list[tuple[int, int, bool, str]]) -> None:
    hand = Hand()
    budget = OwnBudget(hand.now)
    taken: dict[str, list[tuple[float, float]]] = {one.name: [] for one in buckets}
    for steps, most, bulk, kind in wanted:
        hand.at += steps * STEP
        shares = shares_of(kind, bulk=bulk)
        turns = at_once(budget.take("directory", shares, most))
        assert 0 <= turns.count <= most
        for share in shares if turns.count else ():
            taken[share.name].append((hand.at, turns.count * share.cost))
    for one in buckets:
        assert most_over(taken[one.name], one) < 1e-4


@given(st.lists(asks, min_size=1, max_size=40))
def test_after_the_wait_that_is_told_a_turn_is_there_and_not_before(
    wanted: list[tuple[int, int, bool, str]],
) -> None:
    hand = Hand()
    budget = OwnBudget(hand.now)
    for steps, most, bulk, kind in wanted:
        hand.at += steps * STEP
        shares = shares_of(kind, bulk=bulk)
        turns = at_once(budget.take("directory", shares, most))
        if turns.count == 0:
            assert turns.wait > 0
            hand.at += turns.wait * 0.99
            assert at_once(budget.take("directory", shares, most)).count == 0
            hand.at += turns.wait * 0.02
            assert at_once(budget.take("directory", shares, most)).count > 0


async def test_nobody_has_a_turn_while_the_service_is_held_and_a_shorter_hold_shortens_nothing() -> None:
    hand = Hand()
    budget = OwnBudget(hand.now)
    await budget.hold("directory", 3)
    await budget.hold("directory", 1)
    assert await budget.take("directory", [], 5) == Turns(0, 3)
    assert await budget.take("mailbox", [], 5) == Turns(5)
    hand.at += 3
    assert await budget.take("directory", [], 5) == Turns(5)
