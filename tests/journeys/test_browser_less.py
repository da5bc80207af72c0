"""Giving less in a real browser: what the approver chooses, and what the requestor then reads."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.test_giving_less import ASK

CHANNEL = "partner-onboarding"
CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_reader_is_given_where_validator_was_asked(clinic: Clinic, seat: Seat) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(f"@Guestlist {ASK}")
    await seat.card("Waiting for approval: stage 1 of 2")

    await seat.be("lynne", CHAT)
    await seat.card("Checked")
    card = await seat.card("Waiting for you: stage 1 of 2")
    await card.get_by_role("button", name="Give less").click()
    await card.get_by_label("Access").select_option(label="Role Reader")
    await card.get_by_label("Shorter term").fill("30d")
    await seat.look("less-offered")
    await seat.picture("less-offered", card)
    await card.get_by_role("button", name="Change request").click()
    after = await seat.card("Lynne Robbins gave less")
    await expect(after.get_by_role("button", name="Approve")).to_be_visible()

    await seat.be("megan", CHAT)
    told = await seat.card("Lynne Robbins gave less")
    await expect(told).to_contain_text("Role Reader for 30 days, and no longer Role Validator for 90 days")
    await seat.look("less-given")
    await seat.picture("less-given", told)
    record = await clinic.guestlist.store.numbered(1001)
    assert record is not None
    assert (record.request.give.name, record.request.term.days) == ("Reader", 30)
