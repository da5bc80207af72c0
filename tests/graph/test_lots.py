"""Additions to a group that nobody waits for go twenty in a call, and each learns what became of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.reference_create import ReferenceCreate

from access.ports import AccessError, Given, Invitation, Lease, LeaseLost, Missing, NotDone, Unknown
from access.ports.haste import behind_people
from access.rules.model import ObjectId
from bot.credential import StaticCredential
from bot.graph import Graph
from bot.graph.client import GraphClient
from bot.graph.lots import Lots
from bot.graph.pacer import Pacer
from sandbox.settings import Settings
from tests.graph.conftest import Entra


async def guests(graph: Graph, entra: Entra, count: int) -> list[ObjectId]:
    made = []
    for number in range(count):
        invitation = Invitation(
            f"lot{number}@fabrikam.com", "Lot", "https://x.example", entra.person("megan"), False
        )
        made.append((await graph.access.invite(invitation)).guest_id)
    return made


async def give(graph: Graph, entra: Entra, guest: ObjectId) -> Given:
    give = entra.membership("guests-health-records")
    return await graph.access.give(guest, entra.app("health-records"), give)


async def all_of(graph: Graph, entra: Entra, ids: Sequence[ObjectId]) -> list[Any]:
    with behind_people():
        return await asyncio.gather(*(give(graph, entra, one) for one in ids), return_exceptions=True)


async def added(lots: Lots, client: GraphClient, entra: Entra, guest: ObjectId) -> Given:
    group = entra.group("guests-health-records")

    def alone(one: str) -> RequestInformation:
        body = ReferenceCreate(odata_id=f"{client.base}/directoryObjects/{one}")
        return client.sdk.groups.by_group_id(group).members.ref.to_post_request_information(body)

    return await lots.add(group, guest, alone)


async def writes(entra: Entra) -> tuple[int, int]:
    """Return how many calls added together, and how many by itself."""
    group = entra.group("guests-health-records")
    patches = await entra.calls("PATCH", f"/groups/{group}")
    return len(patches), len(await entra.calls("POST", f"/groups/{group}/members/$ref"))


async def members(graph: Graph, entra: Entra) -> set[ObjectId]:
    found = await graph.directory.group_members(entra.group("guests-health-records"))
    return {one.object_id for one in found}


@pytest.fixture
async def client(entra: Entra) -> AsyncIterator[GraphClient]:
    opened = GraphClient(entra.url, StaticCredential(Settings().token), Pacer())
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
async def unthrottled(entra: Entra) -> None:
    await entra.switch(throttling="off")


async def test_twenty_go_in_one_call_and_the_rest_in_the_next(graph: Graph, entra: Entra) -> None:
    ids = await guests(graph, entra, 23)
    given = await all_of(graph, entra, ids)
    assert await writes(entra) == (2, 0)
    assert set(ids) <= await members(graph, entra)
    assert len({one.trace for one in given}) == 2
    assert not any(one.was_there for one in given)


async def test_somebody_who_is_waited_for_goes_alone_and_at_once(graph: Graph, entra: Entra) -> None:
    first, *rest = await guests(graph, entra, 3)
    with behind_people():
        others = asyncio.gather(*(give(graph, entra, one) for one in rest))
    await give(graph, entra, first)
    assert await writes(entra) == (0, 1)
    await others
    assert await writes(entra) == (1, 1)


async def test_one_that_nobody_joins_goes_alone(graph: Graph, entra: Entra) -> None:
    ids = await guests(graph, entra, 1)
    await all_of(graph, entra, ids)
    assert await writes(entra) == (0, 1)


async def test_where_one_was_there_the_others_are_added_all_the_same(graph: Graph, entra: Entra) -> None:
    ids = await guests(graph, entra, 4)
    await give(graph, entra, ids[2])
    given = await all_of(graph, entra, ids)
    assert [one.was_there for one in given] == [False, False, True, False]
    assert set(ids) <= await members(graph, entra)


async def test_where_one_is_gone_the_others_are_added_all_the_same(
    graph: Graph, entra: Entra, client: GraphClient
) -> None:
    """Gone after the look that goes before each addition: only the call itself meets it."""
    ids, lots = await guests(graph, entra, 3), Lots(client)
    await entra.delete(ids[1])
    first, gone, last = await asyncio.gather(
        *(added(lots, client, entra, one) for one in ids), return_exceptions=True
    )
    assert isinstance(gone, Missing), gone
    assert isinstance(first, Given)
    assert isinstance(last, Given)
    assert {ids[0], ids[2]} <= await members(graph, entra)


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        ("503", Unknown),
        ("504-after", Unknown),
        ("reset-after", Unknown),
        ("429", NotDone),
    ],
)
async def test_what_meets_the_whole_call_meets_each_and_nobody_is_added_behind_its_back(
    graph: Graph, entra: Entra, fault: str, met: type[AccessError]
) -> None:
    ids = await guests(graph, entra, 3)
    group = entra.group("guests-health-records")
    await entra.fault(fault, f"/groups/{group}$", "PATCH")
    results = await all_of(graph, entra, ids)
    assert [type(one) for one in results] == [met] * 3
    assert len({id(one) for one in results}) == 3
    assert await writes(entra) == (1, 0)


async def test_whoever_lost_the_job_is_not_added_and_the_others_are(graph: Graph, entra: Entra) -> None:
    ids = await guests(graph, entra, 3)
    times = iter([0.0] * 99)
    late = Lease(1.0, lambda: next(times, 2.0))

    async def under(guest: ObjectId, lease: Lease) -> Given:
        with lease.guarding():
            return await give(graph, entra, guest)

    good = Lease(1.0, lambda: 0.0)
    with behind_people():
        asked = [asyncio.create_task(under(one, good)) for one in ids[:2]]
        lost = asyncio.create_task(under(ids[2], late))
    late.until = -1.0
    results = await asyncio.gather(*asked, lost, return_exceptions=True)
    assert [type(one) for one in results] == [Given, Given, LeaseLost]
    assert ids[2] not in await members(graph, entra)
    assert set(ids[:2]) <= await members(graph, entra)


async def test_whoever_is_canceled_meanwhile_is_not_added(
    graph: Graph, entra: Entra, client: GraphClient
) -> None:
    ids, lots = await guests(graph, entra, 3), Lots(client)
    tasks = [asyncio.create_task(added(lots, client, entra, one)) for one in ids]
    await asyncio.sleep(0)  # so that each stands in the lot
    tasks[0].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in results] == [asyncio.CancelledError, Given, Given]
    assert ids[0] not in await members(graph, entra)
