"""The operator is told where the settings say."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from app import Overrides
from bot.clock import host_time
from bot.teams import Teams
from bot.teams.alarm import Alarms
from sandbox.story import Story
from tests.clinic import Clinic, open_clinic, until
from tests.teams.channel import Bot, Channel
from tests.teams.conftest import KeptNotes

OPERATORS = "19:operators@thread.tacv2"


async def test_an_alarm_is_posted_to_the_conversation_of_the_settings(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("isaiah", "/help")
        place = await clinic.place("isaiah", "personal")
        alarms: Alarms = clinic.guestlist.teams.alarms
        alarms.conversation = place

        alarms.ring("Invitations are blocked for this directory")

        await until(lambda: heard(clinic), "the alarm is in the conversation")


async def test_a_checkpoint_of_the_audit_is_posted_so_that_people_can_compare_with_it(tmp_path: Path) -> None:
    general = Story.load().raw["teams"][0]["channels"][0]["id"]
    changed = {"GUESTLIST_CHECKPOINT_CONVERSATION": general}
    days = [timedelta()]
    overrides = Overrides(clock=lambda: host_time() + days[0])
    async with open_clinic(tmp_path, overrides, changed=changed) as clinic:
        await clinic.say("isaiah", "/help")
        head = await clinic.guestlist.store.audit_head()
        assert head is not None
        days[0] = timedelta(days=1, minutes=1)
        [checkpoints] = clinic.guestlist.readers.checkpoints
        await checkpoints.look()
        told = [str(one["detail"]["text"]) for one in await clinic.ledger("message.received")]
        assert any(f"guestlist audit verify --against {head.seq}:{head.hash}" in text for text in told)


async def heard(clinic: Clinic) -> bool:
    return any("are blocked" in (one["text"] or "") for one in await clinic.messages("isaiah"))


async def test_an_alarm_while_the_store_is_away_is_in_the_log_and_so_is_that_it_was_not_posted(
    teams: Teams, channel: Channel, notes: KeptNotes, caplog: pytest.LogCaptureFixture
) -> None:
    notes.away = {"read"}
    teams.alarms.conversation = OPERATORS
    teams.alarms.ring("The database cannot be reached")

    async def told() -> bool:
        return "The alarm could not be posted" in caplog.messages

    await until(told, "the log says that it was not posted")
    assert ("The database cannot be reached", logging.ERROR) in [
        (record.message, record.levelno) for record in caplog.records
    ]
    assert channel.heard == []


async def test_an_alarm_while_the_store_is_away_is_posted_if_teams_has_been_heard(
    teams: Teams, bot: Bot, channel: Channel, notes: KeptNotes
) -> None:
    """A store that has been away since the start has kept nothing of how Teams is reached."""
    notes.away = {"read", "write"}
    await bot.send(channel.activity())
    teams.alarms.conversation = OPERATORS
    teams.alarms.ring("The database cannot be reached")

    async def posted() -> bool:
        return [call.body.get("text") for call in channel.heard] == ["The database cannot be reached"]

    await until(posted, "the alarm is posted")
