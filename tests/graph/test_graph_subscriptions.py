"""Subscriptions over the real client: made with a handshake, renewed, ended; refusals with what to do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from access.ports import Missing, Refused
from access.rules.causes import Cause
from access.rules.subscribing import LIFE
from bot.graph import Graph
from bot.graph.notified import CHANGED, LIFECYCLE
from tests.clinic import until

SECRET = "s3cret-canary"


@dataclass
class Listener:
    """Where notifications arrive: says yes to the handshake, or something else."""

    url: str = ""
    says: str = "token"
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        token = request.query.get("validationToken")
        if token is not None:
            return web.Response(text=token if self.says == "token" else self.says)
        self.heard += [(request.path, one) for one in (await request.json())["value"]]
        return web.Response(status=202)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    one = Listener()
    app = web.Application()
    app.add_routes([web.post(CHANGED, one.answer), web.post(LIFECYCLE, one.answer)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


def later(by: timedelta = LIFE) -> datetime:
    return datetime.now(UTC) + by


async def test_one_is_made_listed_and_tells_of_a_change(graph: Graph, listener: Listener, entra: Any) -> None:
    made = await graph.subscriptions.subscribe(listener.url, SECRET, later())
    assert made.url == listener.url
    assert await graph.subscriptions.ours() == [made]
    await entra.set_properties(entra.person("megan"), displayName="Megan B.")

    async def told() -> bool:
        return bool(listener.heard)

    await until(told, "the change is told")
    path, item = listener.heard[0]
    assert (path, item["clientState"], item["changeType"]) == (CHANGED, SECRET, "updated")
    assert (item["subscriptionId"], item["resourceData"]["id"]) == (
        made.subscription_id,
        entra.person("megan"),
    )


async def test_one_is_renewed_and_ended_and_ending_it_again_is_no_trouble(
    graph: Graph, listener: Listener
) -> None:
    made = await graph.subscriptions.subscribe(listener.url, SECRET, later(timedelta(days=1)))
    await graph.subscriptions.renew(made.subscription_id, later())
    (renewed,) = await graph.subscriptions.ours()
    assert renewed.until - made.until > timedelta(days=6)
    for _ in range(2):
        await graph.subscriptions.end(made.subscription_id)
    assert await graph.subscriptions.ours() == []
    with pytest.raises(Missing):
        await graph.subscriptions.renew(made.subscription_id, later())
    with pytest.raises(Missing):
        await graph.subscriptions.reauthorize(made.subscription_id)


async def test_asked_to_authorize_it_again_one_does_and_hears_of_changes_again(
    graph: Graph, listener: Listener, entra: Any
) -> None:
    made = await graph.subscriptions.subscribe(listener.url, SECRET, later())
    await entra.control("act", {"act": "sayOfSubscriptions", "event": "reauthorizationRequired"})

    async def told(count: int) -> bool:
        return len(listener.heard) >= count

    await until(lambda: told(1), "it is asked")
    path, item = listener.heard[0]
    assert (path, item["lifecycleEvent"]) == (LIFECYCLE, "reauthorizationRequired")
    await graph.subscriptions.reauthorize(made.subscription_id)
    await entra.set_properties(entra.person("megan"), displayName="Megan B.")
    await until(lambda: told(2), "the change is told")


async def test_an_address_that_gives_something_else_back_is_refused_with_what_to_do(
    graph: Graph, listener: Listener
) -> None:
    listener.says = "something else"
    with pytest.raises(Refused, match=f"it has to reach {listener.url}") as refused:
        await graph.subscriptions.subscribe(listener.url, SECRET, later())
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("switch", [{"subscriptionPermission": False}, {"subscriptionQuota": 0}])
async def test_a_missing_right_and_a_quota_that_is_used_up_are_refused_with_what_to_do(
    graph: Graph, listener: Listener, entra: Any, switch: dict[str, Any]
) -> None:
    await entra.switch(**switch)
    with pytest.raises(Refused, match="Graph answered 403") as refused:
        await graph.subscriptions.subscribe(listener.url, SECRET, later())
    assert refused.value.cause is Cause.RIGHTS_MISSING
    assert "100 subscriptions" in str(refused.value)


async def test_subscriptions_that_are_throttled_hold_up_nothing_else(graph: Graph, entra: Any) -> None:
    await entra.fault("429", "/subscriptions", "GET", times=2, retryAfter=60)
    with pytest.raises(Exception, match="429"):
        await graph.subscriptions.ours()
    assert await graph.directory.person(entra.person("megan")) is not None


async def test_what_is_no_id_names_none(graph: Graph) -> None:
    with pytest.raises(Missing):
        await graph.subscriptions.renew("../users", later())
