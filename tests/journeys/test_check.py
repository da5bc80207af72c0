"""`/check` over HTTP: tenant, domain, guest and app, what fails and what to do, and what was not read."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import app
from bot.clock import host_time
from tests.clinic import POLICY, Clinic, open_clinic
from tests.journeys.acts import audited, button, send, shown, told
from tests.journeys.test_who_may_see import said

TO_RECORDS = '/check ana@fabrikam.com to "Health Records"'
HALF_A_MINUTE = timedelta(seconds=31)
"""And a second: for so long what holds for all guests is kept."""
NOTHING = "there is no app that you may request for"


class Ahead:
    """The host's clock, which a test puts forward."""

    def __init__(self) -> None:
        self.time = timedelta()

    def __call__(self) -> datetime:
        return host_time() + self.time


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
async def clinic(tmp_path: Path, ahead: Ahead) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, app.Overrides(clock=ahead)) as opened:
        yield opened


async def test_the_tenant_is_told_with_nothing_in_the_way_until_an_admin_changes_it(
    clinic: Clinic, ahead: Ahead
) -> None:
    answer = await told(clinic, "megan", "/check")
    for words in ("Can guests be invited?", "Nothing stands in the way", "allowInvitesFrom: everyone"):
        assert words in answer, words
    await clinic.switch(allowInvitesFrom="none")
    kept = await told(clinic, "megan", "/check")
    assert "Nothing stands in the way" in kept, "what was read half a minute ago may still be told"
    ahead.time = HALF_A_MINUTE
    answer = await told(clinic, "megan", "/check")
    for words in (
        "Will not work: one check fails",
        "(allowInvitesFrom: none)",
        "External collaboration settings",
    ):
        assert words in answer, words


async def test_a_domain_is_told_by_list_tenants_policy_and_provider(clinic: Clinic) -> None:
    await clinic.switch(blockedDomains="fabrikam.com", crossTenantPartner="blocked")
    answer = await told(clinic, "megan", "/check fabrikam.com")
    for words in (
        "Will not work: 2 checks fail",
        "fabrikam.com is on the tenant's list of blocked domains",
        "People from fabrikam.com are kept out",
        "the guest's own Microsoft Entra account, likely",
    ):
        assert words in answer, words
    answer = await told(clinic, "megan", "/check @mailinator.com")
    assert "mailinator.com gives addresses to anybody" in answer
    assert "Guestlist's policy does not allow mailinator.com" in answer


async def test_a_guest_and_an_app_are_told_with_what_would_be_given(clinic: Clinic) -> None:
    answer = await told(clinic, "megan", TO_RECORDS)
    for words in (
        "Can this guest get into Health Records?",
        "Health Records guests takes guests and is assigned",
        "GroupMember.ReadWrite.All is there",
        "Nothing stands in the way",
    ):
        assert words in answer, words
    await clinic.act(act="addContact", name="Ana at Fabrikam", mail="ana@fabrikam.com")
    await clinic.act(
        act="setProperties", app="health-records", properties={"appRoleAssignmentRequired": False}
    )
    answer = await told(clinic, "megan", TO_RECORDS)
    assert "The contact Ana at Fabrikam has it" in answer
    assert "Everybody in the tenant can sign in to Health Records" in answer


async def test_check_again_reads_it_anew_and_what_the_button_carries_is_read_as_if_typed(
    clinic: Clinic, ahead: Ahead
) -> None:
    await told(clinic, "megan", "/check fabrikam.com")
    card = await clinic.card("megan", "Can guests from fabrikam.com be invited?")
    await clinic.switch(blockedDomains="fabrikam.com")
    ahead.time = HALF_A_MINUTE
    pressed = await send(clinic, "megan", "personal", button(card, "check.again"))
    assert "list of blocked domains" in shown(pressed)
    forged = button(card, "check.again", asked='/check ana@fabrikam.com to "Billing"')
    await told(clinic, "grady", "/check")
    assert "Can this guest" not in shown(await send(clinic, "grady", "personal", forged))
    for asked in ("/invite x", 7, None, "/check " + "x" * 700):
        pressed = await send(clinic, "megan", "personal", button(card, "check.again", asked=asked))
        assert pressed["status"] == 200


async def test_check_again_reads_anew_what_an_admin_has_mended_a_moment_ago(
    clinic: Clinic, ahead: Ahead
) -> None:
    await clinic.switch(blockedDomains="fabrikam.com")
    assert "list of blocked domains" in await told(clinic, "megan", "/check fabrikam.com")
    card = await clinic.card("megan", "Can guests from fabrikam.com be invited?")
    await clinic.switch(blockedDomains="")
    ahead.time = timedelta(seconds=6)
    pressed = await send(clinic, "megan", "personal", button(card, "check.again"))
    assert "list of blocked domains" not in shown(pressed)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"policyPermission": False}, "Policy.Read.All"),
        ({"domainListPermission": False}, "Policy.Read.B2BManagementPolicy"),
        ({"tenantNames": False}, "CrossTenantInformation.ReadBasic.All"),
    ],
)
async def test_what_guestlist_may_not_read_is_said_with_the_permission_and_never_counts_as_fine(
    clinic: Clinic, switches: dict[str, bool], words: str
) -> None:
    await clinic.switch(**switches)
    answer = await told(clinic, "megan", "/check fabrikam.com")
    assert "Not sure:" in answer
    assert f"An admin gives Guestlist {words}" in answer
    assert "Nothing stands in the way" not in answer


async def test_whoever_may_request_for_nothing_is_told_nothing(tmp_path: Path) -> None:
    text = POLICY.read_text(encoding="utf-8")
    narrow = tmp_path / "policy.toml"
    narrow.write_text(
        text.replace('requestors    = ["app-owners"]', 'requestors    = ["role:admins"]'), encoding="utf-8"
    )
    async with open_clinic(tmp_path, policy=narrow) as clinic:
        for line in ("/check", "/check fabrikam.com", TO_RECORDS, '/check fabrikam.com to "Billing"'):
            assert NOTHING in await told(clinic, "diego", line)
        refused = [(one["act"], one["refused"]) for one in await audited(clinic, "act.refused")]
        assert refused == [("check", "NotForYou")] * 4
        assert "Nothing stands in the way" in await told(clinic, "lidia", "/check")


async def test_an_app_of_others_is_refused_as_the_form_refuses_it(clinic: Clinic) -> None:
    answer = await told(clinic, "megan", '/check ana@fabrikam.com to "Billing"')
    form = await told(
        clinic, "megan", "/invite ana@fabrikam.com to Billing for 90d because she helps with March"
    )
    sentence = answer.split(". ", 1)[0]
    assert sentence in form
    assert [one["refused"] for one in await audited(clinic, "act.refused")] == ["NotTheirApp"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/check fabrikam", "This is neither a domain nor an address."),
        ("/check to", "This is neither a domain nor an address."),
        ("/check ana+x@fabrikam.com", "Microsoft cannot invite an address with a + in it."),
        ('/check ana@fabrikam.com to "No such app"', "You can request for no app of this name"),
        ('/check ana@fabrikam.com to "Health Records" as "King"', "Health Records"),
    ],
)
async def test_what_was_mistyped_is_said_with_what_can_be_typed(
    clinic: Clinic, line: str, words: str
) -> None:
    answer = await told(clinic, "megan", line)
    assert words in answer
    assert '/check ana@fabrikam.com to "Health Records"' in answer


async def test_before_others_it_is_answered_in_ones_own_chat(clinic: Clinic) -> None:
    here, own = await said(clinic, "megan", TO_RECORDS, "channel")
    assert "ana@fabrikam.com" not in here
    assert "Can this guest get into Health Records?" in own


async def test_it_reads_and_changes_nothing(clinic: Clinic) -> None:
    for line in ("/check", "/check fabrikam.com", TO_RECORDS):
        await told(clinic, "megan", line)
    calls = await clinic.ledger("graph.call")
    assert {one["detail"]["method"] for one in calls} == {"GET"}
