"""What a trace is made of where processes, bugs and samplers come between."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind, get_current_span

import app
from access.rules.model import RequestId
from bot.measuring.stretches import Ids, Leaf, Stretches, context_now, now, root_of, trace_of
from bot.settings import Settings
from tests.clinic import INVITE, QUICK, environment, guestlist_in, open_clinic, open_sandbox, until
from tests.journeys.acts import ana_is_given_health_records, approve
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector

ID = RequestId("0123456789abcdef0123456789abcdef")
OTHER = "fedcba9876543210fedcba9876543210"


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)


async def one(collector: Collector, name: str) -> Any:
    async def look() -> Any:
        return next((span for span in collector.spans if span.name == name), None)

    return await until(look, f"the span {name} was told")


@pytest.mark.usefixtures("quickly")
async def test_a_request_is_one_trace_though_its_processes_know_nothing_of_each_other(tmp_path: Path) -> None:
    async with open_sandbox() as clinic:
        told = []
        for part in ("asked", "approved"):
            async with open_collector() as collector:
                environ = environment(clinic.url, tmp_path / "guestlist.db")
                settings = Settings.read({**environ, "GUESTLIST_OTLP_URL": collector.url})
                assert isinstance(settings, Settings)
                async with guestlist_in(clinic, settings):
                    if part == "asked":
                        await clinic.say("megan", INVITE, "channel")
                        await clinic.card("alex", "ana@fabrikam.com")
                        told.append(await one(collector, "turn said invite"))
                    else:
                        await approve(clinic)
                        await clinic.card("diego", "Delivered", "channel")
                        told.append(await one(collector, "turn pressed approval.approve"))
                        told.append(await one(collector, "graph POST /invitations"))
                        points = [point async for point in _points(collector)]
        asked, approved, call = told
        assert asked.trace_id == approved.trace_id == call.trace_id
        assert approved.parent_span_id == asked.span_id
        assert [point.count for point in points] == [1]


async def _points(collector: Collector) -> Any:
    async def look() -> list[Any]:
        return [point for _, point in collector.points("guestlist.request.decision.duration")]

    for point in await until(look, "the decision was counted"):
        yield point


NAME = "Ana Lindqvist"
"""Of somebody over whom a bug stumbles."""


class Broken:
    """A store that has a bug where a number is looked up."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def numbered(self, number: int) -> Any:
        raise ZeroDivisionError(number, NAME)


@pytest.mark.usefixtures("quickly")
async def test_a_bug_is_told_as_one_with_where_it_was_and_without_what_it_quotes(tmp_path: Path) -> None:
    overrides = app.Overrides(patience=QUICK, store=Broken)
    async with open_collector() as collector:
        changed = {"GUESTLIST_OTLP_URL": collector.url}
        async with open_clinic(tmp_path, overrides, changed=changed) as clinic:
            await clinic.say("megan", "/audit R-1001")
            span = await one(collector, "turn said audit")
            assert (span.status.message, labels(span)["http.response.status_code"]) == ("bug", 200)

            async def look() -> Any:
                return next((one for one in collector.lines if "exception.type" in labels(one)), None)

            line = await until(look, "the bug was told")
            assert line.severity_text == "ERROR"
            assert labels(line)["exception.type"] == "ZeroDivisionError"
            assert "numbered" in labels(line)["exception.stacktrace"]
        assert NAME not in str(collector.everything())


def stretches(share: float = 1.0) -> tuple[Stretches, InMemorySpanExporter]:
    spans, ids = InMemorySpanExporter(), Ids()
    provider = TracerProvider(TraceIdRatioBased(share), id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Stretches(provider, ids), spans


def leaf() -> Leaf:
    return Leaf("call", SpanKind.CLIENT, now(), now(), {}, "")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_request_is_traced_whole_or_not_at_all(share: float) -> None:
    told, spans = stretches(share)
    with told.stretch("turn"):
        told.leaf(leaf())
        told.event(ID, "request.submitted", {}, made=True)
    with told.stretch("job step", request=ID):
        told.leaf(leaf())
    names = [span.name for span in spans.get_finished_spans()]
    assert names == (["call", "turn", "call", "job step"] if share else [])


def test_a_turn_that_looked_at_two_requests_belongs_to_neither_unless_it_changed_one() -> None:
    told, spans = stretches()
    with told.stretch("turn") as mine:
        mine.reads(ID)
        mine.reads(OTHER)
    with told.stretch("turn") as mine:
        mine.reads(OTHER)
        told.event(ID, "request.approved", {})
        mine.reads(OTHER)
        line = get_current_span(context_now()).get_span_context()
    neither, changed = spans.get_finished_spans()
    assert neither.context
    assert changed.context
    assert neither.context.trace_id not in {trace_of(ID), trace_of(OTHER)}
    assert changed.context.trace_id == trace_of(ID) == int(ID, 16) == line.trace_id
    assert changed.parent is not None
    assert changed.parent.span_id == root_of(ID)


def test_what_a_turn_left_behind_is_told_below_it_and_too_many_calls_are_counted() -> None:
    told, spans = stretches()
    with told.stretch("turn") as mine:
        for _ in range(300):
            told.leaf(leaf())
        mine.reads(ID)
    assert len(spans.get_finished_spans()) == 257
    turn = spans.get_finished_spans()[-1]
    assert dict(turn.attributes or {})["guestlist.calls.lost"] == 44
    assert get_current_span(context_now()).get_span_context().is_valid is False


def test_an_id_that_is_none_of_ours_has_a_trace_all_the_same() -> None:
    assert trace_of("r1") == trace_of("r1") != trace_of("r2")
    assert trace_of("0" * 32) != 0


@pytest.mark.usefixtures("quickly")
async def test_an_acceptance_that_a_reset_began_anew_is_reckoned_from_there(tmp_path: Path) -> None:
    overrides = app.Overrides(patience=QUICK)
    async with open_collector() as collector:
        changed = {"GUESTLIST_OTLP_URL": collector.url}
        async with open_clinic(tmp_path, overrides, changed=changed) as clinic:

            async def accepts(count: int) -> Any:
                async def told() -> Any:
                    # Again, for the reset may reach Entra only after it was first tried.
                    await clinic.act(act="accept", address="ana@fabrikam.com")
                    points = [one for _, one in collector.points("guestlist.request.acceptance.duration")]
                    return points[-1] if points and points[-1].count == count else None

                return await until(told, "the acceptance was told")

            await ana_is_given_health_records(clinic)
            first = await accepts(1)
            await clinic.say("megan", "/reset R-1001")

            async def begun_anew() -> bool:
                return (await clinic.guestlist.store.numbered(1001)).request.accepted_at is None

            await until(begun_anew, "the guest has to accept anew")
            second = await accepts(2)
            request = (await clinic.guestlist.store.numbered(1001)).request
            took = (request.accepted_at - request.relinked.at).total_seconds()
            # The directory tells whole seconds, so an acceptance may seem to come before what it follows.
            assert second.sum - first.sum == pytest.approx(max(took, 0.0))
            assert took < (request.accepted_at - request.delivered_at).total_seconds()
