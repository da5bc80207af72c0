"""What people and the directory wrote stands as text on the page, too."""

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic
from tests.journeys.acts import waiting_for
from tests.journeys.test_nothing_written_acts import DRAWN, EVIL, nasty

pytestmark = IN_A_BROWSER


async def test_a_browser_draws_nothing_but_text_of_it(clinic: Clinic, seat: Seat) -> None:
    await nasty(clinic)
    await waiting_for(clinic)
    await seat.be("alex", "guestlist")
    card = (await seat.card("Waiting for your decision")).locator(".card")
    assert await card.locator(DRAWN).count() == 0
    text = await card.inner_text()
    for written in ("**See**", f"[the plan]({EVIL})", "<at>Alex</at>", "_Records_", "<b>bold</b>"):
        assert written in text, written
    assert "{{DATE" not in text
    assert "\u202e" not in text
    assert await seat.page.evaluate("document.querySelectorAll('.card [onerror]').length") == 0
    await seat.picture("nasty", card)
