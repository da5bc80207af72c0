"""Subscriptions in the sandbox: what Graph refuses, what it sends, and how one ends."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.clinic import until
from tests.sandbox.entra import Answered, Entra, opened
from tests.sandbox.test_entra_shapes import unknown_keys


@dataclass
class App:
    """An app that subscribes: it answers handshakes and takes what comes."""

    url: str = ""
    status: int = 202
    kind: str = "text/plain"
    tokens: list[str] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    tried: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        if token := request.query.get("validationToken"):
            self.tokens.append(token)
            return web.Response(text=token, content_type=self.kind)
        self.tried += 1
        if self.status == 202:
            self.heard += (await request.json())["value"]
        return web.Response(status=self.status)


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


@pytest.fixture
async def app() -> AsyncIterator[App]:
    one = App()
    application = web.Application()
    application.add_routes([web.post("/{which}", one.answer)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


def minutes(count: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=count)).isoformat()


def wanted(app: App, **other: Any) -> dict[str, Any]:
    body = {
        "changeType": "updated,deleted",
        "notificationUrl": f"{app.url}/changed",
        "lifecycleNotificationUrl": f"{app.url}/lifecycle",
        "resource": "users",
        "expirationDateTime": minutes(4000),
        "clientState": "s3cret",
    }
    return {name: value for name, value in {**body, **other}.items() if value is not None}


async def subscribe(entra: Entra, app: App, **other: Any) -> Answered:
    return await entra.call("POST", "/subscriptions", wanted(app, **other))


async def made(entra: Entra, app: App, **other: Any) -> str:
    answer = await subscribe(entra, app, **other)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


async def heard(app: App, count: int = 1) -> list[dict[str, Any]]:
    async def look() -> bool:
        return len(app.heard) >= count

    await until(look, f"{count} notifications are heard")
    return app.heard


async def test_both_addresses_are_tried_before_it_is_made_and_the_secret_is_told_once(
    entra: Entra, app: App
) -> None:
    answer = await subscribe(entra, app)
    assert answer.status == 201
    assert len(app.tokens) == 2
    assert len(set(app.tokens)) == 2
    assert answer.body["clientState"] == "s3cret"
    assert answer.body["applicationId"] == entra.story.bot["appId"]
    again = await entra.get(f"/subscriptions/{answer.body['id']}")
    assert again.body["clientState"] is None
    (listed,) = (await entra.get("/subscriptions")).value
    assert listed["notificationUrl"] == f"{app.url}/changed"
    assert listed["clientState"] is None


@pytest.mark.parametrize(
    "other",
    [
        {"changeType": "created"},
        {"changeType": "updated,created"},
        {"changeType": None},
        {"resource": "groups"},
        {"resource": None},
        {"notificationUrl": None},
        {"notificationUrl": "http://guestlist.example/x"},
        {"notificationUrl": 7},
        {"lifecycleNotificationUrl": "ftp://guestlist.example/x"},
        {"clientState": "x" * 129},
        {"expirationDateTime": None},
        {"expirationDateTime": "soon"},
        {"expirationDateTime": "2020-01-01T00:00:00Z"},
        {"expirationDateTime": "2126-01-01T00:00:00Z"},
        {"filter": "userType eq 'Guest'"},
    ],
    ids=str,
)
async def test_what_graph_does_not_take_is_refused_before_any_address_is_tried(
    entra: Entra, app: App, other: dict[str, Any]
) -> None:
    answer = await subscribe(entra, app, **other)
    assert (answer.status, answer.body["error"]["code"]) == (400, "InvalidRequest")
    assert app.tokens == []


async def test_less_than_45_minutes_are_45(entra: Entra, app: App) -> None:
    answer = await subscribe(entra, app, expirationDateTime=minutes(5))
    until_then = datetime.fromisoformat(answer.body["expirationDateTime"])
    assert until_then > datetime.now(UTC) + timedelta(minutes=44)


async def test_an_address_that_does_not_answer_as_it_should_is_refused(entra: Entra, app: App) -> None:
    app.kind = "text/html"
    answers = [await subscribe(entra, app)]
    answers.append(await subscribe(entra, app, notificationUrl="http://127.0.0.1:9/x"))
    answers.append(await subscribe(entra, app, notificationUrl=f"{entra.url}/sandbox/nothing"))
    assert {(one.status, one.body["error"]["code"]) for one in answers} == {(400, "ValidationError")}
    assert (await entra.get("/subscriptions")).value == []


async def test_the_quota_the_right_and_a_twin_are_refused_where_their_switch_says_so(
    entra: Entra, app: App
) -> None:
    await made(entra, app)
    await made(entra, app)
    for switch, status in (
        ({"subscriptionTwin": "refused"}, 409),
        ({"subscriptionQuota": 2}, 403),
        ({"subscriptionPermission": False}, 403),
    ):
        await entra.switch(**switch)
        assert (await subscribe(entra, app)).status == status


async def test_it_is_renewed_and_ended_by_its_id_alone(entra: Entra, app: App) -> None:
    one = await made(entra, app)
    path = f"/subscriptions/{one}"
    longer = minutes(41_000)
    answer = await entra.call("PATCH", path, {"expirationDateTime": longer})
    assert answer.status == 200
    assert answer.body["expirationDateTime"][:19] == longer[:19]
    for wrong in ({}, {"expirationDateTime": minutes(50_000)}, {"resource": "groups"}):
        assert (await entra.call("PATCH", path, wrong)).status == 400
    assert (await entra.call("POST", f"{path}/reauthorize")).status == 204
    assert (await entra.call("DELETE", path)).status == 204
    for method, body in (("GET", None), ("PATCH", {"expirationDateTime": longer}), ("DELETE", None)):
        assert (await entra.call(method, path, body)).status == 404


async def test_a_change_of_a_user_is_told_and_nothing_of_it_but_the_id(entra: Entra, app: App) -> None:
    one = await made(entra, app)
    guest = await entra.guest()
    (item,) = (await heard(app))[:1]
    assert (item["subscriptionId"], item["clientState"]) == (one, "s3cret")
    assert (item["changeType"], item["tenantId"]) == ("updated", entra.story.tenant_id)
    assert item["resourceData"]["id"] == guest
    assert "ana@fabrikam.com" not in str(app.heard)


async def test_a_deleted_guest_is_one_who_was_updated(entra: Entra, app: App) -> None:
    guest = await entra.guest()
    await made(entra, app)
    await entra.call("DELETE", f"/users/{guest}")
    assert [item["changeType"] for item in await heard(app)] == ["updated"]


async def test_what_is_not_taken_comes_again(entra: Entra, app: App) -> None:
    await made(entra, app)
    app.status = 503
    await entra.guest()

    async def tried() -> bool:
        return app.tried >= 2

    await until(tried, "it is tried again")
    app.status = 202
    await heard(app)
    statuses = [one["status"] for one in await entra.ledger("notification.sent")]
    assert statuses[0] == 503


async def test_near_its_end_it_asks_to_be_authorized_and_says_nothing_else_until_it_is(
    entra: Entra, app: App
) -> None:
    one = await made(entra, app)
    await entra.control("act", {"act": "ageSubscriptions", "minutes": 3900})
    (item,) = await heard(app)
    assert (item["lifecycleEvent"], item["subscriptionId"]) == ("reauthorizationRequired", one)
    await entra.guest()
    assert (await entra.call("POST", f"/subscriptions/{one}/reauthorize")).status == 204
    await entra.guest("sam.carter@outlook.com")
    told = (await heard(app, 2))[1]
    assert told["resourceData"]["id"] == await entra.guest("sam.carter@outlook.com")


async def test_after_its_end_it_is_gone_and_a_reset_leaves_one_that_is_not(entra: Entra, app: App) -> None:
    await made(entra, app)
    await entra.control("reset", {})
    assert len((await entra.get("/subscriptions")).value) == 1
    await entra.control("act", {"act": "ageSubscriptions", "minutes": 4001})
    assert (await entra.get("/subscriptions")).value == []


async def test_no_key_of_a_subscription_is_unknown_to_the_vendors_model(entra: Entra, app: App) -> None:
    assert list(unknown_keys((await subscribe(entra, app)).body, "Subscription")) == []
