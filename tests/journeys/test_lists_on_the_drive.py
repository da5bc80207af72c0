"""The files of a list over HTTP: offered in one's own chat, accepted or not, and written to OneDrive."""

import pytest

from access.rules.model import State
from tests.clinic import Clinic, spoken, until
from tests.journeys.acts import audited, button, send, settled, shown, told, waiting_for
from tests.journeys.lists import code_of, looked_at, sent
from tests.journeys.test_guests_as_file import becomes, consent, files, offers, read
from tests.journeys.test_who_may_see import said

GUESTS = ("ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com", "nobody")
TYPED = "/bulk R-1001 file"


async def saved(clinic: Clinic, who: str) -> list[dict[str, str]]:
    """Accept the one file that is offered, and return its rows."""
    [offer] = await offers(clinic, who)
    assert await consent(clinic, who, offer) == 200
    now = await becomes(clinic, who, offer)
    assert (now["file"]["kind"], now["file"]["name"]) == ("info", offer["file"]["name"])
    return await read(clinic, (await files(clinic, who))[-1])


def verdicts(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(one["row"], one["address"], one["verdict"]) for one in rows]


ALL = [
    ("1", "ana@fabrikam.com", "new"),
    ("2", "bo@fabrikam.com", "new"),
    ("3", "cy@adatum.com", "new"),
    ("4", "nobody", "not-an-address"),
]


async def test_the_dry_run_s_button_and_what_it_says_can_be_typed_offer_the_verdicts(clinic: Clinic) -> None:
    card = await looked_at(clinic, *GUESTS)
    assert "The file is offered in your own chat" in shown(await clinic.press("megan", card, "bulk.file"))
    [offer] = await offers(clinic, "megan")
    assert offer["file"]["name"].startswith("verdicts-health-records-")
    assert offer["file"]["description"].startswith("4 rows, with what would become of each.")
    rows = await saved(clinic, "megan")
    assert verdicts(rows) == ALL
    assert rows[3]["what_to_do"].endswith("Correct the list.")
    await clinic.say("megan", f"/bulk file {code_of(card)}")
    assert verdicts(await saved(clinic, "megan")) == ALL
    assert [one["file"] for one in await audited(clinic, "list.saving")] == ["verdicts"] * 2


async def test_a_list_that_is_not_theirs_is_none(clinic: Clinic) -> None:
    card = await looked_at(clinic, *GUESTS)
    assert "There is no such list" in await told(clinic, "alex", f"/bulk file {code_of(card)}")
    stolen = button(card, "bulk.file")
    await clinic.say("alex", "/bulk")
    assert "There is no such list" in shown(await send(clinic, "alex", "personal", stolen))
    assert await offers(clinic, "alex") == []


async def test_who_decides_gets_every_row_by_the_button_of_their_card_or_by_typing(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    card = await waiting_for(clinic)
    assert TYPED in spoken(card)
    await clinic.press("alex", card, "bulk.file")
    assert verdicts(await saved(clinic, "alex")) == ALL
    await clinic.say("alex", TYPED)
    [offer] = await offers(clinic, "alex")
    assert offer["file"]["name"].startswith("verdicts-r-1001-health-records-")
    assert verdicts(await saved(clinic, "alex")) == ALL
    actors = {one["actor"] for one in await audited(clinic, "list.saving")}
    assert actors == {clinic.story.person("alex")["id"]}


async def test_for_everybody_else_there_is_no_such_request(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    answer = await told(clinic, "diego", TYPED)
    assert answer.replace("1001", "1999") == await told(clinic, "diego", "/bulk R-1999 file")
    assert await offers(clinic, "diego") == []


async def test_who_may_have_it_is_asked_again_at_the_yes(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.say("alex", TYPED)
    [offer] = await offers(clinic, "alex")
    await clinic.act(act="removeOwner", app="health-records", person="alex")
    await consent(clinic, "alex", offer)
    assert "There is no such request" in str((await becomes(clinic, "alex", offer))["card"])
    assert await files(clinic, "alex") == []
    assert await audited(clinic, "list.saving") == []


@pytest.mark.parametrize("where", ["channel", "group"])
async def test_before_others_it_is_offered_in_the_own_chat(clinic: Clinic, where: str) -> None:
    await sent(clinic, *GUESTS)
    before_all, _ = await said(clinic, "megan", TYPED, where)
    assert before_all == ""
    assert await offers(clinic, "megan", where) == []
    assert len(await offers(clinic, "megan")) == 1


async def test_how_it_is_typed_may_differ_a_little(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    for line in ("/bulk r-1001 as a file", "bulk R-1001 CSV", "/Bulk R-1001 file."):
        await clinic.say("megan", line)
    assert len(await offers(clinic, "megan")) == 3
    await clinic.say("megan", "/bulk R-1001 filed elsewhere")
    assert len(await offers(clinic, "megan")) == 3


async def test_a_declined_file_is_made_nowhere_and_can_be_had_after_all(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.say("megan", TYPED)
    [offer] = await offers(clinic, "megan")
    await consent(clinic, "megan", offer, "decline")
    card = await becomes(clinic, "megan", offer)
    assert "No file was saved" in spoken(card)
    assert await files(clinic) == []
    await clinic.press("megan", card, "bulk.file")
    assert verdicts(await saved(clinic, "megan")) == ALL


async def test_a_request_of_one_guest_has_no_file(clinic: Clinic) -> None:
    await clinic.say("megan", "/invite ana@fabrikam.com to Health Records for 90d because March audit")
    await waiting_for(clinic)
    await settled(clinic)
    assert "Only of a list" in await told(clinic, "megan", TYPED)


async def test_once_approved_the_file_says_what_became_of_each_row(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.say("alex", TYPED)
    await clinic.press("alex", await waiting_for(clinic), "approval.approve")

    async def over() -> bool:
        record = await clinic.guestlist.store.numbered(1001)
        return bool(record.request.state is State.DELIVERED)

    await until(over, "the run is over")
    card = await clinic.card("megan", "What became of each row, as a file")
    await clinic.press("megan", card, "bulk.file")
    [offer] = await offers(clinic, "megan")
    assert offer["file"]["name"].startswith("results-r-1001-health-records-")
    rows = await saved(clinic, "megan")
    assert [(one["row"], one["address"], one["outcome"], one["cause"]) for one in rows] == [
        ("1", "ana@fabrikam.com", "done", ""),
        ("2", "bo@fabrikam.com", "done", ""),
        ("3", "cy@adatum.com", "done", ""),
        ("4", "nobody", "not-asked", "not-an-address"),
    ]
    assert {one["request"] for one in rows} == {"R-1002", "R-1003", "R-1004", ""}
    assert verdicts(await saved(clinic, "alex")) == ALL, "what was offered before is what is saved"


async def test_of_two_presses_at_an_offer_one_makes_a_file(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.say("megan", TYPED)
    [offer] = await offers(clinic, "megan")
    for _ in range(2):
        assert await consent(clinic, "megan", offer) == 200
    assert (await becomes(clinic, "megan", offer))["file"]["kind"] == "info"

    async def words() -> bool:
        return any("answered before" in one["text"] for one in await clinic.messages("megan"))

    await until(words, "who presses again is told so")
    assert len(await files(clinic)) == 1
