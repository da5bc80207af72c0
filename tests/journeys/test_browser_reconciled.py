"""An alarm that Entra's log and the approvals do not agree, where operators read it, in a real browser."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser import IN_A_BROWSER, open_seat
from tests.clinic import environment, open_sandbox
from tests.journeys.test_reconciled import Tenant

pytestmark = IN_A_BROWSER


async def test_what_was_done_past_guestlist_is_an_alarm_that_says_what_to_do(
    chromium: Browser, tmp_path: Path
) -> None:
    async with open_sandbox(auditLag=0) as clinic:
        environ = environment(clinic.url, tmp_path / "guestlist.db")
        environ["GUESTLIST_ALARM_CONVERSATION"] = await clinic.place("isaiah", "personal")
        tenant = Tenant(clinic, environ)
        async with tenant.guestlist():
            await tenant.plants(await tenant.a_delivery())
        async with (
            tenant.guestlist(timedelta(hours=2)),
            open_seat(chromium, clinic.url, tmp_path) as seat,
        ):
            await seat.be("isaiah", "guestlist")
            alarm = seat.page.locator("[data-message]", has_text="do not agree")
            await expect(alarm).to_have_count(1)
            await expect(alarm).to_contain_text("Guestlist's identity assigned")
            await expect(alarm).to_contain_text("give Guestlist a new credential")
            await seat.look("alarm")
            await seat.picture("alarm", alarm)
