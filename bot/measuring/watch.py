"""What calls to others and the stretches of work are seen by: nobody, where no telemetry is set."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import TraceConfig

from bot.overrides import Overrides

Labels = Mapping[str, str | int | float | bool]
"""Words that Guestlist chose itself, ids and numbers: never what somebody has typed or is called."""


@dataclass(slots=True, eq=False)
class Call:
    """One call to somebody else's service; times are those of `time.monotonic`."""

    service: str
    operation: str
    """What is called, without any id or address, such as `GET /users/{user-id}`."""
    kind: str = ""
    buckets: Mapping[str, float] = field(default_factory=dict)
    """What it costs of the limits that Microsoft documents, by their names."""
    begun: float = field(default_factory=time.monotonic)
    waited: float | None = None
    """Seconds in which it was not called yet, for want of a turn; None while it has none."""
    status: int = 0
    """0 where no answer came."""
    trace: str = ""
    """The service's own id of the answer."""
    error: str = ""

    def may_go(self) -> None:
        self.waited = time.monotonic() - self.begun

    def answered(self, status: int, trace: str = "") -> None:
        self.status, self.trace = status, trace


class Watch:
    """Sees nothing; whoever measures overrides what is to be seen."""

    @contextmanager
    def call(
        self, service: str, operation: str, kind: str = "", buckets: Mapping[str, float] | None = None
    ) -> Iterator[Call]:
        """Watch a call that the block makes."""
        yield Call(service, operation, kind, buckets or {})

    def refused(self, service: str, bucket: str) -> None:
        """Hear that a service has answered 429; the bucket is the tightest of the limits that counted."""


class Telemetry:
    """What is composed around the ports and endpoints: nothing, where nothing is to be told to anybody."""

    watch = Watch()
    http: tuple[TraceConfig, ...] = ()
    """For the session of the connector."""
    is_on = False

    def between(self, overrides: Overrides) -> Overrides:
        """Return what stands between the use cases and the world, with what measures around it."""
        return overrides

    def flows(self, flows: Any) -> Any:
        return flows

    def middlewares(self) -> list[Any]:
        return []

    async def open(self) -> None:
        """Listen to who scrapes; raises `OSError` where the port is taken."""

    async def read(self, guestlist: Any) -> None:
        """Read, until canceled, what has to be asked for to be told."""

    async def close(self) -> None:
        """Tell what has not been told yet; whoever does not want to wait for that cancels it."""
