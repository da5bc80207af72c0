"""Writes the bill of materials of the image from uv.lock: `python -m supply.sbom`."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from supply.declared import licence_of

ROOT = Path(__file__).parent.parent
WRITTEN = ROOT / "build" / "sbom.cdx.json"
EXPORT = (
    *("export", "--quiet", "--locked", "--no-dev", "--extra", "telemetry", "--extra", "azure-monitor"),
    *("--format", "cyclonedx1.5", "--preview-features", "sbom-export"),
)
"""As the Dockerfile installs it."""
_ELSEWHERE = "sys_platform == 'win32'"
"""The marker of what only Windows has; the image is Linux."""


@dataclass(frozen=True, slots=True)
class Component:
    """One package of the image."""

    name: str
    version: str


@cache
def exported() -> dict[str, Any]:
    """Return what uv says of the lock."""
    command = [str(ROOT / ".venv" / "bin" / "uv"), *EXPORT]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def components() -> list[Component]:
    """Return the packages of the image, but for Guestlist itself."""
    return [Component(one["name"], one["version"]) for one in exported()["components"] if _is_in_it(one)]


def _is_in_it(component: dict[str, Any]) -> bool:
    return not any(one["value"] == _ELSEWHERE for one in component.get("properties", []))


def bill() -> dict[str, Any]:
    """Return uv's bill with the licences, and without what is not in the image."""
    found = dict(exported())
    kept = [one for one in found["components"] if _is_in_it(one)]
    found["components"] = [{**one, "licenses": [{"expression": licence_of(one["name"])}]} for one in kept]
    itself = {**found["metadata"]["component"], "type": "application", "licenses": [{"expression": "MIT"}]}
    found["metadata"] = {**found["metadata"], "component": itself}
    refs = {itself["bom-ref"], *(one["bom-ref"] for one in kept)}
    found["dependencies"] = [
        {**one, "dependsOn": [needed for needed in one.get("dependsOn", []) if needed in refs]}
        for one in found["dependencies"]
        if one["ref"] in refs
    ]
    return found


def main() -> int:
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(json.dumps(bill(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{WRITTEN.relative_to(ROOT)}: {len(components())} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
