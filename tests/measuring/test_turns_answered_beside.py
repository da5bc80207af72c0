"""A turn that is answered beside its call, such as a file, is told by its name, its calls and its outcome."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import app
from bot.measuring.instruments import Instruments
from bot.measuring.running import Running
from tests.clinic import QUICK, Clinic, open_clinic, until
from tests.journeys.acts import ana_is_given_health_records
from tests.journeys.test_guests_as_file import consent, files, offered
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector
from tests.measuring.test_parts_of_a_trace import stretches


async def consented(collector: Collector) -> Any:
    async def look() -> Any:
        return next((one for one in collector.spans if one.name.startswith("turn consented ")), None)

    return await until(look, "what was consented to was told")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)


async def outcome(collector: Collector, wanted: str) -> Any:
    async def look() -> Any:
        points = [told for told, _ in collector.points("guestlist.turn.duration")]
        return {"kind": "consented", "outcome": wanted} in points

    return await until(look, f"a turn that was {wanted} was counted")


async def offer_in(clinic: Clinic) -> Any:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    return await offered(clinic)


async def test_a_file_is_a_turn_of_its_own_with_its_upload(tmp_path: Path) -> None:
    async with open_collector() as collector:
        changed = {"GUESTLIST_OTLP_URL": collector.url}
        async with open_clinic(tmp_path, app.Overrides(patience=QUICK), changed=changed) as clinic:
            await consent(clinic, "megan", await offer_in(clinic))
            await until(lambda: files(clinic), "the file is there")
            span = await consented(collector)
            assert labels(span)["guestlist.turn.word"] != "other"
            below = [one.name for one in collector.spans if one.parent_span_id == span.span_id]
            assert "teams PUT elsewhere" in below
            await outcome(collector, "answered")


class Broken:
    def name_of(self, _: Any) -> str:
        return "guests.save"

    async def answer(self, _: Any) -> Any:
        raise ZeroDivisionError


class Consented:
    """A turn of that name."""


async def test_a_bug_in_what_is_answered_beside_its_call_is_counted_as_one() -> None:
    told, spans = stretches()
    reader = InMemoryMetricReader()

    async def ends() -> None: ...

    running = Running(Instruments(MeterProvider([reader]).get_meter("x")), told, ends)
    with told.stretch("turn"):
        beside = asyncio.create_task(running.flows(Broken()).answer(Consented()))
    with pytest.raises(ZeroDivisionError):
        await beside
    assert [(one.name, one.status.description) for one in spans.get_finished_spans()] == [
        ("turn", None),
        ("turn consented guests.save", "bug"),
    ]
    read = reader.get_metrics_data()
    found = [one for each in (read.resource_metrics if read else ()) for one in each.scope_metrics]
    points = [
        dict(point.attributes or {})
        for one in found
        for metric in one.metrics
        for point in metric.data.data_points
    ]
    assert points == [{"kind": "consented", "outcome": "bug"}]
