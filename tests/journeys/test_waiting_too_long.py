"""A reminder leads to the request and ends with the decision; an escalation lets others decide.

The signed calls of the channel go by the host's clock, so here it is the request that is made older.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.clinic import INVITE, POLICY, Clinic, open_clinic, spoken, until
from tests.journeys.acts import approve, audited, button, send, settled, shown, waiting_for
from tests.kills.ages import older

STILL = "Still waiting for your decision"
OWNERS = '  approvers = ["app-owners"]'
ESCALATION = '  escalation = ["role:admins"]\n  escalate_after = "5d"\n'
QUIET, NEVER_QUIET = (
    'from = "18:00", to = "08:00", weekend = true',
    'from = "00:00", to = "00:00", weekend = false',
)


@asynccontextmanager
async def opened_and_waiting(folder: Path) -> AsyncIterator[Clinic]:
    """Serve a clinic where it is never quiet, with a request whose approvers have their cards."""
    text = POLICY.read_text(encoding="utf-8")
    assert QUIET in text
    file = folder / "policy.toml"
    text = text.replace(QUIET, NEVER_QUIET)
    file.write_text(text.replace(OWNERS, ESCALATION + OWNERS, 1), encoding="utf-8")
    async with open_clinic(folder, policy=file) as opened:
        await opened.say("megan", INVITE, "channel")
        await waiting_for(opened)
        await settled(opened)
        yield opened


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with opened_and_waiting(tmp_path) as opened:
        yield opened


async def ages(clinic: Clinic, by: timedelta) -> None:
    """Let the request have been sent so much earlier."""

    (record,) = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 10)
    await clinic.guestlist.store.change(record.request.request_id, older(by))
    await settled(clinic)


async def reminders(clinic: Clinic, who: str) -> list[dict[str, Any]]:
    return [one for one in await clinic.messages(who) if one["card"] and STILL in spoken(one)]


async def test_a_reminder_leads_to_the_request_and_the_decision_on_it(clinic: Clinic) -> None:
    in_channel = len(await clinic.messages("diego", "channel"))
    await ages(clinic, timedelta(days=1, hours=1))
    card = await clinic.card("alex", STILL)
    assert "Megan Bowen asks" in spoken(card)
    assert len(await reminders(clinic, "alex")) == 1
    assert len(await clinic.messages("diego", "channel")) == in_channel, "the thread is left alone"

    answer = await send(clinic, "alex", "personal", button(card, "approval.view"))
    assert "Waiting for your decision" in shown(answer)
    instead = next(one for one in await clinic.messages("alex") if one["id"] == card["id"])
    await clinic.press("alex", instead, "approval.approve")
    await clinic.card("diego", "Delivered", "channel")
    assert await reminders(clinic, "alex") == [], "the request stands in its place"


async def test_after_five_days_an_admin_is_called_in_and_may_decide(clinic: Clinic) -> None:
    await ages(clinic, timedelta(days=5, hours=1))
    assert "It was escalated to" in spoken(await waiting_for(clinic, "lidia"))

    async def everybody_reads_it() -> bool:
        where = [("diego", "channel"), ("alex", "personal")]
        read = ["".join(spoken(one) for one in await clinic.messages(*one) if one["card"]) for one in where]
        return all("It was escalated to" in text for text in read)

    await until(everybody_reads_it, "thread and approvers read it")
    assert len(await audited(clinic, "request.escalated")) == 1
    await approve(clinic, "lidia")
    await clinic.card("diego", "Delivered", "channel")
