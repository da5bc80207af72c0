"""A command is named as it has to be typed where it is read: in a channel with the mention, alone without."""

import re
from dataclasses import replace
from typing import Any

import pytest

from access.rules.model import ObjectId, Place, TenantId
from access.rules.refusals import Field, Problem, ProblemCode
from cards import plain
from cards.help import COMMANDS
from cards.look import MENTION, Look
from cards.problems import sentence
from cards.texts import LANGUAGES
from dialogs.flow import look_of
from dialogs.turn import Actor, Opened, Pressed, Said, Scope, Submitted, Turn
from tests.cards import gallery
from tests.cards.test_structure import texts

WORDS = sorted({line.split()[0].removeprefix("/") for line, _ in COMMANDS})
NAMED = re.compile(rf"(?<![\w/“„])/({'|'.join(WORDS)})\b")
"""A command that is named; in quotation marks it is what somebody has typed."""
IN_OWN_CHAT = {"requests", "approvals"}
"""Are answered in one's own chat alone, so that is where they are to be typed."""
FOR_ONE_PERSON = ("list-", "form-away", "welcome-personal")
"""Cards that stand in one's own chat alone."""
WITH_A_NOTE = {"help", "guess-nothing", "guess-empty"}
"""List all commands, and say once for all of them what stands before them."""
SHARED = [Scope.GROUP_CHAT, Scope.CHANNEL]
ALEX = Actor(ObjectId("1"), TenantId("2"), "Alex Wilber")


def drawn(language: str, *, shared: bool) -> dict[str, dict[str, Any]]:
    return gallery.cards(Look(gallery.BERLIN, texts=LANGUAGES[language], shared=shared))


def told(card: dict[str, Any]) -> list[str]:
    """Return what a card says, but for its title, which names what it is about."""
    return [*texts({**card, "body": card["body"][2:]}), card["fallbackText"]]


def turn(kind: type[Turn], scope: Scope, **more: Any) -> Any:
    return kind(actor=ALEX, place=Place("here"), scope=scope, activity="a:1/2", **more)


def unmentioned(text: str) -> list[str]:
    """Return the commands in a text before which no mention stands."""
    return [one[1] for one in NAMED.finditer(text) if not text[: one.start()].endswith(f"{MENTION} ")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_in_a_channel_or_group_chat_names_the_mention_before_each_command(language: str) -> None:
    found = 0
    for name, card in drawn(language, shared=True).items():
        if name.startswith(FOR_ONE_PERSON):
            continue
        if name in WITH_A_NOTE:
            assert any(MENTION in text for text in told(card)), name
            assert MENTION in card["fallbackText"], name
            continue
        for text in told(card):
            without = unmentioned(text)
            assert set(without) <= IN_OWN_CHAT, f"{name}: {text}"
            assert not without or "chat" in text.casefold(), f"{name}: {text}"
            found += MENTION in text
    assert found > 100, "most cards name a command"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_in_a_chat_with_guestlist_alone_names_no_mention(language: str) -> None:
    for name, card in drawn(language, shared=False).items():
        stands_shared = name.startswith(("thread-", "channel-", "welcome-group", "welcome-channel"))
        if not stands_shared and name not in WITH_A_NOTE:
            assert not any(MENTION in text for text in told(card)), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_thread_names_who_may_type_what_with_the_mention(language: str) -> None:
    look = replace(gallery.LOOK, texts=LANGUAGES[language])
    for name, card in gallery.cards(look).items():
        if name.startswith(("thread-", "welcome-group", "welcome-channel")):
            assert not any(unmentioned(text) for text in told(card)), name
    assert any("@Guestlist /approve R-1042" in text for text in told(gallery.cards(look)["thread-unreached"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_the_mention_where_it_is_read_before_others_and_nowhere_else(language: str) -> None:
    alone = Look(gallery.BERLIN, texts=LANGUAGES[language])
    shared = replace(alone, shared=True)
    hinted = Problem(Field.ADDRESS, ProblemCode.NOT_A_GUEST_YET, (gallery.ADDRESS,))
    bare = Problem(Field.ADDRESS, ProblemCode.NOT_A_GUEST_YET)
    for look in (alone, shared):
        said = [
            *[plain.usage(act, look) for act in ("approve", "deny", "cancel", "retry", "show")],
            plain.anothers_line("invite", look),
            plain.lost_line("assign", look),
            plain.old_button(look),
            sentence(hinted, look),
            sentence(bare, look),
        ]
        for text in said:
            assert NAMED.search(text), text
            assert (MENTION in text) is look.shared, text
            assert bool(unmentioned(text)) is not look.shared, text
        for text in (plain.twice(look), plain.in_private("approvals", look), plain.write_first(look)):
            assert MENTION not in text
    assert "chat" in plain.twice(shared).casefold()


@pytest.mark.parametrize("scope", SHARED)
def test_what_is_answered_in_a_channel_or_group_chat_stands_there_even_if_for_one_person_alone(
    scope: Scope,
) -> None:
    view = {"verb": "request.view", "data": {}}
    for one in (
        turn(Said, scope, text="/help"),
        turn(Said, scope, text="/help", alone=True),
        turn(Pressed, scope, **view),
        turn(Opened, scope, **view),
        turn(Submitted, scope, **view),
    ):
        assert look_of(one, gallery.LOOK).shared
    assert look_of(turn(Said, scope, text="/show R-7", alone=True), gallery.LOOK, here=False).shared


@pytest.mark.parametrize("scope", SHARED)
def test_what_is_told_in_ones_own_chat_instead_stands_in_that(scope: Scope) -> None:
    said = turn(Said, scope, text="/show R-7")
    assert not look_of(said, gallery.LOOK, here=False).shared
    assert not look_of(turn(Pressed, scope, verb="request.view", data={}, anew=True), gallery.LOOK).shared


def test_what_is_answered_in_a_chat_with_guestlist_alone_stands_in_that() -> None:
    for one in (
        turn(Said, Scope.PERSONAL, text="/help"),
        turn(Pressed, Scope.PERSONAL, verb="request.view", data={}),
        turn(Opened, Scope.PERSONAL, verb="invite.open", data={}, away=True),
    ):
        assert not look_of(one, gallery.LOOK).shared
