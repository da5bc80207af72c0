"""A list is run by processes that are killed in the middle: each guest gets the app once, and one mail."""

import os
import random
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import postgres
from tests.clinic import spoken, until
from tests.journeys.lists import LOOK, WHY, form_of, portal_csv, sends
from tests.replicas.replicas import Fleet, open_fleet

GUESTS = [f"guest{number}@fabrikam.com" for number in range(40)]
_FAULTS = {"429": 0.02, "503-before": 0.02, "504-after": 0.02, "reset-after": 0.02, "reset-before": 0.01}


@pytest.fixture
def dice() -> Random:
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    print(f"SEED={seed}")  # noqa: T201 - shown with a failure
    return Random(seed)


@asynccontextmanager
async def opened(folder: Path, kind: str) -> AsyncIterator[Fleet]:
    """Open one process on SQLite, or three on PostgreSQL."""
    if kind == "sqlite":
        async with open_fleet(folder, f"sqlite:///{folder / 'guestlist.db'}", 1) as fleet:
            yield fleet
        return
    url = await postgres.new_database()
    try:
        async with open_fleet(folder, url, 3) as fleet:
            yield fleet
    finally:
        await postgres.drop(url)


async def states(fleet: Fleet) -> Counter[str]:
    """Return the states of the rows, and of the list under its kind."""
    query = "SELECT state, list_id IS NULL FROM requests"
    if fleet.database.startswith("sqlite"):
        with closing(sqlite3.connect(fleet.folder / "guestlist.db")) as reader:
            found: Sequence[Any] = reader.execute(query).fetchall()
    else:
        found = await fleet.rows(query)
    return Counter(f"list {state}" if is_list else str(state) for state, is_list in found)


async def approved(fleet: Fleet) -> None:
    """Have a list approved, and Graph fail from then on, so that an approval may have to be pressed again."""
    clinic = fleet.clinic
    await sends(clinic, "megan", portal_csv(*GUESTS))
    form = await form_of(clinic, "megan", "partners.csv")
    await form.send(LOOK, app="Health Records", term="90d", justification=WHY)
    said = spoken(await clinic.card("megan", "40 of 40 can be sent"))
    await clinic.say("megan", f"/bulk send {said.partition('/bulk send ')[2][:8]}")
    await clinic.card("alex", "R-1001")
    await clinic.fault(match={"path": "^/v1.0/"}, mix=_FAULTS, seed=1)

    async def decided() -> bool:
        await clinic.say("alex", "/approve R-1001")
        return not (await states(fleet))["list pendingApproval"]

    await until(decided, "the list is approved", 60)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_run_goes_on_after_each_kill_and_nothing_is_lost_or_doubled(
    tmp_path: Path, kind: str, dice: Random
) -> None:
    async with opened(tmp_path, kind) as fleet:
        clinic = fleet.clinic
        await clinic.switch(throttling="off")
        await approved(fleet)
        for share in (0.1, 0.4, 0.7):
            wanted = round(share * len(GUESTS)) + dice.randrange(4)

            async def given(wanted: int = wanted) -> bool:
                return len(await clinic.ledger("member.added")) >= wanted

            await until(given, f"{wanted} have the app", 120)
            victim = fleet.replicas.pop(dice.randrange(len(fleet.replicas)))
            await victim.kill()
            await fleet.start(1)

        async def over() -> bool:
            now = await states(fleet)
            return bool(now["list delivered"] or now["list deliveryFailed"])

        try:
            await until(over, "the run is over", 240)
        except AssertionError as late:
            late.add_note(str(await states(fleet)))
            raise
        assert await states(fleet) == Counter({"list delivered": 1, "delivered": len(GUESTS)})
        of = Counter((one["kind"], one["detail"].get("address")) for one in await clinic.ledger())
        assert [of["member.added", one] for one in GUESTS] == [1] * len(GUESTS)
        sent = Counter(to for one in await clinic.ledger("mail.sent") for to in one["detail"]["to"])
        assert set(sent.values()) <= {1}
