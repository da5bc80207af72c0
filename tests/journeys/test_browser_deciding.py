"""What can happen before a decision, in a browser: asked back, shortened, a plan that moved, the audit."""

from playwright.async_api import Locator, expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import settled
from tests.journeys.test_staged_approval import ASK

CHANNEL, CHAT = "partner-onboarding", "guestlist"
REQUEST = (
    "@Guestlist /invite Ana Ruiz <ana@fabrikam.com> to Health Records for 90d because "
    "she runs the March audit of the records that we share"
)
WHY = "Does she need the records of 2025, too?"
SO = "No, those of this year are enough."

pytestmark = IN_A_BROWSER


async def press(card: Locator, name: str) -> None:
    await card.get_by_role("button", name=name, exact=True).click()


async def seen(seat: Seat, name: str, card: Locator) -> None:
    """Look at a card on every screen, and take its picture for the documents."""
    await seat.look(name)
    await seat.picture(name, card)


async def a_question_is_asked_and_answered(seat: Seat) -> None:
    await seat.be("alex", CHAT)
    asked = await seat.undecided()
    await press(asked, "Ask a question")
    await asked.get_by_role("textbox", name="Question to Megan Bowen").fill(WHY)
    await press(asked, "Send question")
    await seat.card("The time to decide stands still")

    await seat.be("diego", CHANNEL)
    await expect(await seat.card("Waiting for an answer")).not_to_contain_text(WHY)

    await seat.be("megan", CHAT)
    question = await seat.card("Waiting for your answer")
    await expect(question).to_contain_text(WHY)
    await press(question, "Answer")
    await question.get_by_role("textbox", name="Answer to Alex Wilber").fill(SO)
    await seen(seat, "question", question)
    await press(question, "Send answer")


async def the_term_is_shortened(seat: Seat) -> None:
    await seat.be("alex", CHAT)
    answered = seat.cards(SO).first
    await expect(answered).to_contain_text("Waiting for your decision")
    await expect(answered).to_contain_text(WHY)
    await seen(seat, "answered", answered)
    await press(answered, "Shorten the term")
    await answered.get_by_role("textbox").fill("30d")
    await press(answered, "Shorten")
    await seat.card("for 30 days, and no longer for 90 days")

    await seat.be("megan", CHANNEL)
    amended = await seat.card("Alex Wilber shortened the term on")
    await expect(amended).to_contain_text("for 30 days, and no longer for 90 days")
    await seen(seat, "amended", amended)


async def an_auditor_reads_it(seat: Seat) -> None:
    await seat.be("henrietta")
    await seat.page.get_by_role("button", name="Add Guestlist").click()
    await seat.say("/audit R-1001")
    first = await seat.card("Audit · page 1 of 3")
    await expect(first).to_contain_text("Henrietta Mueller looked at this audit")
    await expect(first).to_contain_text("Graph's request-id")
    await seat.look("audit")
    await press(first, "Next page")
    middle = await seat.card("Audit · page 2 of 3")
    await expect(middle).to_contain_text("Alex Wilber shortened the term")
    await expect(middle).to_contain_text("Alex Wilber approved")
    await seat.picture("audit", middle)
    await press(middle, "Next page")
    last = await seat.card("Audit · page 3 of 3")
    for said in ("Megan Bowen asked", "Alex Wilber asked a question", "Megan Bowen answered"):
        await expect(last).to_contain_text(said)
    await expect(seat.page.locator("[data-message] .card", has_text="Audit")).to_have_count(1)
    await seat.look("audit-last")


async def test_a_question_is_answered_the_term_shortened_and_the_audit_says_all_of_it(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(REQUEST)
    await seat.card("Waiting for approval")
    await a_question_is_asked_and_answered(seat)
    await the_term_is_shortened(seat)
    await seat.be("alex", CHAT)
    await press(await seat.undecided(), "Approve")
    await clinic.card("megan", "Delivered", "channel")
    await settled(clinic)
    await an_auditor_reads_it(seat)


async def test_a_press_on_a_plan_that_moved_shows_what_is_new_and_the_first_stage_comes_again(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say(ASK)
    await seat.card("Waiting for approval: stage 1 of 2")
    await seat.be("lynne", CHAT)
    asked = await seat.card("Waiting for you: stage 1 of 2")
    await clinic.say("megan", REQUEST.removeprefix("@Guestlist "))
    await clinic.press("alex", await clinic.card("alex", "Waiting for your decision"), "approval.approve")
    await clinic.card("megan", "Delivered")

    await press(asked, "Approve")
    moved = await seat.card("Not decided: 1 thing is new")
    await expect(moved).to_contain_text("The guest's account: Invited before, not accepted")
    await seen(seat, "moved", moved)
    await press(moved, "Approve as shown")
    await seat.card("Waiting for approval: stage 2 of 2")

    await clinic.act(act="accept", address="ana@fabrikam.com")
    await seat.be("adele", CHAT)
    await press(await seat.card("Waiting for you: stage 2 of 2"), "Approve")
    await seat.card("Your Approve changed nothing")
    await seat.be("lynne", CHAT)
    again = seat.cards("The plan has changed since Lynne Robbins approved").first
    await expect(again).to_contain_text("Waiting for you: stage 1 of 2")
    await expect(again).to_contain_text("Guest who has accepted")
    await seat.look("moved-again")
