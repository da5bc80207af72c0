"""The composition root: reads settings, builds every object in order, serves until told to stop."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from aiohttp import web

from access.ports import AccessError, Clock, Directory, Mail, Store, Uncapped
from access.rules.journal import STEPS
from access.rules.list_run import pace_of
from access.rules.model import AuditFact, JobKind, ObjectId
from access.rules.policy import PolicyError
from access.service.check import Check
from access.service.clean_up import CleanUps
from access.service.close import Closings
from access.service.comparing import Comparing
from access.service.daily import MAILS, Daily
from access.service.decide import Decisions
from access.service.delegate import Delegates
from access.service.deliver import Deliveries
from access.service.end import Terms
from access.service.guard_steps import GuardSteps
from access.service.guards_restored import GuardLook
from access.service.index import Index
from access.service.lengthen import Lengthening
from access.service.list_runs import ListRunner
from access.service.missed import Missed
from access.service.profile_steps import ProfileSteps
from access.service.reconcile import Reconciliations
from access.service.redeem import Redemptions
from access.service.request import Requests
from access.service.request_checks import RequestChecks
from access.service.restore import Restores
from access.service.roster import Roster
from access.service.search import Searches
from access.service.setup_steps import Entries, SetupSteps
from access.service.show import Shows
from access.service.sponsor_steps import SponsorSteps
from access.service.stand_ins import StandIns
from access.service.subscribe import Subscribing
from access.service.trials import Trials
from access.service.unaccepted import Acceptances
from access.service.warn import Warnings
from access.service.watch import Watches
from bot.bell import Bell
from bot.charts import Charts
from bot.checkpoint_file import checkpoints_of
from bot.credential import Credential, credential_of, standing_of
from bot.flows import coach_of, flows, readiness_of
from bot.graph import Caps, Graph
from bot.graph.notified import Notified
from bot.health import health_routes
from bot.kept import Kept, open_kept
from bot.looks import looks_of
from bot.measuring.opening import NotInstalledError, open_telemetry
from bot.measuring.watch import Telemetry, Watch
from bot.nightly import settings_watch
from bot.overrides import Overrides
from bot.policy_file import PolicyFile, Written
from bot.process import CannotListenError, Guestlist, serve
from bot.readers import Readers
from bot.settings import Settings, SettingsError
from bot.teams import Teams
from bot.teams.members import belonging
from bot.telemetry import configure_logging
from bot.web import LARGEST_BODY
from bot.worker import Worker
from cards.look import Look
from cards.texts import LANGUAGES
from dialogs.router import Router

__all__ = ["Overrides", "build", "main"]


def _installing(store: Store, graph: Graph, app_id: str) -> Callable[[ObjectId], Awaitable[None]]:
    """Return the installation for a person, which is an effect like any: its audit entry goes before it."""

    async def install(person: ObjectId) -> None:
        await store.write_audit(AuditFact(what="app.installing", detail={"person": person}))
        await graph.install.install_for(person, app_id)

    return install


def _house(settings: Settings) -> Look:
    """Return how whoever has told nothing else reads."""
    return Look(settings.time_zone, texts=LANGUAGES[settings.language])


async def _open_teams(
    settings: Settings,
    credential: Credential,
    store: Store,
    graph: Graph,
    directory: Directory,
    clock: Clock,
    telemetry: Telemetry,
) -> Teams:
    return await Teams.open(
        app_id=settings.app_id,
        tenant_id=settings.tenant_id,
        openid_url=settings.channel_openid_url,
        service_origins=settings.service_origins,
        file_origins=settings.file_origins,
        credential=credential,
        notes=store,
        house=_house(settings),
        install=_installing(store, graph, settings.app_id),
        belongs=belonging(directory),
        clock=clock,
        alarm_conversation=settings.alarm_conversation,
        seen_by=telemetry.http,
    )


async def _open_graph(settings: Settings, credential: Credential, kept: Kept, watch: Watch) -> Graph:
    whose = (settings.mailbox, kept.clock, kept.budget, _house(settings).texts, settings.app_id)
    most, counted = settings.graph_daily_cap, (kept.store, kept.clock)
    invitations = Daily(*counted, "invitations", most) if most else Uncapped()
    caps = Caps(invitations, Daily(*counted, "mails", MAILS), settings.graph_share / 100)
    return await Graph.open(settings.graph_url, credential, *whose, caps, watch)


def _lists(
    settings: Settings, between: Overrides, kept: Kept, decisions: Decisions, ring: Callable[[str], None]
) -> ListRunner:
    usual = pace_of(shared=kept.shared, share=settings.graph_share, cap=settings.graph_daily_cap)
    return ListRunner(decisions, kept.clock, ring, pace=between.pace or usual)


def _worker(
    settings: Settings,
    between: Overrides,
    kept: Kept,
    store: Store,
    directory: Directory,
    mail: Mail,
    graph: Graph,
    shows: Shows,
    decisions: Decisions,
    checks: RequestChecks,
) -> Worker:
    access, zone, ring = between.access(graph.access), settings.time_zone, shows.ring
    leaving, patience, policy = asyncio.Event(), between.patience, decisions.requests.policy
    whose = (store, directory, access, mail, zone, ring, kept.clock, patience, leaving.is_set)
    told = (store, decisions, shows.chat, zone)
    deliveries = Deliveries(*whose, accounts=graph.accounts)
    deliveries.others = (
        SetupSteps(graph.self_service, policy, patience),
        GuardSteps(graph.guards, graph.protection, store, patience),
        Lengthening(store, access, patience, decisions.requests.rules_for),
    )
    deliveries.sponsors = SponsorSteps(store, directory, graph.accounts, graph.profiles)
    deliveries.on_accounts.profiles = ProfileSteps(graph.profiles, graph.accounts, patience)
    runs = {
        **dict.fromkeys(STEPS, deliveries.run),
        JobKind.TRIAL: Trials(store, graph.guards, decisions.roster, policy, kept.clock, patience.lease).run,
        JobKind.ENTRY: Entries(store, policy, graph.self_service, patience.lease).run,
        JobKind.TERM: Terms(*told, patience.lease).run,
        JobKind.ACCEPTANCE: Acceptances(*told, patience.lease, coach_of(decisions, graph).why).run,
        JobKind.LETTER: Warnings(store, decisions, mail, zone, patience.lease).run,
        **dict.fromkeys((JobKind.CARD, JobKind.NOTICE, JobKind.REMINDER), shows.run),
        JobKind.LIST: _lists(settings, between, kept, decisions, ring).run,
        JobKind.TIMER: Closings(store, patience.lease).run,
        JobKind.CHECK: checks.run,
        **dict.fromkeys((JobKind.WATCH, JobKind.QUESTION), Watches(*told[:3], ring, patience.lease).run),
    }
    worker = Worker(store, kept.queue, kept.clock, between.runs(runs), kept.agenda, kept.shared, leaving)
    kept.queue.hands_over = kept.queue.busy = lambda: worker.crowded
    return worker


def _readers(
    settings: Settings,
    kept: Kept,
    redemptions: Redemptions,
    decisions: Decisions,
    graph: Graph,
    teams: Teams,
    credential: Credential,
) -> Readers:
    store, ring = redemptions.store, teams.alarms.ring
    bell, log = Bell(store), Comparing(store, graph.activity, kept.clock)
    subscribing = Subscribing(store, graph.subscriptions, kept.clock, settings.public_url, bell.ring, ring)
    guards, mail = GuardLook(store, graph.protection), decisions.requests.mail
    restores = Restores(store, redemptions.directory, mail, graph.self_service, guards, ring)
    reconciliations = Reconciliations(store, log, kept.clock, ring)
    checkpoints = checkpoints_of(settings, store, kept.clock, teams.alarms.tell, ring)
    delegates, every = Delegates(decisions, teams.chat), settings.delta_seconds
    terms = Terms(store, decisions, teams.chat, settings.time_zone)
    acceptances = Acceptances(store, decisions, teams.chat, settings.time_zone)
    clean_ups = CleanUps(store, decisions, graph.upkeep, teams.chat, settings.time_zone)
    notified = Notified(settings.tenant_id, subscribing, bell)
    watch = settings_watch(settings, decisions, graph, teams, _house(settings))
    reads = (redemptions, restores, reconciliations, delegates, terms, acceptances, clean_ups)
    others = looks_of(settings, kept, credential, ring)
    return Readers(store, *reads, notified, watch, kept.clock, every, kept.shared, checkpoints, others)


def _decisions(
    settings: Settings, store: Store, mail: Mail, searches: Searches, clock: Clock, graph: Graph
) -> Decisions:
    directory, roster, policy = searches.index.directory, searches.roster, searches.policy
    check = Check(directory, roster, searches, clock, settings.time_zone)
    my_apps = f"https://myapplications.microsoft.com/?tenantid={settings.tenant_id}"
    requests = Requests(store, directory, roster, policy, mail, check, my_apps, graph.self_service)
    return Decisions(store, directory, roster, requests, graph.accounts)


def _checks(
    store: Store, decisions: Decisions, searches: Searches, graph: Graph, between: Overrides
) -> RequestChecks:
    """Return what looks whether requests will work, from now on at each that is sent."""
    decisions.requests.looks = True
    readiness = readiness_of(decisions, searches, graph)
    return RequestChecks(store, decisions, readiness, lease=between.patience.lease)


async def build(settings: Settings, overrides: Overrides | None = None) -> Guestlist:
    """Build every object, in the order in which they need each other."""
    taken = Written.read(Path(settings.policy_file)).taken()
    credential = credential_of(settings)
    telemetry = open_telemetry(settings, credential)
    between = telemetry.between(overrides or Overrides())
    kept = await open_kept(settings, between.clock, credential)
    store: Store = between.store(kept.store)
    graph = await _open_graph(settings, credential, kept, telemetry.watch)
    directory, mail = between.directory(graph.directory), between.mail(graph.mail)
    teams = await _open_teams(settings, credential, store, graph, directory, kept.clock, telemetry)
    policy = await PolicyFile.open(taken, store, teams.alarms.ring)
    roster = Roster(directory, seating=StandIns(directory, store).seat)
    searches = Searches(Index(directory, kept.clock), roster, policy, store)
    decisions, chat = _decisions(settings, store, mail, searches, kept.clock, graph), between.chat(teams.chat)
    shows = Shows(store, chat, Missed(store, chat), teams.alarms.ring, between.patience.lease)
    checks = _checks(store, decisions, searches, graph, between)
    worker = _worker(settings, between, kept, store, directory, mail, graph, shows, decisions, checks)
    redemptions = Redemptions(store, directory, between.changes(graph.changes))
    guestlist = Guestlist(
        settings=settings,
        store=store,
        graph=graph,
        teams=teams,
        queue=kept.queue,
        worker=worker,
        redemptions=redemptions,
        readers=_readers(settings, kept, redemptions, decisions, graph, teams, credential),
        index=searches.index,
        policy=policy,
        application=web.Application(client_max_size=LARGEST_BODY, middlewares=telemetry.middlewares()),
        telemetry=telemetry,
        standing=partial(standing_of, credential),
    )
    charts, house = Charts(store, kept.clock, settings.public_url), _house(settings)
    asked = flows(decisions, chat, searches, graph, teams.files, house, charts, checks)
    guestlist.application.add_routes(teams.routes(telemetry.flows(Router(asked, store, house)), shows.missed))
    others = charts.routes() + guestlist.readers.notified.routes()
    guestlist.application.add_routes(others + health_routes(guestlist))
    return guestlist


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
    except (AccessError, CannotListenError, NotInstalledError) as error:
        sys.stderr.write(f"Guestlist cannot start. {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
