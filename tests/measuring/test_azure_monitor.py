"""Application Insights gets the same by its own exporter, with Guestlist's credential or the string's key."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken

from bot.measuring.exporting import _Bridged, open_running
from bot.settings import CredentialKind, Settings
from tests.clinic import INVITE, TOKEN, environment, open_clinic, until
from tests.journeys.acts import approve
from tests.measuring.collector import QUICKLY

KEY = "00000000-0000-0000-0000-00000000beef"


@dataclass(slots=True)
class Insights:
    """Takes what is ingested; everything else that is asked for is noted."""

    url: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def connection(self) -> str:
        return f"InstrumentationKey={KEY};IngestionEndpoint={self.url}/;LiveEndpoint={self.url}/live/"

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one["data"]["baseData"] for one in self.items if one["data"]["baseType"] == kind]


@asynccontextmanager
async def open_insights() -> AsyncIterator[Insights]:
    insights = Insights()

    async def take(request: web.Request) -> web.Response:
        if not request.path.endswith("/track"):
            insights.others.append(request.path)
            return web.Response(status=404)
        body = await request.read()
        told = gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body
        items = json.loads(told)
        insights.items += items
        return web.json_response({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []})

    application = web.Application(client_max_size=2**26)
    application.add_routes([web.route("*", "/{path:.*}", take)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    insights.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield insights
    finally:
        await runner.cleanup()


async def test_spans_metrics_and_lines_arrive_and_nothing_private_or_of_the_exporter_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)
    async with open_insights() as insights:
        changed = {"GUESTLIST_AZURE_MONITOR": insights.connection}
        async with open_clinic(tmp_path, changed=changed) as clinic:
            await clinic.say("megan", INVITE, "channel")
            await approve(clinic)
            await clinic.card("diego", "Delivered", "channel")
            request = (await clinic.guestlist.store.numbered(1001)).request

            async def told() -> bool:
                calls = {one["name"] for one in insights.of("RemoteDependencyData")}
                return {"graph POST /invitations", "card post"} <= calls and bool(insights.of("MetricData"))

            await until(told, "it arrived")
            await until(lambda: _has(insights, "MessageData"), "the log arrived")
        traces = {
            one["tags"]["ai.operation.id"] for one in insights.items if "ai.operation.id" in one["tags"]
        }
        assert request.request_id in traces
        said = json.dumps(insights.items)
        for secret in ("ana@", "fabrikam", "march audit", "ticket=", TOKEN, "Megan", "Alex"):
            assert secret.casefold() not in said.casefold(), secret
        assert insights.others == []


async def _has(insights: Insights, kind: str) -> bool:
    return bool(insights.of(kind))


class Entra:
    """A credential that counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        del claims
        await asyncio.sleep(0)
        self.asked += scopes
        return AccessToken("a-token", 2**31)

    def forget(self, *scopes: str) -> None: ...

    async def close(self) -> None: ...


async def test_guestlists_own_credential_signs_in_there_from_another_thread() -> None:
    entra = Entra()
    token = await asyncio.to_thread(_Bridged(entra).get_token, "https://monitor.azure.com//.default")
    assert (token.token, entra.asked) == ("a-token", ["https://monitor.azure.com//.default"])


async def test_with_a_static_token_the_strings_key_counts_and_the_token_stays_here(tmp_path: Path) -> None:
    settings = Settings.read(environment("http://127.0.0.1:9", tmp_path / "guestlist.db"))
    assert isinstance(settings, Settings)
    assert settings.credential is CredentialKind.STATIC
    connection = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/"
    running = open_running(replace(settings, azure_monitor=connection), None)
    await running.close()
