"""Each row of a list has every call in its trace that it waited for, though others waited for it as well."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app
from access.service.shared import Shared
from bot.measuring.stretches import Stretches
from tests.clinic import QUICK, Clinic, open_clinic, until
from tests.journeys.acts import approve
from tests.journeys.lists import sent
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector
from tests.measuring.test_parts_of_a_trace import ID, OTHER, leaf, stretches

GUESTS = ("ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com")
TOGETHER, ALONE = "graph PATCH /groups/{group-id}", "graph POST /groups/{group-id}/members/$ref"

LOOKUP = "graph GET /users"


@dataclass(slots=True)
class Told:
    clinic: Clinic
    collector: Collector

    async def of_row(self, number: int, call: str, times: int = 1) -> Counter[str]:
        """Return the spans of a row's trace by their names, once a call is among them so often."""
        row = (await self.clinic.guestlist.store.numbered(number)).request.request_id

        async def look() -> Any:
            found = Counter(one.name for one in self.collector.spans if one.trace_id.hex() == row)
            return found if found[call] >= times else None

        found: Counter[str] = await until(look, f"{call} is in the trace of R-{number}")
        return found


@pytest.fixture
async def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)
    async with open_collector() as collector:
        changed = {"GUESTLIST_OTLP_URL": collector.url}
        async with open_clinic(tmp_path, app.Overrides(patience=QUICK), changed=changed) as clinic:
            yield Told(clinic, collector)


async def test_the_call_that_gives_three_rows_their_access_is_in_the_trace_of_each(told: Told) -> None:
    await sent(told.clinic, *GUESTS)
    await approve(told.clinic)
    await told.clinic.card("megan", "Delivered: 3 of 3")
    for number in (1002, 1003, 1004):
        row = await told.of_row(number, TOGETHER)
        assert row["graph POST /invitations"] == 1
        assert row[LOOKUP] >= 1, "whose answer was for all three"
        assert row[TOGETHER] == 1, "once, though the row waited for it in one of its stretches"
    counted = sum(
        point.count
        for kind, point in told.collector.points("guestlist.graph.duration")
        if kind["method"] == "PATCH"
    )
    patches = [one for one in await told.clinic.ledger("graph.call") if one["detail"]["method"] == "PATCH"]
    assert counted <= len(patches), "what is shared is counted once"


async def test_a_row_that_is_added_alone_has_each_try_and_each_line_of_it_in_its_trace(told: Told) -> None:
    await sent(told.clinic, GUESTS[0])
    await told.clinic.fault(match={"method": "POST", "path": "/groups/"}, mix={"503-before": 1.0}, times=2)
    await approve(told.clinic)
    await told.clinic.card("megan", "Delivered: 1 of 1")
    assert (await told.of_row(1002, ALONE, 3))[ALONE] == 3
    refused = [one for one in told.collector.lines if labels(one).get("guestlist.status") == 503]
    row = (await told.clinic.guestlist.store.numbered(1002)).request.request_id
    assert [one.trace_id.hex() for one in refused] == [row, row]


async def reading(told: Stretches, shared: Shared[None], request: str, go: asyncio.Event) -> None:
    async def read() -> None:
        await go.wait()
        told.leaf(leaf())

    with told.stretch("job step", request=request):
        await asyncio.gather(shared.once("key", read), shared.once("key", read))


async def test_a_reading_that_two_wait_for_is_told_once_in_the_stretch_of_each() -> None:
    told, spans = stretches()
    shared, go = Shared[None](), asyncio.Event()
    both = [asyncio.create_task(reading(told, shared, one, go)) for one in (ID, OTHER)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*both)
    calls = [one for one in spans.get_finished_spans() if one.name == "call"]
    assert sorted(f"{one.context.trace_id:032x}" for one in calls if one.context) == [str(ID), OTHER]
