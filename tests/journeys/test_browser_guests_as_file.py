"""The guests of an app as a file, in a real browser: offered, declined, accepted, and downloaded."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records

CHAT = "guestlist"


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig")


pytestmark = IN_A_BROWSER


async def test_an_owner_takes_the_guests_of_an_app_along_as_a_file(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.say('/guests "Health Records"')
    every = await seat.card("1 guest of Health Records")
    await every.get_by_role("button", name="As a file").click()
    offer = await seat.card("If you accept, it is made as of then and saved in your OneDrive.")
    await expect(offer).to_contain_text("guests-health-records-")
    await seat.picture("guests-file", offer)
    await offer.get_by_role("button", name="Decline").click()
    none = await seat.card("No file was saved")
    await seat.look("guests-no-file")

    await none.get_by_role("button", name="As a file").click()
    again = await seat.card("If you accept, it is made as of then and saved in your OneDrive.")
    await again.get_by_role("button", name="Accept").click()
    await expect(seat.directory).to_contain_text("Megan Bowen’s OneDrive")
    async with seat.page.expect_download() as started:
        await seat.page.get_by_role("log").get_by_role("link", name="Download").click()
    assert "ana@fabrikam.com" in read(await (await started.value).path())
    await seat.look("guests-file")
