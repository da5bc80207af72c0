"""What the rows of a list ask alike, or close together, is asked once; each gets its own answer or error."""

import asyncio
from typing import Any

import pytest

from access.ports import Invitation, Unknown
from access.ports.haste import behind_people
from access.rules.model import Guest, ObjectId, Person
from bot.graph import Graph
from tests.graph.conftest import Entra


async def invited(graph: Graph, entra: Entra, number: int) -> ObjectId:
    made = Invitation(f"look{number}@fabrikam.com", "Look", "https://x.example", entra.person("megan"), False)
    return (await graph.access.invite(made)).guest_id


async def reads(entra: Entra, path: str) -> int:
    return len([one for one in await entra.ledger("graph.call") if one["path"] == path])


async def found(graph: Graph, *addresses: str) -> list[Any]:
    with behind_people():
        asked = (graph.directory.find_by_address(one) for one in addresses)
        return await asyncio.gather(*asked, return_exceptions=True)


async def test_rows_look_fifteen_addresses_up_together_and_each_finds_its_own(
    graph: Graph, entra: Entra
) -> None:
    ids = [await invited(graph, entra, number) for number in range(3)]
    await entra.set_properties(ids[1], otherMails=["Second@Woodgrove.com"])
    await entra.set_properties(ids[2], proxyAddresses=["smtp:Third@Woodgrove.com"])
    new = [f"nobody{number}@fabrikam.com" for number in range(12)]
    before = await reads(entra, "/users")
    one, second, third, member, *others = await found(
        graph,
        "look0@fabrikam.com",
        "second@woodgrove.com",
        "third@woodgrove.com",
        "megan.bowen@contoso-health.com",
        *new,
    )
    assert [each.object_id for each in (one, second, third)] == ids
    assert isinstance(one, Guest)
    assert isinstance(member, Person)
    assert others == [None] * 12
    assert await reads(entra, "/users") - before == 8, "four places for fifteen addresses, and for the last"


async def test_whoever_is_waited_for_looks_alone_and_at_once(graph: Graph, entra: Entra) -> None:
    guest = await invited(graph, entra, 0)
    before = await reads(entra, "/users")
    asked = (graph.directory.find_by_address("look0@fabrikam.com") for _ in range(2))
    assert [one.object_id for one in await asyncio.gather(*asked) if one] == [guest] * 2
    assert await reads(entra, "/users") - before == 8


async def test_a_look_that_fails_is_an_error_to_each_of_its_rows_and_the_next_begins_anew(
    graph: Graph, entra: Entra
) -> None:
    guest = await invited(graph, entra, 0)
    await entra.fault("503", "/users$", "GET", times=8)
    met = await found(graph, "look0@fabrikam.com", "nobody@fabrikam.com")
    assert [type(one) for one in met] == [Unknown, Unknown]
    assert met[0] is not met[1]
    assert [one and one.object_id for one in await found(graph, "look0@fabrikam.com")] == [guest]


async def test_rows_share_what_is_read_of_app_and_group_and_not_of_the_guest(
    graph: Graph, entra: Entra
) -> None:
    ids = [await invited(graph, entra, number) for number in range(4)]
    app, group = entra.app("health-records"), entra.membership("guests-health-records")
    paths = (f"/servicePrincipals/{app}", f"/groups/{group.object_id}")
    with behind_people():
        await asyncio.gather(*(graph.access.give(one, app, group) for one in ids[:3]))
    assert [await reads(entra, path) for path in paths] == [1, 1 + 1]  # the group is changed there, too
    assert [await reads(entra, f"/users/{one}") for one in ids[:3]] == [1, 1, 1]
    await graph.access.give(ids[3], app, group)
    assert [await reads(entra, path) for path in paths] == [2, 3]


async def test_a_read_that_failed_for_rows_is_not_kept(graph: Graph, entra: Entra) -> None:
    guest = await invited(graph, entra, 0)
    app, group = entra.app("health-records"), entra.membership("guests-health-records")
    await entra.fault("503", "/servicePrincipals/", "GET", times=2)
    with behind_people():
        with pytest.raises(Unknown):
            await graph.access.give(guest, app, group)
        assert (await graph.access.give(guest, app, group)).was_there is False
