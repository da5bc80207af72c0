"""`/setup` in a real browser: an owner looks and asks, an admin approves, a person does the rest."""

from playwright.async_api import ViewportSize, expect

from access.rules.model import DEFAULT_ACCESS
from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import settled
from tests.journeys.test_setup import REVIEW

CHAT = "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_an_owner_asks_for_a_group_and_a_person_does_what_guestlist_may_not(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(withheldPermissions="AppRoleAssignment.ReadWrite.All")
    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say('/setup "Case Review"')
    before = await seat.card("What would be done")
    await expect(before).to_contain_text("Nothing is changed yet.")
    await seat.picture("setup", before)
    await seat.look("setup")
    await before.get_by_role("button", name="Ask for new group").click()
    await seat.card("After an approval")

    await seat.be("lidia", CHAT)
    waits = await seat.card("Waiting for your decision")
    await waits.get_by_role("button", name="Approve", exact=True).click()
    await settled(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    rest = await seat.card("A person has to do the rest")
    await expect(rest).to_contain_text("Add the group Case Review guests to Case Review")
    await seat.picture("setup-by-hand", rest)
    [made] = await clinic.ledger("group.created")
    await clinic.act(act="assign", group=made["detail"]["id"], app=REVIEW, role=DEFAULT_ACCESS)
    await rest.get_by_role("button", name="Check again").click()
    await settled(clinic)
    await seat.card("Group ready, not in the policy yet")
