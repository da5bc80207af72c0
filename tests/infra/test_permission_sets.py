"""The sets of `infra/permissions` are what docs/permissions.md explains, and the script gives just these."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from access.rules.own_permissions import IN_EXCHANGE, NEEDS, ROLES
from tests.infra import az_double
from tests.infra.bicep import EXTENSION, INFRA, SETS, read

SCRIPT = SETS / "roles.sh"
MAILBOX = (SETS / "mailbox.ps1").read_text(encoding="utf-8")
GIVEN: dict[str, list[str]] = {
    path.stem: read(path)["modules"]["roles"]["config"]["params"]["permissions"]
    for path in SETS.glob("*.bicep")
}
TIER_0 = {"app-roles", "setup-wide"}
IDENTITY = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant behind a double of `az`."""

    folder: Path

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "state.json").read_text(encoding="utf-8")))

    @property
    def held(self) -> set[str]:
        return {one["appRoleId"].removeprefix("r-") for one in self.state["held"]}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "AZ_DOUBLE": str(self.folder / "state.json"),
        }
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), *words], capture_output=True, text=True, check=False, env=environ
        )


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    (tmp_path / "az").write_text(
        f'#!/bin/sh\nexec {sys.executable} -I -S {az_double.__file__} "$@"\n', encoding="utf-8"
    )
    (tmp_path / "az").chmod(0o755)
    state = {"roles": [one.name for one in NEEDS], "held": [], "calls": []}
    (tmp_path / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return Tenant(tmp_path)


def test_the_sets_together_are_what_guestlist_can_use_and_each_permission_is_in_one() -> None:
    given = Counter(name for names in GIVEN.values() for name in names)
    assert set(given) == {one.name for one in NEEDS}
    assert set(given.values()) == {1}


def test_mail_is_in_no_set() -> None:
    assert not [
        name for names in GIVEN.values() for name in names if name.startswith("Mail.") or name in IN_EXCHANGE
    ]


def test_app_roles_stand_alone_and_are_called_tier_0() -> None:
    assert GIVEN["app-roles"] == [ROLES]
    for name in TIER_0:
        assert "TIER 0" in (SETS / f"{name}.bicep").read_text(encoding="utf-8").split("@description")[0]
    assert re.findall(
        r"^\| `([\w-]+)` \| \*\*tier 0\*\*", (INFRA / "README.md").read_text("utf-8"), re.MULTILINE
    ) == [
        "setup-wide",
        "app-roles",
    ]


def test_the_core_is_what_guestlist_cannot_do_without_and_groups() -> None:
    always = [one.name for one in NEEDS if one.level == "always"]
    assert GIVEN["core"] == [*always, "GroupMember.ReadWrite.All"]


def test_each_set_is_in_the_readme() -> None:
    rows = (INFRA / "README.md").read_text(encoding="utf-8").split("## Permissions")[1].split("## ")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", rows, re.MULTILINE)) == GIVEN.keys()


def test_ids_are_looked_up_and_never_written_down() -> None:
    ids = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
    graph = "00000003-0000-0000-c000-000000000000"
    for path in (SCRIPT, *SETS.rglob("*.bicep")):
        assert not ids.search(path.read_text(encoding="utf-8").replace(graph, ""))


def test_the_extension_that_is_used_is_configured_by_version() -> None:
    (used,) = EXTENSION.findall((SETS / "modules" / "roles.bicep").read_text(encoding="utf-8"))
    config = json.loads((SETS / "bicepconfig.json").read_text(encoding="utf-8"))
    assert config["extensions"] == {used: "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"}


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_the_script_gives_and_takes_away_what_the_file_of_the_set_has(tenant: Tenant, name: str) -> None:
    assert tenant.run(IDENTITY, name).returncode == 0
    assert tenant.held == set(GIVEN[name])
    assert {one["principalId"] for one in tenant.state["held"]} == {IDENTITY}
    assert {one["resourceId"] for one in tenant.state["held"]} == {az_double.GRAPH}
    assert tenant.run("--remove", IDENTITY, name).returncode == 0
    assert tenant.held == set()


def test_what_is_there_is_left_as_it_is(tenant: Tenant) -> None:
    tenant.run(IDENTITY, "core")
    again = tenant.run(IDENTITY, "core", "audit")
    assert again.returncode == 0
    assert again.stdout.count("is given already") == 4
    assert "AuditLog.Read.All: given" in again.stdout
    assert tenant.state["calls"].count("post") == 5


def test_taking_a_set_away_leaves_the_others(tenant: Tenant) -> None:
    tenant.run(IDENTITY, "core", "protect")
    assert "is not given" in tenant.run("--remove", IDENTITY, "audit").stdout
    tenant.run("--remove", IDENTITY, "protect")
    assert tenant.held == set(GIVEN["core"])


@pytest.mark.parametrize("options", [["--dry-run"], ["--dry-run", "--remove"]])
def test_a_dry_run_only_reads(tenant: Tenant, options: list[str]) -> None:
    tenant.run(IDENTITY, "audit")
    said = tenant.run(*options, IDENTITY, "core", "audit")
    assert said.returncode == 0
    assert ("would be taken away" if "--remove" in options else "would be given") in said.stdout
    assert said.stdout.endswith("Nothing was changed.\n")
    assert tenant.held == {"AuditLog.Read.All"}
    assert [one for one in tenant.state["calls"] if one != "get"] == ["post"]


def test_a_permission_that_graph_does_not_have_stops_it(tenant: Tenant) -> None:
    state = tenant.state | {"roles": ["Directory.Read.All"]}
    (tenant.folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    said = tenant.run(IDENTITY, "core")
    assert said.returncode == 1
    assert "User.Invite.All: Microsoft Graph has no such application permission here" in said.stderr
    assert tenant.held == {"Directory.Read.All"}


@pytest.mark.parametrize(
    "words", [[], [IDENTITY], ["core"], ["core", IDENTITY], [IDENTITY, "all"], ["--force", IDENTITY, "core"]]
)
def test_wrong_use_calls_nobody(tenant: Tenant, words: list[str]) -> None:
    said = tenant.run(*words)
    assert said.returncode == 2
    assert said.stderr.startswith("usage: ")
    assert tenant.state["calls"] == []
    listed = said.stderr.split("sets:")[1].split()
    assert set(listed) == GIVEN.keys()


def test_the_mailbox_gets_two_rights_for_one_mailbox_and_the_script_can_be_asked_first() -> None:
    assert set(re.findall(r"'Application (Mail\.\w+)'", MAILBOX)) == IN_EXCHANGE
    assert "SupportsShouldProcess" in MAILBOX
    for line in MAILBOX.splitlines():
        if re.search(r"^\s+(New|Remove|Set)-\w", line):
            before = MAILBOX.split(line)[0].splitlines()[-1]
            assert "$PSCmdlet.ShouldProcess" in before, line
    for line in re.findall(r"New-ManagementRoleAssignment.*", MAILBOX):
        assert "-CustomResourceScope $ScopeName" in line


def test_whatever_az_ends_with_the_script_says_that_it_failed(tenant: Tenant) -> None:
    (tenant.folder / "az").write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    assert tenant.run(IDENTITY, "core").returncode == 1
    (tenant.folder / "az").unlink()
    gone = tenant.run(IDENTITY, "core")
    assert gone.returncode == 1, "az is not installed here, and sh ends with 127"
