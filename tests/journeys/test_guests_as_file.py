"""`/guests` as a file over HTTP: offered in one's own chat, accepted or not, and written to OneDrive."""

import csv
import io
from typing import Any

import pytest

from tests.clinic import Clinic, until
from tests.journeys.acts import ana_is_given_health_records, audited, send, shown, told
from tests.journeys.test_who_may_see import said

ANA = "ana@fabrikam.com"
WANTED = '/guests "Health Records" as file'


@pytest.fixture
async def delivered(clinic: Clinic) -> Clinic:
    """Let Megan's request be approved and delivered."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    return clinic


async def offers(clinic: Clinic, who: str, where: str = "personal") -> list[dict[str, Any]]:
    seen = await clinic.messages(who, where)
    return [one for one in seen if one["file"] and one["file"]["kind"] == "consent"]


async def offered(clinic: Clinic, who: str = "megan", typed: str = WANTED) -> dict[str, Any]:
    await clinic.say(who, typed)
    [offer] = await offers(clinic, who)
    return offer


async def consent(clinic: Clinic, who: str, offer: dict[str, Any], action: str = "accept") -> int:
    asked = {"as": who, "conversation": await clinic.place(who, "personal"), "messageId": offer["id"]}
    return int((await clinic.post("/teams/consent", **asked, action=action))["status"])


async def becomes(clinic: Clinic, who: str, offer: dict[str, Any]) -> dict[str, Any]:
    """Return what has taken the place of an offer."""

    async def look() -> dict[str, Any] | None:
        now = next(one for one in await clinic.messages(who) if one["id"] == offer["id"])
        return now if now["revision"] > offer["revision"] else None

    message: dict[str, Any] = await until(look, "the offer is answered")
    return message


async def files(clinic: Clinic, who: str = "megan") -> list[dict[str, Any]]:
    return list(await clinic.get("/teams/files", **{"as": who}))


async def read(clinic: Clinic, file: dict[str, Any]) -> list[dict[str, str]]:
    async with clinic.http.get(f"{clinic.url}{file['url']}") as response:
        body = await response.read()
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


async def test_an_accepted_file_has_a_line_for_each_guest_and_takes_the_offer_s_place(
    delivered: Clinic,
) -> None:
    offer = await offered(delivered)
    assert offer["file"]["name"].startswith("guests-health-records-")
    assert offer["file"]["description"].startswith("1 guest of Health Records.")
    assert await consent(delivered, "megan", offer) == 200
    now = await becomes(delivered, "megan", offer)
    assert (now["file"]["kind"], now["file"]["name"]) == ("info", offer["file"]["name"])
    [file] = await files(delivered)
    [row] = await read(delivered, file)
    ends, object_id = row.pop("ends"), row.pop("object_id")
    assert (row.pop("counts_as"), row.pop("app")) == ("guest", "Health Records")
    assert len(ends) == len("2026-11-22")
    assert len(object_id) == 36
    assert row == {
        "name": "Ana",
        "address": ANA,
        "state": "pending",
        "accepted": "no",
        "enabled": "yes",
        "last_sign_in": "none",
        "sponsors": "Megan Bowen",
        "requests": "R-1001",
        "requestor": "Megan Bowen",
    }
    [saving] = await audited(delivered, "guests.saving")
    assert saving["rows"] == 1


async def test_the_button_offers_the_guests_of_the_list_that_it_stands_on(delivered: Clinic) -> None:
    await told(delivered, "megan", '/guests "Health Records" accepted')
    await told(delivered, "megan", '/guests "Health Records" pending')
    card = await delivered.card("megan", "1 guest of Health Records")
    pressed = await delivered.press("megan", card, "guests.file")
    assert "The file is offered in your own chat" in shown(pressed)
    [offer] = await offers(delivered, "megan")
    await consent(delivered, "megan", offer)
    await becomes(delivered, "megan", offer)
    [row] = await read(delivered, (await files(delivered))[0])
    assert row["address"] == ANA
    assert (await audited(delivered, "guests.saving"))[0]["only"] == "pending"


async def test_the_file_is_of_the_moment_of_the_yes(delivered: Clinic) -> None:
    offer = await offered(delivered)
    await delivered.act(act="accept", address=ANA)
    await consent(delivered, "megan", offer)
    await becomes(delivered, "megan", offer)
    [row] = await read(delivered, (await files(delivered))[0])
    assert (row["state"], row["accepted"]) == ("accepted", "yes")


async def test_a_declined_file_is_made_nowhere_and_can_be_had_after_all(delivered: Clinic) -> None:
    offer = await offered(delivered)
    await consent(delivered, "megan", offer, "decline")
    card = await becomes(delivered, "megan", offer)
    assert "No file was saved" in str(card["card"])
    assert await files(delivered) == []
    assert await audited(delivered, "guests.saving") == []
    again = await delivered.press("megan", card, "guests.file")
    assert "offered" in shown(again)
    [anew] = await offers(delivered, "megan")
    await consent(delivered, "megan", anew)
    await becomes(delivered, "megan", anew)
    assert len(await files(delivered)) == 1


async def test_an_offer_that_is_answered_twice_makes_one_file(delivered: Clinic) -> None:
    offer = await offered(delivered)
    await delivered.fault(match={"method": "PUT", "path": "/onedrive/"}, do="delay", seconds=0.5)
    assert [await consent(delivered, "megan", offer) for _ in range(2)] == [200, 200]
    assert await consent(delivered, "megan", offer, "decline") == 200
    now = await becomes(delivered, "megan", offer)
    assert now["file"]["kind"] == "info"

    async def words() -> bool:
        texts = [one["text"] for one in await delivered.messages("megan")]
        return sum("This offer was answered before." in text for text in texts) == 2

    await until(words, "who presses again is told so")
    assert len(await files(delivered)) == 1


@pytest.mark.parametrize("fault", ["503-before", "503-after", "reset-after", "reset-before", "429"])
async def test_a_lost_answer_of_onedrive_is_looked_up_and_no_file_is_lost(
    delivered: Clinic, fault: str
) -> None:
    offer = await offered(delivered)
    await delivered.fault(match={"method": "PUT", "path": "/onedrive/"}, do=fault)
    await consent(delivered, "megan", offer)
    now = await becomes(delivered, "megan", offer)
    assert len(await files(delivered)) == 1
    if fault.endswith("after"):  # the session has ended with the file, and says no more than that
        assert "Not known whether it was saved" in str(now["card"])
    else:
        assert now["file"]["kind"] == "info"


async def test_a_session_that_has_ended_is_said_to_be_over(delivered: Clinic) -> None:
    await delivered.switch(uploadSeconds=0)
    offer = await offered(delivered)
    await consent(delivered, "megan", offer)
    assert "held for a while only" in str((await becomes(delivered, "megan", offer))["card"])


async def test_a_refusal_of_onedrive_is_said(delivered: Clinic) -> None:
    offer = await offered(delivered)
    await delivered.fault(match={"method": "PUT", "path": "/onedrive/"}, do="403")
    await consent(delivered, "megan", offer)
    assert "Your OneDrive did not take the file." in str((await becomes(delivered, "megan", offer))["card"])


async def test_who_may_see_is_asked_again_at_the_yes(delivered: Clinic) -> None:
    offer = await offered(delivered)
    await delivered.act(act="removeOwner", app="health-records", person="megan")
    await consent(delivered, "megan", offer)
    assert "There is no app of this name whose guests you may see" in str(
        (await becomes(delivered, "megan", offer))["card"]
    )
    assert await files(delivered) == []
    assert await audited(delivered, "guests.saving") == []


@pytest.mark.parametrize("where", ["channel", "group"])
async def test_before_others_the_file_is_offered_in_the_own_chat(delivered: Clinic, where: str) -> None:
    before_all, _ = await said(delivered, "megan", WANTED, where)
    assert "guests-health" not in before_all
    assert await offers(delivered, "megan", where) == []
    assert len(await offers(delivered, "megan")) == 1


async def test_who_may_not_see_the_guests_is_offered_nothing(delivered: Clinic) -> None:
    assert "There is no app with this name" in await told(delivered, "diego", WANTED)
    assert await offers(delivered, "diego") == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/guests as file", "Guests of which app?"),
        ('/guests "Health Records" accepted as file', "Shown: Who has accepted (0)."),
        ('/guests "Health Records" as', "Write the app in quotes"),
        ('/guests "Health Records" as file as file', "Write the app in quotes"),
    ],
)
async def test_what_no_file_can_be_made_of_is_shown(delivered: Clinic, typed: str, words: str) -> None:
    assert words in await told(delivered, "megan", typed)
    assert await offers(delivered, "megan") == []


async def test_of_several_apps_the_one_that_is_chosen_is_offered(delivered: Clinic) -> None:
    await told(delivered, "megan", "/guests as csv")
    card = await delivered.card("megan", "Guests of which app?")
    rows = [one["selectAction"] for one in card["card"]["body"] if "selectAction" in one]
    health = next(one for one in rows if "Health Records · 1 guest" in one["title"])
    await send(delivered, "megan", "personal", health)
    assert len(await offers(delivered, "megan")) == 1
