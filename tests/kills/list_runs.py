"""A run of many batches of lists, and its result as people read it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import ClassVar

from tests.kills import report
from tests.kills.batch import Batch
from tests.kills.plans import AT_RANDOM, EVERY_CALL, LIST_LOOKS, LIST_PAUSES, LIST_POINTS, STEPS, Plan, deal
from tests.kills.runs import Kills
from tests.kills.troubles import ON_POSTGRES, Trouble
from tests.kills.victim import LEASE
from tests.kills.wishes import Does

_FULL_RUN = 100


@dataclass(slots=True)
class ListsRun(Kills):
    """Kills while lists run."""

    name: ClassVar[str] = "lists-"
    asked: ClassVar[str] = "LISTS"
    counts: ClassVar[str] = "lists"
    batch: ClassVar[Callable[..., Batch]] = partial(
        Batch, per_kill=0, ahead=1, often=1000, quiet=12.0, lists=True
    )

    def dealt(self) -> Sequence[Plan]:
        return deal(self.seed, self.rounds, LIST_POINTS, LIST_PAUSES)

    def troubles(self) -> Sequence[Trouble]:
        """Return what happens beside the deaths; clocks jump in the runs of requests alone."""
        return ON_POSTGRES if self.database == "postgres" else ()

    def lacking(self) -> list[str]:
        """Return what a run of this size was to do and did not."""
        found = self.unrun()
        if self.done < self.rounds:
            found.append(f"{self.done} kills of {self.rounds}")
        hits, troubles, done = self.sum("hits"), self.sum("troubles"), self.sum("done")
        if self.rounds >= _FULL_RUN:
            found += [f"{point}: no kill" for point in (*LIST_POINTS, AT_RANDOM) if not hits[point]]
            found += [f"never: {one}" for one in Does if not done[one]]
        found += [f"never: {one}" for one in (Trouble.DISK_FULL, *self.troubles()) if not troubles[one]]
        return found


def write(run: ListsRun) -> None:
    report.put(f"{run.name}{run.database}", told(run))


def told(run: ListsRun) -> str:
    """Return the result as people read it."""
    on = "three replicas" if run.database == "postgres" else "one process"
    faults, lacking = run.all("faults"), run.lacking()
    began = run.began_at.replace("T", " ").partition("+")[0]
    found = ["**Found:**", "", *(f"- {fault}" for fault in faults)]
    lacks = ["", "**This run did less than it was to do:**", "", *(f"- {one}" for one in lacking)]
    lines = [
        f"`make torture DATABASE={run.database} ROUNDS=0 RACES=0 LISTS={run.rounds} SEED={run.seed}`",
        f"at commit {run.commit}, begun {began} UTC: **{run.done} kills** of {on} over",
        f"**{run.total('lists'):.0f} lists** of {run.total('rows'):.0f} rows",
        f"in {len(run.batches)} of {run.count} batches, {run.total('seconds') / 60:.0f} minutes.",
        "",
        *(found if faults else ["**No row was lost, none was doubled, and every count was true.**"]),
        *(lacks if lacking else []),
        "",
        *_table(run),
        "",
        *_times(run),
    ]
    return "\n".join(lines)


def _table(run: ListsRun) -> list[str]:
    """Return where processes were killed, and what else was done, how often."""
    hits, pauses = run.sum("hits"), run.sum("pauses")
    rows = [(f"killed {point}", hits[point]) for point in (*_in_order(), AT_RANDOM)]
    beyond = f"for {LEASE * 1.5:.1f} s, beyond its lease, and woken"
    rows += [(f"stopped {point} {beyond}", count) for point, count in sorted(pauses.items())]
    rows += [(f"of lists: {does}", count) for does, count in sorted(run.sum("done").items())]
    rows += sorted(run.sum("troubles").items())
    return ["| what was done | times |", "|---|---|", *(f"| {what} | {count} |" for what, count in rows)]


def _in_order() -> Sequence[str]:
    """Return the points as a row and its list pass them: steps by step, then the looks, then the rest."""
    names = (*STEPS, *LIST_LOOKS)

    def place(point: str) -> int:
        word = point.rpartition(" ")[2]
        return names.index(word) if word in names and point not in EVERY_CALL else len(names)

    return sorted(LIST_POINTS, key=place)


def _times(run: ListsRun) -> list[str]:
    waited, stood = ([float(one) for one in run.all(name)] for name in ("waited", "stood"))
    if run.database == "postgres":  # where others go on, whether one does says nothing
        return [_said("From a death in the middle of a list until the next step of any list", stood)]
    return [
        _said("From when a process took turns until its first step of a list that waited for one", waited),
        _said("From a death in the middle of a list until a step of it in the next process", stood),
    ]


def _said(what: str, times: Sequence[float]) -> str:
    if not times:
        return f"{what}: never."
    return f"{what}: {median(times):.2f} s in the middle and {max(times):.2f} s at most, of {len(times)}."
