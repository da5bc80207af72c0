"""One replica of the engine, as a process: `app.build` with doubles behind the ports, fed with lives.

A life: submitted; approved, by one of two who press at once; invited; known, given, mailed and proved; its
three cards shown as it goes on; accepted; thread and requestor told. Each line that is read begins so many
lives; `audit` adds entries to the chain. Each line that is written says how many lives are over, and the last
one, when nothing more is read, what was done.
"""

import asyncio
import json
import os
import secrets
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

import app
from access.ports import Store
from access.rules.draft import Draft
from access.rules.model import AuditFact, Kind, ObjectId, Place, Record
from access.service.check import Check
from access.service.decide import Decisions
from access.service.request import Requests
from access.service.roster import Roster
from access.service.search import Searches
from bench import doubles
from bot.process import Guestlist, settle
from bot.settings import Settings

_REPORTED = 0.05
_WRITERS = 16


@dataclass(slots=True)
class Driver:
    """Begins lives as people would, through the use cases."""

    requests: Requests
    decisions: Decisions
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self, count: int) -> None:
        for _ in range(count):
            task = asyncio.create_task(self._live())
            self._running.add(task)
            task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        task.result()

    async def _live(self) -> None:
        address = f"guest{secrets.token_hex(8)}@fabrikam.com"
        draft = Draft(
            kind=Kind.INVITE,
            address=address,
            app="Health Records",
            term="90d",
            justification="the bench measures it",
        )
        sent = await self.requests.send(draft, doubles.MEGAN, Place("thread"), personal=False)
        if not isinstance(sent, Record) or sent.request.plan is None:
            raise TypeError(f"not sent: {sent}")
        pressed = (self._approve(sent, one) for one in (doubles.ALEX, doubles.NIA))
        if sorted(await asyncio.gather(*pressed)) != [False, True]:
            raise ValueError("of two approvals one wins")

    async def _approve(self, sent: Record, person: ObjectId) -> bool:
        seen = sent.request.plan.hash if sent.request.plan else None
        return isinstance(await self.decisions.approve(sent.request.request_id, person, seen), Record)


async def run() -> None:
    settings = Settings.read(
        {name: value for name, value in os.environ.items() if name.startswith("GUESTLIST_")}
    )
    if not isinstance(settings, Settings):
        raise TypeError(str(settings))
    feed, done = Path(os.environ["BENCH_FEED"]), Counter[str]()
    directory, mail, chat = doubles.Directory(), doubles.Mail(done), doubles.Chat(done)
    guestlist = await app.build(
        settings,
        app.Overrides(
            directory=lambda _: directory,
            access=lambda _: doubles.Access(feed, done),
            changes=lambda _: doubles.Changes(feed),
            mail=lambda _: mail,
            chat=lambda _: chat,
        ),
    )
    runner = web.AppRunner(guestlist.application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port).start()
    await guestlist.start()
    settle()
    await _obey(_driver(guestlist, directory, mail), chat)
    await guestlist.stop()
    await runner.cleanup()
    print(json.dumps({**done, "lived": chat.told}), flush=True)


def _driver(guestlist: Guestlist, directory: doubles.Directory, mail: doubles.Mail) -> Driver:
    settings, store = guestlist.settings, guestlist.store
    policy, roster = guestlist.policy, Roster(directory)
    searches = Searches(guestlist.index, roster, policy, store)
    check = Check(directory, roster, searches, guestlist.worker.clock, settings.time_zone)
    requests = Requests(
        store, directory, roster, policy, mail, check, "https://myapps.example", guestlist.graph.self_service
    )
    return Driver(requests, Decisions(store, directory, roster, requests, guestlist.graph.accounts))


async def _obey(driver: Driver, chat: doubles.Chat) -> None:
    """Begin as many lives as each line says, until there are no more lines."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    reporting = asyncio.create_task(_report(chat))
    adding = []
    while line := await lines.readline():
        if line.strip() == b"audit":
            adding += [asyncio.create_task(_add_entries(driver.requests.store)) for _ in range(_WRITERS)]
        else:
            driver.begin(int(line))
    for task in (reporting, *adding):
        task.cancel()
    await asyncio.gather(*adding, return_exceptions=True)


async def _add_entries(store: Store) -> None:
    while True:
        await store.write_audit(AuditFact(what="bench", actor=doubles.MEGAN, detail={"bench": True}))


async def _report(chat: doubles.Chat) -> None:
    said = 0
    while True:
        await asyncio.sleep(_REPORTED)
        if over := len(chat.told) - said:
            print(over, flush=True)
            said += over


if __name__ == "__main__":
    asyncio.run(run())
