"""A guest at the gate: stopped by place, platform, device and terms, let through, and what the log says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened
from tests.sandbox.test_guest_pages import HOME, Browser, invited

COUNTRIES, PLATFORMS = "Health Records: only where we work", "Guests: known platforms only"
TERMS, DEVICES, MFA = "Health Records: terms of use", "Guests: managed devices", "Guests: MFA"
NETWORK = "7ab9a5ec-9d7b-5f19-8f0f-0c1c5d3a7f10"
STOPPED = "You cannot get to Health Records now"


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened(throttling="off", auditLag=0) as sandbox:
        yield sandbox


@pytest.fixture
def browser(entra: Entra) -> Browser:
    return Browser(entra)


async def state(entra: Entra, policy: str, state: str = "enabled") -> None:
    await entra.control("act", {"act": "setPolicy", "policy": policy, "state": state})


async def to_the_app(entra: Entra, browser: Browser, **sign_in: str) -> str:
    """As Ana, who has accepted and has Health Records: open it from where the fields say."""
    guest = await invited(entra, redirect=HOME)
    await entra.assign(guest)
    await entra.control("act", {"act": "accept", "id": guest})
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    return await browser.press("organisation", **sign_in)


async def again(browser: Browser, **sign_in: str) -> str:
    await browser.press("leave")
    return await browser.press("organisation", **sign_in)


async def logged(entra: Entra) -> list[dict[str, Any]]:
    return (await entra.get("/auditLogs/signIns")).value


def results(entry: dict[str, Any]) -> dict[str, str]:
    return {each["displayName"]: each["result"] for each in entry["appliedConditionalAccessPolicies"]}


async def test_a_guest_is_stopped_elsewhere_and_gets_through_from_where_one_works(
    entra: Entra, browser: Browser
) -> None:
    await entra.switch(guestMfa=False)
    await state(entra, COUNTRIES)
    assert await to_the_app(entra, browser, place="BR") == STOPPED
    assert browser.status == 403
    for fact in ("53003", "Brazil, 192.0.2.65", "Health Records"):
        assert fact in browser.text
    assert await again(browser, place="nowhere") == STOPPED
    assert await again(browser, place="CA") == "Health Records"
    await browser.go("/guest/myapps")
    assert await again(browser, place="BR") == "My Apps", "the policy is for one app"
    assert await browser.go("/guest/app/health-records") == STOPPED
    await browser.press("leave")
    assert await browser.press("organisation", place=NETWORK) == "Health Records", "it is trusted"


async def test_a_platform_that_nobody_knows_is_stopped_at_every_app(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await state(entra, PLATFORMS)
    assert await to_the_app(entra, browser, platform="other") == STOPPED
    assert await again(browser, platform="linux") == "Health Records"


async def test_terms_of_use_are_accepted_once(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await state(entra, TERMS)
    assert await to_the_app(entra, browser) == "Terms of use"
    assert "Terms for guests of Contoso Health" in browser.text
    assert await browser.press("decline") == "You did not accept the terms"
    assert await browser.go("/guest/app/health-records") == "Terms of use"
    assert await browser.press("accept") == "Health Records"
    await browser.go("/guest/myapps")
    await browser.press("leave")
    await browser.press("organisation")
    assert await browser.go("/guest/app/health-records") == "Health Records"
    assert [each["name"] for each in await entra.ledger("terms.accepted")] == [
        "Terms for guests of Contoso Health"
    ]


async def test_a_method_is_registered_the_first_time_and_proven_afterwards(
    entra: Entra, browser: Browser
) -> None:
    assert await to_the_app(entra, browser) == "Prove who you are"
    assert "Set up and verify" in browser.text
    assert await browser.press("code", code=browser.authenticator()) == "Health Records"
    await browser.go("/guest/myapps")
    assert await again(browser) == "Prove who you are"
    assert "Set up and verify" not in browser.text
    codes = [(each["status"]["errorCode"], each["appDisplayName"]) for each in reversed(await logged(entra))]
    assert codes == [
        (50079, "Health Records"),
        (0, "Health Records"),
        (0, "My Apps"),
        (50076, "My Apps"),
    ]
    path = "/reports/authenticationMethods/userRegistrationDetails"
    [row] = (await entra.get(path, _filter="userType eq 'guest'")).value
    assert row["isMfaRegistered"] is True


async def test_a_managed_device_is_believed_only_from_home(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await state(entra, DEVICES)
    assert await to_the_app(entra, browser) == STOPPED
    assert "53000" in browser.text
    await entra.switch(inboundTrustDevices=True)
    assert await again(browser) == "Health Records"


async def test_the_log_says_where_on_what_and_which_policies_did_what(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await state(entra, COUNTRIES)
    await to_the_app(entra, browser, place="BR", platform="iOS")
    asked = {"headers": {"Prefer": "include-unknown-enum-members"}}
    [entry] = (await entra.call("GET", "/auditLogs/signIns", **asked)).value
    app = entra.app("health-records")
    assert (entry["appId"], entry["resourceId"]) == (app["appId"], app["appId"])
    assert (entry["status"]["errorCode"], entry["conditionalAccessStatus"]) == (53003, "failure")
    assert (entry["ipAddress"], entry["location"]["countryOrRegion"]) == ("192.0.2.65", "BR")
    assert entry["deviceDetail"]["operatingSystem"] == "iOS"
    assert results(entry) == {
        MFA: "notEnabled",
        COUNTRIES: "failure",
        PLATFORMS: "notEnabled",
        TERMS: "notEnabled",
        DEVICES: "reportOnlyFailure",
        "Admins: phishing-resistant sign-in": "notApplied",
    }
    assert results((await logged(entra))[0])[DEVICES] == "unknownFutureValue"
    await entra.switch(reportOnlyResults="shown")
    assert results((await logged(entra))[0])[DEVICES] == "reportOnlyFailure"
    reads = "Policy.Read.ConditionalAccess,Policy.ReadWrite.ConditionalAccess"
    await entra.switch(withheldPermissions=reads, policyPermission=False)
    assert results((await logged(entra))[0]) == {}


async def test_what_only_reports_stops_nobody(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa="reportOnly")
    await state(entra, COUNTRIES, "enabledForReportingButNotEnforced")
    assert await to_the_app(entra, browser, place="BR") == "Health Records"
    await entra.switch(reportOnlyResults="shown")
    [entry] = await logged(entra)
    assert (entry["status"]["errorCode"], entry["conditionalAccessStatus"]) == (0, "notApplied")
    found = results(entry)
    assert (found[COUNTRIES], found[MFA]) == ("reportOnlyFailure", "reportOnlyInterrupted")


async def test_an_app_that_is_not_assigned_is_in_the_log_as_such(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await to_the_app(entra, browser)
    assert await browser.go("/guest/app/billing") == "Billing"
    assert [each["status"]["errorCode"] for each in await logged(entra)] == [50105, 0]
