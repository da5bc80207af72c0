"""What the router says by itself, to each in their own language."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from access.ports import AccessError, NotDone, NotKept, Store, Unconfirmed
from access.rules.causes import Cause
from access.rules.model import ObjectId, Place, TenantId
from cards.look import Look
from dialogs.flow import Routes
from dialogs.router import Router
from dialogs.turn import (
    Actor,
    Close,
    Joined,
    Opened,
    Pressed,
    Reply,
    Said,
    Say,
    Scope,
    Submitted,
    Turn,
)

HOUSE = Look(ZoneInfo("Europe/Berlin"))


class SeenBefore:
    """A store to which every activity comes for the second time."""

    async def first_time(self, activity: str) -> bool:
        return not activity


def told(kind: type[Turn], locale: str, **more: Any) -> Any:
    actor = Actor(ObjectId("1"), TenantId("2"), "Megan Bowen", locale)
    return kind(actor=actor, place=Place("here"), scope=Scope.PERSONAL, activity="a:1/2", **more)


def router(error: AccessError | None = None) -> Router:
    async def fails(*_: Any) -> Reply:
        assert error is not None
        raise error

    async def joined(_: Joined) -> Reply:
        return Say("")

    async def not_quite(_: Said, rest: str) -> Reply | None:
        return Say(rest) if rest else None

    async def otherwise(turn: Said) -> Reply:
        return Say(f"guessed of {turn.text}")

    answer = cast("Callable[[Said, str], Awaitable[Reply]]", fails)
    commands = {"ask": answer, "do": answer, "quite": not_quite}
    routes = Routes(commands=commands, effects=frozenset({"do"}), joins=joined, otherwise=otherwise)
    return Router([routes], cast("Store", SeenBefore()), HOUSE)


@pytest.mark.parametrize(
    ("error", "german"),
    [
        (NotDone(Cause.UNAVAILABLE, "no answer"), "kann das Verzeichnis gerade nicht lesen"),
        (NotKept(Cause.UNAVAILABLE, "no answer"), "Datenbank von Guestlist antwortet nicht"),
        (Unconfirmed(Cause.UNAVAILABLE, "no answer"), "Die Antwort ging verloren"),
    ],
)
async def test_that_the_world_fails_is_said_in_the_language_of_who_asked(
    error: AccessError, german: str
) -> None:
    said = await router(error).answer(told(Said, "de-CH", text="/ask"))
    assert isinstance(said, Say)
    assert german in said.text
    english = await router(error).answer(told(Said, "pt-BR", text="/ask"))
    assert isinstance(english, Say)
    assert german not in english.text


async def test_what_came_twice_is_said_in_the_language_of_who_sent_it() -> None:
    said = await router().answer(told(Said, "de", text="/do"))
    assert said == Say(
        "Das kam zweimal an. Guestlist führt es höchstens einmal aus. "
        "Schreiben Sie /requests, um den Stand zu sehen."
    )


@pytest.mark.parametrize("kind", [Pressed, Opened, Submitted])
async def test_an_old_button_is_answered_in_the_language_of_who_pressed_it(kind: type[Turn]) -> None:
    said = await router().answer(told(kind, "de-DE", verb="gone.by", data={}))
    assert isinstance(said, Say | Close)
    assert said.text.startswith("Diese Schaltfläche gehört zu einer älteren Fassung der Karte.")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/quite so", "so"),
        ("/quite", "guessed of /quite"),
        ("/hilfe", "guessed of /hilfe"),
        ("", "guessed of "),
    ],
)
async def test_what_is_no_command_or_not_quite_one_is_left_to_the_flow_that_guesses(
    typed: str, answer: str
) -> None:
    assert await router().answer(told(Said, "en", text=typed)) == Say(answer)
