"""The run of a list in a real browser: sent, approved, watched, paused, and stopped for good."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.lists import WHY, portal_csv

pytestmark = IN_A_BROWSER
ROWS = 800
"""Many more than are under way at once, and each takes six seconds."""
LINE = f"/bulk to Health Records for 90d because {WHY}"


async def _sent(seat: Seat, folder: Path) -> None:
    """Have Megan send a file, look at it, and send the list."""
    page, file = seat.page, folder / "partners-of-march.csv"
    file.write_bytes(portal_csv(*(f"guest-{number}@fabrikam.com" for number in range(ROWS))))
    await seat.be("megan", "guestlist")
    await page.get_by_label("Files", exact=True).set_input_files(file)
    await seat.say(LINE)
    read = await seat.card(f"{ROWS} rows of partners-of-march.csv.")
    await read.get_by_role("button", name="Fill in").click()
    await page.get_by_role("dialog").get_by_role("button", name="Look at the list").click()
    found = await seat.card(f"{ROWS} of {ROWS} can be sent")
    await found.get_by_role("button", name="Send for approval").click()
    await seat.card("Sent as R-1001")
    await seat.look("bulk-sent")


async def test_a_list_runs_is_paused_and_stopped(clinic: Clinic, seat: Seat, tmp_path: Path) -> None:
    invitations = {"method": "POST", "path": "/invitations$"}
    await clinic.fault(match=invitations, do="400", times=2)
    await clinic.fault(match=invitations, do="delay", seconds=6, times=ROWS)
    await _sent(seat, tmp_path)
    await seat.be("alex", "guestlist")
    waits = await seat.card("Waiting for your decision")
    await seat.look("bulk-approver")
    await waits.get_by_role("button", name="Approve all").click()
    await seat.be("megan", "guestlist")
    card = await seat.card("delivered and read back")
    await expect(card).to_contain_text("2: Microsoft does not take the guest's address.")
    await expect(card).to_contain_text(re.compile(r"Delivering: [1-9]"))
    await seat.page.set_viewport_size({"width": 1280, "height": 1100})
    await seat.picture("bulk-run", card)
    await card.get_by_role("button", name="Pause").click()
    card = await seat.card("Nobody else is invited until it is resumed.")
    await expect(card.get_by_role("button", name="Resume")).to_be_visible()
    await seat.look("bulk-paused")
    await card.get_by_role("button", name="Stop", exact=True).click()
    await expect(card).to_contain_text("that is for good")
    await card.get_by_role("button", name="Stop for good").click()
    await seat.card("Stopped: ")
    await clinic.post("/sandbox/faults/clear")
    over = await seat.card("Over since")
    await expect(over).to_contain_text("guests are not invited.")
    await expect(over.get_by_role("button", name="Retry failed")).to_be_visible()
    await seat.look("bulk-over")
