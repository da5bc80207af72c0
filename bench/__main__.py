"""`make bench`: measures, prints, and keeps it in `docs/performance.md` with commit and machine."""

import asyncio
import json
import os
import platform
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import bulk, dry_run, lasting, list_run, load, redeeming, rows
from bench.rows import POSTGRESQL, SQLITE, Row

TARGET = Path(__file__).parent.parent / "docs" / "performance.md"
KEPT = Path(__file__).parent.parent / "build" / "bench.json"


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def _pace() -> float:
    """Return the milliseconds of CPU that a fixed loop takes: the machine's pace at this moment."""
    begun, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number & 255
    return (time.process_time() - begun) * 1000


def _told(found: list[Row]) -> list[Row]:
    """Print what was measured so far: a run takes long."""
    for row in found:
        print(" | ".join(row), flush=True)
    return found


def _table(heads: Row, found: list[Row]) -> str:
    lines = [heads, ("---",) * len(heads), *found]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_TEXT = """# Performance

Measured by `make bench` on {date} at commit {commit}, in one run of {took:.0f} minutes, on {cores} cores
with Python {python}. Load, doubles, databases and Guestlist share the machine with whatever else runs on
it, so read ratios and CPU before rates. A million rounds of a Python loop took {pace:.0f} ms of CPU
before the run and {pace_after:.0f} ms after it; the load average of the last 15 minutes was {load:.1f}.

## A turn: `/help`, answered with a card of 3 KB

Each bot is a process of its own. Tokens are RS256 and real; the login host and the connector are reached over
TLS, in the process that also sends the activities, on the other core.

{turn}

## Over HTTP: `app.py`, the real Graph client, cards; on SQLite

{http}

Change notifications come evenly, every other one with a wrong secret, while somebody types five lines a
second and one guest is waited for, so that each reading of the delta asks Graph. The sandbox, which is
asked, is in the process that sends them.

## Who accepted, among {guests:,} guests

A tenant of {guests:,} guests, of whom {waited:,} are waited for, on SQLite and over HTTP. Guestlist starts
with no cursor: it reads every guest for typeahead, and whom it waits for fifteen in a call; the delta is
asked every second. CPU is all of Guestlist's, its start of about two seconds and cards included.

{redeeming}

Of the calls 667 are those who are waited for, by fifteen, and 101 the list of all guests, by 999; the
rest are the delta's. The memory is that of the guests, who are kept as bytes, 25 MB with the text that is
searched, and of what is imported, 115 MB. Once a day all are read anew, and the new ones stand beside the
old ones until that is done. The CPU is also that of 10,000 accesses of which no end had been noted, as
after an upgrade.

## A list of ten thousand guests

The dry run of 10,000 rows, of an app that {holders:,} guests have already, by Guestlist whole in a process of
its own, beside the sandbox in another. It knows the guests from its index, and reads who changed since.

{judging}

Lists that lie, each read in a process of its own (`tests/lists`), take at most 100 MB more.

## Many guests invited, several ways on one double

The double is the sandbox, with Microsoft's documented limits and an answer after {takes:.0f} ms. Each way
invites, adds to a group, and reads back that the guest is in it; mails are not waited for. The ideal is
what the tightest limit takes for the calls that were really made: 30 invitations a second, 20 writes after a
burst of 3,000, 350 resource units after 3,500.

{calm}

Guestlist's is a list that is approved, from the approval until each of its guests was given the app and that
was proved; cards, audit and all. One guest more, asked for alone and approved when a third of the list had
it, has the app {one} after that approval, and {beside} beside the longer list. A list of
10,000 is in [scaling.md](scaling.md).

With faults: 2 % of calls answered 503 before the effect, 2 % 504 after it, 1 % cut off after it, a new guest
unknown for up to 30 s, `Retry-After` of 1 to 120 s, absent, or a date. Of a batch the whole call is hit.

{faults}

With faults most of the time goes into `Retry-After` of up to two minutes, which hold all. Whoever is
invited again there lost the answer to the first invitation, and got another link before any mail: the
mails were counted after the last of them.

## Accesses that last, on a moved clock

{accesses:,} accesses on SQLite, of which {ending} end within {days} days that go by one after the other:
whoever asked is warned, guests who do not accept are reminded and asked about, what ends is taken away and
read back. Doubles answer for the directory, the mailbox and the chat. A row is claimed, carried out and
finished, with its entries in the audit.

{lasting}

## The engine by itself

Doubles stand behind the ports of directory, access, mail and chat; they answer at once and know no limit.
Everything else is `app.build`: use cases, rules, worker, queue, store. A life is submitted; approved by
one of two who press at once, while the other is refused on the record; invited, known, given, mailed and
proved; told when it is accepted. Three cards are posted and kept true, and two notices sent. {at_once}
lives are under way at any time. It is not a life over HTTP: Graph's own limits, which
`bot/graph/limits.py` names, let a tenant have a few deliveries a second.

{both}

## Replicas on one PostgreSQL

{replicas}

A transaction holds the head of the tenant's one audit chain from its last statements until its commit, so
commits follow each other whoever makes them; and where nearly all of two cores is used, more replicas only
share it.
"""


async def _http() -> list[Row]:
    return [*await rows.of_life(), *await rows.of_typeahead(), *await rows.of_notified()]


async def _redeeming() -> list[Row]:
    return redeeming.rows(await redeeming.measure())


async def _judging() -> list[Row]:
    return dry_run.rows(await dry_run.measure())


async def _calm() -> list[Row]:
    """Return the rows of the ways, and last when the single guests in between had their access."""
    run, one = await list_run.measure()
    longer, beside = await list_run.measure(list_run.MORE)
    found = await bulk.measure() | {list_run.WAY: run, list_run.LONGER: longer}
    return [*bulk.rows(found), (f"{one:.1f} s", f"{beside:.1f} s")]


async def _faults() -> list[Row]:
    hit, _ = await list_run.measure(list_run.HIT, bulk.FAULTS, bulk.LAG, mailed=True)
    return bulk.rows(await bulk.measure(bulk.FAULTS, bulk.LAG) | {list_run.WAY: hit})


async def _lasting() -> list[Row]:
    return lasting.rows(await lasting.measure())


async def _both() -> list[Row]:
    return [*await rows.of_engine(), *await rows.of_waiting(), *await rows.of_chain()]


_SECTIONS: Mapping[str, Callable[[], Awaitable[list[Row]]]] = {
    "turn": rows.of_turns,
    "http": _http,
    "redeeming": _redeeming,
    "judging": _judging,
    "calm": _calm,
    "faults": _faults,
    "lasting": _lasting,
    "both": _both,
    "replicas": rows.of_replicas,
}


class Kept:
    """What a run has measured, section by section, in a file: one that broke goes on after its last one."""

    def __init__(self, file: Path, commit: str) -> None:
        self._file = file
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        goes_on = bool(kept) and kept["commit"] == commit
        self._kept: dict[str, Any] = kept if goes_on else {"commit": commit, "minutes": 0.0, "sections": {}}

    @property
    def minutes(self) -> float:
        return float(self._kept["minutes"])

    async def section(self, name: str) -> list[Row]:
        """Return what was measured of it, or measure it."""
        sections = self._kept["sections"]
        if name not in sections:
            begun = time.monotonic()
            sections[name] = _told(await _SECTIONS[name]())
            self._kept["minutes"] += (time.monotonic() - begun) / 60
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")
        return [tuple(row) for row in sections[name]]


async def run() -> str:
    pace, kept = _pace(), Kept(KEPT, _commit())
    found = {name: await kept.section(name) for name in _SECTIONS}
    *calm, (one, beside) = found["calm"]
    heads = ("replicas", "lives a second", "CPU a life", "the server's", "cores used", "median life")
    return _TEXT.format(
        date=datetime.now(UTC).date(),
        commit=_commit(),
        took=kept.minutes,
        cores=os.cpu_count(),
        python=platform.python_version(),
        pace=pace,
        pace_after=_pace(),
        load=os.getloadavg()[2],
        turn=_table(("what", "Guestlist", "no SDK", "stock botbuilder, an echo", "wanted"), found["turn"]),
        http=_table(("what", "measured", "wanted"), found["http"]),
        guests=redeeming.GUESTS,
        waited=redeeming.WAITED_FOR,
        redeeming=_table(("what", "measured", "wanted"), found["redeeming"]),
        holders=dry_run.HOLDERS,
        judging=_table(("what", "measured", "wanted"), found["judging"]),
        takes=bulk.TAKES * 1000,
        calm=_table(bulk.HEADS, calm),
        faults=_table(bulk.HEADS, found["faults"]),
        one=one,
        beside=beside,
        accesses=lasting.ACCESSES,
        days=lasting.DAYS,
        ending=lasting.ENDING,
        lasting=_table(("what", "measured", "wanted"), found["lasting"]),
        at_once=load.AT_ONCE,
        both=_table(("what", SQLITE, POSTGRESQL, "wanted"), found["both"]),
        replicas=_table(heads, found["replicas"]),
    )


def main() -> None:
    text = asyncio.run(run())
    TARGET.write_text(text, encoding="utf-8")
    KEPT.unlink()
    print(text)


if __name__ == "__main__":
    main()
