"""Conditional Access as Graph tells it, what a guest is in, and each permission that may be lacking."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from access.ports import AccessError, Invitation, Memberships, NotLicensed, Refused
from access.rules.causes import Cause
from access.rules.conditional_access import Control, PolicyState
from access.rules.model import ObjectId
from access.rules.what_if import Asked
from bot.credential import StaticCredential
from bot.graph.access import GraphAccess
from bot.graph.client import GraphClient
from bot.graph.limits import LIMITS, Limit
from bot.graph.pacer import Kind, Pacer
from bot.graph.protection import GraphProtection
from cards.texts import ENGLISH
from sandbox.settings import Settings
from tests.graph.conftest import CLINIC, Entra

RECORDS, COUNTRIES = "da664a73-ce64-5d09-bb8a-d62310b976ab", "Health Records: only where we work"
READS = "Policy.Read.ConditionalAccess, Policy.ReadWrite.ConditionalAccess"
STRANGE = "99999999-0000-4000-8000-000000000001"
GROUPS = {group["displayName"]: ObjectId(group["id"]) for group in CLINIC["groups"]}
BY_RULE = next(
    ObjectId(one["id"]) for one in CLINIC["groups"] if "DynamicMembership" in one.get("groupTypes", ())
)
BY_HAND = next(ObjectId(one["id"]) for one in CLINIC["groups"] if not one.get("groupTypes"))


class Counting(Pacer):
    """Counts how often Graph said that it is too much."""

    refused = 0

    async def throttled(self, kind: Kind, retry_after: float | None) -> float:
        self.refused += 1
        return await super().throttled(kind, retry_after)


@pytest.fixture
async def client(entra: Entra) -> AsyncIterator[GraphClient]:
    """Return a client that waits for nothing."""
    await entra.switch(auditLag=0, throttling="off")
    quick = {**LIMITS, "reports": Limit(1000, 1000), "conditional": Limit(1000, 1000)}
    opened = GraphClient(entra.url, StaticCredential(Settings().token), Pacer(limits=quick))
    yield opened
    await opened.close()


@pytest.fixture
def reader(client: GraphClient) -> GraphProtection:
    return GraphProtection(client)


@pytest.fixture
async def guest(client: GraphClient) -> ObjectId:
    made = await GraphAccess(client, ENGLISH).invite(
        Invitation("ana@fabrikam.com", "Ana", "https://x.example", None, False)
    )
    return made.guest_id


async def test_policies_and_locations_are_read_as_the_tenant_has_them(
    reader: GraphProtection, entra: Entra
) -> None:
    await entra.switch(guestMfa=True)
    protection = await reader.protection()
    mfa = next(one for one in protection.policies if one.name == "Guests: MFA")
    assert (mfa.state, mfa.demands.controls) == (PolicyState.ENABLED, frozenset({Control.MFA}))
    assert PolicyState.REPORT_ONLY in {one.state for one in protection.policies}
    assert any(one.demands.strength and one.demands.strength.combinations for one in protection.policies)
    assert {one.location_id for one in protection.locations.values()} == set(protection.locations)
    assert any(one.trusted and one.networks for one in protection.locations.values())
    assert not any(one.unread for one in protection.policies)


async def test_words_that_graph_tells_those_alone_who_ask_are_told_on_every_page(
    reader: GraphProtection, entra: Entra
) -> None:
    await entra.switch(pageSize=1)
    found = [one.platforms for one in (await reader.protection()).policies if one.platforms]
    words = {str(word) for one in found for word in (*one.include, *one.exclude)}
    assert "linux" in words
    assert "unknownFutureValue" not in words


@pytest.mark.parametrize("on", [True, False])
async def test_security_defaults_are_read(reader: GraphProtection, entra: Entra, *, on: bool) -> None:
    await entra.switch(securityDefaults=on)
    assert (await reader.protection()).security_defaults is on


async def test_policies_that_may_not_be_read_are_refused_and_not_empty(
    reader: GraphProtection, entra: Entra
) -> None:
    await entra.switch(policyPermission=False)
    with pytest.raises(Refused) as refused:
        await reader.protection()
    assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_one_call_a_second_is_asked_of_conditional_access(entra: Entra) -> None:
    """Graph refuses the second without saying how long to wait; so it is not sent too early."""
    pacer = Counting()
    client = GraphClient(entra.url, StaticCredential(Settings().token), pacer)
    await GraphProtection(client).protection()
    await client.close()
    assert pacer.refused == 0


async def test_a_guest_is_in_what_holds_their_groups_too(
    reader: GraphProtection, entra: Entra, guest: ObjectId
) -> None:
    assert await reader.memberships_of_guest(guest) == Memberships()
    await entra.control("act", {"act": "addMember", "group": BY_HAND, "id": guest})
    assert (await reader.memberships_of_guest(guest)).groups == frozenset({BY_HAND})


async def test_a_group_s_member_is_in_the_group_itself(reader: GraphProtection) -> None:
    assert BY_HAND in (await reader.memberships_of_group(BY_HAND)).groups


async def test_groups_that_follow_a_rule_are_told_from_those_that_do_not(reader: GraphProtection) -> None:
    assert await reader.by_rule([BY_RULE, BY_HAND, STRANGE, "no id"]) == frozenset({BY_RULE})
    assert await reader.by_rule([]) == frozenset()


async def test_whether_a_guest_has_registered_a_second_factor_is_read(
    reader: GraphProtection, entra: Entra, guest: ObjectId
) -> None:
    assert await reader.has_registered(guest) is False
    assert await reader.has_registered(ObjectId(STRANGE)) is None


@pytest.mark.parametrize(
    ("switch", "error"), [({"auditPermission": False}, Refused), ({"signInLicence": False}, NotLicensed)]
)
async def test_the_report_of_methods_needs_a_permission_and_a_licence(
    reader: GraphProtection, entra: Entra, guest: ObjectId, switch: dict[str, Any], error: type[AccessError]
) -> None:
    await entra.switch(**switch)
    with pytest.raises(error):
        await reader.has_registered(guest)


async def test_microsoft_says_of_each_policy_whether_it_applies_where_it_knows_enough(
    reader: GraphProtection, entra: Entra, guest: ObjectId
) -> None:
    await entra.control("act", {"act": "setPolicy", "policy": COUNTRIES, "state": "enabled"})
    names = {one.policy_id: one.name for one in (await reader.protection()).policies}
    from_brazil = await reader.what_if(Asked(guest, RECORDS, "windows", country="BR"))
    assert {names[one] for one, applies in from_brazil.items() if applies} >= {"Guests: MFA", COUNTRIES}
    from_anywhere = {names[one] for one in await reader.what_if(Asked(guest, RECORDS, "windows"))}
    assert "Guests: MFA" in from_anywhere
    assert COUNTRIES not in from_anywhere


@pytest.mark.parametrize(
    "switch", [{"policyPermission": False, "withheldPermissions": READS}, {"evaluate": "absent"}]
)
async def test_where_microsoft_does_not_say_it_is_an_error_and_no_empty_answer(
    reader: GraphProtection, entra: Entra, guest: ObjectId, switch: dict[str, Any]
) -> None:
    await entra.switch(**switch)
    with pytest.raises(AccessError):
        await reader.what_if(Asked(guest, RECORDS, "windows"))
