"""The composition root: reads settings, builds every object in order, serves until told to stop."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from access.ports import Clock, Directory, Mail, Store
from access.rules.model import AuditFact, JobKind, ObjectId
from access.rules.policy import PolicyError
from access.service.check import Check
from access.service.close import Closings
from access.service.decide import Decisions
from access.service.deliver import Deliveries, Patience
from access.service.redeem import Redemptions
from access.service.request import Requests
from access.service.roster import Roster
from access.service.show import Shows
from bot.credential import Credential, open_credential
from bot.graph import Graph
from bot.policy_file import PolicyFile
from bot.queue.embedded import EmbeddedQueue
from bot.settings import Settings, SettingsError
from bot.store import SqliteStore, StoreError
from bot.teams import Teams
from bot.telemetry import configure_logging
from bot.web import LARGEST_BODY, health_routes
from bot.worker import Run, Worker, every
from dialogs import help as help_flow
from dialogs.approval import Approval
from dialogs.desk import Desk
from dialogs.invite import Invite
from dialogs.router import Router

log = logging.getLogger("guestlist")


class WallClock:
    """The host's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Guestlist:
    """Everything that was built, and how it is started and stopped."""

    settings: Settings
    store: Store
    graph: Graph
    teams: Teams
    worker: Worker
    redemptions: Redemptions
    application: web.Application
    ready: bool = False
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Start the worker and the readers of redemption."""
        follow, hourly = self.redemptions.follow, self.redemptions.read_all
        seconds = self.settings.delta_seconds
        self._tasks = [
            asyncio.create_task(self.worker.work(), name="worker"),
            asyncio.create_task(every(seconds, follow, "delta", self._stopping), name="delta"),
            asyncio.create_task(every(3600, hourly, "pending guests", self._stopping), name="hourly"),
        ]
        self.ready = True

    async def ended(self) -> None:
        """Wait until a background task has ended, which only a bug does before the stop; raises that."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Finish what runs, then close every connection."""
        self.ready = False
        self._stopping.set()
        await self.worker.stop()
        for reader in self._tasks[1:]:
            reader.cancel()  # it may have hours to read, and begins again where it was
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.teams.close()
        await self.graph.close()
        await self.store.close()


def unchanged(port: Any) -> Any:
    return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a test puts between the use cases and the real adapters; nothing, in production."""

    store: Callable[[Any], Any] = unchanged
    directory: Callable[[Any], Any] = unchanged
    mail: Callable[[Any], Any] = unchanged
    patience: Patience = field(default_factory=Patience)


def _installing(store: Store, graph: Graph, app_id: str) -> Callable[[ObjectId], Awaitable[None]]:
    """Return the installation for a person, which is an effect like any: its audit entry goes before it."""

    async def install(person: ObjectId) -> None:
        await store.write_audit(AuditFact(what="app.installing", detail={"person": person}))
        await graph.install.install_for(person, app_id)

    return install


async def _open_teams(
    settings: Settings, credential: Credential, store: Store, graph: Graph, clock: Clock
) -> Teams:
    return await Teams.open(
        app_id=settings.app_id,
        tenant_id=settings.tenant_id,
        openid_url=settings.channel_openid_url,
        service_origins=settings.service_origins,
        credential=credential,
        notes=store,
        zone=settings.time_zone,
        install=_installing(store, graph, settings.app_id),
        clock=clock,
        alarm_conversation=settings.alarm_conversation,
    )


def _open_credential(settings: Settings) -> Credential:
    return open_credential(
        settings.credential,
        tenant_id=settings.tenant_id,
        app_id=settings.app_id,
        login_url=settings.login_url,
        certificate_file=settings.certificate_file,
        client_secret=settings.client_secret,
        static_token=settings.static_token,
    )


def _runs(deliveries: Deliveries, shows: Shows, closings: Closings) -> dict[JobKind, Run]:
    return {
        JobKind.STEP: deliveries.run,
        JobKind.CARD: shows.run,
        JobKind.NOTICE: shows.run,
        JobKind.TIMER: closings.run,
    }


async def build(settings: Settings, overrides: Overrides | None = None) -> Guestlist:
    """Build every object, in the order in which they need each other."""
    between = overrides or Overrides()
    clock = WallClock()
    policy = PolicyFile.read(Path(settings.policy_file))
    credential = _open_credential(settings)
    queue = EmbeddedQueue(clock)
    store: Store = between.store(await SqliteStore.open(settings.database_path, clock, queue.wake))
    graph = await Graph.open(settings.graph_url, credential, settings.mailbox, clock)
    directory: Directory = between.directory(graph.directory)
    mail: Mail = between.mail(graph.mail)
    teams = await _open_teams(settings, credential, store, graph, clock)
    roster = Roster(directory)
    check = Check(directory, roster, policy, clock, settings.time_zone)
    my_apps = f"https://myapplications.microsoft.com/?tenantid={settings.tenant_id}"
    requests = Requests(store, directory, roster, policy, mail, check, my_apps)
    decisions = Decisions(store, directory, roster, requests)
    deliveries = Deliveries(
        store, directory, graph.access, mail, settings.time_zone, teams.alarms.ring, clock, between.patience
    )
    runs = _runs(deliveries, Shows(store, teams.chat, clock), Closings(store))
    application = web.Application(client_max_size=LARGEST_BODY)
    guestlist = Guestlist(
        settings=settings,
        store=store,
        graph=graph,
        teams=teams,
        worker=Worker(store, queue, clock, runs),
        redemptions=Redemptions(store, directory, graph.changes),
        application=application,
    )
    flows = [
        Invite(requests, check, settings.time_zone).routes(),
        Approval(decisions, settings.time_zone).routes(),
        Desk(decisions, settings.time_zone).routes(),
        help_flow.routes(),
    ]
    application.add_routes(teams.routes(Router(flows, store)))
    application.add_routes(health_routes(lambda: guestlist.ready))
    return guestlist


class CannotListenError(Exception):
    """The address to listen on cannot be had."""

    def __str__(self) -> str:
        place, why = self.args
        return f"{place} cannot be listened on: {why}. Change GUESTLIST_PORT or GUESTLIST_HOST."


async def serve(guestlist: Guestlist) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs; raises `CannotListenError`."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    runner = web.AppRunner(guestlist.application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, guestlist.settings.host, guestlist.settings.port)
    try:
        await site.start()
    except OSError as taken:
        await runner.cleanup()
        await guestlist.stop()
        raise CannotListenError(site.name, taken.strerror) from taken
    await guestlist.start()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: fewer pauses later
    log.info("Guestlist is ready", extra={"host": guestlist.settings.host, "port": guestlist.settings.port})
    ends = (asyncio.create_task(stopping.wait()), asyncio.create_task(guestlist.ended()))
    done, rest = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await runner.cleanup()
    await guestlist.stop()
    if error := next((task.exception() for task in done if task.exception()), None):
        # Without its worker or readers it must not look alive: whoever watches starts it anew.
        log.critical("A background task ended by a bug", exc_info=error)
        sys.exit(1)


async def _run(settings: Settings) -> None:
    await serve(await build(settings))


def main() -> int:
    """Start Guestlist; what stands in the way is said in full, and nothing is half started."""
    configure_logging()
    settings = Settings.read(os.environ)
    if isinstance(settings, SettingsError):
        sys.stderr.write(f"Guestlist cannot start. What to change:\n{settings}\n")
        return 2
    try:
        asyncio.run(_run(settings))
    except PolicyError as error:
        sys.stderr.write(f"Guestlist cannot start: the policy has mistakes.\n{error}\n")
        return 2
    except (StoreError, CannotListenError) as error:
        sys.stderr.write(f"Guestlist cannot start. {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
