"""`/bulk` over HTTP until something is sent: a form, a file, and what would become of each guest."""

import pytest

from tests.clinic import Clinic, spoken
from tests.journeys.forms import Form
from tests.journeys.lists import LOOK, WHY, form_of, portal_csv, sends

LINE = f"/bulk ana@fabrikam.com, Bo Li <bo@fabrikam.com> to Health Records for 60d because {WHY}"


async def test_bulk_alone_leads_to_a_form_whose_rows_are_looked_at(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan", "bulk")
    assert form.values["rows"] == ""
    shown = await form.send(
        LOOK,
        rows="ana@fabrikam.com\nAna@Fabrikam.com\nnobody\nmegan@contoso-health.com",
        app="Health Records",
        term="90d",
        justification=WHY,
    )
    assert shown["kind"] != "dialog", shown
    said = spoken(await clinic.card("megan", "1 of 4 can be sent"))
    for line in (
        "4 guests for Health Records",
        "Nothing is sent yet.",
        "1 is new and is invited",
        "row 1: ana@fabrikam.com",
        "1 stands twice in the list",
        "row 2: ana@fabrikam.com, as in row 1",
        "1 has no usable address. Correct the list.",
        "row 3: nobody",
        "1 is of this organisation",
        "fabrikam.com (1)",
        WHY,
    ):
        assert line in said, line
    assert await clinic.ledger("invitation.created") == []


async def test_a_line_fills_the_form_in(clinic: Clinic) -> None:
    await clinic.say("megan", LINE)
    form = await form_of(clinic, "megan", "Many guests")
    assert form.values["rows"] == "ana@fabrikam.com\nBo Li <bo@fabrikam.com>"
    assert form.chosen("app") == "Health Records"
    assert (form.values["term"], form.values["justification"]) == ("60d", WHY)
    await form.send(LOOK)
    assert "2 are new and are invited" in spoken(await clinic.card("megan", "2 of 2 can be sent"))


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan", "bulk")
    again = form.again(
        await form.send(LOOK, rows='ana@fabrikam.com,"Ana', app="Nothing", term="90d", justification="no")
    )
    assert "is never closed" in again.errors["rows"]
    assert again.values["rows"] == 'ana@fabrikam.com,"Ana'
    once_more = again.again(await again.send(LOOK, rows="ana@fabrikam.com"))
    assert set(once_more.errors) == {"", "app", "justification"}
    assert "Not looked at: change 2 fields" in once_more.errors[""]
    assert (once_more.values["rows"], once_more.values["justification"]) == ("ana@fabrikam.com", "no")


@pytest.mark.parametrize("text", ["", "/bulk", f"/bulk to Health Records for 30d because {WHY}"])
async def test_a_file_is_read_beside_the_turn_and_its_form_holds_its_rows(clinic: Clinic, text: str) -> None:
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com", "bo@fabrikam.com"), text=text)
    form = await form_of(clinic, "megan", "2 rows of partners.csv.")
    assert "2 rows of partners.csv" in spoken({"card": form.dialog["card"]})
    assert form.values["rows"] == ""
    await form.send(LOOK, app="Health Records", term="90d", justification=WHY, rows="cy@fabrikam.com")
    said = spoken(await clinic.card("megan", "3 of 3 can be sent"))
    assert "partners.csv" in said
    assert len([one for one in await clinic.messages("megan") if one["card"]]) == 2, "each took one's place"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"%PDF-1.7 and so on", "This is no CSV and no XLSX (found: pdf)."),
        (b"name,company\r\nAna,Fabrikam\r\n", "No column holds addresses"),
        (b"", "There is no guest in the list."),
        (b"Email\r\n" + b"a@fabrikam.com\r\n" * 10_001, "one list takes 10000. Split it into 2 lists."),
    ],
)
async def test_a_file_that_cannot_be_used_is_answered_with_why_and_what_to_do(
    clinic: Clinic, body: bytes, why: str
) -> None:
    await sends(clinic, "megan", body)
    assert why in spoken(await clinic.card("megan", "The file was not read"))


async def test_a_link_for_people_is_answered_with_what_to_do(clinic: Clinic) -> None:
    await clinic.switch(fileLink="sharing")
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com"))
    assert "Send the file from a computer." in spoken(await clinic.card("megan", "was not read"))


async def test_two_files_at_once_are_not_read(clinic: Clinic) -> None:
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com"), portal_csv("bo@fabrikam.com"))
    assert "one file at a time" in (await clinic.messages("megan"))[-1]["text"]


async def test_a_command_that_is_another_s_is_answered_as_ever_with_a_file(clinic: Clinic) -> None:
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com"), text="/help")
    await clinic.card("megan", "What you can type")
    assert len(await clinic.messages("megan")) == 2


async def test_before_others_bulk_is_sent_to_the_own_chat(clinic: Clinic) -> None:
    await clinic.say("megan", f"@Guestlist {LINE}", "channel")
    assert "Write to me in our chat" in (await clinic.messages("megan", "channel"))[-1]["text"]


async def test_change_leads_back_to_the_form_with_all_that_was_filled_in(clinic: Clinic) -> None:
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com"), text=LINE)
    await (await form_of(clinic, "megan", "3 rows of partners.csv.")).send(LOOK)
    again = await form_of(clinic, "megan", "can be sent")
    assert "3 rows of partners.csv" in spoken({"card": again.dialog["card"]})
    assert (again.chosen("app"), again.values["term"]) == ("Health Records", "60d")
    code = spoken(await clinic.card("megan", "can be sent")).partition("/bulk change ")[2][:8]
    await clinic.say("megan", f"/bulk change {code}")
    typed = await Form.of_card(clinic, "megan", (await clinic.messages("megan"))[-1], "bulk.open")
    assert "3 rows of partners.csv" in spoken({"card": typed.dialog["card"]})
    assert typed.values["justification"] == WHY


async def test_a_list_is_nobody_s_but_whose_it_is(clinic: Clinic) -> None:
    await sends(clinic, "megan", portal_csv("ana@fabrikam.com"), text=LINE)
    await (await form_of(clinic, "megan", "3 rows of partners.csv.")).send(LOOK)
    card = await clinic.card("megan", "can be sent")
    code = spoken(card).partition("/bulk change ")[2][:8]
    await clinic.say("alex", f"/bulk change {code}")
    assert "There is no such list" in spoken((await clinic.messages("alex"))[-1])
    form = await Form.of_card(clinic, "megan", card, "bulk.open")
    stolen = next(one for one in form.dialog["card"]["actions"])["data"]["list"]
    other = await Form.of_data(clinic, "alex", {"list": stolen}, "bulk")
    assert "The list is kept no more" in spoken({"card": other.dialog["card"]})


async def test_many_typed_rows_are_kept_and_not_carried_by_a_button(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan", "bulk")
    rows = "\n".join(f"guest-{number}@fabrikam.com" for number in range(300))
    again = form.again(await form.send(LOOK, rows=rows, app="Nothing", term="90d", justification=WHY))
    assert "300 rows of yours are kept" in spoken({"card": again.dialog["card"]})
    await again.send(LOOK, app="Health Records")
    await clinic.card("megan", "300 of 300 can be sent")


async def test_of_a_field_that_took_no_more_nothing_is_used(clinic: Clinic) -> None:
    """The field's last address may be half of one, which is somebody else's."""
    form = await Form.open(clinic, "megan", "bulk")
    rows = "\n".join(f"guest-{number:05}@fabrikam.com" for number in range(900))[:20_000]
    again = form.again(await form.send(LOOK, rows=rows, app="Health Records", term="90d", justification=WHY))
    assert "The field is full" in again.errors["rows"]


@pytest.mark.parametrize("files", [(), (portal_csv("ana@fabrikam.com"),)])
async def test_of_typed_rows_that_cannot_be_read_nothing_is_used(
    clinic: Clinic, files: tuple[bytes, ...]
) -> None:
    many = " ".join(f"guest-{number}@fabrikam.com" for number in range(300))
    text = f"/bulk {many} {'x' * 1_200}@fabrikam.com to Health Records for 30d because {WHY}"
    await (sends(clinic, "megan", *files, text=text) if files else clinic.say("megan", text))
    said = spoken(await clinic.card("megan", "was not read"))
    assert "A cell of row 301 is too long" in said
    assert "Fill in" not in said
