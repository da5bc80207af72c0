"""The hosted workflow, which has not run where this is written: what can be seen of it by reading it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.settings import Settings
from tests.box.following import ROOT

FILE = ROOT / ".github" / "workflows" / "ci.yml"
TEXT = FILE.read_text(encoding="utf-8")
WORKFLOW: dict[str, Any] = YAML(typ="safe").load(FILE)
JOBS: dict[str, Any] = WORKFLOW["jobs"]
RUN = [step["run"] for job in JOBS.values() for step in job["steps"] if "run" in step]


def said(*command: str | Path, given: str = "") -> tuple[int, str]:
    ran = subprocess.run(command, input=given, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_schema_of_workflows_has_nothing_against_it() -> None:
    code, words = said(
        ROOT / ".venv/bin/check-jsonschema", "--builtin-schema", "vendor.github-workflows", FILE
    )
    assert code == 0, words


def test_zizmor_finds_nothing_that_an_attacker_would() -> None:
    code, words = said(ROOT / ".venv/bin/zizmor", "--offline", "--no-progress", "--persona", "pedantic", FILE)
    assert code == 0, words


def test_each_action_is_named_by_its_commit_and_says_its_version() -> None:
    used = re.findall(r"uses: (.+)$", TEXT, re.MULTILINE)
    assert used
    assert [
        one for one in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)
    ] == []


def test_a_job_may_read_the_repository_and_nothing_else() -> None:
    assert WORKFLOW["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in JOBS.values())
    assert "secrets." not in TEXT
    assert "pull_request_target" not in TEXT


@pytest.mark.parametrize("script", RUN)
def test_each_script_can_be_read_by_bash(script: str) -> None:
    assert said("/bin/bash", "-n", given=script) == (0, "")


def test_every_night_the_locked_versions_are_compared_and_the_image_is_built() -> None:
    nightly = [name for name, job in JOBS.items() if "!= 'schedule'" not in job.get("if", "")]
    assert nightly == ["image", "faults"]
    assert re.search(r"^audit:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"make audit", ".ci/run"} <= set(RUN)


def test_what_the_runner_fills_in_are_settings(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give files to user 10001")
    shutil.copytree(ROOT / "compose", tmp_path / "compose")
    (tmp_path / "sandbox").mkdir()
    shutil.copyfile(ROOT / "sandbox" / "policy.toml", tmp_path / "sandbox" / "policy.toml")
    script = next(one for one in RUN if "certificate.pem" in one).replace("sudo ", "")
    subprocess.run(["/bin/bash", "-ec", script], cwd=tmp_path, check=True, capture_output=True)
    filled = (tmp_path / "compose" / "guestlist.env").read_text(encoding="utf-8")
    lines = dict(re.findall(r"^(GUESTLIST_\w+)=(.*)$", filled, re.MULTILINE))
    mounted = {
        name: value.replace("/etc/guestlist", f"{tmp_path}/compose/etc") for name, value in lines.items()
    }
    settings = Settings.read({**mounted, "GUESTLIST_POLICY_FILE": f"{tmp_path}/compose/etc/policy.toml"})
    assert isinstance(settings, Settings), settings
    assert {settings.graph_url, settings.login_url} == {"https://localhost"}
    assert {one.stat().st_uid for one in (tmp_path / "compose" / "etc").iterdir()} == {10001}
