"""The run of an approved list by Guestlist whole, beside the double on which the other ways invite as many.

Guestlist is `app.py` in a process of its own, on SQLite, with the sandbox's mailbox and chats. Measured is
from the approval's entry to that of the last proof; the mails go on after that, at the mailbox's pace.
When a third is given, somebody else's guest is approved, whose time is taken, too.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from bench.bulk import CALM, FAULTS, HEADS, LAG, MANY, Double, Run, judged, rows
from bench.processes import Bot, free_port, running, served
from sandbox.settings import Settings as SandboxSettings
from sandbox.story import Story
from tests.clinic import Clinic, environment, spoken, until
from tests.journeys.lists import LOOK, form_of, portal_csv, sends

WAY, LONGER, HIT, MORE = "Guestlist, a list", "Guestlist, a longer list", 100, 2_000
_LONGEST = 3_600.0
_ONE, _WHY = "ana@fabrikam.com", "the bench measures it"


async def measure(
    count: int = MANY, mix: Mapping[str, float] = CALM, lag: float = 0.0, *, mailed: bool = False
) -> tuple[Run, float]:
    """Run a list of so many guests, all of them new; return also the seconds of the one in between.

    Where mails are waited for, what was doubled is counted after the last; the time is that of access.
    """
    addresses = [f"guest{number}@partner{number % 97}.example" for number in range(count)]
    port, own = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with TemporaryDirectory() as name:
        database = Path(name) / "bench.db"
        settings = environment(url, database, own) | {"GUESTLIST_STATIC_TOKEN": SandboxSettings().token}
        async with (
            served(["-m", "sandbox", "--port", str(port)], f"{url}/sandbox/switches"),
            aiohttp.ClientSession() as http,
        ):
            on, clinic = Double(url, http), Clinic(url, http, Story.load())
            await on.clear(CALM, 0.0)
            bot = f"http://127.0.0.1:{own}/api/messages"
            await clinic.post("/teams/control", botUrl=bot, limits="off")
            async with running(["app.py"], settings, own) as guestlist:
                await _sent(clinic, addresses)
                await on.clear(mix, lag)
                return await _run(clinic, on, guestlist, database, addresses, mailed=mailed)


async def _sent(clinic: Clinic, addresses: list[str]) -> None:
    """Bring a list and send it to its approvers."""
    await sends(clinic, "megan", portal_csv(*addresses))
    form = await form_of(clinic, "megan", "partners.csv")
    await form.send(LOOK, app="Health Records", term="90d", justification=_WHY)
    said = spoken(await clinic.card("megan", "can be sent"))
    await clinic.say("megan", f"/bulk send {said.partition('/bulk send ')[2][:8]}")
    await clinic.card("alex", "R-1001")


async def _run(
    clinic: Clinic, on: Double, bot: Bot, database: Path, addresses: list[str], *, mailed: bool
) -> tuple[Run, float]:
    await clinic.say("megan", f"/invite {_ONE} to Health Records for 90d because {_WHY}")
    spent = bot.cpu()
    await clinic.say("alex", "/approve R-1001")
    await until(lambda: _over(database, len(addresses) // 3), "a third is given", _LONGEST)
    asked = time.monotonic()
    await clinic.say("alex", "/approve R-1002")
    await until(lambda: _is(database, 1002, "delivered"), "the one is delivered", _LONGEST)
    one = time.monotonic() - asked
    await until(lambda: _over(database, len(addresses)), "every row is given and proved", _LONGEST)
    cpu = bot.cpu() - spent
    if mailed:
        await until(lambda: _mailed(database, len(addresses)), "every mail is sent", _LONGEST)
    return replace(judged(await on.ledger(), addresses, _took(database), cpu), peak=bot.peak()), one


async def _is(database: Path, number: int, state: str) -> bool:
    query = "SELECT state FROM requests WHERE number = ?"
    with closing(sqlite3.connect(database)) as reader:
        found = reader.execute(query, (number,)).fetchone()
    return found is not None and str(found[0]) == state


def _took(database: Path) -> float:
    """Return the seconds between the entries of the list's approval and of the last row's proof."""
    query = """SELECT max(a.at) - (SELECT at FROM audit WHERE what = 'request.approved' ORDER BY seq LIMIT 1)
               FROM audit a JOIN requests r ON r.id = a.request_id
               WHERE r.list_id IS NOT NULL AND a.what IN ('request.delivered', 'step.failed')"""
    with closing(sqlite3.connect(database)) as reader:
        (microseconds,) = reader.execute(query).fetchone()
    return float(microseconds) / 1e6


async def _over(database: Path, wanted: int) -> bool:
    """Tell whether so many rows are given and proved, or have failed."""
    query = "SELECT count(*) FROM requests WHERE list_id IS NOT NULL AND state <> 'delivering'"
    with closing(sqlite3.connect(database)) as reader:
        (count,) = reader.execute(query).fetchone()
    return int(count) >= wanted


async def _mailed(database: Path, wanted: int) -> bool:
    """Tell whether the mail of so many rows is sent, or has failed for good."""
    query = """SELECT count(*) FROM jobs j JOIN requests r ON r.id = j.request_id
               WHERE r.list_id IS NOT NULL AND j.name = 'mail' AND j.status IN ('done', 'failed')"""
    with closing(sqlite3.connect(database)) as reader:
        (count,) = reader.execute(query).fetchone()
    return int(count) >= wanted


async def _main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    for name, mix, lag in (("calm", CALM, 0.0), ("faults", FAULTS, LAG)):
        if name in sys.argv[2:] or not {"calm", "faults"} & set(sys.argv):
            print(name, *HEADS, sep=" | ")
            run, one = await measure(count, mix, lag, mailed="mailed" in sys.argv)
            for row in rows({WAY: run}):
                print(" | ".join(row), f"one in between: {one:.1f} s", flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
