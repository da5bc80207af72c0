"""Turns and jobs as parts of one trace per request: its id is the request's own, in whatever process.

A turn is known to concern a request only when it has looked it up, or made it. So what it called is kept
until it ends, and told then.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from access.ports.sharing import sharers
from access.rules.model import RequestId
from bot.measuring.watch import Labels

_MOST = 256
"""Calls, and events, of one stretch that are kept; the rest is counted."""
_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_NOW: ContextVar["Stretch | None"] = ContextVar("stretch", default=None)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Something that a stretch waited for, with its times in nanoseconds of the host's clock."""

    name: str
    kind: SpanKind
    begun: int
    ended: int
    labels: Labels
    error: str


@dataclass(slots=True)
class Stretch:
    """A turn, or the run of a job."""

    name: str
    begun: int
    kind: SpanKind = SpanKind.INTERNAL
    request: str = ""
    """Whose trace it belongs to: of a turn, the one that it makes or changes, else the one it reads."""
    made: bool = False
    error: str = ""
    labels: dict[str, str | int | float | bool] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    events: list[tuple[str, int, Labels]] = field(default_factory=list)
    lost: int = 0
    over: bool = False
    told: Span | None = None
    """Set when it has ended; what it began and left behind is told at once."""
    _firm: bool = False
    _others: bool = False

    def reads(self, request_id: str) -> None:
        if not self._firm and self.request != request_id:
            self._others = self._others or bool(self.request)
            self.request = "" if self._others else request_id

    def changes(self, request_id: str, *, made: bool = False) -> None:
        if not self._firm:
            self.request, self.made, self._firm = request_id, made, True

    def fix(self) -> None:
        """Have nothing else change whose it is."""
        self._firm = True


class Ids(IdGenerator):
    """Random ids, but for the first span of a request."""

    def __init__(self) -> None:
        self.wanted: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        return self.wanted[0] if self.wanted else secrets.randbits(128) or 1

    def generate_span_id(self) -> int:
        return self.wanted[1] if self.wanted else secrets.randbits(64) or 1

    def is_trace_id_random(self) -> bool:
        return True


def trace_of(request_id: str) -> int:
    """Return the id of a request's trace: its own, which has as many random bits."""
    known = request_id if _ID.fullmatch(request_id) else _digest(f"trace {request_id}")[:32]
    return int(known, 16)


def root_of(request_id: str) -> int:
    """Return the id of the span in which a request was made, which every replica knows."""
    return int(_digest(f"root {request_id}")[:16], 16) or 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def now() -> int:
    return time.time_ns()


def stretch_now() -> Stretch | None:
    return _NOW.get()


def _waiting() -> list[Stretch]:
    """Return the stretches that wait for what is under way, each once."""
    found: list[Stretch | None] = [one.get(_NOW) for one in sharers()] or [_NOW.get()]
    return list({id(one): one for one in found if one is not None}.values())


class Stretches:
    """Tells spans to a provider; everything here runs in the event loop's thread."""

    def __init__(self, provider: TracerProvider | None, ids: Ids) -> None:
        self._tracer = provider.get_tracer("guestlist") if provider else None
        self._sampler = provider.sampler if provider else ALWAYS_OFF
        self._ids = ids

    @contextmanager
    def stretch(self, name: str, kind: SpanKind = SpanKind.INTERNAL, request: str = "") -> Iterator[Stretch]:
        """Keep what the block does for one span and those below it."""
        mine = Stretch(name, now(), kind, request)
        if request:
            mine.fix()
        token = _NOW.set(mine)
        try:
            yield mine
        finally:
            _NOW.reset(token)
            mine.over = True
            self._tell(mine)

    def leaf(self, leaf: Leaf) -> None:
        """Note a call in each stretch that waits for it; outside of any none is told."""
        if self._tracer is None:
            return
        for mine in _waiting():
            if mine.told is not None:
                self._tell_leaf(self._tracer, mine.told, leaf)
            elif len(mine.leaves) < _MOST:
                mine.leaves.append(leaf)
            else:
                mine.lost += 1

    def event(self, request_id: RequestId, name: str, labels: Labels, *, made: bool = False) -> None:
        """Note what a change has written; outside of a stretch of its request it is a span of its own."""
        if self._tracer is None:
            return
        mine = _NOW.get()
        if mine is not None and mine.told is None:
            mine.changes(request_id, made=made)
            if mine.request == request_id:
                if len(mine.events) < _MOST:
                    mine.events.append((name, now(), labels))
                return
        at = now()
        alone = Stretch("request submitted" if made else "change", at, request=request_id, made=made)
        alone.events.append((name, at, labels))
        self._tell(alone)

    def _tell(self, mine: Stretch) -> None:
        if (tracer := self._tracer) is None:
            return
        span = self._begun(tracer, mine)
        for name, at, labels in mine.events:
            span.add_event(name, dict(labels), at)
        for leaf in mine.leaves:
            self._tell_leaf(tracer, span, leaf)
        if mine.lost:
            span.set_attribute("guestlist.calls.lost", mine.lost)
        if mine.error:
            span.set_status(Status(StatusCode.ERROR, mine.error))
        mine.told = span
        mine.leaves, mine.events = [], []
        span.end(now())

    def _begun(self, tracer: Tracer, mine: Stretch) -> Span:
        context = Context()
        if mine.request and not mine.made:
            context = self._below(mine.request, mine.name)
        elif mine.request:
            self._ids.wanted = trace_of(mine.request), root_of(mine.request)
        labels = {**mine.labels, **({"guestlist.request.id": mine.request} if mine.request else {})}
        try:
            return tracer.start_span(mine.name, context, mine.kind, labels, start_time=mine.begun)
        finally:
            self._ids.wanted = None

    def _below(self, request_id: str, name: str) -> Context:
        """Return the context of a request's first span, which may have been told by another process."""
        trace = trace_of(request_id)
        sampled = self._sampler.should_sample(None, trace, name).decision is not Decision.DROP
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        parent = SpanContext(trace, root_of(request_id), is_remote=True, trace_flags=flags)
        return set_span_in_context(NonRecordingSpan(parent), Context())

    def _tell_leaf(self, tracer: Tracer, above: Span, leaf: Leaf) -> None:
        if not above.get_span_context().trace_flags.sampled:
            return
        context = set_span_in_context(above, Context())
        span = tracer.start_span(leaf.name, context, leaf.kind, dict(leaf.labels), start_time=leaf.begun)
        if leaf.error:
            span.set_status(Status(StatusCode.ERROR, leaf.error))
        span.end(leaf.ended)


def context_now() -> Context:
    """Return what a line of the log belongs to: the trace of the one request, where that is known by now."""
    found = {one.request for one in _waiting()}
    request = found.pop() if len(found) == 1 else ""
    if not request:
        return Context()
    parent = SpanContext(trace_of(request), root_of(request), is_remote=True)
    return set_span_in_context(NonRecordingSpan(parent), Context())
