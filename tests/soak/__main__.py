"""`make soak`: half an hour of five turns a second on three replicas; what came of it is in the documents."""

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from bench.processes import ROOT
from tests.kills.batch import Result
from tests.kills.grounds import on_postgres
from tests.kills.report import TARGET, put
from tests.kills.runs import commit
from tests.soak.measure import Grown, leaks
from tests.soak.soak import Soak, Soaked

FOLDER = ROOT / "build" / "soak"
_FULL = 30


async def soak(minutes: float, seed: int) -> tuple[Result, Soaked]:
    with TemporaryDirectory() as name:
        async with on_postgres(3, None) as ground:
            kept = FOLDER / f"found-{seed}.json"
            one = Soak(ground, Path(name), seed, (), lasts=minutes * 60, kept=kept)
            return await one.run(), one.soaked


def lacking(result: Result, soaked: Soaked, minutes: float) -> list[str]:
    """Return what a soak was to do and did not."""
    found = [] if result.hits.total() == 3 else [f"{result.hits.total()} replicas were killed, and not 3"]
    if soaked.turns < minutes * 60 * 5 * 0.98:
        found.append(f"{soaked.turns} turns in {minutes:.0f} minutes")
    if len(soaked.grown) < 3:
        found.append(f"{len(soaked.grown)} processes lived long enough to be measured")
    return found


def told(result: Result, soaked: Soaked, minutes: float, seed: int, began_at: datetime) -> str:
    """Return the result as people read it."""
    found = [*result.faults, *leaks(soaked.grown), *lacking(result, soaked, minutes)]
    fine = "**Nothing was lost, nothing was doubled, nothing got out, and nothing leaked.**"
    whole, took = soaked.answers.total(), quantiles(soaked.took, n=100)
    pace, minutes_long = soaked.turns / soaked.seconds, soaked.seconds / 60
    lines = [
        f"`make soak MINUTES={minutes:.0f} SEED={seed}`",
        f"at commit {commit()}, begun {began_at:%Y-%m-%d %H:%M} UTC: **{soaked.turns} turns** in",
        f"{minutes_long:.1f} minutes, {pace:.2f} a second, and **{result.requests} guests** asked for,",
        "on three replicas with PostgreSQL; each was killed once.",
        "",
        *(["**Found:**", "", *(f"- {one}" for one in found)] if found else [fine]),
        "",
        "| replica | lived | MB, first minute | last minute | grew | descriptors | threads |",
        "|---|---|---|---|---|---|---|",
        *(_row(one) for one in soaked.grown),
        "",
        f"Of what changes nothing {soaked.answers[200]} of {whole} turns were answered, half of them within",
        f"{took[49]:.2f} s and 99 of 100 within {took[98]:.2f} s; others took ten, or their replica died.",
        f"Health was asked {result.probes} times, and told within {result.slowest_probe:.2f} s.",
        f"Whatever was ended by SIGTERM had ended within {result.slowest_drain:.1f} s.",
    ]
    return "\n".join(lines)


def _row(one: Grown) -> str:
    before, after = one.resident
    opened, threads = (f"{first:.0f} → {last:.0f}" for first, last in (one.descriptors, one.threads))
    return (
        f"| {one.name} | {one.minutes:.0f} min | {before:.0f} | {after:.0f} | {one.share:+.1%}"
        f" | {opened} | {threads} |"
    )


def _stop(*_: object) -> None:
    """End as with Ctrl-C, so that every process that was started ends, too."""
    signal.raise_signal(signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=_FULL)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    seed = given.seed or random.randrange(10**6)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    os.nice(5)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it tells of callers that were killed
    FOLDER.mkdir(parents=True, exist_ok=True)
    began_at = datetime.now(UTC)
    sys.stdout.write(f"SEED={seed} MINUTES={given.minutes:.0f} at {commit()}\n")
    sys.stdout.flush()
    try:
        result, soaked = asyncio.run(soak(given.minutes, seed))
    except KeyboardInterrupt:
        return 130
    whole = {
        "faults": result.faults,
        "answers": soaked.answers,
        "lives": [asdict(one) for one in soaked.lives],
        "grown": [asdict(one) for one in soaked.grown],
    }
    (FOLDER / f"{seed}.json").write_text(json.dumps(whole), encoding="utf-8")
    text = told(result, soaked, given.minutes, seed, began_at)
    sys.stdout.write(f"{text}\n")
    if given.minutes >= _FULL:
        put("soak", text, TARGET)
    return 1 if result.faults or leaks(soaked.grown) or lacking(result, soaked, given.minutes) else 0


if __name__ == "__main__":
    sys.exit(main())
