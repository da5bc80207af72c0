"""The nightly look at the tenant's settings, over HTTP: an admin changes something, and one card tells."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from access.rules.snapshots import read
from access.service.settings_watch import MARK
from bot.clock import host_time
from bot.settings import Settings
from tests.clinic import QUICK, TOKEN, Clinic, environment, guestlist_in, open_sandbox, spoken, until
from tests.journeys.acts import ana_is_given_health_records, waiting_for

NIGHT = timedelta(hours=26)
"""Longer than a day, however late it is."""
TITLE = "The tenant's settings have changed"
LET_OTHERS = "/invite ben@fabrikam.com to Health Records for 30d because he runs the audit with her"
READS = "Policy.Read.ConditionalAccess,Policy.ReadWrite.ConditionalAccess"
BLOCKS = {
    "displayName": "Guests: nobody",
    "state": "enabled",
    "conditions": {
        "users": {
            "includeGuestsOrExternalUsers": {
                "guestOrExternalUserTypes": "b2bCollaborationGuest",
                "externalTenants": {
                    "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
                    "membershipKind": "all",
                },
            }
        },
        "applications": {"includeApplications": ["All"]},
        "clientAppTypes": ["all"],
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"]},
}


@dataclass
class Nights:
    """The sandbox over several nights; Guestlist is started anew for each."""

    clinic: Clinic
    environ: dict[str, str]

    def night(self, number: int) -> Any:
        settings = Settings.read(self.environ)
        assert isinstance(settings, Settings), settings
        ahead = number * NIGHT
        return guestlist_in(
            self.clinic, settings, app.Overrides(patience=QUICK, clock=lambda: host_time() + ahead)
        )

    async def kept(self, than: str = "") -> str:
        """Return the night of the last snapshot, once it is another."""

        async def look() -> str | None:
            kept = read(await self.clinic.guestlist.store.note(MARK))
            return kept.night if kept and kept.night != than and not kept.teller else None

        return str(await until(look, "the settings were looked at"))

    async def cards(self, who: str = "megan", where: str = "channel") -> list[str]:
        found = [spoken(one) for one in await self.clinic.messages(who, where) if one["card"]]
        return [text for text in found if TITLE in text]

    async def graph(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.clinic.url}/v1.0{path}"
        async with self.clinic.http.request(method, url, json=body, headers=headers) as answer:
            assert answer.ok, await answer.text()
            return await answer.json(content_type=None)


@pytest.fixture
async def nights(tmp_path: Path) -> AsyncIterator[Nights]:
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, tmp_path / "guestlist.db")
        environ["GUESTLIST_ALARM_CONVERSATION"] = await clinic.place("megan", "channel")
        yield Nights(clinic, environ)


async def test_the_night_after_a_change_one_card_says_what_changed_and_whom_it_locks_out(
    nights: Nights,
) -> None:
    clinic = nights.clinic
    async with nights.night(0):
        await ana_is_given_health_records(clinic)
        await clinic.say("megan", LET_OTHERS)
        await waiting_for(clinic)
        first = await nights.kept()
        assert await nights.cards() == [], "the first night has nothing to compare"
    await clinic.switch(allowInvitesFrom="none", throttling="off")  # the admin asks a second time, not us
    await nights.graph("POST", "/identity/conditionalAccess/policies", BLOCKS)
    async with nights.night(1):
        second = await nights.kept(first)
        [card] = await nights.cards()
    for words in (
        "Locked out: one guest of one app",
        "One request that waits will fail: R-1002.",
        "Who may invite guests (allowInvitesFrom)",
        "everyone → none",
        "Conditional Access policy Guests: nobody",
        "not there → enabled",
    ):
        assert words in card, (words, card)
    assert "could not be read" not in card
    assert "ana@" not in card.lower()
    async with nights.night(1):
        assert await nights.kept() == second
        assert len(await nights.cards()) == 1, "a start within the night tells nothing again"
    async with nights.night(2):
        await nights.kept(second)
        assert len(await nights.cards()) == 1, "what was told is what is"


async def test_the_log_has_it_in_english_whatever_language_the_card_has(
    nights: Nights, caplog: pytest.LogCaptureFixture
) -> None:
    nights.environ["GUESTLIST_LANGUAGE"] = "de"
    async with nights.night(0):
        await nights.clinic.say("megan", "/help")
        first = await nights.kept()
    await nights.clinic.switch(allowInvitesFrom="none")
    async with nights.night(1):
        await nights.kept(first)
        shown = [spoken(one) for one in await nights.clinic.messages("megan", "channel") if one["card"]]
    assert "Einstellungen" in shown[-1]
    said = [one.getMessage() for one in caplog.records if one.name == "bot.teams.alarm"]
    assert [one.startswith(f"{TITLE}. No known guest is locked out") for one in said] == [True]


async def test_what_cannot_be_read_is_no_change_and_is_said_beside_one(nights: Nights) -> None:
    clinic = nights.clinic
    await clinic.switch(blockedDomains="northwind.com")
    async with nights.night(0):
        await clinic.say("megan", "/help")
        first = await nights.kept()
    await clinic.switch(policyPermission=False, withheldPermissions="Policy.Read.ConditionalAccess")
    await clinic.switch(
        withheldPermissions="Policy.Read.ConditionalAccess,Policy.ReadWrite.ConditionalAccess"
    )
    async with nights.night(1):
        second = await nights.kept(first)
        assert await nights.cards() == []
    await clinic.switch(blockedDomains="")
    async with nights.night(2):
        third = await nights.kept(second)
        [card] = await nights.cards()
        assert "Domain northwind.com in the tenant's list" in card
        assert "BlockedDomains → not set" in card
        for part in ("Who may invite and what guests see", "Cross-tenant access", "Conditional Access"):
            assert f"{part} could not be read: Guestlist lacks Policy.Read.All." in card
    await clinic.switch(policyPermission=True, withheldPermissions="", allowInvitesFrom="none")
    async with nights.night(3):
        await nights.kept(third)
        assert "everyone → none" in (await nights.cards())[-1], "it is compared with when it was read last"


async def test_where_no_conversation_is_named_each_admin_is_told_in_their_own_chat(nights: Nights) -> None:
    clinic = nights.clinic
    nights.environ["GUESTLIST_ALARM_CONVERSATION"] = ""
    async with nights.night(0):
        await clinic.say("megan", "/help")
        first = await nights.kept()
    await clinic.switch(crossTenant="blocked")
    async with nights.night(1):
        await nights.kept(first)
        [card] = await nights.cards("adele", "personal")
        assert "allowed: all → blocked: all" in card
        assert len(await nights.cards("lidia", "personal")) == 1
        assert await nights.cards("megan", "personal") == []


async def test_a_request_that_waits_and_whose_guest_a_new_policy_blocks_is_named(nights: Nights) -> None:
    clinic = nights.clinic
    async with nights.night(0):
        await clinic.say("megan", LET_OTHERS)
        await waiting_for(clinic)
        first = await nights.kept()
    await clinic.switch(throttling="off")
    await nights.graph("POST", "/identity/conditionalAccess/policies", BLOCKS)
    async with nights.night(1):
        await nights.kept(first)
        [card] = await nights.cards()
        assert "One request that waits will fail: R-1001." in card, card
        assert "Locked out" not in card
