"""What the directory says of a guest, against the Graph of the sandbox: read, written once, guarded."""

from typing import Any

import pytest

from access.ports import Missing, Refused
from access.rules.causes import Cause
from access.rules.model import Detail, ObjectId
from bot.graph import Graph
from tests.graph.test_access import NOBODY


async def test_name_and_company_are_written_in_one_call_and_an_empty_company_clears_it(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    acted = await graph.profiles.write(ana, {Detail.NAME: "Ana Sousa", Detail.COMPANY: "Fabrikam"})
    [call] = await entra.calls("PATCH", ana)
    assert acted.trace == call["requestId"]
    profile, _ = await graph.profiles.read(ana)
    assert (profile.name, profile.company) == ("Ana Sousa", "Fabrikam")
    await graph.profiles.write(ana, {Detail.COMPANY: ""})
    profile, _ = await graph.profiles.read(ana)
    assert (profile.name, profile.company) == ("Ana Sousa", "")


async def test_a_sponsor_is_named_and_taken_off_and_that_it_is_so_already_is_success(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    alex = entra.person("alex")
    before, _ = await graph.profiles.read(ana)
    assert not (await graph.profiles.sponsor(ana, alex)).was_so
    assert (await graph.profiles.sponsor(ana, alex)).was_so
    profile, _ = await graph.profiles.read(ana)
    assert [one.name for one in profile.sponsors] == [*(one.name for one in before.sponsors), "Alex Wilber"]
    assert not (await graph.profiles.unsponsor(ana, alex)).was_so
    assert (await graph.profiles.unsponsor(ana, alex)).was_so
    assert (await graph.profiles.read(ana))[0] == before


async def test_nobody_but_an_invited_guest_is_written_to(graph: Graph, entra: Any) -> None:
    alex = entra.person("alex")
    for write in (
        graph.profiles.write(alex, {Detail.NAME: "Somebody"}),
        graph.profiles.sponsor(alex, entra.person("megan")),
        graph.profiles.unsponsor(alex, entra.person("megan")),
    ):
        with pytest.raises(Refused) as refused:
            await write
        assert refused.value.cause is Cause.NOT_INVITED
    assert await entra.calls("PATCH", alex) == []


async def test_who_is_nowhere_is_missing(graph: Graph) -> None:
    with pytest.raises(Missing):
        await graph.profiles.read(NOBODY)


async def test_what_graph_does_not_take_is_refused(graph: Graph, ana: ObjectId) -> None:
    for texts in ({Detail.NAME: "a" * 257}, {Detail.COMPANY: "a" * 65}, {Detail.NAME: ""}):
        with pytest.raises(Refused):
            await graph.profiles.write(ana, texts)


async def test_a_guest_has_five_sponsors_at_most(graph: Graph, entra: Any, ana: ObjectId) -> None:
    before, _ = await graph.profiles.read(ana)
    people = [one["id"] for one in entra.clinic["people"] if one.get("userType", "Member") == "Member"]
    others = [one for one in people if one not in {each.object_id for each in before.sponsors}]
    for one in others[: 5 - len(before.sponsors)]:
        await graph.profiles.sponsor(ana, ObjectId(one))
    with pytest.raises(Refused):
        await graph.profiles.sponsor(ana, ObjectId(others[5]))
    assert len((await graph.profiles.read(ana))[0].sponsors) == 5


async def test_a_sponsor_whom_a_request_added_is_gone_after_its_undo_and_the_person_is_not_deleted(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    """The two calls that a delivery and its undo make, by the ports that they have."""
    alex = entra.person("alex")
    assert not (await graph.access.sponsor(ana, alex)).was_there
    assert alex in {one.object_id for one in await graph.directory.sponsors(ana)}
    await graph.profiles.unsponsor(ana, alex)
    assert alex not in {one.object_id for one in await graph.directory.sponsors(ana)}
    assert len(await entra.ledger("sponsor.removed")) == 1
    assert await graph.directory.person(alex) is not None
