"""Near misses in a real browser: typed on the page, filled in, sent."""

from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic

pytestmark = IN_A_BROWSER


async def test_a_question_becomes_a_request_by_fill_in_and_a_number_is_shown_as_it_must_be_typed(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", "partner-onboarding")
    await seat.say("Can ana@fabrikam.com get Health Records for 3 months, @Guestlist?")
    guess = await seat.card("Nothing is sent yet")
    for fact in ("Can ana@fabrikam.com get Health Records", "Why the guest needs the app"):
        await expect(guess).to_contain_text(fact)
    await seat.look("near-miss")
    await seat.picture("near-miss-card", guess)

    await guess.get_by_role("button", name="Fill in").click()
    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await expect(form.get_by_role("textbox", name="Guest's address")).to_have_value("ana@fabrikam.com")
    await form.get_by_role("textbox", name="Guest's name").fill("Ana Ruiz")
    await form.get_by_role("textbox", name="Justification").fill("She runs the March audit.")
    await seat.look("near-miss-form")
    await form.get_by_role("button", name="Send request").click()
    await expect(form).to_have_count(0)
    await expect(await seat.card("Waiting for approval")).to_contain_text("Invite Ana Ruiz to Health Records")

    await seat.be("alex", "guestlist")
    await seat.card("Waiting for your decision")
    await seat.say("aprove 1001")
    exact = await seat.card("Nothing was changed")
    await expect(exact).to_contain_text("/approve R-1001")
    await seat.look("near-act")
    await exact.get_by_role("button", name="Show request").click()
    await expect(seat.cards("Waiting for your decision")).to_have_count(2)

    await seat.say("hello 👋")
    await expect(await seat.card("You typed “hello 👋”.")).to_contain_text("/invite ADDRESS to APP")
    await seat.look("greeting")
    assert await clinic.ledger("invitation.created") == []
