"""Only the Bot Connector's calls are counted as its own."""

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from bot.measuring.calls import CountedCalls
from bot.measuring.exporting import resource
from bot.measuring.instruments import Instruments
from bot.measuring.stretches import Ids, Stretches


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/v1/.well-known/openidconfiguration", set()),
        ("/v3/conversations/a/activities", {"guestlist.teams.duration", "guestlist.throttled"}),
    ],
)
async def test_an_answer_of_somebody_else_is_no_call_to_the_connector(path: str, counted: set[str]) -> None:
    reader = InMemoryMetricReader()
    calls = CountedCalls(Instruments(MeterProvider([reader]).get_meter("x")), Stretches(None, Ids()))

    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=429)

    application = web.Application()
    application.add_routes([web.get("/{any:.*}", busy)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{path}"
        async with aiohttp.ClientSession(trace_configs=[calls.session()]) as http, http.get(url):
            pass
    finally:
        await runner.cleanup()
    read = reader.get_metrics_data()
    found = [one for each in (read.resource_metrics if read else ()) for one in each.scope_metrics]
    assert {metric.name for one in found for metric in one.metrics} == counted


def test_what_the_standards_variables_say_of_the_service_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resource().attributes["service.name"] == "guestlist"
    asked = "service.name=guestlist-eu,deployment.environment=prod"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", asked)
    told = resource().attributes
    assert (told["service.name"], told["deployment.environment"]) == ("guestlist-eu", "prod")
    assert told["service.version"]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "guests")
    assert resource().attributes["service.name"] == "guests"
