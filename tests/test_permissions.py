"""`docs/permissions.md` says everything that Guestlist may do, and nothing else."""

import ast
import inspect
import json
import re
from pathlib import Path

from access.rules.own_permissions import IN_EXCHANGE, NEEDS, Level, Need
from bot.graph import activity, clues, guards
from bot.graph.access import GraphAccess
from bot.graph.accounts import GraphAccounts
from bot.graph.activity import GraphActivity
from bot.graph.app_guests import GraphAppGuests
from bot.graph.changes import GraphChanges
from bot.graph.clues import GraphClues
from bot.graph.directory import GraphDirectory
from bot.graph.footing import GraphFooting
from bot.graph.guards import GraphGuards
from bot.graph.install import GraphInstall
from bot.graph.mail import GraphMail
from bot.graph.policies import GraphPolicies
from bot.graph.profiles import GraphProfiles
from bot.graph.protection import GraphProtection
from bot.graph.self_service import GraphSelfService
from bot.graph.subscriptions import GraphSubscriptions
from bot.graph.upkeep import GraphUpkeep
from bot.teams.connector import Connector
from manifest.package import contents
from tests.graph_calls import calls_of, is_covered, written

ROOT = Path(__file__).parent.parent
CALLERS = (
    GraphAccess,
    GraphAccounts,
    GraphActivity,
    GraphAppGuests,
    GraphUpkeep,
    GraphChanges,
    GraphClues,
    GraphDirectory,
    GraphFooting,
    GraphGuards,
    GraphInstall,
    GraphMail,
    GraphPolicies,
    GraphProfiles,
    GraphProtection,
    GraphSelfService,
    GraphSubscriptions,
)
NEEDED_BY = {"ChannelMember.Read.Group": Connector.member}
"""The one call that each permission in a team is asked for."""
NAME = re.compile(r"`([A-Za-z]+(?:\.[A-Za-z0-9]+){1,2})`")


def table(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its own heading."""
    lines = text.split(f"\n{heading}\n", 1)[1].splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def names(cells: list[str]) -> set[str]:
    return {name for cell in cells for name in NAME.findall(cell)}


DOC = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
PERMISSIONS = "## Microsoft Graph: application permissions"
GIVEN = names([row[0] for row in table(DOC, PERMISSIONS)])
CALLS = table(DOC, "### Every call")
OPERATIONS = {
    f"{caller.__name__}.{name}"
    for caller in CALLERS
    for name, _ in inspect.getmembers(caller, inspect.isfunction)
    if not name.startswith("_")
}
BY_ADDRESS = {
    *("GraphChanges.since", "GraphDirectory.guests_changed"),
    *("GraphPolicies.domain_list", "GraphPolicies.federates"),
}
"""They follow an address that is written out: the SDK has no builder that could be read."""


def asked_by(row: list[str]) -> list[str]:
    return re.findall(r"`(Graph\w+\.\w+)`", row[3])


def test_each_permission_is_needed_by_a_call_and_each_call_is_covered_by_a_permission() -> None:
    assert names([row[2] for row in CALLS]) == GIVEN
    assert all(names([row[2]]) for row in CALLS)


def test_every_operation_that_calls_graph_is_in_the_table_of_calls() -> None:
    """A new operation says here which permission it needs."""
    assert {name for row in CALLS for name in asked_by(row)} == OPERATIONS


def test_every_operation_stands_in_the_rows_of_the_calls_that_it_makes_and_in_no_others() -> None:
    missing, more = list[str](), list[str]()
    for operation in sorted(OPERATIONS - BY_ADDRESS):
        calls, rows = calls_of(operation), [written(row[0]) for row in CALLS if operation in asked_by(row)]
        said = {call for row in rows for call in row}
        missing += [f"{operation}: {' '.join(call)}" for call in sorted(calls) if not is_covered(call, said)]
        more += [f"{operation}: {row}" for row in rows if not any(is_covered(call, row) for call in calls)]
    assert (missing, more) == ([], [])
    assert {one for one in OPERATIONS if not calls_of(one)} == BY_ADDRESS


def test_as_much_is_said_of_the_logs_as_is_read_of_them() -> None:
    (row,) = (row for row in table(DOC, PERMISSIONS) if row[0] == "`AuditLog.Read.All`")
    assert f"{len(activity._EVERY)} activities" in row[3]
    assert f"{clues._PAGE * clues._PAGES:,} sign-ins of a guest" in row[3]
    assert f"{guards._MOST_SIGN_INS:,} of everybody" in row[3]
    assert all("`/protect`" in cell for cell in row[1:3])


def test_each_permission_that_the_doctor_looks_for_has_its_use_and_what_is_lost_without_it() -> None:
    rows = {name: row for row in table(DOC, PERMISSIONS) for name in names([row[0]])}
    looked_for = {need.name: need for need in NEEDS} | {name: Need(name, "mail") for name in IN_EXCHANGE}
    assert rows.keys() == looked_for.keys()
    for name, need in looked_for.items():
        _, use, without, narrower = rows[name]
        assert min(len(use), len(without), len(narrower)) >= len("none"), name
        spared = "optional" in without or "leave it out" in without or without == "as above"
        assert spared == (need.level is not Level.ALWAYS), name


def test_the_readme_asks_for_what_is_explained() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    asked = names([row[0] for row in table(readme, "## What it needs from your tenant")])
    assert asked | {"Mail.ReadWrite", "Mail.Send"} == GIVEN


def test_each_permission_of_the_manifest_is_explained_and_each_explained_one_is_there() -> None:
    manifest = json.loads(contents({})["manifest.json"])
    asked = {one["name"] for one in manifest["authorization"]["permissions"]["resourceSpecific"]}
    assert names([row[0] for row in table(DOC, "## Teams: resource-specific permissions")]) == asked


def test_each_permission_of_the_manifest_is_needed_by_a_call_that_is_made() -> None:
    manifest = json.loads(contents({})["manifest.json"])
    asked = {one["name"] for one in manifest["authorization"]["permissions"]["resourceSpecific"]}
    made = {
        ast.unparse(node.func)
        for path in (ROOT / "bot" / "teams").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    used = {name for name, call in NEEDED_BY.items() if f"self._connector.{call.__name__}" in made}
    assert asked == used


def test_each_scope_of_the_manifest_is_explained() -> None:
    manifest = json.loads(contents({})["manifest.json"])
    explained = " ".join(row[0] for row in table(DOC, "## Teams: the manifest"))
    assert all(f"`{scope}`" in explained for scope in manifest["bots"][0]["scopes"])
    assert ("`validDomains`: none" in explained) == (manifest["validDomains"] == [])
