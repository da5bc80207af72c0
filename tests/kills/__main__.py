"""`make torture`: kills, trouble and races by a printed seed, in batches; what was interrupted goes on."""

import argparse
import asyncio
import fcntl
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.processes import ROOT
from tests import postgres
from tests.kills import report
from tests.kills.batch import Result
from tests.kills.disks import small_disk
from tests.kills.grounds import Disk, OnSqlite, on_postgres
from tests.kills.list_runs import ListsRun
from tests.kills.list_runs import write as write_lists
from tests.kills.runs import FOLDER, Kills, Run, interrupted
from tests.kills.troubles import Trouble
from tests.races.batch import Races
from tests.races.batch import Result as Raced
from tests.races.runs import RacesRun
from tests.races.runs import write as write_races

REPLICAS = 3
RACING = 2
"""Replicas between which people race."""
DATABASES = ("sqlite", "postgres")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def some_kills(run: Kills, mounted: Path | None) -> Result:
    """Run the next batch of a run, on the small disk if there is one."""
    number = len(run.batches)
    seed, plans, disk = run.seed * 1000 + number, run.plans(number), Disk(mounted) if mounted else None
    troubles = (*((Trouble.DISK_FULL,) if disk else ()), *run.troubles())
    kept = FOLDER / "found" / f"{run.file.stem}-{number + 1}.json"
    with TemporaryDirectory() as name:
        folder = Path(name)
        if run.database == "sqlite":
            with TemporaryDirectory(dir=mounted) as home:
                ground = OnSqlite(Path(home), disk)
                return await run.batch(ground, folder, seed, plans, troubles, kept=kept).run()
        async with on_postgres(REPLICAS, disk) as server:
            return await run.batch(server, folder, seed, plans, troubles, kept=kept).run()


def torture(run: Run | ListsRun) -> bool:
    """Run what is left of a run of kills; return whether nothing was found and nothing is lacking."""
    with ExitStack() as stack:
        mounted = _mounted(stack, run.database)
        return _went_on(run, lambda: some_kills(run, mounted))


def race(run: RacesRun) -> bool:
    """Run what is left of a run of races; return whether nothing was found or is lacking."""
    return _went_on(run, lambda: some_races(run))


def _went_on(run: Run | ListsRun | RacesRun, some: Callable[[], Coroutine[Any, Any, Any]]) -> bool:
    """Run batch after batch, and report them all."""
    begun = f"goes on after batch {len(run.batches)} of {run.count}" if run.batches else "begins"
    say(f"{run.database}: SEED={run.seed} {run.asked}={run.rounds} at {run.commit} {begun}")
    while not run.ended:
        result = asyncio.run(some())
        run.keep(result)
        sums = f"{run.done} done, {run.total(run.counts):.0f} {run.counts}, {len(run.all('faults'))} faults"
        say(f"{run.database}: batch {len(run.batches)} of {run.count}, {sums}, {result.seconds:.0f} s")
        for fault in result.faults:
            say(f"  {fault}")
    match run:
        case ListsRun():
            write_lists(run)
        case RacesRun():
            write_races(run)
        case Run():
            report.write(run)
    for lack in run.lacking():
        say(f"{run.database} LACKS: {lack}")
    return not run.all("faults") and not run.lacking()


def _mounted(stack: ExitStack, database: str) -> Path | None:
    """Mount the small disk for a run, and have PostgreSQL on it."""
    mounted = stack.enter_context(small_disk(database))
    if mounted is None:
        say("NO SMALL DISK: mounting one needs root. The disk is never full in this run.")
    if database == "postgres" and mounted:
        tempfile.tempdir = str(mounted)
        postgres.server()
        tempfile.tempdir = None
        stack.callback(postgres.server.cache_clear)
        stack.callback(postgres.server().own.cleanup)
    return mounted


async def some_races(run: RacesRun) -> Raced:
    """Run the next batch of races."""
    number = len(run.batches)
    seed, dealt = run.seed * 1000 + number, run.dealt(number)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if run.database == "sqlite":
            return await Races(OnSqlite(folder, None), folder, seed, dealt).run()
        async with on_postgres(RACING, None) as server:
            return await Races(server, folder, seed, dealt).run()


def _in_background(arguments: Sequence[str]) -> int:
    """Start over again, apart from the terminal, with all that is said in a file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    log = FOLDER / "log"
    with log.open("ab") as said:
        command = [sys.executable, "-m", "tests.kills", *arguments]
        started = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)
    say(f"Runs in the background as process {started.pid}; what it says is in {log}")
    return 0


def _stop(*_: object) -> None:
    """End as with Ctrl-C, so that every process that was started ends, too."""
    signal.raise_signal(signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="kills; 0 for none")
    parser.add_argument("--races", type=int, default=0)
    parser.add_argument("--lists", type=int, default=0, help="kills while lists run")
    parser.add_argument("--seed", type=int, help="of an interrupted run, else a new one")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--background", action="store_true")
    given = parser.parse_args()
    if given.background:
        return _in_background([word for word in sys.argv[1:] if word != "--background"])
    databases = DATABASES if given.database == "both" else (given.database,)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another torture runs here already.")
            return 2
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has it ignored
        signal.signal(signal.SIGTERM, _stop)
        os.nice(5)
        logging.getLogger("aiohttp.server").setLevel(
            logging.CRITICAL
        )  # it tells of every caller that was killed
        again = (
            interrupted(databases, given.rounds)
            or interrupted(databases, given.races, kind=RacesRun)
            or interrupted(databases, given.lists, kind=ListsRun)
        )
        seed = given.seed or again or random.randrange(10**6)
        try:
            fine = [torture(Run.open(name, seed, given.rounds)) for name in databases if given.rounds]
            fine += [torture(ListsRun.open(name, seed, given.lists)) for name in databases if given.lists]
            fine += [race(RacesRun.open(name, seed, given.races)) for name in databases if given.races]
        except KeyboardInterrupt:
            say("Interrupted; the next `make torture` goes on after the last batch.")
            return 130
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
