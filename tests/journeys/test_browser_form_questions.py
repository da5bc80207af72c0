"""The organisation's own questions in a real browser: the form that asks them, and who reads the answers."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from tests.browser import IN_A_BROWSER, Seat
from tests.clinic import Clinic, open_clinic
from tests.journeys.asking import NOTE, PROJECT, RECORDS, asking_policy

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(loop_scope="session")
async def clinic_beside_the_browser(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, policy=asking_policy(tmp_path)) as opened:
        yield opened


async def test_the_form_asks_more_once_the_app_is_known_and_the_approver_reads_the_answers(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", "guestlist")
    await seat.say("/invite")
    await (await seat.card("Invite a guest")).get_by_role("button", name="Fill in").click()
    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await form.get_by_role("textbox", name="Guest's address").fill("ana@fabrikam.com")
    await form.get_by_role("textbox", name="Guest's name").fill("Ana Ruiz")
    await form.get_by_role("combobox", name=re.compile(r"^App\b")).fill("hea")
    await form.get_by_role("option", name="Health Records").click()
    await form.get_by_role("textbox", name="Justification").fill("She runs the March audit.")
    send = form.get_by_role("button", name="Send request")
    await send.click()

    await expect(form).to_contain_text("Not sent yet: 3 more questions")
    await expect(form.get_by_role("textbox", name="Guest's address")).to_have_value("ana@fabrikam.com")
    await form.get_by_role("textbox", name=PROJECT).fill("Apollo, cost centre 4711")
    await send.click()
    await expect(form).to_contain_text("Choose an answer.")
    await form.get_by_role("combobox", name=RECORDS).select_option(label="Radiology")
    await form.get_by_role("textbox", name=NOTE).scroll_into_view_if_needed()
    await seat.look("form-questions")
    await seat.picture("form-questions", form)
    await send.click()
    await expect(form).to_have_count(0)
    await expect(await seat.card("Waiting for approval")).to_contain_text("“Apollo, cost centre 4711”")

    await seat.be("alex", "guestlist")
    asked = await seat.card("Waiting for your decision")
    for said in (PROJECT, "“Apollo, cost centre 4711”", RECORDS, "“Radiology”"):
        await expect(asked).to_contain_text(said)
    await expect(asked).not_to_contain_text(NOTE)
    await seat.look("form-answers")
    await asked.get_by_role("button", name="Approve").click()
    await seat.be("megan", "guestlist")
    await seat.card("✓ Delivered")
    assert len(await clinic.ledger("invitation.created")) == 1
