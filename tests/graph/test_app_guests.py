"""Who holds an app, as Graph tells it: in whole pages and by fifteen, and never one by one."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from access.ports import Invitation, Missing, NotLicensed, Refused
from access.rules.causes import Cause
from access.rules.model import ObjectId, Redemption
from bot.credential import StaticCredential
from bot.graph import Graph
from bot.graph.app_guests import GraphAppGuests
from bot.graph.client import GraphClient
from bot.graph.pacer import Pacer
from sandbox.settings import Settings
from tests.graph.conftest import Entra


@pytest.fixture
async def client(entra: Entra) -> AsyncIterator[GraphClient]:
    await entra.switch(auditLag=0, throttling="off")
    opened = GraphClient(entra.url, StaticCredential(Settings().token), Pacer())
    yield opened
    await opened.close()


@pytest.fixture
def guests(client: GraphClient) -> GraphAppGuests:
    return GraphAppGuests(client)


async def invited(graph: Graph, entra: Entra, number: int = 0) -> ObjectId:
    invitation = Invitation(
        f"guest{number}@fabrikam.com", f"Guest {number}", "https://x.example", entra.person("megan"), False
    )
    return (await graph.access.invite(invitation)).guest_id


async def test_a_guest_is_found_by_role_and_by_group_once_with_all_that_gives_the_app(
    graph: Graph, entra: Entra, guests: GraphAppGuests
) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    group = entra.membership("guests-health-records")
    both, by_group = await invited(graph, entra, 1), await invited(graph, entra, 2)
    await graph.access.give(both, app, role)
    await graph.access.give(both, app, group)
    await graph.access.give(by_group, app, group)
    await invited(graph, entra, 3)
    held = {one.guest.object_id: one for one in await guests.guests_of(app)}
    assert {key: one.gives for key, one in held.items()} == {
        both: {role.key, group.key},
        by_group: {group.key},
    }
    assert (held[both].guest.address, held[both].guest.redemption) == (
        "guest1@fabrikam.com",
        Redemption.PENDING,
    )


async def test_colleagues_who_have_the_app_are_no_guests(entra: Entra, guests: GraphAppGuests) -> None:
    """The group of Case Review has members of the organisation alone."""
    assert await guests.guests_of(entra.app("case-review")) == []


async def test_many_are_read_fifteen_in_a_call_or_with_all_guests_where_that_is_less(
    graph: Graph, entra: Entra, client: GraphClient, guests: GraphAppGuests
) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    for number in range(17):
        await graph.access.give(await invited(graph, entra, number), app, role)
    begun = len(await entra.calls("GET", "/users"))
    some = await guests.guests_of(app)
    assert len(await entra.calls("GET", "/users")) - begun == 2
    every = await GraphAppGuests(client, most_by_fifteen=16).guests_of(app)
    assert len(await entra.calls("GET", "/users")) - begun == 3
    assert sorted(one.guest.address for one in some) == sorted(one.guest.address for one in every)
    assert len(some) == 17


async def test_an_app_that_is_gone_is_missing(guests: GraphAppGuests) -> None:
    with pytest.raises(Missing) as gone:
        await guests.guests_of(ObjectId("00000000-1111-2222-3333-444444444444"))
    assert gone.value.cause is Cause.APP_GONE


async def test_sponsors_are_told_by_name(graph: Graph, entra: Entra, guests: GraphAppGuests) -> None:
    guest = await invited(graph, entra)
    assert await guests.sponsors_of([guest]) == {guest: ("Megan Bowen",)}
    assert await guests.sponsors_of([]) == {}


async def test_the_last_sign_in_that_went_through_is_told(
    graph: Graph, entra: Entra, guests: GraphAppGuests
) -> None:
    guest, never = await invited(graph, entra, 1), await invited(graph, entra, 2)
    await entra.control("act", {"act": "signIn", "id": guest, "code": 50076})
    failed = await guests.signed_in([guest, never])
    assert set(failed) == {guest}, "where nothing went through, the last try"
    await entra.control("act", {"act": "signIn", "id": guest, "code": 0})
    assert (await guests.signed_in([guest]))[guest] >= failed[guest]


@pytest.mark.parametrize(
    ("switch", "error"), [({"signInLicence": False}, NotLicensed), ({"auditPermission": False}, Refused)]
)
async def test_what_needs_a_licence_or_a_permission_says_which(
    graph: Graph, entra: Entra, guests: GraphAppGuests, switch: dict[str, bool], error: type[Exception]
) -> None:
    guest = await invited(graph, entra)
    await entra.switch(**switch)
    with pytest.raises(error) as refused:
        await guests.signed_in([guest])
    assert type(refused.value) is error
    assert set(await guests.sponsors_of([guest])) == {guest}


async def test_who_has_an_access_is_read_as_one_list_and_nobody_where_it_is_gone(
    graph: Graph, entra: Entra, guests: GraphAppGuests
) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    group = entra.membership("guests-health-records")
    ids = [await invited(graph, entra, number) for number in range(3)]
    await graph.access.give(ids[0], app, role)
    for guest in ids[1:]:
        await graph.access.give(guest, app, group)
    begun = len(await entra.ledger("graph.call"))
    assert await guests.holders_of(app, role) == {ids[0]}
    assert await guests.holders_of(app, group) == {ids[1], ids[2]}
    assert len(await entra.ledger("graph.call")) - begun == 2
    gone = replace(group, object_id=ObjectId("00000000-0000-4000-8000-000000000000"))
    assert await guests.holders_of(app, gone) == frozenset()
    assert await guests.holders_of(gone.object_id, role) == frozenset()
