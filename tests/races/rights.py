"""Who may do what to the guests of the races, and what the judge is told of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.kills import aftermath
from tests.kills.evidence import Evidence
from tests.kills.past import Aftermath
from tests.races.arena import Arena
from tests.races.people import Lane, identity
from tests.races.rounds import Round


async def of_races(arena: Arena, rounds: Sequence[Round], evidence: Evidence) -> Aftermath:
    """Gather what is known of every guest of the races, once all is quiet."""
    lanes = {now.case.address: now.lane for now in rounds}
    lanes |= {one: now.lane for now in rounds if now.wish for one in now.wish.addresses}

    def may(who: str, act: str, body: Mapping[str, Any], had: frozenset[str]) -> bool:
        return may_do(lanes[body["address"]], who, act, body, had)

    return await aftermath.aftermath(arena.ground, arena.sight, evidence, await arena.guests(), may)


def may_do(lane: Lane, who: str, act: str, body: Mapping[str, Any], had: frozenset[str]) -> bool:
    """Tell who may do what in a lane, as docs/guests.md has it and nothing of the product.

    `had` are the groups and apps that the guest has at that moment.
    """
    apps = {lane.mill if one == lane.millers else one for one in had}
    if who == identity(lane.admin):
        return True
    owned = {app for app in lane.lives if who in {identity(one) for one in lane.owners(app)}}
    if act in {"request.ordered/remove", "account.restoring/remove"}:
        mine = act.startswith("account.") and who == body["requestor"]["object_id"]
        return mine or (bool(owned) and apps <= owned)
    if act == "request.ordered/change":
        return bool(owned & apps)
    answers = body["app"]["name"] in owned or who in {identity(one) for one in lane.approvers}
    asked = act != "overrule" and who == body["requestor"]["object_id"]
    return answers or asked
