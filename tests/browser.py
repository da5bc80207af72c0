"""The sandbox's page in a real browser: a page of one's own, and a seat at it to be and to say something.

One browser serves all tests of a process (`chromium` in conftest.py): it is bound to one event loop, and so
are they.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright, expect

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
VENDOR = Path(__file__).parent.parent / "sandbox" / "page" / "vendor"
UNVENDORED = "no card renderer: run python -m sandbox.page.vendor once"
CI = bool(os.environ.get("CI"))
"""Continuous integration has a browser: there, what is missing fails the tests and is not passed over."""
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(CHROMIUM is None and not CI, reason=MISSING),
    pytest.mark.skipif(not VENDOR.is_dir() and not CI, reason=UNVENDORED),
]
"""The marks of a test that goes through the page."""
WIDE = (1280, 880)
TALL = (1280, 1250)
PHONE = (390, 844)
PATIENCE_MS = 30_000
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
"""Where the documents' pictures are kept."""
WANTED = bool(os.environ.get("GUESTLIST_PICTURES"))
"""Whether pictures are taken: they prove nothing by themselves."""


@dataclass
class Seat:
    """One page at one sandbox; `folder` gets what is taken for a look."""

    page: Page
    origin: str
    folder: Path

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

    async def undecided(self) -> Locator:
        """Wait for the one card that asks for a decision, and until it says whether it will work.

        It is drawn anew for that, which closes what somebody has opened on it.
        """
        await self.card("Checked")
        return await self.card("Waiting for your decision")

    @property
    def guest(self) -> FrameLocator:
        """Return the guest's own screen, which the page frames."""
        return self.page.frame_locator("iframe")

    @property
    def directory(self) -> Locator:
        return self.page.get_by_role("complementary")

    async def picture(self, name: str, of: Locator | None = None, *, tall: bool = False) -> None:
        """Take the documents' picture of the page or of one thing on it; `tall` is for what is long."""
        if WANTED:
            PICTURES.mkdir(exist_ok=True)
            await self._dress("light", TALL if tall else WIDE)
            await (of or self.page).screenshot(path=PICTURES / f"{name}.png")
            await self._dress("light", WIDE)

    async def look(self, name: str) -> None:
        """See the page wide and light, and dark on a phone, where nothing may be wider than the screen."""
        await self._shot(name)
        await self._dress("dark", PHONE)
        await self._shot(f"{name}-phone")
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        await self._dress("light", WIDE)

    async def _shot(self, name: str) -> None:
        if WANTED:
            await self.page.screenshot(path=self.folder / f"{name}.png")

    async def _dress(self, scheme: Literal["light", "dark"], size: tuple[int, int]) -> None:
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    assert CHROMIUM is not None, MISSING
    assert VENDOR.is_dir(), UNVENDORED
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        await browser.close()


@asynccontextmanager
async def open_page(browser: Browser, origin: str) -> AsyncIterator[Page]:
    """Open a page that shares nothing with others.

    Fail at the end when a script of it failed or asked anybody but the sandbox.
    """
    troubles: list[str] = []
    allowed = (origin, "data:", "about:")
    page = await browser.new_page(
        viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-US", timezone_id="Europe/Berlin"
    )
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(allowed) else troubles.append(asked.url))
    yield page
    await page.close()
    assert troubles == []


@asynccontextmanager
async def open_seat(browser: Browser, origin: str, folder: Path) -> AsyncIterator[Seat]:
    async with open_page(browser, origin) as page:
        yield Seat(page, origin, folder)
