"""Posts a request's card that nobody is waiting for, again and again, and prints the CPU it took."""

import asyncio
import itertools
import os
import sys
import time
from zoneinfo import ZoneInfo

import aiohttp
import orjson

from access.rules import jobs
from access.rules.model import Place
from bot.credential import open_credential
from bot.process import settle
from bot.teams.chat import TeamsChat
from bot.teams.connector import Connector
from bot.teams.origins import Origins
from bot.teams.reference import People, Reference
from cards.look import Look
from tests.cards.gallery import pending
from tests.teams.conftest import KeptNotes

AT_ONCE, COUNT = 16, 4000


async def _measure(app_id: str, tenant_id: str, origin: str) -> float:
    credential = open_credential(
        "secret",
        tenant_id=tenant_id,
        app_id=app_id,
        login_url=origin,
        client_secret="bench",  # noqa: S106 - the double takes anything
    )
    seconds = itertools.count()  # Teams' pace would take an hour: each call has a second of its own
    async with aiohttp.ClientSession() as session:
        connector = Connector(session, credential, Origins([origin]), now=lambda: float(next(seconds)))
        chat = TeamsChat(
            connector,
            People(KeptNotes()),
            tenant_id=tenant_id,
            house=Look(ZoneInfo("Europe/Berlin")),
            install=None,
        )
        record = pending()
        places = (_place(origin, tenant_id, app_id, number) for number in itertools.count())

        async def post(most: int) -> None:
            for _ in range(most):
                await chat.post(next(places), record, jobs.REQUESTOR)

        await asyncio.gather(*(post(20) for _ in range(AT_ONCE)))
        settle()  # as Guestlist does when it has started
        begun = time.process_time()
        await asyncio.gather(*(post(COUNT // AT_ONCE) for _ in range(AT_ONCE)))
        spent = time.process_time() - begun
    await credential.close()
    return spent * 1000 / COUNT


def _place(origin: str, tenant: str, bot: str, number: int) -> Place:
    there = {"conversation": f"a:{number}", "thread": "", "tenant": tenant, "bot": f"28:{bot}"}
    return Place(orjson.dumps(Reference(service=f"{origin}/connector/", **there)).decode())


if __name__ == "__main__":
    app, tenant = sys.argv[1:]
    print(asyncio.run(_measure(app, tenant, os.environ["BENCH_CHANNEL"])))
