"""Two replicas on one PostgreSQL: what becomes of a guest is pressed and typed at both at once."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.clinic import until
from tests.replicas.replicas import Fleet, open_fleet

ANA = "ana@fabrikam.com"
LEAVE = f"/remove {ANA} from the directory now because the contract has ended"


@asynccontextmanager
async def at_both(fleet: Fleet) -> AsyncIterator[None]:
    """Pass each turn to every replica at once, as if the same had been pressed at each of them.

    A turn that comes twice acts once, so each replica gets it under an id of its own.
    """

    async def turn(request: web.Request) -> web.Response:
        activity = json.loads(await request.read())
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}

        async def pass_on(place: int) -> tuple[int, bytes]:
            url = f"http://127.0.0.1:{fleet.replicas[place].port}/api/messages"
            body = json.dumps({**activity, "id": f"{activity.get('id', '')}-{place}"}).encode()
            async with fleet.clinic.http.post(url, data=body, headers=headers) as answer:
                return answer.status, await answer.read()

        answers = await asyncio.gather(*(pass_on(place) for place in range(len(fleet.replicas))))
        status, said = answers[0]
        return web.Response(status=status, body=said, content_type="application/json")

    application = web.Application()
    application.router.add_post("/api/messages", turn)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await fleet.clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages")
    try:
        yield
    finally:
        await runner.cleanup()


async def bodies(fleet: Fleet) -> Sequence[dict[str, Any]]:
    return [json.loads(body) for (body,) in await fleet.rows("SELECT body FROM requests ORDER BY number")]


async def entries(fleet: Fleet) -> Counter[str]:
    return Counter(what for (what,) in await fleet.rows("SELECT what FROM audit"))


async def has_come_to(fleet: Fleet, place: int, field: str, state: str) -> None:
    """Wait until what a request left behind is so."""

    async def look() -> bool:
        found = await bodies(fleet)
        return len(found) > place and (found[place].get(field) or {}).get("state") == state

    await until(look, f"the {field} of request {place + 1} is {state}", 60)


async def given(fleet: Fleet) -> None:
    await fleet.ask("ana")
    await fleet.approve("ana")
    await fleet.delivered(1)


async def effects(fleet: Fleet) -> Counter[str]:
    ledger = await fleet.clinic.ledger()
    return Counter(one["kind"] for one in ledger if one["kind"].partition(".")[0] in {"member", "user"})


async def test_what_is_undone_and_given_again_at_both_is_done_once(tmp_path: Path, database: str) -> None:
    async with open_fleet(tmp_path, database, 2) as fleet:
        await given(fleet)
        async with at_both(fleet):
            await fleet.clinic.say("alex", "/remove R-1001")
            await has_come_to(fleet, 0, "assignment", "ended")
            await fleet.clinic.say("alex", "/undo R-1001 now")
            await has_come_to(fleet, 0, "assignment", "active")
            await fleet.clinic.say("alex", "/remove R-1001")
            await has_come_to(fleet, 0, "assignment", "ended")
        done, told = await effects(fleet), await entries(fleet)
        assert (done["member.added"], done["member.removed"]) == (2, 2)
        assert (told["assignment.ending"], told["assignment.returning"], told["assignment.ended"]) == (
            2,
            1,
            2,
        )
        log = "".join(one.log.read_text(encoding="utf-8") for one in fleet.replicas)
        assert "Traceback" not in log


async def test_a_guest_who_is_removed_and_restored_at_both_is_blocked_once_and_back_once(
    tmp_path: Path, database: str
) -> None:
    async with open_fleet(tmp_path, database, 2) as fleet:
        await given(fleet)
        async with at_both(fleet):
            await fleet.clinic.say("megan", LEAVE)
            await has_come_to(fleet, 1, "account", "blocked")
            await fleet.clinic.say("megan", f"/restore {ANA}")
            await has_come_to(fleet, 1, "account", "restored")
        told = await entries(fleet)
        assert told["request.ordered"] == told["account.blocked"] == 1
        assert told["account.restoring"] == told["account.restored"] == 1
        [ana] = [one for one in (await fleet.clinic.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
        assert ana["accountEnabled"]
        assert (await effects(fleet))["user.signedOut"] == 1


async def test_what_crosses_at_both_leaves_the_guest_as_the_last_entry_says(
    tmp_path: Path, database: str
) -> None:
    """An undo at one replica meets a removal from the directory, a renewal and a change at the other."""
    async with open_fleet(tmp_path, database, 2) as fleet:
        await given(fleet)
        async with at_both(fleet):
            await asyncio.gather(
                fleet.clinic.say("megan", "/undo R-1001 now"),
                fleet.clinic.say("alex", "/remove R-1001"),
                fleet.clinic.say("megan", LEAVE),
                fleet.clinic.say("megan", "/extend R-1001 by 30d because the audit goes on until summer"),
                fleet.clinic.say("megan", f'/change {ANA} name "Ana Sousa"'),
            )
        await until(lambda: quiet(fleet), "nothing is left to do", 60)
        [first, *others] = await bodies(fleet)
        ends = [one["account"]["state"] for one in others if one["kind"] == "remove" and one.get("account")]
        [ana] = [one for one in (await fleet.clinic.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
        assert ana["accountEnabled"] is (ends != ["blocked"])
        assert ("Health Records guests" in ana["groups"]) is (first["assignment"]["state"] == "active")
        told = await entries(fleet)
        assert told["assignment.ending"] == told["assignment.ended"] <= 1
        assert (await effects(fleet))["member.removed"] == told["assignment.ended"]
        assert told["account.blocked"] <= 1


async def quiet(fleet: Fleet) -> bool:
    """Tell whether no request is under way and no step of one is to be done now."""
    left = await fleet.rows(
        "SELECT 1 FROM jobs WHERE status = 'ready' AND kind IN ('step', 'removal', 'return', 'card')"
        " UNION ALL SELECT 1 FROM jobs WHERE status = 'ready' AND kind = 'account' AND name <> 'delete'"
        " UNION ALL SELECT 1 FROM requests WHERE state = 'delivering'"
    )
    return not left
