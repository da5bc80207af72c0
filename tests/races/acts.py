"""What people do to guests who have an access, or had one: pressed or typed, by whoever may or may not."""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.clinic import until
from tests.races.arena import Press
from tests.races.rounds import APPROVE, CANCEL, DENY, WHY, Round

Does = Callable[[Round, str], Coroutine[Any, Any, None]]
_PATIENCE = 240.0
_GOES = "the contract has ended"
_WEEK = 8


async def bodies(now: Round) -> list[dict[str, Any]]:
    """Return the requests about the guest of a race, oldest first, as they are stored."""
    of = f"p.address = '{now.case.address}'"
    rows = await now.arena.rows(
        f"SELECT r.body FROM requests r JOIN personal p ON p.subject = r.subject WHERE {of} ORDER BY r.number"
    )
    return [json.loads(body) for (body,) in rows]


async def of_kind(now: Round, *kinds: str) -> dict[str, Any] | None:
    """Return one of the requests of these kinds, mostly the newest; None where there is none."""
    found = [one for one in await bodies(now) if one["kind"] in kinds]
    if not found:
        return None
    return found[-1] if now.dice.random() < 0.7 else now.dice.choice(found)


async def pressed(now: Round, who: str, verb: str, about: Mapping[str, Any] | None, **data: Any) -> None:
    """Press a button of a request's card, if there is such a request."""
    if about is not None:
        given = {"request": about["request_id"], **data}
        now.presses.append(await now.arena.press(now.case, who, verb, **given))


async def typed(now: Round, who: str, line: str) -> None:
    status = await now.arena.type(who, line)
    now.presses.append(Press(who, line.split(maxsplit=1)[0], status, "typed"))


async def either(
    now: Round, who: str, verb: str, command: str, about: Mapping[str, Any] | None, **data: Any
) -> None:
    """Press, or type the same."""
    if about is None:
        return
    if now.dice.random() < 0.5:
        await pressed(now, who, verb, about, **data)
    else:
        await typed(now, who, f"{command} R-{about['number']}")


async def undo(now: Round, who: str) -> None:
    """Undo something of the guest's by its number, or after a look at what that would do."""
    about = await of_kind(now, "invite", "assign", "extend", "remove")
    if about is None:
        return
    if now.dice.random() < 0.5:
        await typed(now, who, f"/undo R-{about['number']} now")
        return
    answer = await now.arena.answer(who, "undo.ask", request=about["request_id"])
    for data in found(answer, "undo.undo"):
        await pressed(now, who, "undo.undo", about, **{**data, "request": about["request_id"]})


def found(node: Any, verb: str) -> Sequence[Mapping[str, Any]]:
    """Return the data of the buttons of a verb, wherever an answer has them."""
    if isinstance(node, list):
        return [one for child in node for one in found(child, verb)]
    if not isinstance(node, dict):
        return []
    mine = [node["data"]] if node.get("verb") == verb and isinstance(node.get("data"), dict) else []
    return [*mine, *(one for child in node.values() for one in found(child, verb))][:1]


async def remove(now: Round, who: str) -> None:
    about = await of_kind(now, "invite", "assign")
    await either(now, who, "assignment.remove", "/remove", about)


async def leave(now: Round, who: str) -> None:
    """Remove the guest from the directory."""
    await typed(now, who, f"/remove {now.case.address} from the directory now because {_GOES}")


async def restore(now: Round, who: str) -> None:
    about = await of_kind(now, "remove")
    if about is None or now.dice.random() < 0.3:
        await typed(now, who, f"/restore {now.case.address}")
    else:
        await either(now, who, "account.restore", "/restore", about)


async def extend(now: Round, who: str) -> None:
    about = await of_kind(now, "invite", "assign")
    if about is not None and now.dice.random() < 0.5:
        await typed(now, who, f"/extend R-{about['number']} by 30d because canary-why it goes on")
    else:
        await pressed(now, who, "renewal.renew", about)


async def change(now: Round, who: str) -> None:
    """Change the guest's name or sponsor."""
    what = now.dice.choice(
        [
            f'name "Canary {now.dice.choice(("Sousa", "Ruiz", "Lopes"))}"',
            f"sponsor {now.dice.choice(now.lane.approvers)}@contoso-health.com",
            'company "Fabrikam"',
        ]
    )
    await typed(now, who, f"/change {now.case.address} {what}")


async def approve(now: Round, who: str) -> None:
    """Approve whatever of the guest's waits."""
    for one in await bodies(now):
        if one["state"] == "pendingApproval":
            await either(now, who, APPROVE, "/approve", one, plan=one["plan"]["hash"])


async def deny(now: Round, who: str) -> None:
    for one in await bodies(now):
        if one["state"] == "pendingApproval":
            await pressed(now, who, DENY, one, justification=WHY)


async def retry(now: Round, who: str) -> None:
    about = await of_kind(now, "invite", "assign", "extend", "remove", "change")
    await either(now, who, "delivery.retry", "/retry", about)


async def cancel(now: Round, who: str) -> None:
    about = await of_kind(now, "invite", "assign", "extend")
    await either(now, who, CANCEL, "/cancel", about)


async def ask(now: Round, who: str) -> None:
    """Ask for one of both apps for the guest, who may have it or may have had it."""
    app = now.dice.choice(now.lane.lives)
    await typed(now, who, f"/invite {now.case.address} to {app} for 90d because canary-why races")


async def accept(now: Round, who: str) -> None:
    """Let the guest accept, if the directory has them."""
    guests = await now.arena.guests()
    mine = [one for one in guests if one["mail"] == now.case.address]
    if mine and mine[0]["externalUserState"] != "Accepted":
        await now.arena.clinic.act(act="accept", id=mine[0]["id"])


async def a_week_passes(now: Round, who: str) -> None:
    """Let the week of a removal be over, whatever has become of it."""
    if (about := await of_kind(now, "remove")) is not None:
        now.arena.age_of(about["request_id"], timedelta(days=_WEEK))


async def term_passes(now: Round, who: str) -> None:
    """Let the term of an access be over, whatever has become of it."""
    if (about := await of_kind(now, "invite", "assign")) is not None:
        now.arena.age_of(about["request_id"], timedelta(days=130))


async def quiet(now: Round) -> None:
    """Wait until nothing is left to do for the guest's requests."""
    ids = ", ".join(f"'{one['request_id']}'" for one in await bodies(now))

    async def look() -> bool:
        return bool(ids) and await now.arena.settled(f" AND request_id IN ({ids})")

    await until(look, f"nothing is left to do for {now.case.label}", _PATIENCE)
