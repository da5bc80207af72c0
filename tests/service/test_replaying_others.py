"""Where a replay says `same` of another policy, a life under that one is the same, and else it is not."""

import asyncio
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from access.rules.model import Record, Request, State
from access.rules.policy_reader import read_policy
from access.rules.replay import replay
from access.rules.replayed import Outcome, Replayed, What
from bot.store import codec
from tests.service.house import ADMINS, ZONE, House, draft
from tests.service.test_replaying import EVERYBODY, ODD, TEAM, Presses, lists, put, some, worlds

ASKING = (["members"], ["app-owners"], ["role:admins"], [f"group:{TEAM}", "app-owners"])
PEOPLE = {"approvers": lists, "fallback": some, "may_decide": some, "escalation": some}
OTHERS = ("quorum", "escalate_after", "closes", "requestors", "order", "last")
DAYS = (1, 2, 4)
ENDS = (3, 6, 20)
Life = tuple[Request | None, datetime]


@st.composite
def stages(draw: st.DrawFn) -> dict[str, Any]:
    people = {name: draw(words) for name, words in PEOPLE.items()}
    return people | {"quorum": draw(st.integers(1, 2)), "escalate_after": draw(st.sampled_from(DAYS))}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Draw two policies of which one differs from the other in one thing or two."""
    one = {
        "requestors": draw(st.sampled_from(ASKING)),
        "closes": draw(st.sampled_from(ENDS)),
        "stages": draw(st.lists(stages(), min_size=1, max_size=2)),
    }
    other = deepcopy(one)
    for _ in range(draw(st.integers(1, 2))):
        changed(draw, other)
    return written(one), written(other)


def changed(draw: st.DrawFn, policy: dict[str, Any]) -> None:
    stage = draw(st.sampled_from(policy["stages"]))
    match draw(st.sampled_from((*PEOPLE, *OTHERS))):
        case "quorum":
            stage["quorum"] = 3 - stage["quorum"]
        case "escalate_after":
            stage["escalate_after"] = draw(st.sampled_from(DAYS))
        case "closes":
            policy["closes"] = draw(st.sampled_from(ENDS))
        case "requestors":
            policy["requestors"] = draw(st.sampled_from(ASKING))
        case "order":
            policy["stages"].reverse()
        case "last":
            policy["stages"][1:] = [] if policy["stages"][1:] else [draw(stages())]
        case name:
            stage[name] = draw(PEOPLE[name])


def written(policy: dict[str, Any]) -> str:
    lines = [f'[roles]\nadmins = ["group:{ADMINS}"]\n[defaults]\nrequestors = {policy["requestors"]}']
    lines.append(f'closes_after = "{policy["closes"]}d"')
    for stage in policy["stages"]:
        lines += ["[[defaults.stage]]", f"quorum = {stage['quorum']}"]
        lines += [f"{name} = {stage[name]}" for name in PEOPLE if stage[name]]
        lines += [f'escalate_after = "{stage["escalate_after"]}d"'] if stage["escalation"] else []
    return "\n".join(lines)


presses = st.lists(
    st.tuples(
        st.sampled_from((*EVERYBODY, ODD)),
        st.sampled_from(("approve", "approve", "approve", "deny", "cancel")),
        st.integers(0, 3),
    ),
    max_size=4,
)


async def lived(path: Path, text: str, world: dict[str, Any], done: Presses, rest: int) -> Life:
    """Return a request after these presses and some days more, and when that was; None if it was not sent.

    Jobs run every day, and nobody joins or leaves: what a refused press had been is not kept.
    """
    house = await House.open(path / "guestlist.db")
    try:
        house.policy.policy = read_policy(text)
        put(house, world)
        record = await house.send(draft(app=world["app"], access=world["access"]))
        if not isinstance(record, Record):
            return None, house.clock.now()
        label = record.request.label
        for who, act, days in [*done, (ODD, "", rest)]:
            for _ in range(days):
                house.clock.turn(days=1)
                await house.run_due()
            if act == "deny":
                await house.decisions.deny(label, who, "Not this quarter")
            elif act == "cancel":
                await house.decisions.cancel(label, who)
            elif act:
                await house.decisions.approve(label, who, None)
        return (await house.now(record)).request, house.clock.now()
    finally:
        await house.store.close()


def course(request: Request | None) -> object:
    """Return what a replay compares: how it ended, who was asked and could decide, and who was called in."""
    if request is None:
        return None
    people = [
        ({one.object_id for one in panel.asked}, {one.object_id for one in panel.approvers}, panel.quorum)
        for panel in request.stages
    ]
    return request.state, people, [one.stage for one in request.escalations]


def waited(request: Request, found: Replayed) -> bool:
    """Tell whether all that is different is that there would have been longer to decide, which nobody did."""
    return request.state is State.EXPIRED and {one.what for one in found.differences} == {What.CLOSING}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=pairs(), world=worlds(), done=presses, rest=st.integers(0, 8))
def test_a_life_under_another_policy_is_the_same_where_a_replay_says_so_and_else_it_is_not(
    tmp_path_factory: Any, texts: tuple[str, str], world: dict[str, Any], done: Presses, rest: int
) -> None:
    world["access"] = world["access"] if world["app"] == "Patient Portal" else ""
    was, other = texts
    request, now = asyncio.run(lived(tmp_path_factory.mktemp("was"), was, world, done, rest))
    if request is None:
        event("nothing was sent")
        return
    would, _ = asyncio.run(lived(tmp_path_factory.mktemp("would"), other, world, done, rest))
    again = codec.request_of(codec.request_changes(request)["body"])
    assert again is not None
    found = replay(read_policy(other), again, now, ZONE)
    event(f"{request.state}: {found.outcome}")
    as_it_was, same = found.outcome is Outcome.SAME, course(request) == course(would)
    if as_it_was:
        assert same, found
    elif found.outcome is not Outcome.UNDECIDABLE and not (request.escalations or waited(request, found)):
        # Whoever was called in was asked by then: the end of a life does not show who was at first.
        assert not same, found
    ends = {What.REQUESTOR, What.APPROVERS} & {one.what for one in found.differences}
    assert not ends or would is None, found
