"""A notification reaches any replica, and one of them reads the delta: whoever hears it, it is read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.clinic import open_sandbox, until
from tests.replicas.replicas import Fleet, Replica


@dataclass
class Balancer:
    """The one address that replicas are reached at, as a load balancer has it; sends all to one of them."""

    fleet: Fleet
    url: str = ""
    to: Replica | None = None

    async def forward(self, request: web.Request) -> web.Response:
        replica = self.to or self.fleet.replicas[0]
        url = f"http://127.0.0.1:{replica.port}{request.path_qs}"
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        async with self.fleet.clinic.http.post(url, data=await request.read(), headers=headers) as answer:
            body, kind = await answer.read(), answer.content_type
            return web.Response(status=answer.status, body=body, content_type=kind)


@asynccontextmanager
async def balanced(fleet: Fleet) -> AsyncIterator[Balancer]:
    one = Balancer(fleet)
    app = web.Application()
    app.add_routes([web.post("/{path:.*}", one.forward)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield one
    finally:
        await runner.cleanup()


async def test_an_acceptance_is_told_whichever_replica_hears_of_it_and_one_subscription_serves_both(
    tmp_path: Path, database: str
) -> None:
    async with open_sandbox() as clinic:
        fleet = Fleet(clinic, database, tmp_path)
        async with balanced(fleet) as balancer:
            fleet.settings = {"GUESTLIST_PUBLIC_URL": balancer.url, "GUESTLIST_DELTA_SECONDS": "3600"}
            try:
                await fleet.start(2)
                await fleet.route(fleet.replicas[0])
                guests = ("ana", "bea")
                for number, guest in enumerate(guests):
                    await fleet.ask(guest)
                    await fleet.approve(guest)
                    await fleet.delivered(number + 1)
                for guest, balancer.to in zip(guests, fleet.replicas, strict=True):
                    await accepted(fleet, f"{guest}@fabrikam.com")
                assert len(await clinic.ledger("subscription.created")) == 1
            finally:
                await asyncio.gather(*(replica.kill() for replica in fleet.replicas))


async def accepted(fleet: Fleet, address: str) -> None:
    """Let a guest accept, and wait until a request has heard of it."""
    query = "SELECT count(*) FROM audit WHERE what = 'guest.accepted'"
    ((before,),) = await fleet.rows(query)
    await fleet.clinic.act(act="accept", address=address)

    async def heard() -> bool:
        ((now,),) = await fleet.rows(query)
        return bool(now > before)

    await until(heard, f"{address} has accepted")
