"""A run of many batches: what is kept of it after each one, so that it can be taken up again, and its sum."""

import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from bench.processes import ROOT
from tests.kills.batch import PER_KILL, Batch
from tests.kills.plans import AT_RANDOM, POINTS, Plan, deal
from tests.kills.troubles import ON_POSTGRES, ON_SQLITE, Trouble

FOLDER = ROOT / "build" / "torture"
AT_A_TIME = 25
"""Kills of one tenant and one database; then both begin anew."""
_OFTEN = 2
_FULL_RUN = 200


@dataclass(slots=True)
class Kept:
    """One database, one seed, so many rounds; `batches` are those that have ended."""

    name: ClassVar[str] = ""
    """What the files of such runs begin with."""
    at_a_time: ClassVar[int]
    """Rounds of one tenant and one database; then both begin anew."""
    asked: ClassVar[str]
    """What says how many rounds, for `make torture`."""
    counts: ClassVar[str]
    """What is counted beside the rounds, as a batch names it."""
    database: str
    seed: int
    rounds: int
    commit: str = ""
    began_at: str = ""
    batches: list[dict[str, Any]] = field(default_factory=list)
    folder: str = str(FOLDER)

    @classmethod
    def open(cls, database: str, seed: int, rounds: int, folder: Path = FOLDER) -> Self:
        """Take a run up where it was interrupted, or begin it.

        One that has ended begins again, and so does one of another commit: a sum of both would say nothing.
        """
        run = cls(database, seed, rounds, folder=str(folder))
        run.commit, run.began_at = commit(), datetime.now(UTC).isoformat(timespec="minutes")
        kept = cls.read(run.file) if run.file.exists() else None
        return kept if kept is not None and kept.can_go_on(run.commit) else run

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def can_go_on(self, commit: str) -> bool:
        return not self.ended and self.commit == commit

    @property
    def file(self) -> Path:
        return Path(self.folder) / f"{self.name}{self.database}-{self.rounds}-{self.seed}.json"

    @property
    def count(self) -> int:
        return -(-self.rounds // self.at_a_time)

    @property
    def ended(self) -> bool:
        return len(self.batches) >= self.count

    def keep(self, result: Any) -> None:
        """Write down what a batch did, whole or not at all."""
        self.batches.append({one.name: getattr(result, one.name) for one in fields(result)})
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        whole = {one.name: getattr(self, one.name) for one in fields(self)}
        fresh.write_text(json.dumps(whole, indent=1), encoding="utf-8")
        fresh.replace(self.file)

    def sum(self, name: str) -> Counter[str]:
        return sum((Counter(batch[name]) for batch in self.batches), Counter[str]())

    def most(self, name: str) -> float:
        return max((float(batch[name]) for batch in self.batches), default=0.0)

    def all(self, name: str) -> list[Any]:
        return [one for batch in self.batches for one in batch[name]]

    def total(self, name: str) -> float:
        return sum(float(batch[name]) for batch in self.batches)

    def unrun(self) -> list[str]:
        """Return that batches are missing, if they are."""
        return [] if self.ended else [f"{self.count - len(self.batches)} batches have not run"]


@dataclass(slots=True)
class Kills(Kept):
    """So many kills, of which each batch has a slice of what the seed has dealt."""

    at_a_time: ClassVar[int] = AT_A_TIME
    batch: ClassVar[Callable[..., Batch]]

    def dealt(self) -> Sequence[Plan]:
        """Return the deaths of the whole run."""
        raise NotImplementedError

    def troubles(self) -> Sequence[Trouble]:
        """Return what happens beside the deaths, but for a full disk."""
        raise NotImplementedError

    def plans(self, batch: int) -> Sequence[Plan]:
        dealt = self.dealt()
        size = -(-len(dealt) // self.count)
        return dealt[batch * size : (batch + 1) * size]

    @property
    def done(self) -> int:
        return self.sum("hits").total()


@dataclass(slots=True)
class Run(Kills):
    """Kills while single guests are invited."""

    asked: ClassVar[str] = "ROUNDS"
    counts: ClassVar[str] = "requests"
    batch: ClassVar[Callable[..., Batch]] = Batch

    def dealt(self) -> Sequence[Plan]:
        return deal(self.seed, self.rounds)

    def troubles(self) -> Sequence[Trouble]:
        return ON_POSTGRES if self.database == "postgres" else ON_SQLITE

    def lacking(self) -> list[str]:
        """Return what a run of this size was to do and did not."""
        found = self.unrun()
        if self.done < self.rounds:
            found.append(f"{self.done} kills of {self.rounds}")
        if self.total("requests") < self.rounds * PER_KILL * 0.9:
            found.append(f"{self.total('requests'):.0f} requests for {self.rounds} kills")
        hits, troubles = self.sum("hits"), self.sum("troubles")
        least = _OFTEN if self.rounds >= _FULL_RUN else 1
        found += [f"{point}: {hits[point]} kills" for point in (*POINTS, AT_RANDOM) if hits[point] < least]
        wanted = (Trouble.DISK_FULL, *self.troubles())
        found += [f"never: {trouble}" for trouble in wanted if not troubles[trouble]]
        if not self.sum("pauses"):
            found.append("never: a process stopped beyond its lease")
        return found


def interrupted(
    databases: Sequence[str], rounds: int, folder: Path = FOLDER, kind: type[Kept] = Run
) -> int | None:
    """Return the seed of the newest run of this size and this commit that has not ended."""
    files = [path for name in databases for path in folder.glob(f"{kind.name}{name}-{rounds}-*.json")]
    for path in sorted(files, key=lambda one: one.stat().st_mtime, reverse=True):
        run = kind.read(path)
        if run.can_go_on(commit()):
            return run.seed
    return None


def commit() -> str:
    """Return what is run: the commit, and whether anything but the documents was changed since."""
    changed = _git("diff", "HEAD", "--", ".", ":!docs")
    mark = f" with changes {hashlib.sha256(changed.encode()).hexdigest()[:8]}" if changed else ""
    return _git("rev-parse", "--short", "HEAD") + mark


def _git(*words: str) -> str:
    asked = ["git", *words]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
