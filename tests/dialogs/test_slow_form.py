"""A form that is filled in with a refused line opens in time, whatever the directory does."""

import asyncio
import json
from typing import Any, Never
from zoneinfo import ZoneInfo

from access.rules.model import App, ObjectId, Place, TenantId
from access.rules.policy import Rules
from access.rules.policy_reader import read_policy
from cards import returned
from cards.look import Look
from dialogs.invite import Invite
from dialogs.turn import Actor, Dialog, Opened, Scope


class Hanging:
    """A directory that never answers, and a store that seals nothing."""

    def unseal(self, kept: str) -> str:
        return kept

    def rules_of(self, app: App | None, *_: object) -> Rules:
        return read_policy("").rules_for(app.object_id) if app else read_policy("").defaults

    async def judged(self, *asked: object) -> Never:
        await asyncio.Event().wait()
        raise AssertionError(asked)

    names_of = called = judged

    @property
    def store(self) -> "Hanging":
        return self


async def test_a_directory_that_hangs_holds_up_no_form_and_nothing_typed_is_lost() -> None:
    hanging: Any = Hanging()
    invite = Invite(hanging, hanging, hanging, hanging, Look(ZoneInfo("Europe/Berlin")), patience=0.05)
    line = {"by": "megan", "address": "ana@fabrikam.com", "app": "Health Records", "sponsor": "nia"}
    turn = Opened(
        actor=Actor(ObjectId("megan"), TenantId("contoso"), "Megan"),
        place=Place("thread"),
        scope=Scope.CHANNEL,
        activity="1",
        verb="invite.open",
        data={returned.KEPT: json.dumps(line)},
    )
    async with asyncio.timeout(20):
        form = await invite.open(turn)
    assert isinstance(form, Dialog)
    shown = json.dumps(form.card)
    assert "ana@fabrikam.com" in shown
    assert "could not read the directory" in shown
