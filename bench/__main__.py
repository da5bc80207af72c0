"""`make bench`: measures, prints the table, and keeps it in `docs/performance.md` with commit and machine."""

import asyncio
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench import life, turns

TARGET = Path(__file__).parent.parent / "docs" / "performance.md"


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


async def run() -> str:
    ours, stock = await turns.compare()
    lived = await life.measure()
    own = lived.delivered - lived.calls * lived.call
    rows = [
        ("`/help` turn, real token, 16 at once: CPU", f"{ours.cpu:.2f} ms", "≤ 1.5 ms"),
        ("the same: turns a second", f"{ours.rate:.0f}", "≥ 10 × stock"),
        ("the same, stock botbuilder echo bot", f"{stock.rate:.0f} ({stock.cpu:.1f} ms CPU)", "–"),
        ("ratio to stock", f"{ours.rate / stock.rate:.1f} ×", "≥ 10 ×"),
        ("p50 / p99 of a turn", f"{ours.p50:.1f} / {ours.p99:.1f} ms", "–"),
        ("ready after a warm start", f"{lived.ready:.1f} s", "≤ 3 s"),
        ("Approve to *delivered*, median of 20", f"{lived.delivered * 1000:.0f} ms", "–"),
        (
            f"the same without the sandbox's own latency ({lived.calls} calls of {lived.call * 1000:.1f} ms)",
            f"{own * 1000:.0f} ms",
            "≤ 150 ms",
        ),
        ("resident after 100 requests", f"{lived.resident:.0f} MB", "≤ 150 MB"),
        ("10,000 waiting requests over 60 s: CPU", f"{lived.waiting_cpu:.2%} of a core", "≤ 1 %"),
        ("the same: resident", f"{lived.waiting_resident:.0f} MB", "–"),
        ("an old request acts after a restart", f"{lived.old_acts:.1f} s", "≤ 2 s"),
    ]
    lines = ["| what | measured | wanted |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {measured} | {wanted} |" for what, measured, wanted in rows)])


def main() -> None:
    table = asyncio.run(run())
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite"
    text = f"""# Performance

Measured by `make bench` on {datetime.now(UTC).date()} at commit {_commit()}: {where}.
The load, the doubles and the bot share the machine, so read ratios and CPU, not rates.

{table}
"""
    TARGET.write_text(text, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
