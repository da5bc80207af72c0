"""Who takes turns without end is told when to try again; nobody else notices, and nothing is lost unsaid."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from access.ports import Store
from access.rules.model import AuditFact, ObjectId, Place, TenantId
from dialogs.floods import A_SECOND, AT_ONCE, Floods
from dialogs.flow import Routes
from dialogs.router import Router
from dialogs.turn import (
    Actor,
    Close,
    Found,
    Joined,
    Opened,
    Pressed,
    Reply,
    Said,
    Say,
    Scope,
    Searched,
    Submitted,
    Turn,
    Whisper,
)
from tests.dialogs.test_words_of_the_router import HOUSE

MEGAN, ALEX = ObjectId("megan"), ObjectId("alex")


class Audited:
    """A store that keeps entries, and knows every activity for new."""

    def __init__(self) -> None:
        self.facts: list[AuditFact] = []

    async def first_time(self, activity: str) -> bool:
        return bool(activity)

    async def write_audit(self, fact: AuditFact) -> None:
        self.facts.append(fact)


class Desk:
    """A router over one flow that counts what reaches it, and a clock that is turned by hand."""

    def __init__(self) -> None:
        self.at, self.done, self.store = 1_000.0, 0, Audited()

        async def does(*_: Any) -> Reply:
            self.done += 1
            return Say("done")

        do = cast("Callable[..., Awaitable[Reply]]", does)
        routes = Routes(
            commands={"do": do},
            presses={"approval.approve": do},
            opens={"form": do},
            submits={"form": do},
            searches={"apps": do},
            effects=frozenset({"do", "approval.approve"}),
            joins=do,
            otherwise=do,
        )
        self.router = Router([routes], cast("Store", self.store), HOUSE, Floods(lambda: self.at))

    async def take(
        self, who: ObjectId = MEGAN, kind: type[Turn] = Said, scope: Scope = Scope.PERSONAL, **more: Any
    ) -> Reply:
        actor = Actor(who, TenantId("tenant"), "Somebody", "en")
        more = more or ({"text": "/do"} if kind is Said else {})
        turn = kind(actor=actor, place=Place("here"), scope=scope, activity="a", **more)
        return await self.router.answer(turn)

    async def flood(self, count: int = AT_ONCE) -> None:
        for _ in range(count):
            await self.take()


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_as_many_as_anybody_takes_are_taken_and_the_next_is_told_when(desk: Desk) -> None:
    await desk.flood()
    assert desk.done == AT_ONCE
    assert await desk.take() == Say(
        "Too much came from you at once, so nothing was done with this. Try it again in 1 s."
    )
    assert desk.done == AT_ONCE


async def test_whoever_waits_as_told_is_heard_and_somebody_else_all_the_time(desk: Desk) -> None:
    await desk.flood(10 * AT_ONCE)
    assert desk.done == AT_ONCE, "what was refused makes the wait no longer"
    assert await desk.take(ALEX) == Say("done")
    desk.at += 1
    for _ in range(int(A_SECOND)):
        assert await desk.take() == Say("done")
    assert await desk.take() != Say("done")


async def test_a_minute_of_ten_a_second_is_nothing_that_is_refused(desk: Desk) -> None:
    for _ in range(int(60 * A_SECOND)):
        assert await desk.take() == Say("done")
        desk.at += 1 / A_SECOND


@pytest.mark.parametrize(
    ("kind", "more", "shape"),
    [
        (Pressed, {"verb": "approval.approve", "data": {}}, Say),
        (Opened, {"verb": "form", "data": {}}, Close),
        (Submitted, {"verb": "form", "data": {}}, Close),
        (Said, {"text": "/do"}, Say),
    ],
)
async def test_every_one_that_is_refused_is_answered_a_decision_too(
    desk: Desk, kind: type[Turn], more: dict[str, Any], shape: type[Say | Close]
) -> None:
    await desk.flood()
    for _ in range(5):
        answer = await desk.take(kind=kind, **more)
        assert isinstance(answer, shape)
        assert "nothing was done with this" in answer.text
    assert await desk.take(kind=Searched, dataset="apps", text="h", inputs={}) == Found(())
    assert isinstance(await desk.take(kind=Joined), Say)
    assert desk.done == AT_ONCE


async def test_before_others_it_is_said_to_the_person_alone(desk: Desk) -> None:
    await desk.flood()
    assert isinstance(await desk.take(scope=Scope.CHANNEL, text="/do"), Whisper)


async def test_one_entry_a_minute_names_who_it_was_and_no_word_of_theirs(desk: Desk) -> None:
    for _ in range(3):
        await desk.flood(2 * AT_ONCE)
        desk.at += 31
    (fact, _) = desk.store.facts
    assert (fact.what, fact.actor) == ("act.refused", MEGAN)
    assert dict(fact.detail) == {"act": "turn", "refused": "TooManyTurns"}


def test_what_is_remembered_of_many_people_has_an_end() -> None:
    at = 0.0
    floods = Floods(lambda: at)
    for number in range(30_000):
        at += 0.01
        floods.seconds(ObjectId(str(number)))
    assert len(floods._even_at) <= 10_001
