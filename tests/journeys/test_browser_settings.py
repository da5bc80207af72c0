"""An admin mends in a real browser what a request fails by; and what a night tells of a change."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, expect

import app
from access.rules.snapshots import read
from access.service.settings_watch import MARK
from bot.clock import host_time
from bot.settings import Settings
from tests.browser import IN_A_BROWSER, Seat, open_page
from tests.clinic import INVITE, QUICK, Clinic, environment, guestlist_in, open_sandbox, until
from tests.journeys.acts import ana_is_given_health_records, approve_anyway, settled, waiting_for

CHAT = "guestlist"
TALL: ViewportSize = {"width": 1280, "height": 1600}
NIGHT = timedelta(hours=26)

pytestmark = IN_A_BROWSER


async def test_an_admin_reads_the_change_makes_it_in_the_page_and_the_guest_is_given_the_app(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(crossTenant="blocked")
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await approve_anyway(clinic)
    await clinic.card("megan", "Delivery failed", "channel")

    await seat.be("lidia", CHAT)
    await seat.page.set_viewport_size(TALL)
    await seat.say("/settings R-1001")
    card = await seat.card("One setting stands in the way")
    await expect(card).to_contain_text("The least: this tenant, this app")
    call = card.get_by_text("crossTenantAccessPolicy/partners").first
    await expect(call).to_be_hidden()
    await card.get_by_role("button", name="As a call of Graph").first.click()
    await expect(call).to_be_visible()
    await seat.picture("settings", card)
    await seat.look("settings")
    await seat.page.set_viewport_size(TALL)

    await seat.directory.get_by_label("Cross-tenant access, fabrikam.com").select_option("allowed")
    await expect(seat.directory.get_by_label("Cross-tenant access, fabrikam.com")).to_have_value("allowed")
    await seat.look("settings-page")
    await seat.page.set_viewport_size(TALL)
    await card.get_by_role("button", name="Look again").click()
    await expect(await seat.card("No setting stands in the way")).to_be_visible()
    await clinic.say("megan", "/retry R-1001")
    await settled(clinic)


async def test_the_night_after_admins_read_what_was_changed_in_the_page(
    tmp_path: Path, chromium: Browser
) -> None:
    async with open_sandbox() as clinic, open_page(chromium, clinic.url) as page:
        seat = Seat(page, clinic.url, tmp_path)
        settings = Settings.read(environment(clinic.url, tmp_path / "guestlist.db"))
        assert isinstance(settings, Settings), settings

        async def kept(than: str) -> str | None:
            found = read(await clinic.guestlist.store.note(MARK))
            return found.night if found and found.night != than and not found.teller else None

        async with guestlist_in(clinic, settings, app.Overrides(patience=QUICK)):
            await ana_is_given_health_records(clinic)
            first = str(await until(lambda: kept(""), "the settings were looked at"))
            await seat.be("lidia", CHAT)
            await page.set_viewport_size(TALL)
            await seat.directory.get_by_label("Who may invite guests").select_option("none")
            denied = seat.directory.get_by_label("Denied domains")
            await denied.fill("northwind.com")
            await denied.press("Enter")
            await seat.directory.get_by_label("Cross-tenant access, default").select_option("blocked")
            state = clinic.get("/sandbox/switches")
            assert (await state)["blockedDomains"]["value"] == "northwind.com"
        ahead = app.Overrides(patience=QUICK, clock=lambda: host_time() + NIGHT)
        async with guestlist_in(clinic, settings, ahead):
            await until(lambda: kept(first), "the settings were looked at again")
            card = await seat.card("The tenant's settings have changed")
            await expect(card).to_contain_text("Locked out: one guest of one app")
            await expect(card).to_contain_text("everyone → none")
            await seat.picture("settings-changed", card)
            await seat.look("settings-changed")
