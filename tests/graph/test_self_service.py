"""Setting an app up for guests, on the sandbox's Graph: what is read, and that only the plan's is written."""

from typing import Any

import pytest

from access.ports import Missing, NewGroup, Refused
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.model import DEFAULT_ACCESS
from access.rules.setup_plans import Right, Unfit
from bot.graph import Graph
from tests.graph.test_access import written

MARKER = "guestlist-00"


def group(entra: Any, *owners: str, marker: str = MARKER) -> NewGroup:
    return NewGroup(marker, "Case Review guests", "Made", [entra.person(one) for one in owners])


async def test_an_app_is_read_with_its_groups_owners_rights_and_licence(graph: Graph, entra: Any) -> None:
    facts = await graph.self_service.look(entra.app("health-records"))
    [one] = facts.groups
    assert (one.group.name, one.role.name) == ("Health Records guests", "Clinician")
    assert (one.unfit, one.opens) == (None, 0)
    assert [owner.name for owner in one.owners] == ["Alex Wilber"]
    assert {owner.name for owner in facts.owners} == {"Megan Bowen", "Alex Wilber", "Nia Chen"}
    assert (facts.required, facts.licensed, facts.rights) == (True, True, frozenset(Right))
    assert facts.trace


@pytest.mark.parametrize(
    ("key", "unfit"),
    [
        ("board", Unfit.BARS_GUESTS),
        ("all-clinicians", Unfit.DYNAMIC),
        ("onprem-imaging", Unfit.SYNCED),
        ("case-review", None),
    ],
)
async def test_a_group_that_cannot_hold_guests_says_why(
    graph: Graph, entra: Any, key: str, unfit: Unfit | None
) -> None:
    await entra.control(
        "act", {"act": "assign", "group": key, "app": "imaging-archive", "role": DEFAULT_ACCESS}
    )
    facts = await graph.self_service.look(entra.app("imaging-archive"))
    assert [one.unfit for one in facts.groups] == [unfit]


async def test_the_tenants_setting_bars_every_microsoft_365_group(graph: Graph, entra: Any) -> None:
    await entra.switch(tenantAddsGuests=False)
    facts = await graph.self_service.look(entra.app("case-review"))
    assert [one.unfit for one in facts.groups] == [Unfit.TENANT_BARS_GUESTS]


async def test_a_role_assignable_group_is_never_fit(graph: Graph, entra: Any) -> None:
    held = {"isAssignableToRole": True}
    await entra.control("act", {"act": "setProperties", "group": "guests-health-records", "properties": held})
    facts = await graph.self_service.look(entra.app("health-records"))
    assert [one.unfit for one in facts.groups] == [Unfit.HOLDS_ROLES]


async def test_what_guestlist_was_given_is_read_from_its_own_app(graph: Graph, entra: Any) -> None:
    await entra.switch(
        withheldPermissions="Group.ReadWrite.All,Application.ReadWrite.All", signInLicence=False
    )
    facts = await graph.self_service.look(entra.app("health-records"))
    assert facts.rights == frozenset({Right.MAKE, Right.ASSIGN})
    assert facts.licensed is False
    assert not isinstance(facts.rights, Unread)


async def test_a_group_is_made_assigned_required_and_found_again(graph: Graph, entra: Any) -> None:
    app, port = entra.app("case-review"), graph.self_service
    opened = {"appRoleAssignmentRequired": False}
    await entra.control("act", {"act": "setProperties", "app": "case-review", "properties": opened})
    assert await port.find(MARKER) is None
    made = await port.make(app, group(entra, "megan", "alex"))
    assert await port.find(MARKER) == made.group_id
    assert not (await port.assign(app, made.group_id, MARKER, DEFAULT_ACCESS)).was_there
    assert (await port.assign(app, made.group_id, MARKER, DEFAULT_ACCESS)).was_there
    assert await port.require(app)
    facts = await port.look(app)
    found = facts.group(made.group_id)
    assert found is not None
    assert {one.name for one in found.owners} == {"Megan Bowen", "Alex Wilber"}
    assert facts.required


async def test_an_owner_is_added_to_a_group_of_the_app(graph: Graph, entra: Any) -> None:
    app, held = entra.app("health-records"), entra.group("guests-health-records")
    megan = entra.person("megan")
    assert not (await graph.self_service.own(app, held, megan)).was_there
    assert (await graph.self_service.own(app, held, megan)).was_there


async def test_the_guard_refuses_whatever_is_not_of_the_plan(graph: Graph, entra: Any) -> None:
    app, port = entra.app("case-review"), graph.self_service
    microsofts, others = entra.app("microsoft-graph"), entra.group("guests-health-records")
    made = await port.make(app, group(entra, "megan"))
    before = len(await written(entra))
    refused: list[Any] = [
        port.make(microsofts, group(entra)),
        port.make(app, group(entra, "lidia")),
        port.require(microsofts),
        port.assign(microsofts, made.group_id, MARKER, DEFAULT_ACCESS),
        port.own(app, others, entra.person("megan")),
        port.own(entra.app("health-records"), others, entra.person("lidia")),
    ]
    for one in refused:
        with pytest.raises(Refused) as raised:
            await one
        assert raised.value.cause is Cause.GUARDED
    with pytest.raises(Missing):
        await port.assign(app, others, MARKER, DEFAULT_ACCESS)
    assert len(await written(entra)) == before


@pytest.mark.parametrize("held", ["Group.Create,Group.ReadWrite.All", "Application.ReadWrite.All"])
async def test_a_missing_permission_is_told_from_every_other_refusal(
    graph: Graph, entra: Any, held: str
) -> None:
    await entra.switch(withheldPermissions=held)
    app, port = entra.app("case-review"), graph.self_service
    act = port.require(app) if held.startswith("App") else port.make(app, group(entra, "megan"))
    with pytest.raises(Refused) as raised:
        await act
    assert raised.value.cause is Cause.RIGHTS_MISSING
