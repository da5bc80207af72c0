"""The card that asks, over HTTP and after its days, what becomes of a protection that only reports."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from tests.clinic import QUICK, Clinic, open_clinic, spoken
from tests.journeys.acts import (
    ana_is_given_health_records,
    approve,
    audited,
    button,
    send,
    settled,
    shown,
    told,
)
from tests.journeys.ageing import protection_ages
from tests.journeys.test_foreseen import STOPPED, ana, tried_from
from tests.journeys.test_refused_threads import AheadClock
from tests.sandbox.test_guest_pages import Browser

__all__ = ["ana"]

WATCH = timedelta(days=14, minutes=1)
"""The sandbox's policy says so, and a moment more."""
DECIDES = "A security admin decides: enforce it, keep watching, or remove it."
WISH = '/protect "Health Records" mfa locations "Clinic network" send'
ENFORCE = "/protect R-1002 enforce"
BEN = "@Guestlist /invite ben@fabrikam.com to Health Records for 30d because he runs the audit with her"


def code_of(answer: str) -> str:
    """Return the hash of a look, as the line that is typed to enforce it has it."""
    found = re.search(rf"{ENFORCE} ([0-9a-f]{{8}})", answer)
    assert found is not None, answer
    return found[1]


class Watched:
    """A clinic in which Health Records is protected, and nobody is stopped by it yet."""

    def __init__(self, clinic: Clinic, clock: AheadClock) -> None:
        self.clinic = clinic
        self.clock = clock

    async def pass_by(self, time: timedelta = WATCH) -> None:
        """Put the clock forward, after which nobody's signed calls are taken any more."""
        self.clock.ahead += time
        await settled(self.clinic)

    async def asked(self) -> dict[str, Any]:
        """Let it have been made so much earlier, and return the card that asks."""
        await protection_ages(self.clinic, WATCH)
        return await self.clinic.card("isaiah", DECIDES)

    async def press(self, card: dict[str, Any], verb: str) -> dict[str, Any]:
        answer: dict[str, Any] = await send(self.clinic, "isaiah", "personal", button(card, verb))
        await settled(self.clinic)
        return answer

    async def states(self) -> list[str]:
        return [one["detail"]["state"] for one in await self.clinic.ledger("policy.updated")]


@pytest.fixture
def clock() -> AheadClock:
    return AheadClock()


@pytest.fixture
async def own_clinic(tmp_path: Path, clock: AheadClock) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, app.Overrides(patience=QUICK, clock=clock.now)) as clinic:
        yield clinic


@pytest.fixture
async def watched(clinic: Clinic, clock: AheadClock) -> Watched:
    await clinic.switch(guestMfa=False, auditLag=0)
    await ana_is_given_health_records(clinic)
    await clinic.say("megan", WISH, "personal")
    waits = await clinic.card("isaiah", "Waiting for your decision")
    await send(clinic, "isaiah", "personal", button(waits, "approval.approve"))
    await clinic.card("isaiah", "nobody is stopped by it")
    await settled(clinic)
    return Watched(clinic, clock)


async def test_nobody_is_asked_before_its_days_are_over(watched: Watched) -> None:
    await watched.pass_by(WATCH - timedelta(minutes=5))
    assert await audited(watched.clinic, "guard.asked") == []
    await watched.pass_by(timedelta(minutes=5))
    assert len(await audited(watched.clinic, "guard.asked")) == 1


async def test_what_the_log_says_is_told_and_a_second_person_enforces_it_on_a_fresh_forecast(
    watched: Watched, ana: Browser
) -> None:
    clinic = watched.clinic
    assert await tried_from(ana, "BR") == "Health Records"
    card = await watched.asked()
    assert "1 guest met it since" in spoken(card)
    assert "1 would have been stopped, 0 asked for more." in spoken(card)
    assert "You asked for this or gain from it" in await told(clinic, "megan", ENFORCE)
    old = await told(clinic, "isaiah", ENFORCE)
    assert "Would stop 1 guest in part" in old

    await clinic.say("megan", BEN, "channel")
    await approve(clinic)
    await settled(clinic)
    answer = await told(clinic, "isaiah", f"{ENFORCE} {code_of(old)}")
    assert "so nothing was done yet" in answer
    assert await watched.states() == []

    assert "Would stop 2 guests in part" in answer
    await clinic.say("isaiah", f"{ENFORCE} {code_of(answer)}")
    await clinic.card("isaiah", "guests face it at each sign-in")
    await settled(clinic)
    assert await watched.states() == ["enabled", "enabled"]
    [order] = await audited(clinic, "guard.ordered")
    assert (order["actor"], order["act"]) == (clinic.story.person("isaiah")["id"], "enforce")
    assert await ana.go("/guest/app/health-records") == STOPPED
    await watched.pass_by()
    assert len(await audited(clinic, "guard.asked")) == 1, "what is enforced is asked about no more"


async def test_what_is_kept_in_report_only_mode_is_asked_about_again(watched: Watched, ana: Browser) -> None:
    clinic = watched.clinic
    card = await watched.asked()
    assert "By the sign-in log it was about no sign-in since" in spoken(card)
    await watched.press(card, "protect.keep")
    assert await watched.states() == []
    assert len(await audited(clinic, "guard.kept")) == 1
    await clinic.card("isaiah", "the security admins are asked what becomes of it")
    assert await tried_from(ana, "BR") == "Health Records"
    again = await watched.asked()
    assert "1 would have been stopped" in spoken(again)
    assert len(await audited(clinic, "guard.asked")) == 2


async def test_what_was_asked_about_is_removed_once_and_asked_about_no_more(watched: Watched) -> None:
    clinic = watched.clinic
    card = await watched.asked()
    await watched.press(card, "protect.remove")
    answer = await watched.press(card, "protect.remove")
    assert "Nothing was changed" in shown(answer)
    await clinic.card("isaiah", "its policies are gone")
    assert len(await clinic.ledger("policy.deleted")) == 2
    assert len(await audited(clinic, "guard.removed")) == 1
    await watched.pass_by()
    assert len(await audited(clinic, "guard.asked")) == 1


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"signInLicence": False}, "The tenant has no licence for the sign-in log"),
        ({"auditPermission": False}, "AuditLog.Read.All or Policy.Read.All is missing"),
    ],
)
async def test_it_is_asked_though_the_log_cannot_be_read(
    watched: Watched, switch: dict[str, bool], words: str
) -> None:
    await watched.clinic.switch(**switch)
    assert words in spoken(await watched.asked())
