"""Until when a list is given is no hope: never before the tenant's documented limits let it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules.bulk import Bulk, Verdict
from access.rules.list_run import Counts, Pace, pace_of, progress
from access.rules.model import Give, GiveKind, ObjectId, Request, State
from tests.cards import gallery

ROLE = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
GROUP = Give(GiveKind.GROUP, ObjectId("partners"), "Partners")
ALONE, MANY = pace_of(shared=False), pace_of(shared=True)
TEN_THOUSAND = 10_000


def running(give: Give, pace: Pace, counts: Mapping[Verdict, int]) -> Request:
    request: Request = gallery.pending().request
    bulk = Bulk(
        list_id=request.request_id,
        file="",
        digest="",
        rows=sum(counts.values()),
        counts=tuple(counts.items()),
        domains=(),
        quota=pace.quota,
        invitations=pace.invitations,
        since=request.changed_at,
    )
    return replace(request, state=State.DELIVERING, give=give, bulk=bulk)


def left(request: Request, done: int = 0) -> float:
    assert request.bulk is not None
    counts = Counts(states={State.DELIVERED: done})
    found = progress(request, request.bulk, counts).left
    assert found is not None
    return found.total_seconds()


@pytest.mark.parametrize(
    ("give", "pace", "new", "known", "least"),
    [
        (ROLE, ALONE, 10_000, 0, (20_000 - 3_000) / 20),
        (ROLE, MANY, 10_000, 0, (20_000 - 2_250) / 15),
        (ROLE, pace_of(shared=False, share=50), 10_000, 0, (20_000 - 1_500) / 10),
        (ROLE, ALONE, 1_000, 0, 1_000 / 30),
        (ROLE, ALONE, 5_000, 5_000, (15_000 - 3_000) / 20),
        (GROUP, ALONE, 10_000, 0, (10_500 - 3_000) / 20),
        (GROUP, ALONE, 2_000, 0, 2_000 / 30),
        (GROUP, MANY, 2_000, 0, 2_000 / 19),
    ],
)
def test_what_is_left_is_what_the_documented_limits_take(
    give: Give, pace: Pace, new: int, known: int, least: float
) -> None:
    told = left(running(give, pace, {Verdict.NEW: new, Verdict.GUEST: known}))
    assert least <= told <= least * 1.05


def test_what_goes_at_once_is_counted_once_and_not_again_after_a_pause() -> None:
    request = running(ROLE, ALONE, {Verdict.NEW: TEN_THOUSAND})
    bulk = request.bulk
    assert bulk is not None
    assert bulk.since is not None
    assert left(request, 5_000) == 500, "ten a second, whatever the pace of the first was"
    assert left(replace(request, bulk=replace(bulk, rate=1_700.0)), 5_000) == 500
    assert left(replace(request, bulk=replace(bulk, done_before=100)), 100) == 990
    later = replace(request, changed_at=bulk.since + timedelta(seconds=30))
    assert left(later, 850) == pytest.approx((18_300 - 2_800 - 600 + 1_700) / 20)


def test_it_is_no_better_than_it_went() -> None:
    request = running(ROLE, ALONE, {Verdict.NEW: 1_000})
    assert request.bulk is not None
    slow = replace(request, bulk=replace(request.bulk, rate=60.0))
    assert left(slow, 400) == 600
