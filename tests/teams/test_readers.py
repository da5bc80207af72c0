"""In which language and time zone people are answered, as their activities tell and as it is remembered."""

from typing import Any

import pytest

from access.rules.model import Named, ObjectId, Place, Record
from bot.teams import Teams
from bot.teams.reference import Known, People, Reference
from dialogs.turn import Nothing, Say
from tests.cards.gallery import pending
from tests.teams.channel import ANA, BOT, TENANT, Bot, Channel
from tests.teams.conftest import KeptNotes, ScriptedFlows

BO = ObjectId("0b1c2d3e-0000-4000-8000-0000000000b0")
PERSON = ObjectId(ANA)
PRESS = {"action": {"verb": "x.y"}, "trigger": "manual"}
GERMAN = {"locale": "de-AT", "localTimezone": "Europe/Vienna"}
HOSTILE = ["x" * 50_000, "de\u202e-DE", "../../de", "{0}", "🙂", "de de", " ", "-", "_"]


@pytest.fixture
def record() -> Record:
    return pending(approvers=(Named(BO, "Bo Lind"),), requestor=Named(PERSON, "Ana Silva"))


def place_of(channel: Channel, conversation: str) -> Place:
    return Reference(
        service=channel.service_url, conversation=conversation, thread="", tenant=TENANT, bot=BOT
    ).place


def card_of(call: Any) -> dict[str, Any]:
    content: dict[str, Any] = call.body["attachments"][0]["content"]
    return content


async def test_a_press_is_answered_in_the_language_of_the_presser(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Nothing()
    _, german = await bot.send(channel.invoke("adaptiveCard/action", PRESS, **GERMAN))
    _, english = await bot.send(channel.invoke("adaptiveCard/action", PRESS, id="f:2", locale="fr-FR"))
    assert (german["value"], english["value"]) == ("Erledigt.", "Done.")


async def test_who_cannot_be_known_is_told_so_in_their_language(bot: Bot, channel: Channel) -> None:
    nobody = {"id": "29:ana", "name": "Ana Silva"}
    _, said = await bot.send(channel.invoke("adaptiveCard/action", PRESS, **{"from": nobody}, **GERMAN))
    assert said["value"].startswith("Guestlist ist nur für Menschen dieser Organisation da")


async def test_what_an_activity_does_not_tell_the_person_has_told_before(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(**GERMAN))
    _, said = await bot.send(channel.invoke("adaptiveCard/action", PRESS, locale=None, localTimezone=None))
    assert said["value"] == "Erledigt."
    actor = flows.turns[-1].actor
    assert (actor.locale, actor.zone) == ("de", "Europe/Vienna")


async def test_a_card_in_a_1_1_is_in_the_language_and_time_zone_that_the_person_told(
    bot: Bot, teams: Teams, channel: Channel, record: Record
) -> None:
    await bot.send(channel.activity(**GERMAN))
    await teams.chat.post(place_of(channel, "a:ana"), record, "requestor")
    card = card_of(channel.heard[-1])
    assert card["lang"] == "de"
    assert card["body"][0]["text"] == "Antrag R-1042 · Mo., 23. Nov., 09:14"


async def test_whoever_was_never_met_and_a_thread_get_the_language_and_time_zone_of_the_house(
    bot: Bot, teams: Teams, channel: Channel, record: Record
) -> None:
    await bot.send(channel.activity(**GERMAN))
    for audience in (f"approver/{BO}", "thread"):
        await teams.chat.post(place_of(channel, "a:somewhere"), record, audience)
        card = card_of(channel.heard[-1])
        assert card["lang"] == "en"
        assert card["body"][0]["text"] == "Request R-1042 · Mon 23 Nov, 08:14 UTC"


async def test_a_language_and_time_zone_are_known_to_the_next_process_and_written_once(
    bot: Bot, channel: Channel, notes: KeptNotes
) -> None:
    for _ in range(3):
        await bot.send(channel.activity(**GERMAN))
    known = await People(notes).known(PERSON)
    assert (known.locale, known.zone) == ("de", "Europe/Vienna")
    assert notes.writes.count(f"person/{ANA}") == 1


async def test_whoever_tells_another_language_has_that_from_now_on(notes: KeptNotes) -> None:
    people = People(notes)
    await people.met(PERSON, user="29:ana", locale="de-DE", zone="Europe/Vienna")
    await people.met(PERSON, locale="fr_CA")
    await people.met(PERSON, zone="")
    assert await people.known(PERSON) == Known("29:ana", "", "fr", "Europe/Vienna")


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_locale_and_time_zone_that_are_none_are_answered_and_not_kept(
    text: str, bot: Bot, channel: Channel, flows: ScriptedFlows, notes: KeptNotes
) -> None:
    flows.reply = Say("words")
    status, said = await bot.send(
        channel.invoke("adaptiveCard/action", PRESS, locale=text, localTimezone=text)
    )
    assert (status, said["value"]) == (200, "words")
    known = await People(notes).known(PERSON)
    assert (known.user, known.locale, known.zone) == ("29:ana", "", "")


@pytest.mark.parametrize("more", ["", ',"pronoun":"none"'])
async def test_the_notes_of_an_older_and_of_a_newer_version_are_read(notes: KeptNotes, more: str) -> None:
    notes.kept[f"person/{ANA}"] = f'{{"user":"29:ana","place":"here"{more}}}'
    people = People(notes)
    assert await people.known(PERSON) == Known("29:ana", "here")
    await people.met(PERSON, locale="de")
    assert await People(notes).known(PERSON) == Known("29:ana", "here", "de")
