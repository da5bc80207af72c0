from typing import Any

import pytest

from access.ports import GuestDelta, Invitation, Missing
from access.rules.model import Guest, ObjectId
from bot.graph import Graph


async def invite(graph: Graph, address: str = "ana@fabrikam.com") -> ObjectId:
    invitation = Invitation(address, "Ana", "https://myapplications.microsoft.com", None, False)
    return (await graph.access.invite(invitation)).guest_id


async def all_since(graph: Graph, cursor: str) -> tuple[set[ObjectId], set[ObjectId], str]:
    changed: set[ObjectId] = set()
    removed: set[ObjectId] = set()
    while True:
        page: GuestDelta = await graph.changes.since(cursor)
        changed.update(page.changed)
        removed.update(page.removed)
        cursor = page.cursor
        if not page.more:
            return changed, removed, cursor


async def test_an_empty_cursor_starts_from_now(graph: Graph) -> None:
    ana = await invite(graph)
    changed, removed, cursor = await all_since(graph, "")
    assert (changed, removed) == (set(), set())
    sam = await invite(graph, "sam.carter@outlook.com")
    changed, _, _ = await all_since(graph, cursor)
    assert changed == {sam}
    assert ana not in changed


@pytest.mark.parametrize("delta", ["carried", "listed"])
@pytest.mark.parametrize("empty_page", [False, True])
async def test_an_acceptance_names_the_guest_whether_or_not_the_delta_carries_the_state(
    graph: Graph, entra: Any, delta: str, *, empty_page: bool
) -> None:
    await entra.switch(deltaExternalUserState=delta, deltaEmptyPage=empty_page)
    ana = await invite(graph)
    _, _, cursor = await all_since(graph, "")
    await entra.accept("ana@fabrikam.com")
    changed, _, cursor = await all_since(graph, cursor)
    assert changed == {ana}
    assert (await all_since(graph, cursor))[0] == set()


async def test_a_member_who_changes_is_of_no_interest(graph: Graph, entra: Any) -> None:
    _, _, cursor = await all_since(graph, "")
    await entra.set_properties(entra.person("megan"), displayName="Megan B.")
    assert (await all_since(graph, cursor))[0] == set()


async def test_a_deleted_guest_is_told_as_removed(graph: Graph, entra: Any) -> None:
    ana = await invite(graph)
    _, _, cursor = await all_since(graph, "")
    await entra.delete(ana)
    changed, removed, _ = await all_since(graph, cursor)
    assert (changed, removed) == (set(), {ana})


async def test_a_cursor_that_has_expired_or_makes_no_sense_is_missing(graph: Graph, entra: Any) -> None:
    _, _, cursor = await all_since(graph, "")
    await entra.switch(deltaGone="once")
    with pytest.raises(Missing):
        await graph.changes.since(cursor)
    with pytest.raises(Missing):
        await graph.changes.since(f"{entra.url}/v1.0/users/delta?$deltatoken=nonsense")
    with pytest.raises(Missing):
        await graph.changes.since("https://elsewhere.example/v1.0/users/delta?$deltatoken=x")


async def test_a_cursor_between_two_pages_goes_on_there_or_is_missing_once_it_has_expired(
    graph: Graph, entra: Any
) -> None:
    _, _, cursor = await all_since(graph, "")
    guests = {await invite(graph, f"guest{number}@fabrikam.com") for number in range(5)}
    await entra.switch(pageSize=2)
    first = await graph.changes.since(cursor)
    assert (len(first.changed), first.more) == (2, True)
    rest, _, _ = await all_since(graph, first.cursor)
    assert {*first.changed, *rest} == guests
    await entra.switch(deltaGone="page")
    with pytest.raises(Missing):
        await graph.changes.since(first.cursor)


async def test_guests_whose_names_changed_come_with_them_and_who_is_none_or_gone_as_gone(
    graph: Graph, entra: Any
) -> None:
    begun = await graph.directory.guests_changed("")
    assert (begun.guests, begun.gone) == ((), ())
    ana, sam = await invite(graph), await invite(graph, "sam.carter@outlook.com")
    await entra.set_properties(ana, displayName="Ana Maria Ruiz")
    await entra.set_properties(entra.person("megan"), displayName="Megan B.")
    await entra.delete(sam)
    await entra.switch(pageSize=2, deltaEmptyPage=True)
    guests: list[Guest] = []
    gone: set[ObjectId] = set()
    page = begun
    while not guests or page.more:
        page = await graph.directory.guests_changed(page.cursor)
        guests += page.guests
        gone.update(page.gone)
    assert [(one.object_id, one.name, one.address) for one in guests] == [
        (ana, "Ana Maria Ruiz", "ana@fabrikam.com")
    ]
    assert gone == {sam, entra.person("megan")}
    await entra.switch(deltaGone="once")
    with pytest.raises(Missing):
        await graph.directory.guests_changed(page.cursor)
