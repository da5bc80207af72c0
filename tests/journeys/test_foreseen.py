"""`/check` over HTTP foresees a sign-in, and what the guest then meets at the gate is exactly that."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from tests.clinic import TOKEN, Clinic, until
from tests.journeys.acts import ana_is_given_health_records, told
from tests.sandbox.test_guest_pages import Browser

TO_RECORDS = '/check ana@fabrikam.com to "Health Records"'
PLATFORMS = "Guests: known platforms only"
COUNTRIES, TERMS = "Health Records: only where we work", "Health Records: terms of use"
STOPPED = "You cannot get to Health Records now"


@pytest.fixture
async def ana(clinic: Clinic) -> AsyncIterator[Browser]:
    """Return a browser of Ana's own, which keeps the cookies of an address without a name."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        at: Any = SimpleNamespace(url=clinic.url, http=http)
        yield Browser(at)


async def tried_from(guest: Browser, place: str) -> str:
    """As Ana: open the link of her mail, and sign in from there."""
    await guest.go("/guest/ana/inbox")
    await guest.follow("Accept invitation")
    found = await guest.press("organisation", place=place)
    return await guest.press("accept") if found == "Permissions requested" else found


async def stopped_by(clinic: Clinic) -> list[str]:
    """Return the policies by which the newest sign-in failed, as Entra's log has them."""
    path, right = f"{clinic.url}/v1.0/auditLogs/signIns", {"Authorization": f"Bearer {TOKEN}"}
    async with clinic.http.get(path, headers=right) as answer:
        newest = (await answer.json())["value"][0]
    assert newest["status"]["errorCode"] == 53003
    rows = newest["appliedConditionalAccessPolicies"]
    return [one["displayName"] for one in rows if one["result"] == "failure"]


async def test_a_guest_is_stopped_by_the_policy_that_was_foreseen_and_gets_in_from_where_it_said(
    clinic: Clinic, ana: Browser
) -> None:
    await clinic.switch(guestMfa=False, auditLag=0)
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    answer = await told(clinic, "lidia", TO_RECORDS)
    for words in (
        "Conditional Access stops some sign-ins",
        "From Canada, United States",
        "✓ Windows, macOS, iOS, Android, Linux: works",
        "From anywhere else",
        f"✕ Windows, macOS, iOS, Android, Linux: blocked by {COUNTRIES}",
        "From Clinic network",
        "In report-only mode, so without effect",
    ):
        assert words in answer, words
    await ana_is_given_health_records(clinic)
    assert await tried_from(ana, "BR") == STOPPED
    assert await stopped_by(clinic) == [COUNTRIES]
    await ana.press("leave")
    assert await ana.press("organisation", place="CA") == "Health Records"


async def test_a_system_without_a_name_is_foreseen_to_be_stopped_and_the_guest_is_stopped_there(
    clinic: Clinic, ana: Browser
) -> None:
    await clinic.switch(guestMfa=False, auditLag=0)
    await clinic.act(act="setPolicy", policy=PLATFORMS, state="enabled")
    answer = await told(clinic, "lidia", TO_RECORDS)
    for words in (
        "Nothing stands in the way",
        "Conditional Access may stop unknown systems",
        "✓ Windows, macOS, iOS, Android, Linux: works",
        f"✕ another system: blocked by {PLATFORMS}",
    ):
        assert words in answer, words
    await ana_is_given_health_records(clinic)
    await ana.go("/guest/ana/inbox")
    await ana.follow("Accept invitation")
    assert await ana.press("organisation", place="CA", platform="other") == "Permissions requested"
    assert await ana.press("accept") == STOPPED
    assert await stopped_by(clinic) == [PLATFORMS]
    await ana.press("leave")
    assert await ana.press("organisation", place="CA", platform="iOS") == "Health Records"


async def test_who_is_no_admin_is_told_that_a_policy_stops_and_not_which(clinic: Clinic) -> None:
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    answer = await told(clinic, "megan", TO_RECORDS)
    assert "✕ Windows, macOS, iOS, Android, Linux: blocked" in answer
    assert "admins are told its name" in answer
    for name in (COUNTRIES, "Guests: MFA", "Guests: managed devices"):
        assert name not in answer


async def test_a_second_factor_and_terms_are_foreseen_and_met(clinic: Clinic, ana: Browser) -> None:
    await clinic.switch(guestMfa=True)
    await clinic.act(act="setPolicy", policy=TERMS, state="enabled")
    answer = await told(clinic, "megan", TO_RECORDS)
    assert "○ Windows, macOS, iOS, Android, Linux: MFA, to be registered here, terms of use" in answer
    await ana_is_given_health_records(clinic)
    assert await tried_from(ana, "CA") == "Prove who you are"
    assert await ana.press("code", code=ana.authenticator()) == "Terms of use"
    assert await ana.press("accept") == "Health Records"
    assert "MFA, which is registered here" in await told(clinic, "megan", TO_RECORDS)


async def test_a_second_factor_at_home_is_foreseen_where_it_is_trusted(clinic: Clinic) -> None:
    await clinic.switch(guestMfa=True, inboundTrustMfa=True)
    assert "MFA at home, which is trusted here" in await told(clinic, "megan", TO_RECORDS)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"policyPermission": False}, "Conditional Access: not checked"),
        ({"signInLicence": False}, "whether MFA is registered here: not read: it needs Entra ID P1"),
        ({"auditPermission": False}, "not read: it needs AuditLog.Read.All"),
    ],
)
async def test_what_of_it_cannot_be_read_is_said(
    clinic: Clinic, switches: dict[str, bool], words: str
) -> None:
    await clinic.switch(guestMfa=True, **switches)
    await ana_is_given_health_records(clinic)
    assert words in await told(clinic, "megan", TO_RECORDS)


EVALUATES = "/identity/conditionalAccess/evaluate"


async def evaluated(clinic: Clinic) -> int:
    """Return how often Microsoft was asked for a sign-in."""
    return sum(EVALUATES in one["detail"]["path"] for one in await clinic.ledger("graph.call"))


async def test_an_admin_reads_that_microsoft_says_the_same_and_others_ask_nothing_of_it(
    clinic: Clinic, ana: Browser
) -> None:
    await clinic.switch(guestMfa=False, auditLag=0)
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    await ana_is_given_health_records(clinic)
    assert "What If" not in await told(clinic, "megan", TO_RECORDS)
    assert await evaluated(clinic) == 0
    assert "Microsoft's What If names the same policies, on Windows." in await told(
        clinic, "lidia", TO_RECORDS
    )
    assert await evaluated(clinic) == 2, "of two places"
    assert await tried_from(ana, "BR") == STOPPED, "as both have said"
    await clinic.switch(evaluate="absent")
    answer = await told(clinic, "lidia", TO_RECORDS)
    assert f"blocked by {COUNTRIES}" in answer
    assert "What If" not in answer


async def test_an_admin_is_told_of_which_policy_microsoft_is_of_another_mind_and_where(
    clinic: Clinic,
) -> None:
    await clinic.switch(guestMfa=False, throttling="off")
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    await clinic.act(act="invite", address="ana@fabrikam.com")  # whom nobody has looked at yet
    await clinic.fault(match={"method": "GET", "path": "conditionalAccess/policies$"}, do="hold")
    checking = asyncio.create_task(told(clinic, "lidia", TO_RECORDS))
    await until(lambda: clinic.get("/sandbox/held"), "the policies are read, and the answer is on its way")
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="disabled")
    await clinic.post("/sandbox/held/release")
    answer = await checking
    assert "Microsoft's What If differs from this forecast" in answer
    assert f"{COUNTRIES}: the forecast says that it applies, Microsoft does not." in answer
