"""The dry run of ten thousand rows in a tenant of a hundred thousand guests, and reading its file.

Guestlist is whole, in a process of its own: `app.build` with the real Graph adapter and its index, beside
the sandbox in another. A call for each row is what must not be.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

import app
from access.rules.draft import Draft
from access.rules.list_rows import MOST_ROWS, ReadList
from access.rules.lists import GuestList
from access.rules.model import Kind
from access.rules.verdicts import Verdict, Wanted, counts
from access.service.check import Check
from access.service.dry_runs import DryRuns
from access.service.read_list import ListReader
from access.service.request import Requests
from access.service.roster import Roster
from access.service.search import Searches
from bench.processes import ROOT, free_port, served
from bench.redeeming import MEGAN
from bot.process import Guestlist, settle
from bot.settings import Settings
from bot.sheets import Workbooks
from sandbox.entra.crowd import guest_id
from sandbox.settings import Settings as SandboxSettings
from tests.clinic import environment
from tests.lists.books import typed
from tests.lists.costs import forget_memory, most_memory

GUESTS, HOLDERS = 100_000, 2_000
_WANTED = {Verdict.HAS_ACCESS: 500, Verdict.GUEST: 2_500, Verdict.NEW: 6_300, Verdict.DENIED: 400}
_SAME, _NONE = 200, 100
"""Rows that say again what another says, and rows without an address."""
ASKED = Draft(kind=Kind.INVITE, app="Health Records", term="90d", justification="the bench measures it")
_HELD = "bdec204c-40ed-5221-b43f-21005de59ad1"
"""The group whose members have Health Records."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """Seconds, and MB; `held` is the longest that the event loop was kept from others."""

    csv: float
    xlsx: float
    read_more: float
    """How much more memory the two readings took."""
    took: float
    cpu: float
    held: float
    calls: int
    before: float
    peak: float


def rows(found: DryRun) -> list[tuple[str, ...]]:
    """Return what was measured, in words, and what is wanted."""
    return [
        (
            f"a file of {MOST_ROWS:,} rows is read, CSV / XLSX: CPU",
            f"{found.csv:.2f} / {found.xlsx:.2f} s",
            "–",
        ),
        ("the same: more memory", f"{found.read_more:.0f} MB", "≤ 100 MB"),
        (f"its dry run among {GUESTS:,} guests", f"{found.took:.1f} s", "≤ 10 s"),
        ("the same: CPU", f"{found.cpu:.2f} s", "–"),
        ("the same: the event loop is held for at most", f"{found.held * 1000:.0f} ms", "–"),
        ("the same: calls of Graph", f"{found.calls}", f"not {MOST_ROWS:,}"),
        ("resident before / the most it ever had", f"{found.before:.0f} / {found.peak:.0f} MB", "≤ 250 MB"),
    ]


async def measure() -> DryRun:
    with TemporaryDirectory() as name:
        folder, port, own = Path(name), free_port(), free_port()
        graph = f"http://127.0.0.1:{port}"
        sandbox = ["-m", "sandbox", "--port", str(port), "--guests", str(GUESTS)]
        async with served(sandbox, f"{graph}/sandbox/switches"):
            await _give(graph)
            settings = environment(graph, folder / "bench.db", own) | {
                "GUESTLIST_STATIC_TOKEN": SandboxSettings().token,
                "BENCH_FOLDER": name,
                "GUESTLIST_DELTA_SECONDS": "3600",
            }
            (folder / "guests.csv").write_text(_csv(), encoding="utf-8")
            (folder / "guests.xlsx").write_bytes(typed([("email", "name"), *_lines()]))
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.dry_run", "within"),
                cwd=ROOT,
                env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
                stdout=asyncio.subprocess.PIPE,
            )
            said, _ = await child.communicate()
        return DryRun(**json.loads(said))


async def _give(graph: str) -> None:
    """Let the first guests have the app already."""
    link, token = f"{graph}/v1.0/directoryObjects", SandboxSettings().token
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for first in range(0, HOLDERS, 20):
            body = {"members@odata.bind": [f"{link}/{guest_id(one)}" for one in range(first, first + 20)]}
            async with http.patch(f"{graph}/v1.0/groups/{_HELD}", json=body) as answer:
                answer.raise_for_status()


def _lines() -> list[tuple[str, str]]:
    """Return the rows: who has it, who is there, who is new, and what is wrong."""
    there = [f"guest{one}@partner{one % 97}.example" for one in range(HOLDERS - 500, HOLDERS + 2_500)]
    new = [f"new{one}@firm{one % 200}.example" for one in range(_WANTED[Verdict.NEW])]
    denied = [f"x{one}@mailinator.com" for one in range(_WANTED[Verdict.DENIED])]
    found = [*there, *new, *denied, *new[:_SAME], *(["nobody"] * _NONE)]
    return [(address, f"Guest {place}") for place, address in enumerate(found)]


def _csv() -> str:
    return "\n".join(["email,name", *(",".join(line) for line in _lines())])


async def _within(settings: Settings, folder: Path) -> DryRun:
    guestlist = await app.build(settings)
    await guestlist.start()
    await guestlist.index.guests_at(())  # waits for the reading that has begun
    settle()
    before = forget_memory()
    csv, xlsx, wanted = await _read(folder)
    read_more, held = most_memory() - before, list[float]()
    before, already = forget_memory(), await _calls(settings)
    watching = asyncio.create_task(_watch(held))
    begun, spent = time.monotonic(), time.process_time()
    made = await dry_runs(guestlist).run(ASKED, wanted, "guests.csv", MEGAN.object_id)
    took, cpu = time.monotonic() - begun, time.process_time() - spent
    watching.cancel()
    assert isinstance(made, GuestList), made
    verdicts = counts(made.rows)
    assert verdicts == _WANTED | {Verdict.DUPLICATE: _SAME, Verdict.NOT_AN_ADDRESS: _NONE}, verdicts
    calls, peak = await _calls(settings) - already, most_memory()
    await guestlist.stop()
    return DryRun(csv, xlsx, read_more / 1e6, took, cpu, max(held), calls, before / 1e6, peak / 1e6)


async def _read(folder: Path) -> tuple[float, float, list[Wanted]]:
    """Read both files as a person's are read; return the CPU of each and the rows of the last."""
    reader, spent, found = ListReader(Workbooks()), list[float](), list[Wanted]()
    for name in ("guests.csv", "guests.xlsx"):
        content, before = (folder / name).read_bytes(), time.process_time()
        read = await reader.read_file(content)
        spent.append(time.process_time() - before)
        assert isinstance(read, ReadList), read
        found = [Wanted(row.number, row.address, row.name) for row in read.rows]
    return spent[0], spent[1], found


async def _watch(held: list[float]) -> None:
    """Note for how long the event loop lets nobody else have a turn."""
    while True:
        begun = time.monotonic()
        await asyncio.sleep(0.001)
        held.append(time.monotonic() - begun - 0.001)


async def _calls(settings: Settings) -> int:
    url = f"{settings.graph_url}/sandbox/ledger"
    async with aiohttp.ClientSession() as http, http.get(url, params={"kind": "graph.call"}) as answer:
        return len(await answer.json())


def dry_runs(guestlist: Guestlist) -> DryRuns:
    settings, store, directory = guestlist.settings, guestlist.store, guestlist.graph.directory
    roster = Roster(directory)
    searches = Searches(guestlist.index, roster, guestlist.policy, store)
    check = Check(directory, roster, searches, guestlist.worker.clock, settings.time_zone)
    mail, self_service = guestlist.graph.mail, guestlist.graph.self_service
    whose = (store, directory, roster, guestlist.policy, mail, check)
    return DryRuns(Requests(*whose, "https://myapps.example", self_service), guestlist.graph.app_guests)


async def _main() -> None:
    if sys.argv[1:] != ["within"]:
        for row in rows(await measure()):
            print(" | ".join(row))
        return
    settings = Settings.read({key: one for key, one in os.environ.items() if key.startswith("GUESTLIST_")})
    assert isinstance(settings, Settings), settings
    print(json.dumps(asdict(await _within(settings, Path(os.environ["BENCH_FOLDER"])))))


if __name__ == "__main__":
    asyncio.run(_main())
