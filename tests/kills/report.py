"""Writes the last run of each database into docs/reliability.md; the words around it are kept there."""

import re
from pathlib import Path

from bench.processes import ROOT
from tests.kills.plans import AT_RANDOM, EVERY_CALL, JOBS, LATER_STEPS, POINTS
from tests.kills.runs import Run
from tests.kills.victim import LEASE

TARGET = ROOT / "docs" / "reliability.md"
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_BOUNDARIES = ("before-claim", "after-claim", "call-left", "before-finish", "after-finish")
_CALLS_OF = {
    "invite": ("invite",),
    "sponsor": ("sponsor",),
    "give": ("give", "assign"),
    "mail": ("draft", "send"),
    "take-away": ("take-away", "unassign"),
    "block": ("block", "sign-out"),
}


def write(run: Run, target: Path = TARGET) -> None:
    """Put a run's result between the marks of its database."""
    put(run.database, told(run), target)


def put(mark: str, result: str, target: Path = TARGET) -> None:
    """Put a result between its marks."""
    text = target.read_text(encoding="utf-8")
    first, last = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    inside = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.DOTALL)
    target.write_text(inside.sub(lambda _: f"{first}\n{result}\n{last}", text), encoding="utf-8")


def told(run: Run) -> str:
    """Return the result as people read it."""
    replicas = "three replicas" if run.database == "postgres" else "one process"
    faults, lacking = run.all("faults"), run.lacking()
    found = ["**Found:**", "", *(f"- {fault}" for fault in faults)]
    lacks = ["**This run did less than it was to do:**", "", *(f"- {one}" for one in lacking), ""]
    requests, minutes = run.total("requests"), run.total("seconds") / 60
    told, drained = run.most("slowest_probe"), run.most("slowest_drain")
    began = run.began_at.replace("T", " ").partition("+")[0]
    lines = [
        f"`make torture DATABASE={run.database} ROUNDS={run.rounds} SEED={run.seed}`",
        f"at commit {run.commit}, begun {began} UTC: **{run.done} kills** of {replicas} over",
        f"**{requests:.0f} requests** in {run.count} batches, {minutes:.0f} minutes.",
        "",
        *(found if faults else ["**Nothing was lost, nothing was doubled, nothing got out.**"]),
        "",
        *(lacks if lacking else []),
        *_journal(run),
        "",
        *_elsewhere(run),
        "",
        f"Health was asked {run.total('probes'):.0f} times, and told within {told:.2f} s.",
        f"Whatever was ended by SIGTERM had ended within {drained:.1f} s.",
    ]
    return "\n".join(lines)


def _journal(run: Run) -> list[str]:
    """Return the table of the journal: the steps of a delivery and the cards, by boundary."""
    hits = run.sum("hits")
    rows = ["| `kill -9` at | " + " | ".join(_BOUNDARIES) + " |", "|---" * (len(_BOUNDARIES) + 1) + "|"]
    for job in (*JOBS, *LATER_STEPS):
        cells = []
        for boundary in _BOUNDARIES:
            points = [f"call-left {call}" for call in _CALLS_OF.get(job, ())]
            points = points if boundary == "call-left" else [f"{boundary} {job}"]
            cells.append(" + ".join(str(hits[point]) for point in points if point in POINTS) or "–")
        rows.append(f"| {job} | " + " | ".join(cells) + " |")
    return rows


def _elsewhere(run: Run) -> list[str]:
    """Return the table of everything else that was done, and how often."""
    hits, pauses, troubles = run.sum("hits"), run.sum("pauses"), run.sum("troubles")
    in_journal = {f"{boundary} {job}" for boundary in _BOUNDARIES for job in (*JOBS, *LATER_STEPS)}
    others = [point for point in POINTS if point not in in_journal and point not in EVERY_CALL]
    rows = [(f"killed {point}", hits[point]) for point in (*others, AT_RANDOM)]
    rows += [
        (f"stopped {point} for {LEASE * 1.5:.1f} s, beyond its lease, and woken", count)
        for point, count in sorted(pauses.items())
    ]
    rows += sorted(troubles.items())
    return ["| what else was done | times |", "|---|---|", *(f"| {what} | {count} |" for what, count in rows)]
