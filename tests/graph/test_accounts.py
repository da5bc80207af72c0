"""Acts on a guest's account against the Graph of the sandbox: what is asked, guarded, and comes back."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from access.ports import Acted, Missing, Refused, Seen
from access.rules.accounts import Unfit
from access.rules.causes import Cause
from access.rules.model import ObjectId
from bot.graph import Graph
from bot.graph.accounts import GraphAccounts, roles_of
from bot.graph.client import Answer
from tests.graph.test_access import NOBODY

ROLE, GROUP = "health-records", "guests-health-records"


async def given(graph: Graph, entra: Any, ana: ObjectId) -> None:
    for give in (entra.role(ROLE), entra.membership(GROUP)):
        await graph.access.give(ana, entra.app(ROLE), give)


class PutBackMeanwhile(GraphAccounts):
    """Looks among the deleted a moment after somebody has put the account back."""

    async def _deleted(self, guest_id: ObjectId) -> Answer | str:
        if isinstance(await super()._deleted(guest_id), Answer):
            await self.put_back_by(guest_id)
        return await super()._deleted(guest_id)

    put_back_by: Callable[[ObjectId], Awaitable[object]]


async def test_who_is_put_back_between_two_looks_is_not_taken_for_gone(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    meanwhile = PutBackMeanwhile(graph.accounts._client)
    meanwhile.put_back_by = graph.accounts.put_back
    await graph.accounts.delete(ana)
    seen = await meanwhile.look(ana)
    assert (seen.there, seen.deleted) == (True, False)
    assert not (await meanwhile.look(NOBODY)).there


async def test_what_a_guest_holds_is_read_with_the_apps_of_the_groups(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await given(graph, entra, ana)
    held = await graph.accounts.holdings(ana)
    assert held is not None
    assert [one.name for one in held.apps] == ["Health Records"]
    assert [one.name for one in held.groups] == ["Health Records guests"]
    assert (held.roles, held.unfit) == ((), None)
    app, group = entra.app("health-records"), entra.group("guests-health-records")
    assert (held.direct, held.carried) == (frozenset({app}), {group: frozenset({app})})
    assert await graph.accounts.holdings(NOBODY) is None


async def test_a_group_without_an_app_that_holds_guests_by_a_rule_is_told_from_what_somebody_gave(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await graph.access.give(ana, entra.app(ROLE), entra.membership(GROUP))
    await entra.set_properties(entra.group(GROUP), groupTypes=["DynamicMembership"])
    for group in ("all-clinicians", "internal-audit"):
        await entra.control("act", {"act": "addMember", "group": entra.group(group), "id": ana})
    held = await graph.accounts.holdings(ana)
    assert held is not None
    assert {one.name for one in held.groups} == {"Health Records guests", "Internal Audit"}, "one has an app"
    assert [one.name for one in held.by_rule] == ["All Clinicians"]
    assert held.direct == frozenset({entra.app(ROLE)})


def test_a_directory_role_counts_and_an_administrative_unit_does_not() -> None:
    kinds = ("group", "directoryRole", "administrativeUnit")
    rows = [
        {"@odata.type": f"#microsoft.graph.{kind}", "id": f"id-{kind}", "displayName": kind} for kind in kinds
    ]
    assert [one.name for one in roles_of(rows)] == ["directoryRole"]


async def test_a_guest_is_blocked_signed_out_and_let_in_again_and_each_is_read_first(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    accounts = graph.accounts
    acted = await accounts.block(ana)
    assert acted == Acted((await entra.calls("PATCH", ana))[-1]["requestId"])
    assert (await accounts.look(ana)).enabled is False
    assert (await accounts.block(ana)).was_so
    assert not (await accounts.sign_out(ana)).was_so
    assert not (await accounts.unblock(ana)).was_so
    assert (await accounts.unblock(ana)).was_so
    assert (await accounts.look(ana)).enabled
    assert len(await entra.calls("PATCH", ana)) == 2
    assert len(await entra.ledger("user.signedOut")) == 1


async def test_a_deleted_guest_is_put_back_with_the_same_id_group_and_role(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await given(graph, entra, ana)
    accounts = graph.accounts
    await accounts.delete(ana)
    seen = await accounts.look(ana)
    assert (seen.there, seen.deleted) == (False, True)
    await accounts.put_back(ana)
    assert (await accounts.look(ana)).there
    for give in (entra.role(ROLE), entra.membership(GROUP)):
        assert (await graph.access.read_back(ana, entra.app(ROLE), give)).access_found
    assert (await accounts.put_back(ana)).was_so


async def test_what_is_gone_for_good_can_neither_be_deleted_nor_put_back(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    assert (await graph.accounts.delete(NOBODY)).was_so
    with pytest.raises(Missing) as refused:
        await graph.accounts.put_back(NOBODY)
    assert refused.value.cause is Cause.GONE_FOR_GOOD
    seen = await graph.accounts.look(NOBODY)
    assert seen == Seen(seen.trace)
    assert await entra.ledger("user.deleted") == []
    assert ana


@pytest.mark.parametrize("act", ["block", "unblock", "sign_out", "delete"])
async def test_nobody_but_an_invited_guest_is_ever_written_to(
    graph: Graph, entra: Any, ana: ObjectId, act: str
) -> None:
    acts: dict[str, Any] = {name: getattr(graph.accounts, name) for name in (act,)}
    with pytest.raises(Refused) as refused:
        await acts[act](entra.person("alex"))
    assert refused.value.cause is Cause.NOT_INVITED
    for changed, cause in (
        ({"userType": "Member"}, Cause.NOT_INVITED),
        ({"userType": "Guest", "externalUserState": None}, Cause.NOT_INVITED),
        ({"externalUserState": "Accepted", "onPremisesSyncEnabled": True}, Cause.SYNCED),
    ):
        await entra.set_properties(ana, **changed)
        with pytest.raises(Refused) as refused:
            await acts[act](ana)
        assert refused.value.cause is cause
    held = await graph.accounts.holdings(ana)
    assert held is not None
    assert held.unfit is Unfit.SYNCED
    for kind in ("user.changed", "user.deleted", "user.signedOut"):
        assert await entra.ledger(kind) == []


async def test_a_deleted_member_is_not_put_back(graph: Graph, entra: Any) -> None:
    alex = entra.person("alex")
    await entra.delete(alex)
    with pytest.raises(Refused) as refused:
        await graph.accounts.put_back(alex)
    assert refused.value.cause is Cause.NOT_INVITED
    assert await entra.ledger("user.restored") == []
