"""`make torture`: as many kills as asked, by a printed seed; the result is kept in `docs/reliability.md`."""

import argparse
import asyncio
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clinic import open_sandbox
from tests.kills.judge import Verdict
from tests.kills.run import ROOT, KillRun, plans_for

TARGET = ROOT / "docs" / "reliability.md"
AT_A_TIME = 25
"""Kills of one tenant and one database; then both begin anew."""


async def run(seed: int, rounds: int) -> tuple[Verdict, list[str]]:
    """Return what was lost or doubled, and which boundaries were reached."""
    faults: list[str] = []
    reached: list[str] = []
    for batch, first in enumerate(range(0, rounds, AT_A_TIME)):
        with TemporaryDirectory() as folder:
            async with open_sandbox(lag=0.4) as clinic:
                kills = KillRun(clinic, Path(folder), seed + batch)
                verdict = await kills.run(plans_for(seed + batch, min(AT_A_TIME, rounds - first)))
        faults += verdict.faults
        reached += kills.reached
        sys.stdout.write(f"{len(reached)} kills, {len(faults)} lost or doubled\n")
        sys.stdout.flush()
    return Verdict(tuple(faults)), reached


def report(seed: int, verdict: Verdict, reached: list[str]) -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    rows = [f"| {name} | {reached.count(name)} |" for name in sorted(set(reached))]
    found = "\n".join(f"- {fault}" for fault in verdict.faults) or "Nothing was lost, nothing was doubled."
    return "\n".join(
        [
            "# Reliability",
            "",
            f"`make torture ROUNDS={len(reached)} SEED={seed}` on {datetime.now(UTC).date()}",
            f"at commit {commit}, SQLite, with 429, 503 before and after the effect, resets after it, and a",
            "directory that knows a new guest only after 0.4 s.",
            "",
            found,
            "",
            "| kill -9 at | times |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 - a repeatable die
    given = parser.parse_args()
    sys.stdout.write(f"SEED={given.seed}\n")
    verdict, reached = asyncio.run(run(given.seed, given.rounds))
    TARGET.write_text(report(given.seed, verdict, reached), encoding="utf-8")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
