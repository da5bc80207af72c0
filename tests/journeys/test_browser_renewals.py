"""Renewing in a real browser: the form of `/extend`, and accesses ticked by keyboard and on a phone."""

from datetime import timedelta

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, PHONE, WIDE, Seat
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, approve, settled
from tests.journeys.test_access_ends import ages

CHAT = "guestlist"

pytestmark = IN_A_BROWSER


async def test_megan_renews_an_access_in_the_form_and_reads_who_approves(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)
    await seat.be("megan", CHAT)
    await seat.say("/extend ana@fabrikam.com")
    form = await seat.card("Renew Ana in Health Records")
    await form.get_by_role("textbox", name="Longer by").fill("30d")
    await form.get_by_role("textbox", name="Justification").fill("The audit goes on until summer")
    await seat.picture("extend", form)
    await seat.look("extend")
    await form.get_by_role("button", name="Ask to renew").click()
    asked = seat.cards("R-1002").first
    await expect(asked).to_contain_text("Waiting for approval")


async def test_megan_ticks_two_accesses_by_keyboard_and_on_a_phone_and_reads_what_came_of_each(
    clinic: Clinic, seat: Seat
) -> None:
    for number, who in enumerate(("ana", "bo", "cy"), start=1001):
        line = f"/invite {who}@fabrikam.com to Health Records for 90d because the audit needs help"
        await clinic.say("megan", line)
        await approve(clinic)
        await settled(clinic)
        await ages(clinic, timedelta(days=70 + number - 1001), number)
    await seat.be("megan", CHAT)
    await seat.say("/renewals")
    listed = await seat.card("3 accesses end within 30 days")
    first, second = listed.get_by_role("checkbox").nth(0), listed.get_by_role("checkbox").nth(1)
    await first.focus()
    await seat.page.keyboard.press("Space")
    await expect(first).to_be_checked()
    await seat.page.keyboard.press("Tab")
    await expect(second).to_be_focused()
    await seat.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await second.click()
    await expect(second).to_be_checked()
    await seat.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    await seat.picture("renewals", listed)
    await seat.look("renewals")
    await listed.get_by_role("button", name="Renew", exact=True).click()
    done = seat.cards("2 of 2 renewed or asked for").first
    await expect(done).to_contain_text("asks for it to last until")
    await seat.picture("renewals-done", done)
    await seat.look("renewals-done")


async def test_megan_lets_an_access_end_by_a_line(clinic: Clinic, seat: Seat) -> None:
    await ana_is_given_health_records(clinic)
    await seat.be("megan", CHAT)
    await seat.say("/norenew R-4711")
    await expect(await seat.card("There is no request R-4711")).to_be_visible()
    await seat.say("/norenew R-1001")
    done = await seat.card("Not to be renewed")
    await expect(done).to_contain_text("Megan Bowen is not warned of it any more; the guest is")
    await seat.picture("not-renewed", done)
    await seat.look("not-renewed")
