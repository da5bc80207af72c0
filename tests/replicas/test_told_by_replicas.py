"""Replicas tell one trace of a request, and count together what happened once, once."""

from pathlib import Path
from typing import Any

from tests.clinic import until
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector
from tests.replicas.replicas import open_fleet

GUESTS = ("ana", "bea", "cleo", "dora")


def counted(collector: Collector, name: str) -> dict[tuple[Any, ...], int]:
    """Return what all processes together have counted of a metric, by labels: each one's newest word."""
    newest: dict[str, dict[tuple[Any, ...], int]] = {}
    for one in collector.metrics:
        for resource in one.resource_metrics:
            process = labels(resource.resource)["service.instance.id"]
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                if metric.name == name:
                    points = getattr(metric, metric.WhichOneof("data")).data_points
                    newest[process] = {
                        tuple(labels(point).values()): getattr(point, "count", 0) or point.as_int
                        for point in points
                    }
    total: dict[tuple[Any, ...], int] = {}
    for each in newest.values():
        for key, value in each.items():
            total[key] = total.get(key, 0) + value
    return total


async def test_a_request_that_several_replicas_work_on_is_one_trace_and_is_counted_once(
    tmp_path: Path, database: str
) -> None:
    async with open_collector() as collector, open_fleet(tmp_path, database, 0) as fleet:
        fleet.settings |= {"GUESTLIST_OTLP_URL": collector.url, **QUICKLY}
        await fleet.start(2)
        one, other = fleet.replicas
        await fleet.route(one)
        for guest in GUESTS:
            await fleet.ask(guest)
        for guest in GUESTS:
            await fleet.clinic.card("alex", f"{guest}@fabrikam.com")
        await fleet.route(other)
        for guest in GUESTS:
            await fleet.approve(guest)
        await fleet.delivered(len(GUESTS))

        async def told() -> bool:
            moved = counted(collector, "guestlist.request.transitions")
            return sum(moved.values()) == 3 * len(GUESTS)

        await until(told, "all transitions were told, and none twice")
        moved = counted(collector, "guestlist.request.transitions")
        assert sorted(moved.values()) == [len(GUESTS)] * 3

        async def whole() -> bool:
            made = [span for span in collector.spans if span.name == "graph POST /invitations"]
            return len(made) == len(GUESTS)

        await until(whole, "each invitation was told")
        ids = {bytes.fromhex(row) for (row,) in await fleet.rows("SELECT id FROM requests")}
        for name in ("turn said invite", "turn pressed approval.approve", "graph POST /invitations"):
            assert {span.trace_id for span in collector.spans if span.name == name} == ids, name
