"""A run of many races: its batches, and its result as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tests.kills import report
from tests.kills.runs import Kept
from tests.races.races import RACES, deal

_FULL_RUN = 1000


@dataclass(slots=True)
class RacesRun(Kept):
    """So many rounds of races."""

    name: ClassVar[str] = "races-"
    at_a_time: ClassVar[int] = 100
    asked: ClassVar[str] = "RACES"
    counts: ClassVar[str] = "presses"

    def dealt(self, batch: int) -> Sequence[str]:
        """Return the races of one batch: a slice of what the seed has dealt for the whole run."""
        return deal(self.seed, self.rounds)[batch * self.at_a_time : (batch + 1) * self.at_a_time]

    @property
    def done(self) -> int:
        return self.sum("races").total()

    def lacking(self) -> list[str]:
        """Return what a run of this size was to do and did not."""
        found = self.unrun()
        if self.done < self.rounds:
            found.append(f"{self.done} rounds of {self.rounds}")
        races = self.sum("races")
        least = _FULL_RUN // len(RACES) if self.rounds >= _FULL_RUN else min(self.rounds // len(RACES), 1)
        return found + [f"{race}: {races[race]} rounds" for race in RACES if races[race] < least]


def write(run: RacesRun) -> None:
    report.put(f"{run.name}{run.database}", told(run))


def told(run: RacesRun) -> str:
    """Return the result as people read it."""
    on = "two replicas on PostgreSQL" if run.database == "postgres" else "one process on SQLite"
    faults, lacking = run.all("faults"), run.lacking()
    minutes = run.total("seconds") / 60
    idle, late = run.total("refused"), run.total("unanswered")
    races, began = run.sum("races"), run.began_at.replace("T", " ").partition("+")[0]
    found = ["**Found:**", "", *(f"- {fault}" for fault in faults)]
    lacks = ["", "**This run did less than it was to do:**", "", *(f"- {one}" for one in lacking)]
    rows = [f"| {(race.__doc__ or '').strip()} | {races[name]} |" for name, race in RACES.items()]
    return "\n".join(
        [
            f"`make torture DATABASE={run.database} ROUNDS=0 RACES={run.rounds} SEED={run.seed}`",
            f"at commit {run.commit}, begun {began} UTC: **{run.done} races** on {on},",
            f"**{run.total('presses'):.0f} presses** in {run.count} batches, {minutes:.0f} minutes.",
            f"{idle:.0f} of them changed nothing and were told why, {late:.0f} were not answered in time",
            "and came again.",
            "",
            *(found if faults else ["**Each was decided once, and by nobody who may not.**"]),
            *(lacks if lacking else []),
            "",
            "| race | times |",
            "|---|---|",
            *rows,
        ]
    )
