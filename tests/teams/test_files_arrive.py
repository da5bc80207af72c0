"""The bytes of a file that somebody sends in the sandbox arrive at a flow, or it learns why not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from access.rules.attached import MOST_BYTES, WhyNotFetched
from access.rules.model import ObjectId
from bot.credential import StaticCredential
from bot.teams import Teams
from cards.look import Look
from dialogs.turn import Reply, Said, Say, Turn
from tests.canary import overhearing
from tests.clinic import TOKEN, Clinic, open_sandbox
from tests.teams.conftest import HandClock, KeptNotes, Returns

GUESTS = "Email address to invite;Größe\r\nana@fabrikam.com;1\r\n".encode("cp1252")


@dataclass
class Reading:
    """A flow that fetches every file that it is sent."""

    teams: Teams
    found: list[bytes | WhyNotFetched] = field(default_factory=list)

    async def answer(self, turn: Turn) -> Reply:
        assert isinstance(turn, Said)
        self.found += [await self.teams.downloads.fetch(one) for one in turn.files]
        return Say(f"{len(turn.files)} read")


async def ours(_: ObjectId) -> bool:
    return True


@pytest.fixture
async def clinic() -> AsyncIterator[Clinic]:
    async with open_sandbox() as opened:
        yield opened


@pytest.fixture
async def reading(clinic: Clinic) -> AsyncIterator[Reading]:
    teams = await Teams.open(
        app_id=clinic.story.bot["appId"],
        tenant_id=clinic.story.tenant_id,
        openid_url=f"{clinic.url}/channel/v1/.well-known/openidconfiguration",
        service_origins=[clinic.url],
        file_origins=[clinic.url],
        credential=StaticCredential(TOKEN),
        notes=KeptNotes(),
        house=Look(ZoneInfo("UTC")),
        install=None,
        belongs=ours,
        clock=HandClock(),
    )
    flow, app = Reading(teams), web.Application()
    app.add_routes(teams.routes(flow, Returns()))
    async with TestServer(app) as server:
        await clinic.post("/teams/control", botUrl=str(server.make_url("/api/messages")))
        yield flow
    await teams.close()


async def sends(clinic: Clinic, *files: bytes, text: str = "") -> Any:
    ids = []
    for number, body in enumerate(files):
        asked = {"as": "megan", "name": f"guests-{number}.csv"}
        async with clinic.http.post(f"{clinic.url}/teams/attach", params=asked, data=BytesIO(body)) as answer:
            ids.append((await answer.json())["id"])
    there = await clinic.place("megan", "personal")
    return await clinic.post("/teams/say", **{"as": "megan"}, conversation=there, text=text, files=ids)


async def test_the_bytes_of_a_file_arrive_as_they_were_sent(clinic: Clinic, reading: Reading) -> None:
    with overhearing() as said:
        assert (await sends(clinic, GUESTS))["status"] == 200
    assert reading.found == [GUESTS]
    assert [one["text"] for one in await clinic.messages("megan")][1:] == ["1 read"]
    assert "tempauth" not in "".join(said)


async def test_several_files_and_as_many_bytes_as_may_be_arrive(clinic: Clinic, reading: Reading) -> None:
    largest = bytes(range(256)) * (MOST_BYTES // 256)
    await sends(clinic, b"", largest, text="/bulk")
    assert reading.found == [b"", largest]
    await sends(clinic, largest + b"x")
    assert reading.found[2:] == [WhyNotFetched.TOO_BIG]


LINKS = {
    "sharing": WhyNotFetched.REDIRECTED,
    "page": WhyNotFetched.NO_FILE,
    "expired": WhyNotFetched.GONE,
    "elsewhere": WhyNotFetched.NOT_ALLOWED,
    "endless": WhyNotFetched.TOO_BIG,
}


@pytest.mark.parametrize(("link", "why"), LINKS.items())
async def test_what_does_not_come_has_its_cause_and_is_asked_for_once(
    clinic: Clinic, reading: Reading, link: str, why: WhyNotFetched
) -> None:
    await clinic.switch(fileLink=link)
    await sends(clinic, GUESTS)
    assert reading.found == [why]
    assert len(await clinic.ledger("onedrive.call")) == (0 if link == "elsewhere" else 1)


@pytest.mark.parametrize("fault", ["503-before", "reset-before", "429"])
async def test_a_onedrive_that_fails_is_away(clinic: Clinic, reading: Reading, fault: str) -> None:
    await clinic.fault(match={"method": "GET", "path": "download.aspx"}, do=fault, times=9)
    await sends(clinic, GUESTS)
    assert reading.found == [WhyNotFetched.AWAY]
