"""The operator is told where the settings say."""

from pathlib import Path

from bot.teams.alarm import Alarms
from tests.clinic import Clinic, open_clinic, until


async def test_an_alarm_is_posted_to_the_conversation_of_the_settings(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("isaiah", "/help")
        place = await clinic.place("isaiah", "personal")
        alarms: Alarms = clinic.guestlist.teams.alarms
        alarms.conversation = place

        alarms.ring("Invitations are blocked for this directory")

        await until(lambda: heard(clinic), "the alarm is in the conversation")


async def heard(clinic: Clinic) -> bool:
    return any("are blocked" in (one["text"] or "") for one in await clinic.messages("isaiah"))
