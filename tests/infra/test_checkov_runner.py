"""`make infra-check` lets through what checkov has read and finds nothing in, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.infra.bicep import ROOT

RUNNER = ROOT / "infra" / "checks" / "run.py"
PYTHON = ROOT / ".venv-infra" / "bin" / "python"
REGISTRY = """resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {{
  {skip}
  name: 'crsample'
  location: 'westeurope'
  sku: {{ name: 'Premium' }}
  properties: {{
    adminUserEnabled: {admin}
    publicNetworkAccess: 'Disabled'
    policies: {{ quarantinePolicy: {{ status: 'enabled' }} }}
  }}
}}
"""

needed = pytest.mark.skipif(
    not PYTHON.exists() and not os.environ.get("CI"), reason="`make infra-check` sets checkov up"
)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [str(PYTHON), str(RUNNER), str(folder)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@needed
def test_a_finding_a_skip_without_a_cause_and_a_file_that_is_not_read_are_told(tmp_path: Path) -> None:
    skip = "// checkov:skip=CKV_AZURE_137"
    texts = {
        "open": REGISTRY.format(skip="", admin="true"),
        "skipped": REGISTRY.format(skip=f"{skip}:only a sample", admin="true"),
        "causeless": REGISTRY.format(skip=skip, admin="true"),
        "fine": REGISTRY.format(skip="", admin="false"),
        "extended": "extension microsoftGraphV1\n\nparam name string\noutput name string = name\n",
        "broken": "resource x 'A/b@2024-01-01' = {\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.bicep").write_text(text, encoding="utf-8")
    said = run(tmp_path)
    assert said.returncode == 1
    found = said.stderr.splitlines()
    assert [one.partition(" Microsoft.")[0] for one in found[:1]] == ["/open.bicep:1"]
    assert "CKV_AZURE_137" in found[0]
    assert found[1].endswith("broken.bicep cannot be read by checkov")
    assert found[2].startswith("/causeless.bicep:1 ")
    assert found[2].endswith("CKV_AZURE_137 is skipped without a cause")
    assert found[3:] == ["checkov has read 5 of 6 files"]


@needed
def test_a_folder_without_files_is_not_fine(tmp_path: Path) -> None:
    said = run(tmp_path)
    assert said.returncode == 1
    assert "checkov has read 0 of 0 files" in said.stderr


@needed
def test_a_container_of_root_s_is_told(tmp_path: Path) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(text.replace("USER 10001:10001", "USER root"), encoding="utf-8")
    (tmp_path / "fine.bicep").write_text(REGISTRY.format(skip="", admin="false"), encoding="utf-8")
    said = run(tmp_path)
    assert said.returncode == 1
    assert [one.split()[2] for one in said.stderr.splitlines()] == ["CKV_DOCKER_8"]
