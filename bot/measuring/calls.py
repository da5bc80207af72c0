"""Calls to other services: timed, counted, and told in the trace of the turn or job that made them."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace

import aiohttp
from opentelemetry.trace import SpanKind

from bot.measuring.instruments import Instruments
from bot.measuring.stretches import Leaf, Stretches, now
from bot.measuring.watch import Call, Labels, Watch

_TOO_MANY, _REFUSED = 429, 400
_CONNECTOR = re.compile(r"/v3/conversations(?P<rest>/.*)?$")
_ELSEWHERE = "elsewhere"
_HERE = re.compile(r"(?<=/conversations)/[^/]+|(?<=/activities)/[^/]+|(?<=/members)/[^/]+")


class CountedCalls(Watch):
    """Sees every call to another service."""

    def __init__(self, instruments: Instruments, stretches: Stretches) -> None:
        self._instruments = instruments
        self._stretches = stretches
        self._open: set[Call] = set()

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn."""
        return sum(one.waited is None for one in tuple(self._open))

    @contextmanager
    def call(
        self, service: str, operation: str, kind: str = "", buckets: Mapping[str, float] | None = None
    ) -> Iterator[Call]:
        call = Call(service, operation, kind, buckets or {})
        self._open.add(call)
        try:
            yield call
        finally:
            self._open.discard(call)
            self._of_graph(call)

    def refused(self, service: str, bucket: str) -> None:
        self._instruments.count("guestlist.throttled", {"service": service, "bucket": bucket})

    def _of_graph(self, call: Call) -> None:
        took = time.monotonic() - call.begun
        waited = took if call.waited is None else call.waited
        method, status = call.operation.partition(" ")[0], call.status
        self._instruments.took("guestlist.graph.wait", waited, {"kind": call.kind})
        if call.waited is not None:
            told: Labels = {"kind": call.kind, "method": method, "status": status}
            self._instruments.took("guestlist.graph.duration", took - waited, told)
            for bucket, cost in call.buckets.items():
                self._instruments.count("guestlist.graph.cost", {"bucket": bucket}, cost)
        labels: Labels = {"guestlist.graph.kind": call.kind, "guestlist.graph.wait": round(waited, 6)}
        self._leaf(call, took, {**labels, "guestlist.graph.request_id": call.trace})

    def _leaf(self, call: Call, took: float, labels: Labels) -> None:
        ended, status = now(), call.status
        error = "no answer" if not status else str(status) if status >= _REFUSED else ""
        # Without the method: Azure's exporter would make `POST /` of the name of whatever has one.
        labels = {"http.response.status_code": status, **labels}
        begun = ended - int(took * 1e9)
        name = f"{call.service} {call.operation}"
        self._stretches.leaf(Leaf(name, SpanKind.CLIENT, begun, ended, labels, error))

    def session(self) -> aiohttp.TraceConfig:
        """Return what watches the calls of a session to the Bot Connector."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._began)
        config.on_request_end.append(self._ended)
        config.on_request_exception.append(self._lost)
        return config

    async def _began(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, sent: aiohttp.TraceRequestStartParams
    ) -> None:
        found = _CONNECTOR.search(sent.url.raw_path)
        where = _HERE.sub("/{id}", found[0].removeprefix("/v3")) if found else _ELSEWHERE
        context.call = Call("teams", f"{sent.method} {where}")

    async def _ended(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, got: aiohttp.TraceRequestEndParams
    ) -> None:
        context.call.answered(got.response.status)
        self._of_teams(context.call)

    async def _lost(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestExceptionParams
    ) -> None:
        self._of_teams(context.call)

    def _of_teams(self, call: Call) -> None:
        took, (method, _, where) = time.monotonic() - call.begun, call.operation.partition(" ")
        if where != _ELSEWHERE:
            told: Labels = {"method": method, "status": call.status}
            self._instruments.took("guestlist.teams.duration", took, told)
            if call.status == _TOO_MANY:
                self.refused("connector", "conversation")
        self._leaf(call, took, {})
