"""Many guests, invited in several ways on one double of Graph: calls, seconds, and what each way loses.

The double is the sandbox, in a process of its own, with Microsoft's documented limits and an answer after a
tenth of a second. The ideal is reckoned from the calls that a way really made: as long as the tightest limit
takes for them, and nothing else.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench import ways
from bench.processes import free_port, served
from sandbox.entra import TABLES
from sandbox.entra.throttle import Meter
from sandbox.settings import Settings
from sandbox.switches import Switches

MANY, FEW = 500, 60
"""Guests; those of a plain loop are fewer, which has a way to go for each."""
TAKES = 0.1
"""Seconds after which the double answers."""
INVITATIONS, WRITES, UNITS = 30, 20, 350
"""What Graph takes of each in a second from an app in a small tenant."""
MOST_WRITES, MOST_UNITS = 3_000, 3_500
"""What it takes of these at once: learn.microsoft.com/graph/throttling-limits."""
CALM: Mapping[str, float] = {"delay": 1.0}
FAULTS: Mapping[str, float] = {"503-before": 0.02, "504-after": 0.02, "reset-after": 0.01, "delay": 0.95}
LAG = 30.0
"""Seconds for which, at the most, a new guest is unknown."""
_RETRY_AFTER = [1, 5, 120, "absent", "date"]
_METER = Meter(time.monotonic, Switches({}))


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a way; CPU in milliseconds, of the client alone."""

    guests: int
    calls: int
    seconds: float
    ideal: float
    throttled: int
    lost: int
    """Guests who were not given the access, whatever the way believes."""
    invited_again: int
    """Guests of whom another invitation was made: the link of the first is dead."""
    mailed_twice: int
    assigned_twice: int
    """Guests whose access was given more than once: taken away in between, as the double has each once."""
    cpu: float
    peak: float = 0.0
    """The most memory that Guestlist's process ever had, in MB; of other ways it is not measured."""


@dataclass(slots=True)
class Double:
    """The sandbox's controls, and what it says has happened since it was last cleared."""

    url: str
    http: aiohttp.ClientSession
    since: int = 0

    async def control(self, path: str, body: Mapping[str, Any]) -> None:
        async with self.http.post(f"{self.url}/sandbox/{path}", json=body) as answer:
            answer.raise_for_status()

    async def clear(self, mix: Mapping[str, float], lag: float) -> None:
        """Begin anew: nobody was invited, no limit is used, and faults come as they are mixed."""
        await self.control("reset", {})
        await self.control("switches", {"lag": lag, "lagVaries": bool(lag)})
        rule = {"mix": mix, "match": {"path": "^/v1"}, "seconds": TAKES, "retryAfter": _RETRY_AFTER}
        await self.control("faults", rule)
        self.since = max((one["seq"] for one in await self.ledger()), default=0)

    async def ledger(self) -> Sequence[Mapping[str, Any]]:
        query = {"after": str(self.since)}
        async with self.http.get(f"{self.url}/sandbox/ledger", params=query) as answer:
            return list(await answer.json())


@asynccontextmanager
async def double() -> AsyncIterator[Double]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        served(["-m", "sandbox", "--port", str(port)], f"{url}/sandbox/switches"),
        aiohttp.ClientSession() as http,
    ):
        yield Double(url, http)


def rows(found: Mapping[str, Run]) -> list[tuple[str, ...]]:
    """Return a line for each way."""
    return [
        (
            way,
            str(run.guests),
            f"{run.calls / run.guests:.1f}",
            f"{run.seconds:.1f} s",
            f"{run.ideal:.1f} s",
            f"{run.throttled / run.calls:.1%}",
            str(run.lost),
            f"{run.invited_again} / {run.mailed_twice} / {run.assigned_twice}",
            f"{run.cpu / run.calls:.1f} ms",
            f"{run.peak:.0f} MB" if run.peak else "",
        )
        for way, run in found.items()
    ]


HEADS = (
    "way",
    "guests",
    "calls a guest",
    "took",
    "ideal",
    "answered 429",
    "lost",
    "invited again / mailed twice / assigned twice",
    "CPU a call",
    "most memory",
)


def ideal(calls: Counter[str]) -> float:
    """Return the seconds that the tightest limit needs for these; an invitation counts as a write, too."""
    invitations, writes = calls["invitations"], calls["writes"] + calls["invitations"]
    return max(
        invitations / INVITATIONS,
        (writes - MOST_WRITES) / WRITES,
        (calls["units"] - MOST_UNITS) / UNITS,
    )


def costs(entries: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """Count what the calls cost by the limits of the directory; mail has its own."""
    found: Counter[str] = Counter()
    for one in entries:
        method, path = one["method"], one["path"]
        if "/messages" in path or one["status"] == 429:
            continue
        routes = (each for each in TABLES["v1.0"] if each.pattern.fullmatch(path))
        route = next((each.path for each in routes if each.method == method), path)
        found["units"] += _METER.units(method, route, one["query"])
        found["invitations"] += (method, path) == ("POST", "/invitations")
        found["writes"] += method != "GET" and path != "/invitations"
    return found


def judged(entries: Sequence[Mapping[str, Any]], addresses: Sequence[str], seconds: float, cpu: float) -> Run:
    """Return what became of a run, as the double knows it."""
    calls = [one["detail"] for one in entries if one["kind"] == "graph.call"]
    of = Counter((one["kind"], one["detail"].get("address")) for one in entries)
    invited = [of["invitation.created", address] for address in addresses]
    given = [of["member.added", address] for address in addresses]
    sent = (one["detail"]["to"] for one in entries if one["kind"] == "mail.sent")
    mails = Counter(address for to in sent for address in to)
    return Run(
        guests=len(addresses),
        calls=len(calls),
        seconds=seconds,
        ideal=ideal(costs(calls)),
        throttled=sum(one["status"] == 429 for one in calls),
        lost=given.count(0),
        invited_again=sum(one > 1 for one in invited),
        mailed_twice=sum(mails[address] > 1 for address in addresses),
        assigned_twice=sum(one > 1 for one in given),
        cpu=cpu * 1000,
    )


async def run(on: Double, way: ways.Way, count: int, mix: Mapping[str, float], lag: float) -> Run:
    await on.clear(mix, lag)
    addresses = [f"guest{number}@partner{number % 97}.example" for number in range(count)]
    async with way(on.url, Settings().token) as invite:
        begun, spent = time.monotonic(), time.process_time()
        await invite(addresses)
        seconds, cpu = time.monotonic() - begun, time.process_time() - spent
    return judged(await on.ledger(), addresses, seconds, cpu)


async def measure(mix: Mapping[str, float] = CALM, lag: float = 0.0) -> dict[str, Run]:
    async with double() as on:
        return {
            "a loop of msgraph-sdk": await run(on, ways.loop, FEW, mix, lag),
            "msgraph-sdk with `asyncio.gather`": await run(on, ways.gathered, MANY, mix, lag),
            "`$batch` of 20, one after the other": await run(on, ways.batches, MANY, mix, lag),
        }


async def _main() -> None:
    for name, mix, lag in (("calm", CALM, 0.0), ("faults", FAULTS, LAG)):
        print(name, *HEADS, sep=" | ")
        for row in rows(await measure(mix, lag)):
            print(" | ".join(row), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
