"""The places between the use cases and the world at which a test may stand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.rules.list_run import Pace
from access.service.steps import Patience
from bot.clock import host_time


def unchanged(port: Any) -> Any:
    return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a test puts between the use cases and the real adapters; nothing, in production."""

    store: Callable[[Any], Any] = unchanged
    directory: Callable[[Any], Any] = unchanged
    access: Callable[[Any], Any] = unchanged
    changes: Callable[[Any], Any] = unchanged
    mail: Callable[[Any], Any] = unchanged
    chat: Callable[[Any], Any] = unchanged
    runs: Callable[[Any], Any] = unchanged
    """What runs each kind of job."""
    patience: Patience = field(default_factory=Patience)
    pace: Pace | None = None
    """Of the runs of lists; None is that of the deployment."""
    clock: Callable[[], datetime] = host_time
    """What the host's clock says."""
