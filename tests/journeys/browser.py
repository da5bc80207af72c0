"""A seat at the sandbox's page, in a real browser: be somebody, say something, take its picture."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import FrameLocator, Locator, Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next(
    (found for name in NAMES if (found := shutil.which(name))), None
)
MISSING = (
    f"no browser: none of {', '.join(NAMES)} is on the PATH and CHROMIUM names none; "
    "on Debian: apt install chromium"
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VENDOR = Path(__file__).parent.parent.parent / "sandbox" / "page" / "vendor"
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
    pytest.mark.skipif(
        not VENDOR.is_dir(), reason="no card renderer: run python -m sandbox.page.vendor once"
    ),
]
"""The marks of a test that goes through the page."""
WIDE = (1280, 880)
PHONE = (390, 844)
PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
"""Where the README's pictures are kept; they are renewed only when GUESTLIST_PICTURES is set."""


@dataclass
class Seat:
    """One browser at one sandbox; `folder` gets every picture that is taken."""

    page: Page
    origin: str
    folder: Path
    troubles: list[str] = field(default_factory=list)

    async def be(self, who: str, where: str = "") -> None:
        """Become somebody and look at one of their chats, on a page that shows nothing of before."""
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.origin}/#as={who}" + (f"&in={where}" if where else ""))

    async def say(self, text: str) -> None:
        """Write a new message and send it."""
        box = self.page.get_by_role("textbox", name="Message in")
        await box.fill(text)
        await box.press("Enter")

    def cards(self, text: str) -> Locator:
        """Return the messages with a card that says this."""
        return self.page.locator("[data-message]", has=self.page.locator(".card", has_text=text))

    async def card(self, text: str) -> Locator:
        """Wait for the one card that says this."""
        found = self.cards(text)
        await expect(found).to_have_count(1)
        return found

    @property
    def guest(self) -> FrameLocator:
        """Return the guest's own screen, which the page frames."""
        return self.page.frame_locator("iframe")

    @property
    def directory(self) -> Locator:
        return self.page.get_by_role("complementary")

    async def picture(self, name: str, of: Locator | None = None) -> None:
        """Take the picture of the page or of one thing on it."""
        target = self.folder / f"{name}.png"
        if of is None:
            await self.page.screenshot(path=target)
        else:
            await of.screenshot(path=target)
        if os.environ.get("GUESTLIST_PICTURES"):
            PICTURES.mkdir(exist_ok=True)
            shutil.copy(target, PICTURES)

    async def look(self, name: str) -> None:
        """Take the page wide and light, and dark on a phone, where nothing may be wider than the screen."""
        await self.page.screenshot(path=self.folder / f"{name}.png")
        await self._dress("dark", PHONE)
        await self.page.screenshot(path=self.folder / f"{name}-phone.png")
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        await self._dress("light", WIDE)

    async def _dress(self, scheme: Literal["light", "dark"], size: tuple[int, int]) -> None:
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})


@asynccontextmanager
async def open_seat(origin: str, folder: Path) -> AsyncIterator[Seat]:
    """Open the browser; fail at the end when a script of the page failed or asked anybody but the sandbox."""
    expect.set_options(timeout=10_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        page = await browser.new_page(
            viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-US", timezone_id="Europe/Berlin"
        )
        page.set_default_timeout(10_000)
        seat = Seat(page, origin, folder)
        page.on("pageerror", lambda error: seat.troubles.append(str(error)))
        allowed = (origin, "data:", "about:")
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(allowed) else seat.troubles.append(asked.url),
        )
        yield seat
        await browser.close()
    assert seat.troubles == []
