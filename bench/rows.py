"""Each measurement as rows of its table in `docs/performance.md`: what, what was found, what is wanted."""

from bench import life, load, notified, turns, typeahead, under_load, verifying, waiting
from bench.under_load import CANCEL, HELP

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
RATES = {SQLITE: 60, POSTGRESQL: 30}
"""Lives a second that are wanted, and at which a turn is measured."""
REPLICAS = (1, 2, 3)


Row = tuple[str, ...]


async def of_turns() -> list[Row]:
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


async def of_life() -> list[Row]:
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


async def of_typeahead() -> list[Row]:
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


async def of_notified() -> list[Row]:
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


async def of_engine() -> list[Row]:
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


async def of_waiting() -> list[Row]:
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


async def of_replicas() -> list[Row]:
    rows: list[Row] = []
    for count in REPLICAS:
        found = await load.lives(POSTGRESQL, count)
        spent = (f"{found.cpu:.1f} ms", f"{found.server:.1f} ms", f"{found.cores:.2f}")
        rows.append((str(count), f"{found.rate:.1f}", *spent, f"{found.lived:.1f} s"))
    return rows


async def of_chain() -> list[Row]:
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


def _both(what: str, found: dict[str, str], wanted: str) -> Row:
    return (what, found[SQLITE], found[POSTGRESQL], wanted)
