"""The SDK and its exporters, by the settings; loaded where one of them is set."""

import asyncio
import logging
import os
import secrets
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from bot.credential import Credential
from bot.measuring.instruments import Instruments
from bot.measuring.lines import LogLines
from bot.measuring.running import Running
from bot.measuring.stretches import Ids, Stretches

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger(__name__)

_VENDORS = ("opentelemetry", "azure.monitor", "azure.core", "azure.identity", "urllib3", "requests")
_AZURE_ALONE = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
)
"""What Azure's exporter would tell Microsoft of itself, and be told to do."""


class _Outage:
    """Says once that nothing can be exported, and once that it can be again, whichever exporter it is."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._lock = threading.Lock()

    def heard(self, which: str, *, well: bool) -> None:
        with self._lock:
            before = bool(self._failing)
            (self._failing.discard if well else self._failing.add)(which)
            after = bool(self._failing)
        if after and not before:
            log.warning("Telemetry cannot be exported; what is not told in time is lost", extra={"to": which})
        elif before and not after:
            log.info("Telemetry is exported again")


class _Heard:
    """An exporter whose failures are heard; its vendor's own words are not."""

    def __init__(self, exporter: Any, which: str, outage: _Outage) -> None:
        self._exporter = exporter
        self._which = which
        self._outage = outage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exporter, name)

    def export(self, *batch: Any, **how: Any) -> Any:
        result = self._exporter.export(*batch, **how)
        self._outage.heard(self._which, well=result.name == "SUCCESS")
        return result


def _heard(exporter: Any, which: str, outage: _Outage) -> Any:
    return _Heard(exporter, which, outage)


class _Bridged:
    """Guestlist's own credential, as Azure's exporter wants one: asked from a thread of its own."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._loop = asyncio.get_running_loop()

    def get_token(self, *scopes: str, **_: Any) -> Any:
        asked = asyncio.run_coroutine_threadsafe(self._credential.get_token(*scopes), self._loop)
        return asked.result(timeout=20)


Exporters = dict[str, tuple[Any, Any, Any]]
"""By where it goes: the exporters of spans, metrics and log records."""


def _otlp(url: str) -> tuple[Any, Any, Any]:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter  # noqa: PLC0415 - when asked for
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - likewise
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - likewise

    return (
        OTLPSpanExporter(f"{url}/v1/traces"),
        OTLPMetricExporter(f"{url}/v1/metrics"),
        OTLPLogExporter(f"{url}/v1/logs"),
    )


def _azure(connection: str, credential: Credential | None) -> tuple[Any, Any, Any]:
    for name in _AZURE_ALONE:
        os.environ.setdefault(name, "true")
    from azure.monitor.opentelemetry import exporter  # noqa: PLC0415 - when asked for

    how: dict[str, Any] = {"connection_string": connection, "disable_offline_storage": True}
    if credential is not None:
        how["credential"] = _Bridged(credential)
    return (
        exporter.AzureMonitorTraceExporter(**how),
        exporter.AzureMonitorMetricExporter(**how),
        exporter.AzureMonitorLogExporter(**how),
    )


def resource() -> Resource:
    """Return who tells: what the standard's variables say of it counts before our own."""
    own = {
        "service.name": "guestlist",
        "service.version": version("guestlist"),
        "service.instance.id": secrets.token_hex(8),
    }
    return Resource.create({**own, **OTELResourceDetector().detect().attributes})


def open_running(settings: "Settings", credential: Credential | None) -> Running:
    """Open what the settings ask for; raises `ImportError` where its extra is not installed."""
    exporters: Exporters = {}
    if settings.otlp_url:
        exporters["otlp"] = _otlp(settings.otlp_url)
    if settings.azure_monitor:
        exporters["azure-monitor"] = _azure(settings.azure_monitor, credential)
    for vendor in _VENDORS:
        logging.getLogger(vendor).setLevel(logging.CRITICAL)
    outage, whose, ids = _Outage(), resource(), Ids()
    heard = {
        name: [_heard(one, f"{name} {signal}", outage) for one, signal in zip(three, _SIGNALS, strict=True)]
        for name, three in exporters.items()
    }
    readers: list[MetricReader] = [PeriodicExportingMetricReader(three[1]) for three in heard.values()]
    scrape = None
    if settings.metrics_port is not None:
        from bot.measuring.scraped import Scraped  # noqa: PLC0415 - when asked for

        scrape = Scraped(settings.host, settings.metrics_port)
        readers.append(scrape.reader)
    meters = MeterProvider(readers, whose, shutdown_on_exit=False)
    traces = logs = None
    if heard:
        traces = TracerProvider(resource=whose, id_generator=ids, shutdown_on_exit=False)
        logs = LoggerProvider(whose, shutdown_on_exit=False)
        for spans, _, records in heard.values():
            traces.add_span_processor(BatchSpanProcessor(spans))
            logs.add_log_record_processor(BatchLogRecordProcessor(records))
    lines = LogLines(logs) if logs else None
    ends = _ending([one.shutdown for one in (traces, logs, meters) if one], lines)
    instruments = Instruments(meters.get_meter("guestlist"))
    return Running(instruments, Stretches(traces, ids), ends, scrape)


_SIGNALS = ("traces", "metrics", "logs")


def _ending(closes: list[Callable[[], None]], lines: LogLines | None) -> Callable[[], Any]:
    """Return what tells the rest: side by side, in threads of which none keeps the process from its end."""

    async def end() -> None:
        if lines is not None:
            lines.stop()
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        left = len(closes)

        def one_less() -> None:
            nonlocal left
            left -= 1
            if not left:
                over.set()

        def run(close: Callable[[], None]) -> None:
            close()
            if not loop.is_closed():
                loop.call_soon_threadsafe(one_less)

        for close in closes:
            threading.Thread(target=run, args=(close,), daemon=True, name="telemetry ends").start()
        await over.wait()

    return end
