"""Whom the sandbox answers: no other site's page, and no name that was made to lead here."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest

from tests.clinic import Clinic, open_sandbox

PATHS = ("/sandbox/state", "/sandbox/ledger", "/", "/v1.0/organization")


@pytest.fixture
async def clinic() -> AsyncIterator[Clinic]:
    async with open_sandbox() as opened:
        yield opened


async def status(clinic: Clinic, method: str, path: str, **headers: str) -> int:
    async with clinic.http.request(method, clinic.url + path, headers=headers, data="{}") as answer:
        return answer.status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["attacker.example", "127.0.0.1.attacker.example", "10.0.0.1", "[::ffff"])
async def test_a_name_that_was_made_to_lead_here_is_refused(clinic: Clinic, path: str, name: str) -> None:
    port = clinic.url.rpartition(":")[2]
    assert await status(clinic, "GET", path, Host=f"{name}:{port}") in {400, 403}
    assert await status(clinic, "GET", path, Host=f"localhost:{port}") != 403


@pytest.mark.parametrize("origin", ["https://attacker.example", "http://127.0.0.1:1", "null"])
async def test_a_page_of_another_site_moves_nothing(clinic: Clinic, origin: str) -> None:
    for path in ("/sandbox/switches", "/sandbox/act", "/sandbox/reset", "/teams/say"):
        assert await status(clinic, "POST", path, Origin=origin, **{"Content-Type": "text/plain"}) == 403
    assert await status(clinic, "POST", "/sandbox/switches", Origin=clinic.url) == 200


@pytest.mark.parametrize(
    ("site", "refused"), [("cross-site", True), ("same-site", True), ("same-origin", False)]
)
async def test_what_the_browser_itself_says_of_the_page_counts_first(
    clinic: Clinic, site: str, *, refused: bool
) -> None:
    found = await status(clinic, "POST", "/sandbox/switches", **{"Sec-Fetch-Site": site, "Origin": "null"})
    assert (found == 403) is refused
    assert await status(clinic, "GET", "/sandbox/state", **{"Sec-Fetch-Site": site}) == 200, "a link"


async def started(*words: str) -> tuple[int | None, str]:
    """Start the sandbox; return how it ended, or None where it runs, and what it said."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "sandbox", "--port", "0", *words)
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    said = await asyncio.wait_for(process.stdout.readline(), 60)
    if said:
        process.terminate()
        await process.wait()
        return None, said.decode()
    _, wrong = await process.communicate()
    return process.returncode, wrong.decode()


async def test_an_address_that_others_reach_has_to_be_meant() -> None:
    code, said = await started("--host", "0.0.0.0")  # noqa: S104 - what is refused
    assert code == 2
    assert "--let-others-in" in said
    code, said = await started("--host", "0.0.0.0", "--let-others-in")  # noqa: S104 - what is meant here
    assert code is None
    assert said.startswith("Sandbox: http://0.0.0.0:")
