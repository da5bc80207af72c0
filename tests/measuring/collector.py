"""A collector of OpenTelemetry over HTTP for tests: it decodes what comes as its protocol says."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

QUICKLY = {
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BLRP_SCHEDULE_DELAY": "100",
    "OTEL_METRIC_EXPORT_INTERVAL": "200",
}
"""The standard's settings for who does not want to wait for a minute."""


@dataclass(slots=True)
class Collector:
    """Keeps everything; while it is `away`, it answers 503."""

    url: str = ""
    away: bool = False
    refused: int = 0
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    metrics: list[ExportMetricsServiceRequest] = field(default_factory=list)
    logs: list[ExportLogsServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for one in tuple(self.traces)
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def lines(self) -> list[Any]:
        return [
            line
            for one in tuple(self.logs)
            for resource in one.resource_logs
            for scope in resource.scope_logs
            for line in scope.log_records
        ]

    def points(self, name: str) -> Iterator[tuple[dict[str, Any], Any]]:
        """Yield what was told last of a metric, by its labels."""
        for one in reversed(self.metrics):
            every = [m for r in one.resource_metrics for s in r.scope_metrics for m in s.metrics]
            for metric in every:
                if metric.name == name:
                    data = getattr(metric, metric.WhichOneof("data"))
                    yield from ((labels(point), point) for point in data.data_points)
                    return

    def everything(self) -> str:
        return "\n".join(MessageToJson(one) for one in (*self.traces, *self.metrics, *self.logs))


def labels(one: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in one.attributes}


@asynccontextmanager
async def open_collector() -> AsyncIterator[Collector]:
    collector = Collector()
    kinds: dict[str, tuple[Any, list[Any]]] = {
        "traces": (ExportTraceServiceRequest, collector.traces),
        "metrics": (ExportMetricsServiceRequest, collector.metrics),
        "logs": (ExportLogsServiceRequest, collector.logs),
    }

    async def take(request: web.Request) -> web.Response:
        message, kept = kinds[request.match_info["kind"]]
        body = await request.read()
        if collector.away:
            collector.refused += 1
            return web.Response(status=503)
        kept.append(message.FromString(body))
        return web.Response(content_type="application/x-protobuf")

    application = web.Application(client_max_size=2**26)
    application.add_routes([web.post("/v1/{kind}", take)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()
