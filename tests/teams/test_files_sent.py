"""Files that come along with a message become a hint beside its text, in a chat with the app alone."""

from typing import Any

import pytest

from access.rules.attached import Attached
from dialogs.turn import Said
from tests.teams.channel import TENANT, Bot, Channel
from tests.teams.conftest import ScriptedFlows

KIND = "application/vnd.microsoft.teams.file.download.info"
URL = "https://contoso-my.sharepoint.com/personal/ana/_layouts/15/download.aspx?UniqueId=1&tempauth=v1.a"
HTML = {"contentType": "text/html", "content": "<p>/bulk</p>"}
PICTURE = {"contentType": "image/*", "contentUrl": "https://smba.trafficmanager.net/v3/attachments/1"}
CHAT = {"id": "a:ana", "conversationType": "personal", "tenantId": TENANT}


def told(name: Any = "guests.csv", **content: Any) -> dict[str, Any]:
    about = {"downloadUrl": URL, "uniqueId": "1150D938", "fileType": "csv", "etag": "1"}
    return {
        "contentType": KIND,
        "contentUrl": "https://contoso-my.sharepoint.com/personal/ana/Documents/guests.csv",
        "name": name,
        "content": {**about, **content},
    }


async def heard(bot: Bot, channel: Channel, flows: ScriptedFlows, **fields: Any) -> Said:
    status, _ = await bot.send(channel.activity(**{"conversation": CHAT, **fields}))
    assert status == 200
    [turn] = flows.turns
    assert isinstance(turn, Said)
    return turn


async def test_a_file_comes_beside_the_text_and_is_told_of_without_its_address(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    turn = await heard(bot, channel, flows, text="/bulk", attachments=[told(), HTML])
    assert turn.text == "/bulk"
    assert turn.files == (Attached("guests.csv", "csv", URL),)
    assert "tempauth" not in repr(turn)


@pytest.mark.parametrize("text", [None, "", "  \n"])
async def test_a_file_may_come_without_a_word(
    text: str | None, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    turn = await heard(bot, channel, flows, text=text, attachments=[told()])
    assert (turn.text, len(turn.files)) == ("", 1)


@pytest.mark.parametrize("attachments", [None, [], [HTML], [PICTURE, HTML], [{}], [{"contentType": 7}]])
async def test_the_text_as_html_and_pictures_within_it_are_no_files(
    attachments: Any, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert (await heard(bot, channel, flows, attachments=attachments)).files == ()


@pytest.mark.parametrize("kind", ["groupChat", "channel", None])
async def test_before_others_no_file_is_taken(
    kind: str | None, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    there = {**CHAT, "conversationType": kind}
    assert (await heard(bot, channel, flows, conversation=there, attachments=[told()])).files == ()


async def test_several_files_keep_their_order_and_no_more_count_than_one_can_attach(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    many = [told(f"{number}.csv") for number in range(200)]
    turn = await heard(bot, channel, flows, attachments=[HTML, *many])
    assert [one.name for one in turn.files] == [f"{number}.csv" for number in range(10)]


async def test_ten_thousand_attachments_are_looked_through(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    turn = await heard(bot, channel, flows, attachments=[*[{}] * 10_000, told()])
    assert len(turn.files) == 1


ODD: list[tuple[dict[str, Any], Attached]] = [
    (told(fileType=None), Attached("guests.csv", "csv", URL)),
    (told(fileType=".XLSX"), Attached("guests.csv", "xlsx", URL)),
    (told("guests", fileType=None), Attached("guests", "", URL)),
    (told(None), Attached("", "csv", URL)),
    (told(["guests.csv"], fileType=7), Attached("", "", URL)),
    (told(downloadUrl=None), Attached("guests.csv", "csv", "")),
    (told(downloadUrl={"href": URL}), Attached("guests.csv", "csv", "")),
    ({**told(), "content": None}, Attached("guests.csv", "csv", "")),
    ({**told(), "content": URL}, Attached("guests.csv", "csv", "")),
    ({"contentType": KIND}, Attached("", "", "")),
    (told("x" * 9_000 + ".csv"), Attached("x" * 252 + ".csv", "csv", URL)),
]


@pytest.mark.parametrize(("attachment", "found"), ODD)
async def test_what_is_told_of_a_file_and_is_no_text_counts_as_not_told(
    attachment: dict[str, Any], found: Attached, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    turn = await heard(bot, channel, flows, attachments=[attachment])
    assert turn.files == (found,)
    assert turn.files[0].download_url == found.download_url
