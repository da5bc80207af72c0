"""Nothing is written for whoever may have lost the job, however late that is noticed."""

from typing import Any

import pytest

from access.ports import Lease, LeaseLost
from bot.graph import Graph
from tests.graph.test_access import invitation, written


class Ending:
    """A lease's clock that says "too late" after it has been asked so often."""

    def __init__(self, in_time: int) -> None:
        self.in_time = in_time

    def now(self) -> float:
        self.in_time -= 1
        return 0.0 if self.in_time >= 0 else 2.0


@pytest.mark.parametrize("in_time", [0, 1])
async def test_a_write_is_refused_at_the_last_moment_and_a_read_goes_on(
    graph: Graph, entra: Any, in_time: int
) -> None:
    lease = Lease(1.0, Ending(in_time).now)
    with lease.guarding():
        with pytest.raises(LeaseLost):
            await graph.access.invite(invitation())
        assert await graph.directory.person(entra.person("megan")) is not None
    assert await written(entra) == []
    await graph.access.invite(invitation())
    assert len(await written(entra)) == 1


async def test_a_write_under_a_lease_that_holds_is_sent(graph: Graph, entra: Any) -> None:
    with Lease(1.0, lambda: 0.0).guarding():
        await graph.access.invite(invitation())
    assert len(await written(entra)) == 1
