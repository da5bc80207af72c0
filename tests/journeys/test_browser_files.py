"""Files in the sandbox's page: chosen behind the paper clip, sent with a text or without, and answered."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic

pytestmark = IN_A_BROWSER


def file(folder: Path, name: str) -> Path:
    (folder / name).write_bytes(b"Email address to invite\r\nana@fabrikam.com\r\n")
    return folder / name


async def test_a_file_is_chosen_and_sent_to_guestlist_which_reads_it_as_a_list(
    clinic: Clinic, seat: Seat, tmp_path: Path
) -> None:
    page = seat.page
    await seat.be("megan", "guestlist")
    async with page.expect_file_chooser() as asked:
        await page.get_by_role("button", name="Attach files").click()
    names = (
        "guests-of-march.csv",
        "another-with-a-name-that-is-far-longer-than-a-phone-is-wide-in-a-hand.xlsx",
    )
    await (await asked.value).set_files([file(tmp_path, name) for name in names])
    chosen = page.get_by_role("group", name="Files to send")
    await expect(chosen).to_contain_text("another-with")
    await seat.look("files-chosen")
    await chosen.get_by_role("button", name=f"Remove {names[1]}").click()
    await expect(chosen).not_to_contain_text("another-with")
    await page.get_by_role("button", name="Send").click()
    await seat.card("1 row of guests-of-march.csv.")
    await expect(chosen).to_be_hidden()
    mine = page.locator("[data-message].mine").last
    await expect(mine).to_contain_text(names[0])
    await expect(seat.directory).to_contain_text(names[0])
    await mine.scroll_into_view_if_needed()
    await seat.look("files-sent")
    assert [one["detail"]["name"] for one in await clinic.ledger("file.saved")] == [names[0]]


async def test_a_text_goes_with_a_file(clinic: Clinic, seat: Seat, tmp_path: Path) -> None:
    await seat.be("megan", "guestlist")
    await seat.page.get_by_label("Files", exact=True).set_input_files(file(tmp_path, "a.csv"))
    await seat.say("/help")
    mine = seat.page.locator("[data-message].mine")
    await expect(mine).to_contain_text("/help")
    await expect(mine).to_contain_text("a.csv")
    await seat.card("/requests")
    assert [one["attached"] for one in await clinic.messages("megan")][:1] == [["a.csv"]]


async def test_in_a_channel_there_is_no_paper_clip(seat: Seat) -> None:
    await seat.be("megan", "partner-onboarding")
    await expect(seat.page.get_by_role("button", name="Send")).to_be_visible()
    await expect(seat.page.get_by_role("button", name="Attach files")).to_have_count(0)
