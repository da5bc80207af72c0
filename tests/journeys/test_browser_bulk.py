"""Many guests in a real browser: a file in the chat, its form, and what would become of each."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.lists import WHY, portal_csv

pytestmark = IN_A_BROWSER
ROWS = (
    *(f"guest-{number}@fabrikam.com" for number in range(8)),
    "Guest-3@Fabrikam.com",
    "nobody",
    "megan@contoso-health.com",
    "x@mailinator.com",
)


async def test_a_list_is_sent_filled_in_and_looked_at(clinic: Clinic, seat: Seat, tmp_path: Path) -> None:
    page, file = seat.page, tmp_path / "partners-of-march.csv"
    file.write_bytes(portal_csv(*ROWS))
    await seat.be("megan", "guestlist")
    await page.get_by_label("Files", exact=True).set_input_files(file)
    await page.get_by_role("button", name="Send").click()
    read = await seat.card("12 rows of partners-of-march.csv.")
    await seat.look("bulk-read")
    await read.get_by_role("button", name="Fill in").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="More guests").fill("Ana Ruiz <ana@fabrikam.com>")
    await dialog.get_by_role("combobox", name="App", exact=True).fill("health")
    await dialog.get_by_role("option", name="Health Records").click()
    await dialog.get_by_role("textbox", name="Justification").fill(WHY)
    await seat.look("bulk-form")
    await dialog.get_by_role("button", name="Look at the list").click()
    found = await seat.card("9 of 13 can be sent")
    await expect(found).to_contain_text("guest-3@fabrikam.com, as in row")
    await seat.picture("bulk-dry-run", found)
    await seat.look("bulk-dry-run")
    await found.get_by_role("button", name="As a file").click()
    offer = await seat.card("13 rows, with what would become of each.")
    await offer.get_by_role("button", name="Accept").click()
    async with page.expect_download() as started:
        await page.get_by_role("log").get_by_role("link", name="Download").click()
    rows = (await (await started.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 14
    assert '"guest-0@fabrikam.com"' in rows[1]
    await found.get_by_role("button", name="Change").click()
    await expect(dialog.get_by_role("textbox", name="Justification")).to_have_value(WHY)
    await expect(dialog).to_contain_text("12 rows of partners-of-march.csv")
    assert await clinic.ledger("invitation.created") == []
