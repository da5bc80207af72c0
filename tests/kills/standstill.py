"""`python -m tests.kills.standstill`: how long lists stand still after a death, by the product's leases."""

import asyncio
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.kills.batch import Batch, Result
from tests.kills.grounds import OnSqlite, on_postgres
from tests.kills.plans import AT_RANDOM, Plan
from tests.kills.runs import commit

_POINTS = (
    "after-claim list",
    "after-turn row",
    "after-claim invite",
    "call-left give-many",
    AT_RANDOM,
    AT_RANDOM,
)


async def measured(database: str, seed: int) -> Result:
    """Kill processes at some points while lists of hundreds of rows run, whose guests Microsoft mails."""
    plans = [Plan(point) for point in _POINTS]
    with TemporaryDirectory() as name:
        folder = Path(name)
        given = {"per_kill": 0.0, "ahead": 1, "often": 1000, "quiet": 60.0, "lists": True, "usual": True}
        if database == "sqlite":
            ground = OnSqlite(folder, None)
            return await Batch(ground, folder, seed, plans, faults=False, **given).run()  # type: ignore[arg-type] # a dict of several types
        async with on_postgres(3, None) as server:
            return await Batch(server, folder, seed, plans, faults=False, **given).run()  # type: ignore[arg-type] # as above


def main() -> None:
    database, seed = sys.argv[1], int(sys.argv[2])
    result = asyncio.run(measured(database, seed))
    said = f"{database}, seed {seed} at {commit()}: {result.rows} rows, {sum(result.hits.values())} kills"
    stood = sorted(result.stood)
    middle = f"{median(stood):.2f} s in the middle" if stood else "never"
    sys.stdout.write(f"{said}, stood still {middle}, each {stood}; waited {sorted(result.waited)}\n")


if __name__ == "__main__":
    main()
