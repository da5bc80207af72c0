"""What happens around the bot in the sandbox's Teams, in conversations by their name."""

from typing import Any

from tests.clinic import Clinic


async def place(clinic: Clinic, who: str, name: str) -> str:
    """Return the id of a conversation by the name that it has on this person's screen."""
    rows = await clinic.get("/teams/conversations", **{"as": who})
    return str(next(row["id"] for row in rows if row["name"] == name))


async def seen(clinic: Clinic, who: str, name: str) -> list[dict[str, Any]]:
    answer = await clinic.get("/teams/messages", **{"as": who}, conversation=await place(clinic, who, name))
    return list(answer["messages"])


async def happen(clinic: Clinic, who: str, what: str, at: str = "", **more: Any) -> None:
    """Let something happen in a conversation; whatever the bot hears of it, it takes."""
    where = {"conversation": await place(clinic, who, at)} if at else {}
    answer = await clinic.post("/teams/happen", **{"as": who}, what=what, **where, **more)
    assert set(answer["statuses"]) <= {200}, answer
