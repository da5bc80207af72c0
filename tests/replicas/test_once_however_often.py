"""One activity delivered two hundred times at once has one effect, on either store and over replicas."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests import postgres
from tests.clinic import Clinic, open_clinic, spoken, until
from tests.journeys.acts import waiting_for
from tests.replicas.replicas import open_fleet

TIMES = 200
ASKED = "@Guestlist /invite {who}@fabrikam.com to Health Records for 90d because the audit begins"


@asynccontextmanager
async def delivered_often(clinic: Clinic, bots: Sequence[str]) -> AsyncIterator[list[int]]:
    """Deliver each activity so many times at once, spread over these bots; yields what they answered."""
    answered: list[int] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def turn(request: web.Request) -> web.Response:
            body = await request.read()
            headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}

            async def once(place: int) -> tuple[int, bytes]:
                url = bots[place % len(bots)]
                timeout = aiohttp.ClientTimeout(total=300)
                async with http.post(url, data=body, headers=headers, timeout=timeout) as answer:
                    return answer.status, await answer.read()

            answers = await asyncio.gather(*(once(place) for place in range(TIMES)))
            answered.extend(status for status, _ in answers)
            status, said = answers[0]
            return web.Response(status=status, body=said, content_type="application/json")

        application = web.Application()
        application.router.add_post("/api/messages", turn)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        await clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages")
        try:
            yield answered
        finally:
            await runner.cleanup()


async def everything_once(clinic: Clinic, bots: Sequence[str]) -> None:
    """Ask, approve by a press and approve by a line, all of it two hundred times, and judge by the ledger."""
    async with delivered_often(clinic, bots) as answered:
        for who in ("ana", "ben"):
            await clinic.say("megan", ASKED.format(who=who), "channel")
        await clinic.card("alex", "ben@fabrikam.com")
        await clinic.say("alex", "/approve R-1001")
        await clinic.press("alex", await waiting_for(clinic), "approval.approve")
        assert set(answered) == {200}
        assert len(answered) >= 4 * TIMES

        async def delivered() -> bool:
            cards = [spoken(one) for one in await clinic.messages("diego", "channel") if one["card"]]
            return sum("Delivered" in card for card in cards) == 2

        await until(delivered, "both are delivered", 120)
    ledger = await clinic.ledger()

    def of(kind: str) -> list[dict[str, Any]]:
        return [one["detail"] for one in ledger if one["kind"] == kind]

    once = {"ana@fabrikam.com": 1, "ben@fabrikam.com": 1}
    assert Counter(one["address"] for one in of("user.created")) == once
    assert Counter(to for one in of("mail.sent") for to in one["to"]) == once
    assert len(of("invitation.created")) == len(of("member.added")) == 2
    channel = await clinic.place("megan", "channel")
    threads = {one["activityId"] for one in of("card.posted") if one["conversation"] == channel}
    assert len(threads) == 2, "a card of each request"


@pytest.mark.parametrize("store", ["SQLite", "PostgreSQL"])
async def test_what_comes_two_hundred_times_at_once_has_one_effect(store: str, tmp_path: Path) -> None:
    database = await postgres.prepared_database() if store == "PostgreSQL" else ""
    changed = {"GUESTLIST_DATABASE_URL": database} if database else {}
    try:
        async with open_clinic(tmp_path, changed=changed) as clinic:
            own = (await clinic.post("/teams/control"))["botUrl"]
            await everything_once(clinic, [own])
    finally:
        if database:
            await postgres.drop(database)


async def test_what_comes_two_hundred_times_at_once_over_three_replicas_has_one_effect(
    tmp_path: Path, database: str
) -> None:
    async with open_fleet(tmp_path, database, 3) as fleet:
        bots = [f"http://127.0.0.1:{one.port}/api/messages" for one in fleet.replicas]
        await everything_once(fleet.clinic, bots)
