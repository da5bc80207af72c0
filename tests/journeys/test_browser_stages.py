"""Two stages in a real browser: what each of them sees when it is their turn, and when it is done."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.test_staged_approval import ASK

CHANNEL = "partner-onboarding"
CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_an_owner_then_two_of_three_approve_on_the_page(clinic: Clinic, seat: Seat) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(ASK)
    first = await seat.card("Waiting for approval: stage 1 of 2")
    await expect(first).to_contain_text("Lynne Robbins decides by")
    await expect(first).to_contain_text("Then 2 approvals are needed")

    await seat.be("lynne", CHAT)
    await (await seat.card("Waiting for you: stage 1 of 2")).get_by_role("button", name="Approve").click()
    after = await seat.card("Waiting for approval: stage 2 of 2")
    await expect(after.get_by_role("button", name="Approve")).to_have_count(0)

    await seat.be("adele", CHAT)
    asked = await seat.card("Waiting for you: stage 2 of 2")
    await expect(asked).to_contain_text("Lynne Robbins has approved. 2 approvals are needed by")
    await seat.look("stage-asked")
    await seat.picture("stage-asked", asked)
    await asked.get_by_role("button", name="Approve").click()
    await expect(await seat.card("1 more approval is needed by")).to_contain_text("Adele Vance have approved")

    await seat.be("diego", CHANNEL)
    half = await seat.card("Waiting for approval: stage 2 of 2")
    await expect(half).to_contain_text(
        "Lynne Robbins and Adele Vance have approved. 1 more approval is needed by"
    )
    await seat.look("stage-half")
    await seat.picture("stage-half", half)

    await seat.be("isaiah", CHAT)
    await (await seat.card("Waiting for you: stage 2 of 2")).get_by_role("button", name="Approve").click()
    await seat.be("lidia", CHAT)
    done = await seat.card("✓ Delivered")
    await expect(done).to_contain_text("Lynne Robbins, Adele Vance and Isaiah Langer")
    await seat.look("stage-delivered")
    await seat.picture("stage-delivered", done)
    assert len(await clinic.ledger("invitation.created")) == 1
