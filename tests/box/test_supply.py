"""What others made and the image holds: a bill of materials, their licences, and their published faults."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

import pytest
from aiohttp import web
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply.declared import EXCEPTIONS, is_allowed, licence_of
from supply.licences import page
from supply.sbom import EXPORT, bill, components
from tests.box.following import ROOT, UV, stages


def test_the_page_of_licences_is_the_locks() -> None:
    assert [one for one in components() if version(one.name) != one.version] == []
    written = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert page(components()) == written, "make licences"


def test_every_licence_is_allowed_or_excepted_by_name() -> None:
    more = {one.name for one in components() if not is_allowed(licence_of(one.name))}
    assert more == EXCEPTIONS.keys()


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND (GPL-3.0-only OR ISC)", True),
        ("Apache-2.0 WITH LLVM-exception", False),
    ],
)
def test_of_licences_to_choose_from_one_must_be_allowed_and_of_all_together_each(
    expression: str, *, allowed: bool
) -> None:
    assert is_allowed(expression) is allowed


def test_a_licence_that_nobody_has_read_is_no_licence() -> None:
    with pytest.raises(LookupError, match="not installed"):
        licence_of("a-package-that-is-not-there")


def test_the_bill_of_materials_is_one_by_the_schema_and_says_every_licence() -> None:
    told = json.dumps(bill())
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(told) is None
    listed = bill()["components"]
    assert [one["name"] for one in listed] == [one.name for one in components()]
    assert all(one["licenses"] and one["purl"].startswith("pkg:pypi/") for one in listed)
    assert all(source["hashes"] for one in listed for source in one["externalReferences"])


def test_the_bill_is_of_what_the_dockerfile_installs() -> None:
    """But for what only Windows has: the image is Linux."""
    build = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[0]
    synced = next(one.rest for one in build.all("RUN") if one.rest.startswith("uv sync"))
    given = set(re.findall(r"--(?:extra \S+|locked|no-dev)", synced))
    assert given == set(re.findall(r"--(?:extra \S+|locked|no-dev)", " ".join(EXPORT)))
    assert "colorama" not in {one.name for one in components()}


@pytest.fixture
async def osv() -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Serve the two questions that uv asks osv.dev; return the address, and the faults by package."""
    faults: dict[str, Any] = {}

    async def batch(request: web.Request) -> web.Response:
        asked = (await request.json())["queries"]
        faults.setdefault("asked", {one["package"]["name"]: one["version"] for one in asked})
        names = [one["package"]["name"] for one in asked]
        results = [
            {"vulns": [{"id": faults[name]["id"], "modified": MOMENT}]} if name in faults else {}
            for name in names
        ]
        return web.json_response({"results": results})

    async def one(request: web.Request) -> web.Response:
        found = next(fault for fault in faults.values() if fault.get("id") == request.match_info["id"])
        return web.json_response(found)

    application = web.Application()
    application.add_routes([web.post("/v1/querybatch", batch), web.get("/v1/vulns/{id}", one)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", faults
    finally:
        await runner.cleanup()


MOMENT = "2026-11-01T00:00:00Z"
FAULT = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": MOMENT,
    "published": MOMENT,
    "summary": "Answers that nobody asked for",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "aiohttp"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}


async def audited(address: str) -> tuple[int, str]:
    """Run the line of `make audit` against this address."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    line = re.search(r"^audit:.*\n\t@\.venv/bin/uv (.+)$", makefile, re.MULTILINE)
    assert line
    command = [str(UV), *line[1].split(), "--service-url", address]
    ran = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await ran.communicate()
    return ran.returncode or 0, said.decode()


async def test_a_published_fault_of_a_locked_version_is_told(osv: tuple[str, dict[str, Any]]) -> None:
    address, faults = osv
    faults["aiohttp"] = FAULT
    code, said = await audited(address)
    assert code == 1, said
    assert f"aiohttp {version('aiohttp')}" in said
    assert "99.0" in said
    assert {one.name: one.version for one in components()}.items() <= faults["asked"].items()


async def test_without_a_published_fault_the_audit_is_fine(osv: tuple[str, dict[str, Any]]) -> None:
    code, said = await audited(osv[0])
    assert code == 0, said


async def test_an_audit_that_could_not_ask_is_not_fine() -> None:
    code, said = await audited("http://127.0.0.1:9")
    assert code == 2, said
