"""The flows of the conversation, each built from the services that it asks; part of the composition."""

from access.ports import Chat, Downloads, Uploads
from access.service.accounts import AccountActs
from access.service.adopt import Adoptions
from access.service.bulk_requests import BulkRequests
from access.service.change import GuestChanges
from access.service.coach import Coach
from access.service.copies import Copies
from access.service.decide import Decisions
from access.service.delegate import Delegates
from access.service.dry_runs import DryRuns
from access.service.extend import Renewals
from access.service.faced import Faces
from access.service.guard_acts import GuardActs
from access.service.guards import Guards
from access.service.guest_lists import GuestLists
from access.service.guest_sheets import GuestSheets
from access.service.list_files import ListFiles
from access.service.list_runs import ListRuns
from access.service.new_addresses import NewAddresses
from access.service.outlooks import Outlooks
from access.service.read_list import ListReader
from access.service.readiness import Readiness
from access.service.received_lists import ReceivedLists
from access.service.relink import Relinks
from access.service.renew_many import ManyRenewals
from access.service.request_checks import RequestChecks
from access.service.search import Searches
from access.service.setups import Setups
from access.service.sights import Sights
from access.service.sign_ins import SignIns
from access.service.tenant_changes import TenantChanges
from access.service.trail import Trails
from access.service.undo import Undoing
from access.service.visitors import Visitors
from bot.charts import Charts
from bot.disposable import DisposableList
from bot.graph import Graph
from bot.sheets import Workbooks
from cards.look import Look
from dialogs.adopt import Adopt
from dialogs.approval import Approval
from dialogs.bulk import Bulk
from dialogs.change import ChangeGuest
from dialogs.check import Checks
from dialogs.delegate import Delegate
from dialogs.desk import Desk
from dialogs.directory import FromDirectory
from dialogs.flow import Routes
from dialogs.guess import Guess
from dialogs.guest import GuestDesk
from dialogs.guests import Guests
from dialogs.help import Help
from dialogs.invite import Invite
from dialogs.list_files import ListsAsFiles
from dialogs.list_run import ListRun
from dialogs.protect import Protect
from dialogs.protecting import Protecting
from dialogs.renewals import RenewingMany
from dialogs.renewing import Renewing
from dialogs.search import Search
from dialogs.settings import TenantSettingsFlow
from dialogs.setup import Setup
from dialogs.trail import Audit
from dialogs.undo import Undo


def readiness_of(decisions: Decisions, searches: Searches, graph: Graph) -> Readiness:
    sign_ins = SignIns(graph.protection, decisions.requests.check.clock)
    reads = (graph.policies, graph.footing, graph.clues, DisposableList())
    return Readiness(decisions, searches, *reads, sign_ins)


def _protecting(lists: GuestLists, graph: Graph, charts: Charts, house: Look) -> list[Routes]:
    clock = lists.decisions.requests.check.clock
    visitors = Visitors(clock, graph.app_guests, graph.protection, graph.policies)
    faces = Faces(lists, visitors)
    guards = Guards(faces, Outlooks(visitors, lists.decisions.directory), graph.footing)
    protecting = Protecting(guards, GuardActs(guards), house)
    return [protecting.routes(), Protect(faces, protecting.said, charts.url, house).routes()]


def _bulk(readiness: Readiness, graph: Graph, files: tuple[Uploads, Downloads], house: Look) -> list[Routes]:
    (uploads, downloads), decisions, searches = files, readiness.decisions, readiness.searches
    runs = DryRuns(decisions.requests, graph.app_guests)
    received = ReceivedLists(runs, ListReader(Workbooks()), downloads)
    as_files = ListsAsFiles(ListFiles(decisions, uploads, ListRuns(decisions).outcomes), house)
    return [
        Bulk(received, BulkRequests(decisions), searches, readiness, as_files.typed, house).routes(),
        as_files.routes(),
    ]


def _on_requests(
    checks: RequestChecks, sights: Sights, copies: Copies, house: Look, leaving: FromDirectory
) -> list[Routes]:
    decisions = sights.decisions
    return [
        Approval(decisions, checks, sights, copies, house, leaving.remove).routes(),
        ListRun(ListRuns(decisions), sights, copies, house).routes(),
    ]


def coach_of(decisions: Decisions, graph: Graph) -> Coach:
    policy = decisions.requests.policy
    acts = AccountActs(decisions, policy, graph.accounts)
    return Coach(decisions, policy, graph.clues, graph.policies, acts)


def flows(
    decisions: Decisions,
    chat: Chat,
    searches: Searches,
    graph: Graph,
    files: tuple[Uploads, Downloads],
    house: Look,
    charts: Charts,
    checks: RequestChecks,
) -> list[Routes]:
    """Build the flows in the order in which the router asks them; the guess comes last."""
    requests, (uploads, _) = decisions.requests, files
    sights = Sights(decisions, chat, requests.policy, requests.check.clock)
    acts = AccountActs(decisions, requests.policy, graph.accounts)
    coach = coach_of(decisions, graph)
    leaving, changes = FromDirectory(acts, house), GuestChanges(acts, graph.profiles)
    lists = GuestLists(decisions, requests.policy, searches.index, graph.app_guests)
    return [
        Invite(requests, searches, sights, checks.readiness, house).routes(),
        *_bulk(checks.readiness, graph, files, house),
        Search(searches, house).routes(),
        *_on_requests(checks, sights, Copies(requests.store, chat), house, leaving),
        leaving.routes(),
        ChangeGuest(changes, NewAddresses(changes, graph.clues), house).routes(),
        Renewing(Renewals(decisions), sights, checks.readiness, house).routes(),
        Undo(Undoing(decisions, requests.policy, changes), sights, house).routes(),
        RenewingMany(ManyRenewals(lists, Renewals(decisions)), house).routes(),
        Desk(decisions, house).routes(),
        Delegate(Delegates(decisions, chat), house).routes(),
        Help(sights, house).routes(),
        Audit(Trails(decisions, requests.policy), house).routes(),
        GuestDesk(coach, Relinks(coach), house).routes(),
        Checks(checks.readiness, sights, house).routes(),
        TenantSettingsFlow(TenantChanges(checks.readiness), house).routes(),
        *_protecting(lists, graph, charts, house),
        Guests(GuestSheets(lists, uploads), house).routes(),
        Adopt(Adoptions(lists, house.zone), house).routes(),
        Setup(Setups(decisions, searches.index, graph.self_service), house).routes(),
        Guess(requests, sights, searches, house).routes(),
    ]
