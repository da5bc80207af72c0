"""`make bench`: measures, prints, and keeps it in `docs/performance.md` with commit and machine."""

import asyncio
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import lasting, life, load, notified, redeeming, turns, typeahead, under_load, verifying, waiting
from bench.under_load import CANCEL, HELP

TARGET = Path(__file__).parent.parent / "docs" / "performance.md"
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
RATES = {SQLITE: 60, POSTGRESQL: 30}
"""Lives a second that are wanted, and at which a turn is measured."""
REPLICAS = (1, 2, 3)

Row = tuple[str, ...]


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


async def _turns() -> list[Row]:
    """Return a row for each figure: Guestlist, a bot without an SDK, the stock bot, what is wanted."""
    found = await turns.compare()
    rows: list[Row] = []
    for at_once, rate, p99 in ((16, "≥ 1,200", "≤ 15 ms"), (64, "–", "≤ 90 ms")):
        ours, floor = found.ours[at_once], found.floor[at_once]
        stock = found.stock if at_once == turns.LEVELS[0] else None
        cpu = f"≤ 0.8 ms, ≤ 3 × (it is {ours.cpu / floor.cpu:.1f} ×)"
        what = f"{at_once} at once"
        rows += [
            _beside(f"{what}: CPU a turn", ours, floor, stock, "{0.cpu:.2f} ms", cpu),
            _beside(f"{what}: turns a second", ours, floor, stock, "{0.rate:.0f}", rate),
            _beside(f"{what}: p50 / p99", ours, floor, stock, "{0.p50:.1f} / {0.p99:.1f} ms", f"– / {p99}"),
        ]
    ours, floor = found.ours[turns.LEVELS[0]], found.floor[turns.LEVELS[0]]
    rows.append(
        _beside("calls to other hosts a turn", ours, floor, found.stock, "{0.said}", "the answer alone")
    )
    for at_once, rate in ((16, "≥ 140"), (64, "≥ 450")):
        slow, slow_floor = found.ours_slow[at_once], found.floor_slow[at_once]
        what = f"{at_once} at once, hosts that take {turns.SLOW * 1000:.0f} ms: turns a second"
        rows.append(_beside(what, slow, slow_floor, None, "{0.rate:.0f}", rate))
    rows.append(("a card that nobody waits for: CPU", f"{found.proactive:.2f} ms", "–", "–", "≤ 0.8 ms"))
    return rows


def _beside(
    what: str, ours: turns.Turns, floor: turns.Turns, stock: turns.Turns | None, form: str, wanted: str
) -> Row:
    return (what, form.format(ours), form.format(floor), form.format(stock) if stock else "–", wanted)


async def _life() -> list[Row]:
    lived = await life.measure()
    own = lived.delivered - lived.calls * lived.call
    without = (
        f"the same without the sandbox's own latency ({lived.calls} calls of {lived.call * 1000:.1f} ms)"
    )
    return [
        ("ready after a warm start", f"{lived.ready:.1f} s", "≤ 3 s"),
        ("Approve to *delivered*, median of 20", f"{lived.delivered * 1000:.0f} ms", "–"),
        (without, f"{own * 1000:.0f} ms", "≤ 150 ms"),
        ("a life over HTTP, 100 one after the other: CPU", f"{lived.cpu * 1000:.0f} ms", "–"),
        ("resident after 100 requests", f"{lived.resident:.0f} MB", "≤ 150 MB"),
    ]


async def _typeahead() -> list[Row]:
    found = await typeahead.measure()
    size = f"{typeahead.APPS:,} apps, {typeahead.GUESTS:,} guests"
    slow = f"typeahead with a Graph that takes {typeahead.SLOW * 1000:.0f} ms"
    return [
        (f"typeahead on {size}, 16 at once: p50 / p99", f"{found.p50:.0f} / {found.p99:.0f} ms", "≤ 300 ms"),
        ("the same: CPU a search", f"{found.cpu:.1f} ms", "–"),
        (
            f"{slow}, 14 people begin in turn: first letter, median / longest",
            "{:.0f} / {:.0f} ms".format(*found.first),
            "≤ 300 ms",
        ),
        (
            f"{slow}, all type on for {typeahead.TYPING:.0f} s: p50 / p99",
            "{:.0f} / {:.0f} ms".format(*found.further),
            "≤ 300 ms",
        ),
        ("the index of these: memory", f"{found.index:.0f} MB", "–"),
        ("a reading of it, every ten minutes: CPU", f"{found.reading:.1f} s", "–"),
    ]


async def _notified() -> list[Row]:
    found = await notified.measure()
    each = f"{found.answered:,} answered; {found.p50:.1f} / {found.p99:.1f} / {found.longest:.0f} ms"
    turn = "{:.0f} / {:.0f} ms".format(*found.beside)
    alone = "{:.0f} / {:.0f} ms".format(*found.alone)
    return [
        (
            "10,000 change notifications in a minute, half of them forged: p50 / p99 / longest",
            each,
            "≤ 100 ms",
        ),
        ("the same: CPU each, with all that they cause", f"{found.cpu:.2f} ms", "–"),
        ("the same: readings of the delta that they cause", f"{found.deltas}", "≤ 62"),
        ("`/help` beside them, through the sandbox: p50 / p99", f"{turn} (without them {alone})", "–"),
    ]


async def _engine() -> list[Row]:
    one = {kind: await load.lives(kind) for kind in RATES}
    beside = {kind: await under_load.turns(kind, rate) for kind, rate in RATES.items()}
    rows = [
        _both("lives a second", {kind: f"{one[kind].rate:.1f}" for kind in one}, "≥ 60; ≥ 30"),
        _both("CPU of Guestlist a life", {kind: f"{one[kind].cpu:.1f} ms" for kind in one}, "–"),
        _both("the server's CPU a life", {SQLITE: "–", POSTGRESQL: f"{one[POSTGRESQL].server:.1f} ms"}, "–"),
        _both("cores used, Guestlist and server", {kind: f"{one[kind].cores:.2f}" for kind in one}, "–"),
    ]
    rows.append(
        _both(
            "lives a second beside turns", {kind: _kept(kind, one) for kind, one in beside.items()}, "60; 30"
        )
    )
    for text in (HELP, CANCEL):
        told = {kind: "{:.1f} / {:.1f} ms".format(*one.times[text]) for kind, one in beside.items()}
        rows.append(_both(f"`{text}` beside them: p50 / p99", told, "≤ 10; ≤ 20 ms"))
    return rows


def _kept(kind: str, beside: under_load.Beside) -> str:
    """Return the rate at which lives ended, and whether that is the one at which they began."""
    fell_behind = beside.rate < 0.9 * RATES[kind]
    return f"{beside.rate:.1f}{', falling behind' if fell_behind else ''}"


async def _waiting() -> list[Row]:
    found = {kind: await waiting.measure(kind) for kind in RATES}
    cpu = {SQLITE: f"{found[SQLITE].cpu:.2%}"}
    server = found[POSTGRESQL]
    cpu[POSTGRESQL] = (
        f"{server.cpu + server.server:.2%} ({server.cpu:.2%} and the server's {server.server:.2%})"
    )
    return [
        _both("10,000 waiting requests over 60 s: CPU of a core", cpu, "≤ 0.2 %; ≤ 1 %"),
        _both(
            "the same: resident", {kind: f"{one.resident:.0f} MB" for kind, one in found.items()}, "≤ 150 MB"
        ),
        _both(
            "an old request acts after a restart",
            {kind: f"{one.old_acts:.1f} s" for kind, one in found.items()},
            "≤ 1 s",
        ),
    ]


async def _replicas() -> list[Row]:
    rows: list[Row] = []
    for count in REPLICAS:
        found = await load.lives(POSTGRESQL, count)
        spent = (f"{found.cpu:.1f} ms", f"{found.server:.1f} ms", f"{found.cores:.2f}")
        rows.append((str(count), f"{found.rate:.1f}", *spent, f"{found.lived:.1f} s"))
    return rows


async def _chain() -> list[Row]:
    entries = await load.entries()
    million = {kind: await verifying.measure(kind) for kind in RATES}
    return [
        ("audit entries a second, three replicas on one chain", "–", f"{entries:.0f}", "≥ 300"),
        _both(
            "one million audit entries verified",
            {kind: f"{one.seconds:.0f} s" for kind, one in million.items()},
            "≤ 60 s",
        ),
        _both("the same: memory", {kind: f"{one.grown:+.0f} MB" for kind, one in million.items()}, "–"),
    ]


def _told(rows: list[Row]) -> list[Row]:
    """Print what was measured so far: a run takes long."""
    for row in rows:
        print(" | ".join(row), flush=True)
    return rows


def _both(what: str, found: dict[str, str], wanted: str) -> Row:
    return (what, found[SQLITE], found[POSTGRESQL], wanted)


def _table(heads: Row, rows: list[Row]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
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
`bot/graph/pacer.py` keeps, let a tenant have a few deliveries a second.

{both}

## Replicas on one PostgreSQL

{replicas}

A transaction holds the head of the tenant's one audit chain from its last statements until its commit, so
commits follow each other whoever makes them; and where nearly all of two cores is used, more replicas only
share it.
"""


async def run() -> str:
    begun, pace = time.monotonic(), _pace()
    turn = _told(await _turns())
    http = [*_told(await _life()), *_told(await _typeahead()), *_told(await _notified())]
    accepted = _told(redeeming.rows(await redeeming.measure()))
    lasts = _told(lasting.rows(await lasting.measure()))
    both = [*_told(await _engine()), *_told(await _waiting()), *_told(await _chain())]
    replicas = _told(await _replicas())
    heads = ("replicas", "lives a second", "CPU a life", "the server's", "cores used", "median life")
    return _TEXT.format(
        date=datetime.now(UTC).date(),
        commit=_commit(),
        took=(time.monotonic() - begun) / 60,
        cores=os.cpu_count(),
        python=platform.python_version(),
        pace=pace,
        pace_after=_pace(),
        load=os.getloadavg()[2],
        turn=_table(("what", "Guestlist", "no SDK", "stock botbuilder, an echo", "wanted"), turn),
        http=_table(("what", "measured", "wanted"), http),
        guests=redeeming.GUESTS,
        waited=redeeming.WAITED_FOR,
        redeeming=_table(("what", "measured", "wanted"), accepted),
        accesses=lasting.ACCESSES,
        days=lasting.DAYS,
        ending=lasting.ENDING,
        lasting=_table(("what", "measured", "wanted"), lasts),
        at_once=load.AT_ONCE,
        both=_table(("what", SQLITE, POSTGRESQL, "wanted"), both),
        replicas=_table(heads, replicas),
    )


def main() -> None:
    text = asyncio.run(run())
    TARGET.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
