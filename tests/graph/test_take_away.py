"""What an end takes away: exactly the membership or assignment that was given, and nothing else."""

from typing import Any

import pytest

from access.ports import Refused, Taken, Unknown
from access.rules.causes import Cause
from access.rules.model import DEFAULT_ACCESS, Give, GiveKind, ObjectId
from access.rules.reconciled import Act
from bot.graph import Graph
from tests.graph.test_access import NOBODY, refusal_of, written
from tests.graph.test_activity import activity_at, deeds

ROLE, GROUP = "health-records", "guests-health-records"


def gives(entra: Any) -> tuple[Give, ...]:
    return (entra.role(ROLE), entra.membership(GROUP))


async def test_each_kind_of_access_is_taken_away_alone_and_its_proof_is_read(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app = entra.app(ROLE)
    for give in gives(entra):
        await graph.access.give(ana, app, give)
    role, group = gives(entra)
    taken = await graph.access.take_away(ana, app, group)
    call = (await entra.calls("DELETE", "/$ref"))[-1]
    assert taken == Taken(call["requestId"])
    assert not (await graph.access.read_back(ana, app, group)).access_found
    assert (await graph.access.read_back(ana, app, role)).access_found
    await graph.access.take_away(ana, app, role)
    assert not (await graph.access.read_back(ana, app, role)).access_found
    assert await graph.directory.guest(ana) is not None
    assert [one["group"] for one in await entra.ledger("member.removed")] == ["Health Records guests"]
    assert len(await entra.ledger("assignment.removed")) == 1


async def test_what_is_gone_already_is_success(graph: Graph, entra: Any, ana: ObjectId) -> None:
    app = entra.app(ROLE)
    for give in gives(entra):
        assert (await graph.access.take_away(ana, app, give)).was_gone
    assert (await graph.access.take_away(NOBODY, app, entra.role(ROLE))).gone is Cause.GUEST_GONE
    assert (await graph.access.take_away(ana, NOBODY, entra.role(ROLE))).gone is Cause.APP_GONE
    gone = Give(GiveKind.GROUP, NOBODY, "")
    assert (await graph.access.take_away(ana, app, gone)).gone is Cause.GROUP_GONE
    assert await entra.ledger("member.removed") == await entra.ledger("assignment.removed") == []


@pytest.mark.parametrize("do", ["503-after", "504-after", "reset-after"])
async def test_a_removal_whose_answer_is_lost_is_unknown_and_sent_once(
    graph: Graph, entra: Any, ana: ObjectId, do: str
) -> None:
    app = entra.app(ROLE)
    for give, path in zip(gives(entra), ("appRoleAssignedTo", "members"), strict=True):
        await graph.access.give(ana, app, give)
        await entra.fault(do, f"/{path}/", "DELETE")
        assert isinstance(await refusal_of(graph.access.take_away(ana, app, give)), Unknown)
        assert not await graph.directory.has(ana, app, give)


async def test_from_nobody_but_a_guest_is_anything_taken_away(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app, before = entra.app(ROLE), await written(entra)
    for give in gives(entra):
        refused = await refusal_of(graph.access.take_away(entra.person("diego"), app, give))
        assert (type(refused), refused.cause) == (Refused, Cause.NOT_A_GUEST)
    await entra.set_properties(entra.group("security-operations"), isAssignableToRole=True)
    for target, give, cause in (
        (entra.app("microsoft-graph"), Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, ""), Cause.GUARDED),
        (app, entra.membership("security-operations"), Cause.GUARDED),
        (app, entra.membership("all-clinicians"), Cause.GROUP_CLOSED),
    ):
        assert (await refusal_of(graph.access.take_away(ana, target, give))).cause is cause
    assert await written(entra) == before


async def test_from_a_guest_who_was_made_a_member_since_it_is_taken_away_and_nothing_given(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app = entra.app(ROLE)
    for give in gives(entra):
        await graph.access.give(ana, app, give)
    await entra.set_properties(ana, userType="Member")
    for give in gives(entra):
        assert not (await graph.access.take_away(ana, app, give)).was_gone
        assert not (await graph.access.read_back(ana, app, give)).access_found
        assert (await refusal_of(graph.access.give(ana, app, give))).cause is Cause.NOT_A_GUEST
    guest = await graph.directory.guest(ana)
    assert guest is not None
    assert guest.is_member


async def test_of_an_app_that_is_switched_off_an_access_can_be_taken_away(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app, role = entra.app(ROLE), entra.role(ROLE)
    await graph.access.give(ana, app, role)
    await entra.set_properties(app, accountEnabled=False)
    assert not (await graph.access.take_away(ana, app, role)).was_gone


async def test_what_was_taken_away_is_in_the_directory_s_own_log(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await entra.switch(auditLag=0, throttling="off")
    app = entra.app(ROLE)
    for give in gives(entra):
        await graph.access.give(ana, app, give)
        await graph.access.take_away(ana, app, give)
    async with activity_at(entra.url) as activity:
        told = {one.act: one for one in await deeds(activity)}
    role, group = gives(entra)
    assert (told[Act.LEAVING].principal, told[Act.LEAVING].resource) == (ana, group.object_id)
    one = told[Act.UNASSIGNMENT]
    assert (one.principal, one.resource, one.role) == (ana, app, role.object_id)
