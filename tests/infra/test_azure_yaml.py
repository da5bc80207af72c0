"""`azure.yaml` has what azd needs to deploy Guestlist, and names nothing that is not there."""

import subprocess
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it comes with pre-commit, without types

from tests.infra.bicep import INFRA, ROOT, SETS, only

TOLD: dict[str, Any] = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))


def test_the_service_is_a_container_of_python_that_is_built_in_the_registry() -> None:
    assert TOLD["name"] == "guestlist"
    assert TOLD["infra"] == {"provider": "bicep", "path": "infra", "module": "main"}
    (service,) = TOLD["services"].values()
    assert {one: service[one] for one in ("project", "host", "language")} == {
        "project": ".",
        "host": "containerapp",
        "language": "python",
    }
    assert service["docker"] == {"path": "./Dockerfile", "platform": "linux/amd64", "remoteBuild": True}


def test_azd_knows_no_other_words() -> None:
    """The words of azd's schema that stand here; a word that it does not know it passes over."""
    assert TOLD.keys() == {"name", "requiredVersions", "infra", "services", "hooks"}
    assert TOLD["hooks"].keys() == {"preup", "predeploy"}
    assert all(one.keys() == {"shell", "run"} for hook in TOLD["hooks"].values() for one in hook.values())


def test_without_a_policy_nothing_is_begun(tmp_path: Path) -> None:
    line = TOLD["hooks"]["preup"]["posix"]["run"]
    assert run(line, tmp_path).returncode == 1
    assert "infra/README.md, step 2" in run(line, tmp_path).stderr
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "policy.toml").touch()
    assert run(line, tmp_path).returncode == 0
    assert "2. Put your policy at `infra/policy.toml`" in (INFRA / "README.md").read_text(encoding="utf-8")


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False)


def test_the_service_is_deployed_by_the_file_of_its_name() -> None:
    (name,) = TOLD["services"]
    assert (INFRA / f"{name}.bicep").is_file()
    assert (INFRA / f"{name}.parameters.json").is_file()
    app = only("Microsoft.App/containerApps")
    assert app.path == INFRA / f"{name}.bicep"
    assert f"'azd-service-name': '{name}'" in app.path.read_text(encoding="utf-8")


def test_azd_is_new_enough_to_deploy_by_that_file() -> None:
    """1.23.2 mended that the compiler was not found in it."""
    assert TOLD["requiredVersions"] == {"azd": ">= 1.23.2"}


def test_the_compiler_is_shown_every_file_that_is_deployed_and_has_a_policy_to_read() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    (script,) = (step["run"] for step in jobs["bicep"]["steps"] if "run" in step)
    assert "cp sandbox/policy.toml infra/policy.toml" in script.split("az bicep build")[0]
    begun = {INFRA / "main.bicep", INFRA / "bot.bicep", *SETS.glob("*.bicep")}
    listed = script.split("for file in ")[1].split(";")[0].split()
    assert {path for one in listed for path in ROOT.glob(one)} == begun
