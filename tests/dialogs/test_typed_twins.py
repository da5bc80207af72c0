"""Everything can be reached by typing: each button has a command of the same effect, which its card names."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bot.flows
from cards.help import COMMANDS
from cards.look import Look
from cards.texts import LANGUAGES
from dialogs.flow import Routes
from tests.cards import gallery
from tests.cards.test_structure import actions, texts

TWINS = {
    "invite.open": "/invite",
    "invite.send": "/invite",
    "assign.open": "/assign",
    "assign.send": "/assign",
    "approval.approve": "/approve R-",
    "approval.deny": "/deny R-",
    "approval.amend": "/amend R-",
    "approval.except": "/approve R-",
    "approval.ask": "/ask R-",
    "list.pause": "/pause R-",
    "list.resume": "/resume R-",
    "list.stop": "/stop R-",
    "list.retry": "/retry R-",
    "request.answer": "/answer R-",
    "request.cancel": "/cancel R-",
    "delivery.retry": "/retry R-",
    "assignment.remove": "/remove R-",
    "assignment.keep": "/keep R-",
    "renewal.renew": "/extend R-",
    "renewal.send": "/extend R-",
    "renewal.end": "/norenew R-",
    "undo.ask": "/undo R-",
    "undo.undo": "/undo R-",
    "undo.list": "/undo page",
    "renewals.page": "/renewals",
    "renewals.renew": "/renewals renew ",
    "renewals.end": "/renewals norenew ",
    "approval.view": "/show R-",
    "request.view": "/show R-",
    "bulk.open": "/bulk",
    "bulk.look": "/bulk",
    "bulk.send": "/bulk send ",
    "bulk.file": "/bulk ",
    "delegate.open": "/delegate",
    "delegate.send": "/delegate",
    "delegate.end": "/delegate stop",
    "desk.requests": "/requests page",
    "desk.approvals": "/approvals page",
    "audit.page": "/audit ",
    "guests.page": "/guests ",
    "guests.file": "/guests ",
    "adopt.view": "/guest",
    "adopt.send": "/adopt ",
    "check.open": "/check R-",
    "check.again": "/check",
    "protect.page": "/protect",
    "settings.view": "/settings ",
    "settings.again": "/settings",
    "protect.draft": "/protect ",
    "protect.send": "/protect ",
    "protect.foresee": "/protect R-",
    "protect.enforce": "/protect R-",
    "protect.keep": "/protect R-",
    "protect.watch": "/protect R-",
    "protect.remove": "/protect R-",
    "setup.view": "/setup",
    "setup.send": "/setup ",
    "guest.view": "/guest ",
    "account.ask": "/remove ",
    "account.remove": "/remove ",
    "account.restore": "/restore ",
    "guest.resend": "/resend ",
    "change.view": "/change ",
    "change.send": "/change ",
    "change.address": "/change ",
    "change.ask": "/change ",
    "guest.reset": "/reset ",
}
FORMS = {"invite.send", "assign.send", "bulk.look", "delegate.send"}
"""Sent by a form, which its command opened: one types the line instead of it."""
OPENED_IN_PLACE = {"Action.ToggleVisibility", "Action.ShowCard"}
"""Show what is in the card already; a button in there has its own twin."""
TYPING = Path(__file__).parent.parent.parent / "docs" / "typing.md"


class Nobody:
    """Stands for every object that a flow is made of: nobody is asked anything here."""

    def __getattr__(self, name: str) -> "Nobody":
        return self

    def __iter__(self) -> Iterator["Nobody"]:
        return iter((self, self))


def flows() -> list[Routes]:
    """Return the tables of the program's own flows."""
    build: Any = bot.flows.flows
    return list(build(*[Nobody() for _ in inspect.signature(build).parameters]))


def test_each_button_and_form_that_is_answered_has_a_command_that_is_answered_too() -> None:
    pressed = {verb for flow in flows() for verb in (*flow.presses, *flow.opens, *flow.submits)}
    assert pressed == set(TWINS)
    typed = {word for flow in flows() for word in flow.commands}
    assert {twin.split()[0].removeprefix("/") for twin in TWINS.values()} <= typed
    assert typed == {line.split()[0].removeprefix("/") for line, _ in COMMANDS}, "help names all of them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_names_the_command_of_each_of_its_buttons(language: str) -> None:
    look = Look(gallery.BERLIN, personal=True, texts=LANGUAGES[language])
    for name, card in gallery.cards(look).items():
        printed = "\n".join(texts(card))
        for action in actions({part: inside for part, inside in card.items() if part != "refresh"}):
            if action["type"] in OPENED_IN_PLACE:
                continue
            verb = action.get("verb") or action["data"]["verb"]
            backwards = action["title"] == look.say_as("button", "Previous page")
            if verb not in FORMS and not backwards:
                assert TWINS[verb] in printed, f"{name}: {action['title']}"


def test_what_can_be_typed_is_written_down() -> None:
    written = set(re.findall(r"`(/[a-z]+)", TYPING.read_text(encoding="utf-8")))
    assert {line.split()[0] for line, _ in COMMANDS} <= written
