"""A request that is written together with what it does to another: both, or neither."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from access.rules.jobs import Claim
from access.rules.model import Change, RequestId


@dataclass(frozen=True, slots=True)
class Along:
    """What becomes of another request."""

    request_id: RequestId
    change: Claim


@dataclass(frozen=True, slots=True)
class Together:
    """Makes a request by its number and the time; where the other is stale by then, nothing is written."""

    make: Callable[[int, datetime], Change]
    along: Along

    @property
    def about(self) -> RequestId:
        return self.along.request_id
