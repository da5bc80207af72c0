"""Files that people send are put into OneDrive and told to the bot by a link, of which much can become."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.echo_bot import CHANNEL, GROUP_CHAT, Rig, small_teams

KIND = "application/vnd.microsoft.teams.file.download.info"
BODY = "Email address to invite\r\nana@fabrikam.com\r\n".encode("utf-16")


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with small_teams() as rig:
        yield rig


async def attached(rig: Rig, name: str = "guests & co.csv", who: str = "megan") -> str:
    asked = {"as": who, "name": name}
    async with rig.session.post(f"{rig.origin}/teams/attach", params=asked, data=BODY) as answer:
        assert answer.status == 200
        return str((await answer.json())["id"])


async def sent(rig: Rig, text: str = "", **switches: Any) -> dict[str, Any]:
    """Return the activity by which the bot hears of a file that Megan sends."""
    async with rig.session.post(f"{rig.origin}/sandbox/switches", json=switches) as answer:
        assert answer.status == 200
    await rig.say("megan", text, rig.chat("megan"), files=[await attached(rig)])
    return rig.bot.activities[-1]


async def opened(rig: Rig, activity: dict[str, Any], **headers: str) -> aiohttp.ClientResponse:
    url = activity["attachments"][0]["content"]["downloadUrl"]
    return await rig.session.get(url, headers=headers, allow_redirects=False)


async def test_a_file_is_told_by_a_link_that_gives_its_bytes(rig: Rig) -> None:
    activity = await sent(rig, "here they are")
    told, html = activity["attachments"]
    assert (told["contentType"], html["contentType"]) == (KIND, "text/html")
    assert told["name"] == "guests & co.csv"
    assert told["contentUrl"].endswith("/Microsoft%20Teams%20Chat%20Files/guests%20%26%20co.csv")
    assert set(told["content"]) == {"downloadUrl", "uniqueId", "fileType"}
    assert told["content"]["fileType"] == "csv"
    assert activity["text"] == "here they are"
    answer = await opened(rig, activity)
    assert (answer.status, await answer.read()) == (200, BODY)
    assert answer.headers["Content-Disposition"].endswith("guests%20%26%20co.csv")


async def test_a_file_without_a_text_comes_without_one(rig: Rig) -> None:
    activity = await sent(rig)
    assert "text" not in activity
    assert [one["contentType"] for one in activity["attachments"]] == [KIND]
    [message] = await rig.messages("megan", rig.chat("megan"))
    assert (message["text"], message["attached"]) == ("", ["guests & co.csv"])
    [file] = await rig.get("files", **{"as": "megan"})
    assert (file["name"], file["size"]) == ("guests & co.csv", len(BODY))


async def test_several_files_go_with_one_message(rig: Rig) -> None:
    ids = [await attached(rig, name) for name in ("a.csv", "b.xlsx")]
    await rig.say("megan", "/bulk", rig.chat("megan"), files=ids)
    [activity] = rig.bot.activities
    assert [one.get("name") for one in activity["attachments"]] == ["a.csv", "b.xlsx", None]


@pytest.mark.parametrize("where", [CHANNEL, GROUP_CHAT])
async def test_before_others_no_file_is_sent_to_the_bot(rig: Rig, where: str) -> None:
    said = {"as": "megan", "conversation": where, "text": "", "files": [await attached(rig)]}
    async with rig.session.post(f"{rig.origin}/teams/say", json=said) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("whose", ["alex", "nobody"])
async def test_nobody_sends_the_file_of_somebody_else(rig: Rig, whose: str) -> None:
    unique_id = await attached(rig, who="alex") if whose == "alex" else "1150D938"
    said = {"as": "megan", "conversation": rig.chat("megan"), "text": "", "files": [unique_id]}
    async with rig.session.post(f"{rig.origin}/teams/say", json=said) as answer:
        assert answer.status == 404
    assert rig.bot.activities == []


async def test_a_link_opens_to_its_secret_alone_and_to_nobody_with_a_token(rig: Rig) -> None:
    activity = await sent(rig)
    assert (await opened(rig, activity, Authorization="Bearer x")).status == 401
    content = activity["attachments"][0]["content"]
    content["downloadUrl"] = content["downloadUrl"].replace("tempauth=v1.", "tempauth=v1.0")
    assert (await opened(rig, activity)).status == 401


async def test_an_expired_link_opens_nothing(rig: Rig) -> None:
    assert (await opened(rig, await sent(rig, fileLink="expired"))).status == 401


async def test_a_link_for_people_leads_to_a_sign_in(rig: Rig) -> None:
    activity = await sent(rig, fileLink="sharing")
    assert "/:x:/g/personal/" in activity["attachments"][0]["content"]["downloadUrl"]
    answer = await opened(rig, activity)
    assert (answer.status, answer.headers["Location"]) == (302, "/_layouts/15/Authenticate.aspx")
    page = await opened(rig, await sent(rig, fileLink="page"))
    assert (page.status, page.content_type) == (200, "text/html")


async def test_a_link_may_name_another_host_drip_or_never_end(rig: Rig) -> None:
    activity = await sent(rig, fileLink="elsewhere")
    assert activity["attachments"][0]["content"]["downloadUrl"].startswith("http://localhost:")
    dripping = await opened(rig, await sent(rig, fileLink="drips"))
    assert await dripping.content.readany() == b" "
    dripping.close()
    endless = await opened(rig, await sent(rig, fileLink="endless"))
    assert len(await endless.content.readexactly(1_000_000)) == 1_000_000
    endless.close()


async def test_a_download_fails_on_demand_and_is_written_down(rig: Rig) -> None:
    rule = {"match": {"method": "GET", "path": "download.aspx"}, "do": "503-before"}
    async with rig.session.post(f"{rig.origin}/sandbox/faults", json=rule) as answer:
        assert answer.status == 200
    activity = await sent(rig)
    assert [(await opened(rig, activity)).status for _ in range(2)] == [503, 200]
    calls = rig.world.ledger.of("onedrive.call")
    assert [(one.detail["status"], one.detail["fault"]) for one in calls] == [
        (503, "503-before"),
        (200, None),
    ]
