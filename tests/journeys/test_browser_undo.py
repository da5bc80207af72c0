"""An undo in a real browser: what can be undone, what cannot, and what the channel reads after."""

from playwright.async_api import ViewportSize, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import (
    a_delivery_fails_at_its_proof,
    a_delivery_fails_before_it_gives,
    ana_is_given_health_records,
    settled,
)

CHANNEL, CHAT = "partner-onboarding", "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1300}
"""So that the whole card is on the picture."""

pytestmark = IN_A_BROWSER


async def test_megan_reads_what_cannot_be_undone_and_undoes_the_rest(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.say("/undo")
    listed = await seat.card("You can undo 1 thing")
    await listed.get_by_role("button", name="Undo R-1001 …").click()
    card = await seat.card("Nothing is undone yet")
    await expect(card).to_contain_text("What cannot be undone")
    await expect(card).to_contain_text("is blocked now, and deleted in 7 days")
    await seat.picture("undo", card)
    await seat.look("undo")
    await card.get_by_role("button", name="Undo it").click()

    await seat.be("diego", CHANNEL)
    undone = await seat.card("– Undone")
    await expect(undone).to_contain_text("Megan Bowen undid it")
    await seat.picture("undone", undone)
    await seat.look("undone")


async def test_megan_gives_up_a_delivery_that_failed_half_way_and_ana_keeps_nothing_of_it(
    clinic: Clinic, seat: Seat
) -> None:
    await a_delivery_fails_at_its_proof(clinic)

    await seat.be("megan", CHAT)
    failed = await seat.card("to give it up")
    await expect(failed).to_contain_text("/undo R-1001")
    await seat.look("failed-half-way")
    await failed.get_by_role("button", name="Undo …").click()
    card = await seat.card("Nothing is undone yet")
    await expect(card).to_contain_text("The mail was sent: Ana has read it, or will.")
    await expect(card).to_contain_text("The delivery is given up, and nobody can retry it.")
    await expect(card).to_contain_text("Ana loses this access to Health Records")
    await seat.picture("undo-halfway", card)
    await seat.look("undo-halfway")
    await card.get_by_role("button", name="Undo it").click()

    await seat.be("diego", CHANNEL)
    undone = await seat.card("– Undone")
    await expect(undone).to_contain_text("Megan Bowen undid it")
    await seat.look("undone-halfway")
    await settled(clinic)
    assert len(await clinic.ledger("member.removed")) == 1


async def test_megan_gives_up_what_failed_before_it_gave_anything(clinic: Clinic, seat: Seat) -> None:
    await a_delivery_fails_before_it_gives(clinic)

    await seat.be("megan", CHAT)
    await seat.page.set_viewport_size(TALL)
    failed = await seat.card("Delivery failed")
    await expect(failed).to_contain_text("/remove R-1001")
    await failed.get_by_role("button", name="Give up", exact=True).click()
    await expect(failed).to_contain_text("An account that it made stays.")
    await seat.picture("give-up", failed)
    await seat.look("give-up")
    await failed.get_by_role("button", name="Give the delivery up").click()

    await seat.be("diego", CHANNEL)
    given_up = await seat.card("– Given up")
    await expect(given_up).to_contain_text("Megan Bowen gave the delivery up")
    await seat.look("given-up")


async def test_megan_undoes_a_renewal_and_the_access_ends_when_it_did(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)
    await clinic.say("megan", "/extend R-1001 by 90d because the audit goes on until summer")
    card = await clinic.card("alex", "New end")
    await clinic.press("alex", card, "approval.approve")
    await settled(clinic)

    await seat.be("megan", CHAT)
    await seat.say("/undo R-1002")
    asks = await seat.card("Nothing is undone yet")
    await expect(asks).to_contain_text("The access of Ana ends on")
    await seat.look("undo-renewal")
    await asks.get_by_role("button", name="Undo it").click()
    await seat.card("The access ends when it did before the renewal.")
    assert await clinic.ledger("member.removed") == []


async def test_megan_undoes_a_change_of_anas_name(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)

    await seat.be("megan", CHAT)
    await seat.say('/change ana@fabrikam.com name "Ana Sousa"')
    await seat.card("It was read back.")
    await seat.say("/undo R-1002")
    card = await seat.card("Nothing is undone yet")
    await expect(card).to_contain_text("Name: Ana Sousa → ")
    await seat.picture("undo-change", card)
    await seat.look("undo-change")
    await card.get_by_role("button", name="Undo it").click()
    await settled(clinic)
    await expect(seat.directory.locator('[data-guest="ana@fabrikam.com"]')).not_to_contain_text("Sousa")
