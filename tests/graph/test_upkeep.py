"""Sign-ins and sponsors of many guests, read by fifteen; who is not there is in no answer."""

from collections.abc import AsyncIterator

import pytest

from access.ports import Invitation, NotLicensed, Refused
from access.rules.model import ObjectId
from bot.credential import StaticCredential
from bot.graph import Graph
from bot.graph.client import GraphClient
from bot.graph.pacer import Pacer
from bot.graph.upkeep import GraphUpkeep
from sandbox.settings import Settings
from tests.graph.conftest import Entra

NOBODY = ObjectId("00000000-1111-2222-3333-444444444444")


@pytest.fixture
async def upkeep(entra: Entra) -> AsyncIterator[GraphUpkeep]:
    await entra.switch(auditLag=0, throttling="off")
    opened = GraphClient(entra.url, StaticCredential(Settings().token), Pacer())
    yield GraphUpkeep(opened)
    await opened.close()


async def invited(graph: Graph, sponsor: ObjectId | None, number: int = 0) -> ObjectId:
    invitation = Invitation(
        f"guest{number}@fabrikam.com", f"Guest {number}", "https://x.example", sponsor, False
    )
    return (await graph.access.invite(invitation)).guest_id


async def test_who_never_signed_in_is_told_from_who_is_not_there(
    graph: Graph, entra: Entra, upkeep: GraphUpkeep
) -> None:
    guest = await invited(graph, entra.person("megan"))
    assert await upkeep.last_seen([guest, NOBODY]) == {guest: None}


async def test_many_are_read_fifteen_in_a_call(graph: Graph, entra: Entra, upkeep: GraphUpkeep) -> None:
    guests = [await invited(graph, entra.person("megan"), number) for number in range(17)]
    begun = len(await entra.calls("GET", "/users"))
    assert len(await upkeep.last_seen(guests)) == 17
    assert len(await entra.calls("GET", "/users")) - begun == 2
    assert await upkeep.sponsorless(guests) == frozenset()
    assert len(await entra.calls("GET", "/users")) - begun == 5


async def test_without_a_licence_or_a_permission_it_is_refused_and_not_guessed(
    graph: Graph, entra: Entra, upkeep: GraphUpkeep
) -> None:
    guest = await invited(graph, entra.person("megan"))
    await entra.switch(signInLicence=False)
    with pytest.raises(NotLicensed):
        await upkeep.last_seen([guest])
    await entra.switch(auditPermission=False)
    with pytest.raises(Refused):
        await upkeep.last_seen([guest])
