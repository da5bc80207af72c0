"""A question asked back, over HTTP: by button and typed, and where its words are read."""

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve, settled, told, waiting_for

WHY = "Why the *whole* app?"
SO = "She corrects the records."


async def test_an_approver_asks_back_and_the_requestor_answers_and_the_thread_reads_no_word_of_it(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    own = await waiting_for(clinic)
    asked = await clinic.press("alex", own, "approval.ask", question=WHY)
    assert asked["status"] == 200, asked

    thread = spoken(await clinic.card("diego", "Waiting for an answer", "channel"))
    assert "Alex Wilber asked Megan Bowen a question" in thread
    mine = await clinic.card("megan", "Waiting for your answer")
    assert WHY in spoken(mine)
    answered = await clinic.press("megan", mine, "request.answer", answer=SO)
    assert answered["status"] == 200, answered

    assert WHY in spoken(await clinic.card("alex", SO))
    await settled(clinic)
    base = [spoken(one) for one in await clinic.messages("diego", "channel") if one["card"]]
    assert not [one for one in base if WHY in one or SO in one]
    assert "Waiting for approval" in base[-1]
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")


async def test_a_question_and_its_answer_can_be_typed(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE)
    await waiting_for(clinic)
    assert "Megan Bowen is asked" in await told(clinic, "alex", f"/ask R-1001 {WHY}")
    assert "not sent" in await told(clinic, "alex", "/ask R-1001 And who pays?")
    assert "/answer R-1042" in await told(clinic, "megan", "/answer R-1001")
    assert "goes on waiting" in await told(clinic, "megan", f"/answer R-1001 {SO}")
    assert "not sent" in await told(clinic, "megan", f"/answer R-1001 {SO}")
    assert SO in await told(clinic, "alex", "/show R-1001")


async def test_who_may_not_decide_cannot_ask_and_only_the_requestor_answers(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    assert "somebody else decides" in await told(clinic, "megan", f"/ask R-1001 {WHY}")
    await told(clinic, "alex", f"/ask R-1001 {WHY}")
    assert "Only Megan Bowen" in await told(clinic, "alex", f"/answer R-1001 {SO}")
    assert "no request R-1001" in await told(clinic, "diego", f"/answer R-1001 {SO}")


async def test_a_question_without_words_is_not_asked(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE)
    own = await waiting_for(clinic)
    pressed = await clinic.press("alex", own, "approval.ask", question=" \u200b ")
    assert "write a question" in str(pressed)
