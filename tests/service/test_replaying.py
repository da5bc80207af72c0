"""A replay of the policy that was in force says `same`, whatever directory and policy are."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from access.rules.model import Group, ObjectId, Record, Request, Term
from access.rules.policy_reader import read_policy
from access.rules.replay import replay
from access.rules.replayed import Replayed
from access.service.amend import Amendments, Wanted
from bot.store import codec
from tests.service.house import (
    ADMINS,
    ALEX,
    DIEGO,
    GUESTS,
    LIDIA,
    MEGAN,
    NIA,
    PORTAL,
    RECORDS,
    ZONE,
    House,
    draft,
)

Presses = list[tuple[ObjectId, str, int]]
EVERYBODY = (MEGAN, ALEX, NIA, LIDIA, DIEGO)
TEAM = ObjectId("44444444-4444-4444-8444-444444444444")
ODD = ObjectId("55555555-5555-4555-8555-555555555555")
WORDS = (
    "app-owners",
    "group-owners",
    "manager",
    "guest-sponsors",
    "role:admins",
    f"group:{TEAM}",
    f"person:{ODD}",
)
lists = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
some = st.lists(st.sampled_from(WORDS), max_size=3, unique=True)
people = st.lists(st.sampled_from(EVERYBODY), min_size=2, max_size=4, unique=True)


@st.composite
def stages(draw: st.DrawFn) -> str:
    lines = ["[[defaults.stage]]", f"approvers = {draw(lists)}", f"quorum = {draw(st.integers(1, 2))}"]
    lines += [f"{name} = {found}" for name in ("fallback", "may_decide") if (found := draw(some))]
    if draw(st.booleans()):
        lines += [f"escalation = {draw(lists)}", 'escalate_after = "2d"']
    return "\n".join(lines)


def waiver(name: str, *, for_known: bool) -> str:
    guests = "known" if for_known else "any"
    return f'[[defaults.waiver]]\nname = "{name}"\nmost = 1\nper = "5d"\nguests = "{guests}"'


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Draw a policy by which Megan may ask, whoever decides."""
    asking = draw(
        st.sampled_from((["members"], ["app-owners", "role:admins"], [f"group:{TEAM}", "app-owners"]))
    )
    partner = draw(
        st.sampled_from(
            ("", '[[partner]]\nname = "F"\ndomains = ["fabrikam.com"]\nterm = { longest = "91d" }')
        )
    )
    waived = draw(st.sampled_from(("", "", "A", "AB")))
    return "\n".join(
        (
            f'[roles]\nadmins = ["group:{ADMINS}"]\n[defaults]\nrequestors = {asking}',
            f'closes_after = "{draw(st.sampled_from((3, 20)))}d"',
            *draw(st.lists(stages(), min_size=1, max_size=3)),
            *(waiver(name, for_known=draw(st.booleans())) for name in waived),
            partner,
        )
    )


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "owners": {RECORDS: [MEGAN, *draw(people)], PORTAL: [MEGAN, *draw(people)], GUESTS: draw(people)},
        "members": {ADMINS: draw(people), TEAM: draw(people)},
        "later": {ADMINS: draw(people), TEAM: draw(people)},
        "manager": draw(st.sampled_from(EVERYBODY)),
        "app": draw(st.sampled_from(("Health Records", "Patient Portal"))),
        "access": draw(st.sampled_from(("", "Portal guests"))),
    }


def put(house: House, world: dict[str, Any]) -> None:
    tenant = house.tenant
    tenant.groups[TEAM] = Group(TEAM, "Team")
    tenant.people[ODD] = replace(tenant.people[LIDIA], object_id=ODD, mail="odd@contoso-health.com")
    tenant.owners |= world["owners"]
    tenant.members |= world["members"]
    tenant.managers[MEGAN] = world["manager"]


async def lived(house: House, world: dict[str, Any], presses: Presses) -> Request | None:
    """Return a request after these presses, the directory otherwise than before; None if nothing was sent."""
    put(house, world)
    access = world["access"] if world["app"] == "Patient Portal" else ""
    await house.send(draft(address="ben@fabrikam.com", app=world["app"], access=access))
    record = await house.send(draft(app=world["app"], access=access))
    if not isinstance(record, Record):
        return None
    for who, act, days in presses:
        house.clock.turn(days=days)
        await house.run_due()
        house.tenant.members |= world["later"]
        if act == "amend":
            await Amendments(house.decisions).amend(record.request.label, who, Wanted(Term(days=30)))
        elif act == "deny":
            await house.decisions.deny(record.request.label, who, "Not this quarter")
        else:
            await house.decisions.approve(record.request.label, who, None)
    await house.run_due()
    return (await house.now(record)).request


doing = st.sampled_from(("approve", "approve", "approve", "amend", "deny"))
acts = st.tuples(st.sampled_from((*EVERYBODY, ODD)), doing, st.integers(0, 3))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=policies(), world=worlds(), presses=st.lists(acts, max_size=6), rest=st.integers(0, 30))
def test_a_replay_of_the_policy_that_was_in_force_is_always_the_same(
    tmp_path_factory: Any,
    text: str,
    world: dict[str, Any],
    presses: list[tuple[ObjectId, str, int]],
    rest: int,
) -> None:
    async def live() -> Request | None:
        path: Path = tmp_path_factory.mktemp("house") / "guestlist.db"
        house = await House.open(path)
        try:
            house.policy.policy = read_policy(text)
            return await lived(house, world, presses)
        finally:
            await house.store.close()

    request = asyncio.run(live())
    event(
        "nothing was sent"
        if request is None
        else f"{request.state}, {len(request.reviews)} reviews"
        + (", waived" if request.waived else ", not waived" if request.not_waived else "")
    )
    if request is not None:
        again = codec.request_of(codec.request_changes(request)["body"])
        assert again is not None
        later = again.changed_at + timedelta(days=rest)
        assert replay(read_policy(text), again, later, ZONE) == Replayed()
