"""An amendment over HTTP: by button and typed, read by the requestor, approved by a press of its own."""

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve, told, waiting_for


async def test_an_approver_shortens_the_term_the_thread_says_so_and_a_second_press_approves(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    own = await waiting_for(clinic)
    pressed = await clinic.press("alex", own, "approval.amend", term="30d")
    assert pressed["status"] == 200, pressed
    thread = spoken(await clinic.card("diego", "Alex Wilber shortened the term", "channel"))
    assert "for 30 days, and no longer for 90 days" in thread
    assert "no longer for 90 days" in spoken(await clinic.card("megan", "Alex Wilber shortened"))
    assert not await clinic.ledger("invitation.created"), "nobody has approved it"
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    record = await clinic.guestlist.store.numbered(1001)
    assert record is not None
    assert record.request.term.days == 30


async def test_an_amendment_can_be_typed_and_is_never_more_than_was_asked(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE)
    await waiting_for(clinic)
    assert "has to end before" in await told(clinic, "alex", "/amend R-1001 for 120d")
    assert "Write the term as" in await told(clinic, "alex", "/amend R-1001 some weeks")
    assert "somebody else decides" in await told(clinic, "megan", "/amend R-1001 for 30d")
    assert "for less now" in await told(clinic, "alex", "/amend R-1001 for 30d")
    assert "has to end before" in await told(clinic, "alex", "/amend R-1001 for 60d")
