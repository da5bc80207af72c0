"""What people do with cards and forms in more than one journey."""

from typing import Any

from tests.clinic import INVITE, Clinic, spoken, until


async def waiting_for(clinic: Clinic, who: str = "alex", where: str = "personal") -> dict[str, Any]:
    """Return the card on which somebody decides."""
    return await clinic.card(who, "Waiting for your decision", where)


async def approve(clinic: Clinic, who: str = "alex") -> None:
    pressed = await clinic.press(who, await waiting_for(clinic, who), "approval.approve")
    assert pressed["status"] == 200, pressed


async def approve_anyway(clinic: Clinic, who: str = "alex") -> None:
    """Approve what will fail, by a second press where the first has said so."""
    pressed = await clinic.press(who, await waiting_for(clinic, who), "approval.approve")
    if "it would fail" in spoken(pressed["shown"]):
        again = await clinic.card(who, "Not approved: it would fail")
        pressed = await clinic.press(who, again, "approval.approve")
    assert "Delivering" in spoken(pressed["shown"]), pressed


def actions_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every button of a message's card, those behind other buttons too."""
    found: list[dict[str, Any]] = []
    for action in card["card"].get("actions", []):
        found += [action, *action.get("card", {}).get("actions", [])]
    return found


def button(card: dict[str, Any], verb: str, **data: Any) -> dict[str, Any]:
    """Return a whole action of a card with other data, as a stale or forged client would send it."""
    action = next(one for one in actions_of(card) if one.get("verb") == verb)
    return {**action, "data": {**action["data"], **data}}


async def send(clinic: Clinic, who: str, where: str, action: dict[str, Any], **more: Any) -> Any:
    """Send a whole action from the newest message with a card that this person sees."""

    async def look() -> list[dict[str, Any]]:
        return [one for one in await clinic.messages(who, where) if one["card"]]

    message = (await until(look, f"{who} sees a card in {where}"))[-1]
    body = {"as": who, "conversation": await clinic.place(who, where), "messageId": message["id"]}
    return await clinic.post("/teams/press", **{**body, "action": action, **more})


def shown(answer: dict[str, Any]) -> str:
    """Return what the presser is shown: a card's texts, or the sentence."""
    what = answer["shown"]
    return spoken(what) if what["kind"] == "card" else str(what.get("text", what["kind"]))


async def told(clinic: Clinic, who: str, typed: str, where: str = "personal") -> str:
    """Type something and return the bot's answer, be it text or a card."""
    said = await clinic.say(who, typed, where)
    own = int(said["messageId"])
    answers = [
        one for one in await clinic.messages(who, where) if int(one["id"]) > own and one["from"]["bot"]
    ]
    return "\n".join(spoken(one) if one["card"] else str(one["text"]) for one in answers)


async def audited(clinic: Clinic, what: str) -> list[dict[str, Any]]:
    """Return the details of the audit entries of one kind, with their actor."""
    entries = [entry.fact async for entry in clinic.guestlist.store.audit_entries()]
    return [{**fact.detail, "actor": fact.actor} for fact in entries if fact.what == what]


async def ana_is_given_health_records(clinic: Clinic) -> None:
    """Have Megan ask in the channel and Alex approve, until all of it is done and shown."""
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await settled(clinic)


async def a_delivery_fails_at_its_proof(clinic: Clinic) -> None:
    """Have Ana invited, given Health Records and mailed, where what she has may not be read back."""
    refused = {"method": "GET", "path": "^/v1.0/users/[^/]+/memberOf"}
    await clinic.fault(match={"method": "POST", "path": "/members/"}, do="hold", times=1)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await until(lambda: clinic.get("/sandbox/held"), "the access is being given")
    await clinic.fault(match=refused, do="403")
    await clinic.post("/sandbox/held/release")
    await clinic.card("megan", "Delivery failed")
    await settled(clinic)
    await clinic.post("/sandbox/faults/clear")


async def a_delivery_fails_before_it_gives(clinic: Clinic) -> None:
    """Have Ana invited, where the group takes nobody."""
    await clinic.fault(match={"method": "POST", "path": "/members/"}, do="403")
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "Delivery failed")
    await settled(clinic)
    await clinic.post("/sandbox/faults/clear")


async def settled(clinic: Clinic) -> None:
    """Wait until every step is carried out and every card shows what is wanted of it."""

    async def quiet() -> bool:
        worker = clinic.guestlist.worker
        return not worker._tasks and not await worker.store.due(1) and not worker._tasks

    await until(quiet, "nothing is due")
