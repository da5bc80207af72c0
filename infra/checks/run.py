"""Checks the Bicep files below a folder with checkov, and fails on what checkov leaves out in silence, too.

    .venv-infra/bin/python infra/checks/run.py [FOLDER]

Without a folder these are the deployment's own. The Dockerfile beside them is checked, too.

checkov skips a file that its parser cannot read, so the files that it has read are counted. Its parser does
not know `extension NAME`, a line without anything to check: in the copies that it gets, that is a comment.
A finding is mended, or skipped in the file with its cause: `// checkov:skip=ID:why`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
EXTENSION = re.compile(r"(?m)^extension \w+$")
READ = re.compile(r"successfully parsed (\d+) files")
OPTIONS = "--compact --skip-download --output json"
NO_WHY = "No comment provided"


def copied(files: Sequence[Path], root: Path, to: Path) -> None:
    """Copy the files as checkov can read them, with every line in its place."""
    for path in files:
        copy = to / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(EXTENSION.sub("//", path.read_text(encoding="utf-8")), encoding="utf-8")


def looked(folder: Path) -> tuple[dict[str, Any], int]:
    """Return what checkov says of a folder, and how many files it has read."""
    ran = asked("-d", str(folder), "--framework", "bicep")
    said = READ.search(ran.stderr)
    if not said:
        raise SystemExit(f"checkov did not say how many files it has read:\n{ran.stderr[-2000:]}")
    report = json.loads(ran.stdout)
    return report, int(said[1])


def asked(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("checkov")), *words, *OPTIONS.split()]
    environ = os.environ | {"BC_SKIP_MAPPING": "TRUE", "LOG_LEVEL": "INFO"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environ)  # noqa: S603 - our own command


def container(dockerfile: Path) -> list[str]:
    """Return what is wrong with a Dockerfile, also where checkov has read none."""
    report = json.loads(asked("-f", str(dockerfile), "--framework", "dockerfile").stdout)
    results = report.get("results", {})
    said = {one["check_id"] for what in ("passed", "skipped") for one in results.get(f"{what}_checks", [])}
    sys.stdout.write(f"checkov: {dockerfile.name}, {len(said)} checks\n")
    return [*wrong(report), *([] if said else [f"checkov has not read {dockerfile}"])]


def wrong(report: dict[str, Any]) -> list[str]:
    """Return each finding, each file that could not be read, and each skip without a cause."""
    results = report.get("results", {})
    return [
        *(f"{_place(one)} {one['check_id']} {one['check_name']}" for one in results.get("failed_checks", [])),
        *(f"{path} cannot be read by checkov" for path in results.get("parsing_errors", [])),
        *(
            f"{_place(one)} {one['check_id']} is skipped without a cause"
            for one in results.get("skipped_checks", [])
            if one["check_result"].get("suppress_comment", NO_WHY).strip() in ("", NO_WHY)
        ),
    ]


def _place(finding: dict[str, Any]) -> str:
    return f"{finding['file_path']}:{finding['file_line_range'][0]} {finding['resource']}"


def main() -> int:
    """Say what is wrong; 0 where nothing is."""
    root = Path(sys.argv[1]).resolve() if sys.argv[1:] else HERE
    files = sorted(root.rglob("*.bicep"))
    with tempfile.TemporaryDirectory() as place:
        copied(files, root, Path(place).resolve())
        report, read = looked(Path(place).resolve()) if files else ({}, 0)
    found = wrong(report)
    if not files or read != len(files):
        found.append(f"checkov has read {read} of {len(files)} files")
    dockerfile = (HERE.parent if root == HERE else root) / "Dockerfile"
    if root == HERE or dockerfile.exists():
        found += container(dockerfile)
    for one in found:
        sys.stderr.write(f"{one}\n")
    results = report.get("results", {})
    counts = ", ".join(f"{len(results.get(f'{what}_checks', []))} {what}" for what in ("passed", "skipped"))
    sys.stdout.write(f"checkov: {read} of {len(files)} files, {counts}, {len(found)} wrong\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
