"""Policies that Guestlist makes, on the sandbox's Graph: read back as drafted, and none but for guests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.ports import Missing, NotDone, NotLicensed, Refused, Unfamiliar, Unknown
from access.rules.causes import Cause
from access.rules.conditional_access import AccessPolicy, Picked, Platform, PolicyState
from access.rules.guards import Scope, Spared, Wish
from access.rules.model import ObjectId
from access.rules.protecting import draft, is_as_drafted
from bot.graph import Graph
from sandbox.settings import Settings
from tests.graph.conftest import CLINIC
from tests.graph.test_access import written

EMERGENCY = CLINIC["accounts"][0]["id"]
RECORDS = next(one for one in CLINIC["apps"] if one["key"] == "health-records")
SCOPE = Scope(app_id=RECORDS["appId"], app_name="Health Records")
OFFICE = CLINIC["namedLocations"][0]["id"]
WHOLE = Wish(
    mfa=True,
    terms=frozenset({"69756067-2ae9-5d2e-82f5-da6e310ed445"}),
    platforms=frozenset({Platform.WINDOWS, Platform.LINUX}),
    locations=frozenset({OFFICE}),
)


def drafts(wish: Wish = WHOLE, scope: Scope = SCOPE) -> tuple[AccessPolicy, ...]:
    return draft(scope, wish, Spared(frozenset({EMERGENCY})))


async def test_each_draft_is_made_once_read_back_as_it_was_drafted_and_only_reports(
    graph: Graph, entra: Any
) -> None:
    made = {(await graph.guards.make(one)).policy_id: one for one in drafts()}
    assert len(made) == 3
    found = {one.policy_id: one for one in (await graph.protection.protection()).policies}
    for policy_id, drafted in made.items():
        assert found[policy_id].state is PolicyState.REPORT_ONLY
        assert is_as_drafted(found[policy_id], drafted)
    assert len(await written(entra)) == 3


async def test_the_state_alone_is_switched_and_a_policy_is_deleted(graph: Graph) -> None:
    [one] = drafts(Wish(mfa=True))
    made = await graph.guards.make(one)
    await graph.guards.switch(made.policy_id, one, PolicyState.ENABLED)
    [found] = [p for p in (await graph.protection.protection()).policies if p.policy_id == made.policy_id]
    assert found.state is PolicyState.ENABLED
    assert is_as_drafted(found, one)
    with pytest.raises(Refused) as refused:
        await graph.guards.remove(made.policy_id, one, enforced=False)
    assert refused.value.cause is Cause.POLICY_ENFORCED
    await graph.guards.remove(made.policy_id, one, enforced=True)
    assert made.policy_id not in {p.policy_id for p in (await graph.protection.protection()).policies}
    with pytest.raises(Missing) as gone:
        await graph.guards.remove(made.policy_id, one, enforced=True)
    assert gone.value.cause is Cause.POLICY_GONE


async def test_where_what_is_read_before_a_write_gets_no_answer_surely_nothing_is_written(
    graph: Graph, entra: Any
) -> None:
    [one] = drafts(Wish(mfa=True))
    made = await graph.guards.make(one)
    [for_one] = drafts(Wish(mfa=True), replace(SCOPE, guest_id=entra.person("megan")))
    before = await written(entra)
    for path, act in (
        ("/users/", lambda: graph.guards.make(for_one)),
        (
            "/conditionalAccess/policies/",
            lambda: graph.guards.switch(made.policy_id, one, PolicyState.ENABLED),
        ),
        ("/conditionalAccess/policies/", lambda: graph.guards.remove(made.policy_id, one, enforced=True)),
    ):
        await entra.fault("503-before", path, "GET", times=9)
        with pytest.raises(NotDone):
            await act()
    assert await written(entra) == before


async def test_what_somebody_has_changed_is_neither_switched_nor_deleted(graph: Graph, entra: Any) -> None:
    [one] = drafts(Wish(mfa=True))
    made = await graph.guards.make(one)
    other = replace(one, exclude=replace(one.exclude, users=frozenset({EMERGENCY, entra.person("megan")})))
    before = await written(entra)
    for act in (
        graph.guards.switch(made.policy_id, other, PolicyState.ENABLED),
        graph.guards.remove(made.policy_id, other, enforced=True),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.cause is Cause.POLICY_CHANGED
    assert await written(entra) == before


async def test_no_policy_is_made_but_for_guests_with_admins_spared_and_marked(
    graph: Graph, entra: Any
) -> None:
    [one] = drafts(Wish(mfa=True))
    megan = str(entra.person("megan"))
    wrong = (
        replace(one, include=Picked(users=frozenset({"All"}))),
        replace(one, include=Picked(users=frozenset({megan}))),
        replace(one, include=replace(one.include, users=frozenset({megan}))),
        replace(one, include=replace(one.include, groups=frozenset({"x"}))),
        replace(one, exclude=Picked(users=one.exclude.users)),
        replace(one, exclude=Picked(roles=one.exclude.roles)),
        replace(one, name="Guests: MFA"),
        replace(one, state=PolicyState.ENABLED),
    )
    for each in wrong:
        with pytest.raises((Refused, Missing)):
            await graph.guards.make(each)
    assert await written(entra) == []


async def test_one_guest_can_be_meant_and_one_group(graph: Graph, entra: Any, ana: ObjectId) -> None:
    await graph.guards.make(drafts(Wish(mfa=True), Scope(guest_id=ana, whom="Ana"))[0])
    group = entra.group("guests-health-records")
    await graph.guards.make(drafts(Wish(mfa=True), Scope(group_id=group, whom="Guests"))[0])


async def _joins(entra: Any, group: str, who: str) -> None:
    path = f"{entra.url}/v1.0/groups/{group}/members/$ref"
    body = {"@odata.id": f"{entra.url}/v1.0/directoryObjects/{who}"}
    headers = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.post(path, json=body, headers=headers) as answer:
        assert answer.status == 204


async def test_a_policy_for_a_group_with_employees_in_it_is_neither_made_nor_enforced(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    employees = entra.group("privacy-office")
    with pytest.raises(Refused) as refused:
        await graph.guards.make(drafts(Wish(mfa=True), Scope(group_id=employees, whom="Office"))[0])
    assert refused.value.cause is Cause.GUARDED
    outer = entra.group("guests-health-records")
    await _joins(entra, outer, ana)
    [drafted] = drafts(Wish(mfa=True), Scope(group_id=outer, whom="Guests"))
    made = await graph.guards.make(drafted)
    await graph.guards.switch(made.policy_id, drafted, PolicyState.ENABLED)
    await _joins(entra, outer, entra.group("case-review"))  # whose members are employees
    await graph.guards.switch(made.policy_id, drafted, PolicyState.REPORT_ONLY)
    with pytest.raises(Refused) as refused:
        await graph.guards.switch(made.policy_id, drafted, PolicyState.ENABLED)
    assert refused.value.cause is Cause.GUARDED


async def test_without_the_permission_nothing_is_made_and_it_is_said(graph: Graph, entra: Any) -> None:
    await entra.switch(withheldPermissions="Policy.ReadWrite.ConditionalAccess")
    with pytest.raises(Refused) as refused:
        await graph.guards.make(drafts()[0])
    assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_a_lost_answer_is_not_known_to_have_done_nothing(graph: Graph, entra: Any) -> None:
    await entra.fault("503-after", "/conditionalAccess/policies$")
    with pytest.raises(Unknown):
        await graph.guards.make(drafts()[0])


@pytest.mark.parametrize(
    ("switch", "error"),
    [({"signInLicence": False}, NotLicensed), ({"auditPermission": False}, Refused)],
)
async def test_the_log_says_why_it_cannot_be_read(
    graph: Graph, entra: Any, switch: dict[str, Any], error: type[Exception]
) -> None:
    await entra.switch(**switch)
    with pytest.raises(error):
        await graph.guards.reported(["x"], datetime.now(UTC) - timedelta(days=1), Scope())


async def test_whoever_may_not_read_policies_is_not_told_that_they_stopped_nobody(
    graph: Graph, entra: Any
) -> None:
    made = (await graph.guards.make(drafts(Wish(mfa=True))[0])).policy_id
    await entra.switch(policyPermission=False, withheldPermissions="Policy.ReadWrite.ConditionalAccess")
    with pytest.raises(Refused) as refused:
        await graph.guards.reported([made], datetime.now(UTC) - timedelta(days=1), Scope())
    assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_results_in_words_of_the_future_are_not_read_as_nothing(graph: Graph) -> None:
    assert (await graph.guards.reported(["x"], datetime.now(UTC) - timedelta(days=1), Scope())).guests == 0
    assert issubclass(Unfamiliar, Refused)


async def test_with_security_defaults_on_a_policy_is_made_and_not_enforced(graph: Graph, entra: Any) -> None:
    await entra.switch(securityDefaults=True)
    [one] = drafts(Wish(mfa=True))
    made = await graph.guards.make(one)
    with pytest.raises(Refused) as refused:
        await graph.guards.switch(made.policy_id, one, PolicyState.ENABLED)
    assert refused.value.cause is Cause.SECURITY_DEFAULTS
    await graph.guards.switch(made.policy_id, one, PolicyState.REPORT_ONLY)
