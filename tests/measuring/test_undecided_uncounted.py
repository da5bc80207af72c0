"""What is made in force, and nobody decided then, has no time to decision."""

from types import SimpleNamespace
from typing import Any

import pytest

from access.rules.model import Kind, Record, State
from bot.measuring.ports import WatchedStore


class Counted:
    def __init__(self) -> None:
        self.took_: list[str] = []

    def count(self, *_: Any) -> None: ...

    def event(self, *_: Any, **__: Any) -> None: ...

    def took(self, name: str, *_: Any) -> None:
        self.took_.append(name)


class Made:
    def __init__(self, record: Any) -> None:
        self.record = record

    async def add(self, _: Any) -> Any:
        return self.record


@pytest.mark.parametrize(("waived", "count"), [(None, 0), (object(), 1)])
async def test_a_request_made_in_force_is_a_decision_only_where_it_was_waived(
    waived: object, count: int
) -> None:
    at = SimpleNamespace(total_seconds=float)

    class Instant:
        def __sub__(self, _: object) -> Any:
            return at

    request: Any = SimpleNamespace(
        request_id="1", number=1, kind=next(iter(Kind)), state=State.DELIVERING,
        waived=waived, changed_at=Instant(), submitted_at=Instant(),
    )  # fmt: skip
    record = object.__new__(Record)
    object.__setattr__(record, "request", request)
    told: Any = Counted()
    await WatchedStore(Made(record), told, told).add(None)
    assert told.took_.count("guestlist.request.decision.duration") == count
