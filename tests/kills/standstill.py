"""`python -m tests.kills.standstill`: how long lists stand still after a death, by the product's leases."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.kills.batch import Result
from tests.kills.grounds import OnSqlite, on_postgres
from tests.kills.list_runs import ListsRun
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
        batch = partial(ListsRun.batch, quiet=60.0, usual=True, faults=False)
        if database == "sqlite":
            return await batch(OnSqlite(folder, None), folder, seed, plans).run()
        async with on_postgres(3, None) as server:
            return await batch(server, folder, seed, plans).run()


def main() -> None:
    database, seed = sys.argv[1], int(sys.argv[2])
    result = asyncio.run(measured(database, seed))
    said = f"{database}, seed {seed} at {commit()}: {result.rows} rows, {sum(result.hits.values())} kills"
    stood = sorted(result.stood)
    middle = f"{median(stood):.2f} s in the middle" if stood else "never"
    sys.stdout.write(f"{said}, stood still {middle}, each {stood}; waited {sorted(result.waited)}\n")


if __name__ == "__main__":
    main()
