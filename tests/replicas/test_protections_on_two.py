"""Two replicas on one PostgreSQL: a protection is asked for, enforced and removed at both at once, by two."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from tests.clinic import until
from tests.journeys.acts import told
from tests.kills.guarded import protections
from tests.kills.past import Aftermath
from tests.replicas.replicas import Fleet, open_fleet
from tests.replicas.test_lives_on_two import at_both, entries, quiet

WISH = '/protect "Lab Results" mfa locations "Clinic network" send'
LABEL = "R-1001"


async def guard(fleet: Fleet) -> dict[str, Any]:
    [(body,)] = await fleet.rows("SELECT body FROM requests")
    found: dict[str, Any] = json.loads(body)["guard"]
    return found


async def stands(fleet: Fleet, *states: str) -> None:
    async def look() -> bool:
        found = await guard(fleet)
        return found["state"] in states and not found["doing"] and await quiet(fleet)

    await until(look, f"the protection is {' or '.join(states)}", 120)


async def made(fleet: Fleet) -> str:
    """Have it asked for and approved at both; return the hash of what enforcing it would do."""
    clinic = fleet.clinic
    await clinic.say("megan", WISH)
    await clinic.card("isaiah", "Waiting for your decision")
    await clinic.say("isaiah", f"/approve {LABEL}")
    await stands(fleet, "watching")
    found = re.search(r"enforce ([0-9a-f]{8})", await told(clinic, "isaiah", f"/protect {LABEL} enforce"))
    assert found is not None
    return found[1]


async def judged(fleet: Fleet) -> list[str]:
    """Return what is wrong with what it has come to; in the tenant only Guestlist has written."""
    rows = await fleet.rows("SELECT seq, what, request_id, detail FROM audit ORDER BY seq")
    chain = [dict(zip(("seq", "what", "request_id", "detail"), row, strict=True)) for row in rows]
    bodies = await fleet.rows("SELECT id, body FROM requests")
    ledger = await fleet.clinic.ledger()
    steps = {"policy.added": "make", "policy.updated": "enforce", "policy.deleted": "remove"}
    begun = {
        word: one["seq"]
        for one in chain
        if one["what"] == "step.begun"
        for word in [json.loads(one["detail"])["step"].partition("-")[0]]
    }
    heads = {one["seq"]: begun.get(steps[one["kind"]], 0) for one in ledger if one["kind"] in steps}
    return protections(
        Aftermath(
            chain=chain,
            ledger=ledger,
            heads=heads,
            bodies={of: json.loads(body) for of, body in bodies},
            guests=[],
        )
    )


async def test_of_enforce_and_remove_by_two_at_the_same_moment_one_is_done_and_all_of_it_once(
    tmp_path: Path, database: str
) -> None:
    async with open_fleet(tmp_path, database, 2) as fleet:
        async with at_both(fleet):
            code = await made(fleet)
            await asyncio.gather(
                fleet.clinic.say("isaiah", f"/protect {LABEL} enforce {code}"),
                fleet.clinic.say("megan", f"/protect {LABEL} remove"),
                fleet.clinic.say("isaiah", f"/protect {LABEL} keep"),
            )
            await stands(fleet, "enforced", "removed")
            enforced = (await guard(fleet))["state"] == "enforced"
            assert len(await fleet.clinic.ledger("policy.deleted")) == (0 if enforced else 2)
            assert (await entries(fleet))["guard.ordered"] == 1
            if enforced:
                await fleet.clinic.say("isaiah", f"/protect {LABEL} remove")
                await stands(fleet, "removed")
        assert await judged(fleet) == []
        told_of = await entries(fleet)
        assert told_of["guard.ordered"] == 1 + enforced
        assert (told_of["guard.watching"], told_of["guard.enforced"]) == (1, int(enforced))
        assert told_of["guard.removed"] == 1
        log = "".join(one.log.read_text(encoding="utf-8") for one in fleet.replicas)
        assert "Traceback" not in log
