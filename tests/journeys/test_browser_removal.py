"""A guest leaves the directory, in a real browser: from the guest's card to the block, and the way back."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records
from tests.journeys.test_from_directory import days_pass, removed
from tests.journeys.test_made_for import ana_has_lost_everything

CHAT = "guestlist"
ANA = "ana@fabrikam.com"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_megan_removes_ana_from_her_card_and_brings_her_back(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/guest {ANA}")
    card = await seat.card("Ana has not accepted")
    await card.get_by_role("button", name="Remove guest").click()
    asked = await seat.card("Nothing is removed yet")
    await expect(asked).to_contain_text("Apps: Health Records")
    await asked.get_by_role("textbox").fill("The contract with Fabrikam has ended.")
    await seat.picture("removal-asked", asked)
    await seat.look("removal-asked")
    await seat.page.set_viewport_size(TALL)

    await asked.get_by_role("button", name="Remove the guest").click()
    blocked = await seat.card("! Blocked")
    await expect(blocked).to_contain_text("the account is deleted")
    await seat.picture("removal-blocked", blocked)
    await seat.look("removal-blocked")
    await seat.page.set_viewport_size(TALL)

    await seat.say(f"/guest {ANA}")
    known = await seat.card("If Ana is to stay, restore the guest.")
    await expect(known).to_contain_text("R-1002 is the removal of Ana from the directory.")
    await seat.picture("guest-removed", known)
    await seat.look("guest-removed")
    await seat.page.set_viewport_size(TALL)

    await seat.say(f"/restore {ANA}")
    restored = await seat.card("✓ Restored")
    await expect(restored).to_contain_text("is in the directory again, with apps and groups")
    await seat.picture("restored", restored)
    await seat.look("restored")
    assert [one["detail"]["mail"] for one in await clinic.ledger("user.deleted")] == []


async def test_megan_removes_the_account_that_was_made_for_her_app_and_has_nothing_any_more(
    clinic: Clinic, seat: Seat
) -> None:
    await ana_has_lost_everything(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say(f"/remove {ANA} from the directory")
    asked = await seat.card("Nothing is removed yet")
    await asked.get_by_role("textbox").fill("The contract with Fabrikam has ended.")
    await asked.get_by_role("button", name="Remove the guest").click()
    blocked = await seat.card("! Blocked")
    await expect(blocked).to_contain_text("Owner of the app that the account was made for")
    await expect(blocked).not_to_contain_text("every app")
    await seat.picture("removal-made-for", blocked)
    await seat.look("removal-made-for")
    assert len(await clinic.ledger("user.signedOut")) == 1


async def test_after_thirty_days_megan_is_told_to_invite_ana_anew(clinic: Clinic, seat: Seat) -> None:
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await removed(clinic)
    await days_pass(clinic, days=7)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.card("can be restored with everything it had")
    await seat.page.get_by_role("button", name="Let 30 days pass").click()
    await expect(seat.page.locator("[data-deleted]")).to_have_count(0)
    await seat.say(f"/restore {ANA}")
    gone = await seat.card("Gone for good")
    await expect(gone).to_contain_text("Nobody can restore Ana any more.")
    await expect(gone.get_by_role("button", name="Restore")).to_have_count(0)
    await seat.picture("removal-gone", gone)
    await seat.look("removal-gone")
    await seat.say(f"/restore {ANA}")
    await expect(seat.page.get_by_text("so nobody can restore it").last).to_be_visible()
    assert await clinic.ledger("user.restored") == []
