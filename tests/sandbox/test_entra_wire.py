"""What every Graph call has in common: token, ids, errors, batches, limits, faults, the ledger."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from tests.sandbox.entra import Entra, opened

BILLING = "07699406-ff95-58db-88af-ca54db223242"


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


async def fault(entra: Entra, do: str, path: str = "/invitations$", **more: Any) -> None:
    await entra.control("faults", {"match": {"method": "POST", "path": path}, "do": do, **more})


async def until_held(entra: Entra) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        held = await entra.control("held")
        if held:
            return int(held[0]["id"])
        await asyncio.sleep(0.01)
    raise AssertionError("no answer is held")


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic sandbox-static-token"])
async def test_a_call_without_the_token_is_401(entra: Entra, given: str) -> None:
    answer = await entra.get("/users", headers={"Authorization": given})
    assert (answer.status, answer.body["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert (await entra.ledger("graph.call"))[-1]["status"] == 401


async def test_every_answer_carries_its_ids(entra: Entra) -> None:
    found = await entra.get("/users/nobody", headers={"client-request-id": "mine"})
    inner = found.body["error"]["innerError"]
    assert (found.status, found.body["error"]["code"]) == (404, "Request_ResourceNotFound")
    assert inner["request-id"] == found.headers["request-id"]
    assert inner["client-request-id"] == found.headers["client-request-id"] == "mine"
    assert (await entra.ledger("graph.call"))[-1]["requestId"] == found.headers["request-id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/reports/nothing", 404),
        ("GET", "/users/x/calendar", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/users", 405),
        ("DELETE", "/invitations", 405),
        ("POST", "/invitations?$select=id", 400),
        ("POST", "/invitations", 400),
    ],
)
async def test_what_does_not_exist_is_refused(entra: Entra, method: str, path: str, status: int) -> None:
    answer = await entra.call(method, path, [] if method == "POST" else None)
    assert answer.status == status
    assert set(answer.body["error"]) == {"code", "message", "innerError"}


# -- batch ----------------------------------------


async def test_a_batch_answers_each_and_fails_what_depends_on_a_failure(entra: Entra) -> None:
    items = [
        {"id": "1", "method": "GET", "url": f"/servicePrincipals/{BILLING}?$select=displayName"},
        {"id": "2", "method": "GET", "url": "/users/nobody", "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        {
            "id": "4",
            "method": "POST",
            "url": "invitations",
            "headers": {"Content-Type": "application/json"},
            "body": {"invitedUserEmailAddress": "ana@fabrikam.com", "inviteRedirectUrl": "https://x.example"},
        },
    ]
    answers = (await entra.call("POST", "/$batch", {"requests": items})).body["responses"]
    assert {each["id"]: each["status"] for each in answers} == {"1": 200, "2": 404, "3": 424, "4": 201}
    assert answers[0]["body"]["displayName"] == "Billing"


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"id": str(number), "method": "GET", "url": "/organization"} for number in range(21)],
        [
            {"id": "a", "method": "GET", "url": "/organization"},
            {"id": "A", "method": "GET", "url": "/organization"},
        ],
        [{"id": "1", "method": "GET", "url": "/organization", "dependsOn": ["2"]}],
    ],
)
async def test_a_batch_that_breaks_the_rules_is_refused_whole(entra: Entra, items: list[Any]) -> None:
    assert (await entra.call("POST", "/$batch", {"requests": items})).status == 400


# -- limits ----------------------------------------


async def test_too_many_invitations_are_429_with_when_to_come_back(entra: Entra) -> None:
    now = [100.0]
    entra.world.tenant.clock = entra.world.tenant.meter._clock = lambda: now[0]
    answers = [await entra.invite("not an address") for _ in range(151)]
    assert {answer.status for answer in answers[:150]} == {400}
    limited = answers[150]
    assert (limited.status, limited.headers["Retry-After"]) == (429, "5")
    assert limited.headers["x-ms-throttle-scope"].startswith("Tenant_Application/invitations/")
    assert "x-ms-throttle-information" in limited.headers
    now[0] += 5.1
    assert (await entra.invite()).status == 201


async def test_writes_are_a_bucket_that_refills_all_the_time(entra: Entra) -> None:
    now = [100.0]
    entra.world.tenant.clock = entra.world.tenant.meter._clock = lambda: now[0]
    writes = entra.world.tenant.meter._windows["writes"]
    writes.spend(now[0], 2999)
    limited = [await entra.call("PATCH", f"/users/{entra.person('megan')}", {}) for _ in range(2)][-1]
    assert (limited.status, limited.headers["Retry-After"]) == (429, "1")
    now[0] += 1.0
    answers = [await entra.call("PATCH", f"/users/{entra.person('megan')}", {}) for _ in range(20)]
    assert [answer.status == 429 for answer in answers] == [False] * 19 + [True], "one refused has cost, too"


async def test_conditional_access_is_limited_without_retry_after(entra: Entra) -> None:
    answers = [await entra.get("/identity/conditionalAccess/policies") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert "Retry-After" not in answers[1].headers
    await entra.switch(throttling="off")
    assert (await entra.get("/identity/conditionalAccess/policies")).status == 200


async def test_an_answer_says_what_it_cost_and_warns_near_the_limit(entra: Entra) -> None:
    assert (await entra.get("/users")).headers["x-ms-resource-unit"] == "2"
    assert (await entra.get("/users", _select="id", _top="5")).headers["x-ms-resource-unit"] == "1"
    answers = [await entra.invite("not an address") for _ in range(120)]
    assert "x-ms-throttle-limit-percentage" not in answers[0].headers
    assert answers[-1].headers["x-ms-throttle-limit-percentage"] == "0.80"


# -- faults ----------------------------------------


@pytest.mark.parametrize(
    ("do", "status", "effects"),
    [("429", 429, 0), ("503-before", 503, 0), ("503-after", 503, 1), ("504-after", 504, 1), ("500", 500, 0)],
)
async def test_a_fault_refuses_before_or_after_the_effect_and_only_so_often(
    entra: Entra, do: str, status: int, effects: int
) -> None:
    await fault(entra, do)
    answer = await entra.invite()
    assert (answer.status, len(await entra.ledger("invitation.created"))) == (status, effects)
    assert (await entra.ledger("graph.call"))[-1]["fault"] == do
    assert (await entra.invite()).status == 201


@pytest.mark.parametrize("pause", [3, "absent", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_429_says_when_to_come_back_as_the_rule_says(entra: Entra, pause: Any) -> None:
    await fault(entra, "429", retryAfter=pause)
    expected = None if pause == "absent" else str(pause)
    assert (await entra.invite()).headers.get("Retry-After") == expected


async def test_of_several_pauses_each_answer_has_one_and_a_date_is_one_to_come(entra: Entra) -> None:
    await fault(entra, "503", retryAfter=[120, "absent", "date"], times=40)
    pauses = {(await entra.invite()).headers.get("Retry-After", "absent") for _ in range(40)}
    assert {"120", "absent"} < pauses
    dates = [parsedate_to_datetime(one) for one in pauses - {"120", "absent"}]
    assert all(timedelta(seconds=-30) < one - datetime.now(UTC) < timedelta(seconds=3) for one in dates)


async def test_each_guest_may_have_a_lag_of_their_own(entra: Entra) -> None:
    await entra.switch(lag=20, lagVaries=True)
    for number in range(30):
        await entra.invite(f"lag{number}@fabrikam.com")
    known = [
        one.known_at - entra.world.tenant.clock()
        for one in entra.world.tenant.objects.values()
        if one.known_at
    ]
    assert min(known) < 10 < max(known) <= 20


@pytest.mark.parametrize(("do", "effects"), [("reset-before", 0), ("reset-after", 1)])
async def test_a_reset_closes_the_connection_without_an_answer(entra: Entra, do: str, effects: int) -> None:
    await fault(entra, do)
    with pytest.raises(aiohttp.ClientError):
        await entra.invite()
    assert len(await entra.ledger("invitation.created")) == effects


async def test_a_held_answer_waits_with_its_effect_done(entra: Entra) -> None:
    await fault(entra, "hold")
    calling = asyncio.create_task(entra.invite())
    number = await until_held(entra)
    assert len(await entra.ledger("invitation.created")) == 1
    assert not calling.done()
    assert await entra.control("held/release", {"id": number}) == {"released": 1}
    assert (await calling).status == 201
    assert await entra.control("held") == []


async def test_a_hanging_call_never_happens_and_ends_with_the_faults(entra: Entra) -> None:
    await fault(entra, "hang")
    calling = asyncio.create_task(entra.invite())
    await until_held(entra)
    await entra.control("faults/clear", {})
    with pytest.raises(aiohttp.ClientError):
        await calling
    assert await entra.ledger("invitation.created") == []


async def test_a_rule_lets_calls_pass_before_it_begins(entra: Entra) -> None:
    await fault(entra, "500", after=1, times=2)
    assert [(await entra.invite()).status for _ in range(4)] == [201, 500, 500, 201]


async def test_a_mix_is_the_same_for_the_same_seed(entra: Entra) -> None:
    runs = []
    for seed in (7, 7, 8):
        await entra.control("faults/clear", {})
        await entra.control("faults", {"mix": {"503-before": 0.3, "429": 0.2}, "seed": seed})
        runs.append([(await entra.get("/organization")).status for _ in range(30)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {200, 429, 503}


@pytest.mark.parametrize(
    "rule", [{"do": "burn"}, {"do": "200"}, {}, {"do": "500", "tmies": 1}, {"mix": {"x": 1}}]
)
async def test_a_rule_that_makes_no_sense_is_refused(entra: Entra, rule: dict[str, Any]) -> None:
    async with entra.http.post(f"{entra.url}/sandbox/faults", json=rule) as answer:
        assert answer.status == 400


# -- control ----------------------------------------


@pytest.mark.parametrize("switches", [{"nothing": 1}, {"lag": -1}, {"lag": True}, {"guestMfa": "yes"}])
async def test_a_switch_that_makes_no_sense_is_refused(entra: Entra, switches: dict[str, Any]) -> None:
    async with entra.http.post(f"{entra.url}/sandbox/switches", json=switches) as answer:
        assert answer.status == 400


async def test_every_switch_has_a_source_and_its_default_position(entra: Entra) -> None:
    switches = await entra.control("switches")
    assert all(switch["source"] and switch["value"] == switch["default"] for switch in switches.values())


async def test_a_reset_begins_the_story_again(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.switch(guestMfa=False)
    await fault(entra, "500")
    await entra.control("reset", {})
    assert (await entra.get(f"/users/{guest}")).status == 404
    assert (await entra.control("switches"))["guestMfa"]["value"] is True
    assert await entra.ledger("user.created") == []
    assert (await entra.invite()).status == 201


async def test_the_state_shows_guests_with_what_they_have(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.assign(guest)
    await entra.join("case-review", guest)
    [shown] = (await entra.control("state"))["guests"]
    assert (shown["mail"], shown["assignments"], shown["groups"]) == (
        "ana@fabrikam.com",
        ["Health Records"],
        ["Case Review"],
    )


async def test_acts_change_the_tenant_as_an_admin_would(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.assign(guest)
    await entra.join("case-review", guest)
    for act in (
        {"act": "removeAssignment", "app": "health-records", "address": "ana@fabrikam.com"},
        {"act": "removeMember", "group": "case-review", "id": guest},
        {"act": "disable", "person": "megan"},
        {"act": "setProperties", "id": guest, "properties": {"department": "Audit"}},
    ):
        await entra.control("act", act)
    assert (await entra.get(f"/users/{guest}/appRoleAssignments")).value == []
    assert (await entra.get(f"/users/{guest}/memberOf")).value == []
    enabled = await entra.get(f"/users/{entra.person('megan')}", _select="accountEnabled")
    assert enabled.body["accountEnabled"] is False
    await entra.control("act", {"act": "deleteGuest", "address": "ana@fabrikam.com"})
    assert (await entra.get(f"/users/{guest}")).status == 404
    async with entra.http.post(
        f"{entra.url}/sandbox/act", json={"act": "accept", "address": "no@b.example"}
    ) as no:
        assert no.status == 400
