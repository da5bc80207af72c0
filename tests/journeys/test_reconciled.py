"""What was done with Guestlist's credential past Guestlist, and what the tenant's log does not tell."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from access.rules.audit import verify
from access.service.comparing import Comparing
from bot.clock import SteadyClock, host_time
from bot.commands.reconcile import reconcile
from bot.settings import Settings
from tests.clinic import QUICK, TOKEN, Clinic, environment, guestlist_in, open_sandbox, spoken, until
from tests.journeys.acts import approve, audited, settled, told
from tests.journeys.test_protecting_apps import made
from tests.journeys.test_setup import REVIEW, approved, asked

DAY = timedelta(days=1)
INVITE = "/invite ana@fabrikam.com to Health Records for 90d because she runs the March audit"


@dataclass
class Tenant:
    """The sandbox, with Guestlist's settings in it."""

    clinic: Clinic
    environ: dict[str, str]

    def guestlist(self, ahead: timedelta = timedelta()) -> Any:
        """Serve Guestlist with a clock that is ahead."""
        settings = Settings.read(self.environ)
        assert isinstance(settings, Settings), settings
        overrides = app.Overrides(patience=QUICK, clock=lambda: host_time() + ahead)
        return guestlist_in(self.clinic, settings, overrides)

    async def a_delivery(self) -> str:
        """Have Ana invited and approved; return her object id."""
        await self.clinic.say("megan", INVITE)
        await approve(self.clinic)
        await self.clinic.card("megan", "Delivered")
        await settled(self.clinic)
        [guest] = await self.clinic.ledger("user.created")
        return str(guest["detail"]["guest"])

    async def plants(self, guest: str) -> None:
        """Assign the guest to another app with Guestlist's token, and past Guestlist."""
        billing = next(one for one in self.clinic.story.raw["apps"] if one["key"] == "lab-results")
        body = {"principalId": guest, "resourceId": billing["id"], "appRoleId": billing["appRoles"][0]["id"]}
        url = f"{self.clinic.url}/v1.0/servicePrincipals/{billing['id']}/appRoleAssignedTo"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.clinic.http.post(url, json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()

    async def alarms(self, words: str) -> list[str]:
        texts = [one["text"] or "" for one in await self.clinic.messages("megan", "channel")]
        return [text for text in texts if words in text]

    async def compared(self) -> list[dict[str, Any]]:
        found = await until(lambda: audited(self.clinic, "reconcile.looked"), "it was compared")
        assert isinstance(found, list)
        return found

    async def command(self, *words: str) -> tuple[int, str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
        command = (sys.executable, "-m", "bot.cli", "audit", "reconcile", *words)
        pipe = asyncio.subprocess.PIPE
        run = await asyncio.create_subprocess_exec(*command, env=own | self.environ, stdout=pipe, stderr=pipe)
        out, err = await run.communicate()
        return run.returncode or 0, out.decode(), err.decode()


@pytest.fixture
async def tenant(tmp_path: Path) -> AsyncIterator[Tenant]:
    async with open_sandbox(auditLag=0) as clinic:
        environ = environment(clinic.url, tmp_path / "guestlist.db")
        environ["GUESTLIST_ALARM_CONVERSATION"] = await clinic.place("megan", "channel")
        yield Tenant(clinic, environ)


async def test_an_assignment_made_by_hand_with_our_credential_rings_an_alarm_within_the_run_and_never_again(
    tenant: Tenant,
) -> None:
    async with tenant.guestlist():
        guest = await tenant.a_delivery()
        await tenant.plants(guest)
    async with tenant.guestlist(2 * timedelta(hours=1)):
        [alarm] = await until(lambda: tenant.alarms("do not agree"), "the operator is told")
        assert f"Guestlist's identity assigned {guest} to app" in alarm
        assert "(Entra's entry Directory_" in alarm
        assert "give Guestlist a new credential" in alarm
        assert "fabrikam" not in alarm
        [finding] = await audited(tenant.clinic, "reconcile.no-approval")
        assert (finding["act"], finding["principal"]) == ("assignment", guest)
        [looked] = await tenant.compared()
        assert (looked["deeds"], looked["approvals"], looked["findings"]) == (3, 2, 1)
    async with tenant.guestlist(2 * DAY):
        await until(lambda: _two_of(tenant), "it was compared again")
        assert len(await tenant.alarms("do not agree")) == 1
        assert len(await audited(tenant.clinic, "reconcile.no-approval")) == 1
        assert verify([entry async for entry in tenant.clinic.guestlist.store.audit_entries()]) is None


async def _two_of(tenant: Tenant) -> bool:
    return len(await tenant.compared()) == 2


async def test_removals_and_set_ups_agree_with_the_log_and_what_is_done_past_them_is_found(
    tenant: Tenant,
) -> None:
    clinic = tenant.clinic
    async with tenant.guestlist():
        guest = await tenant.a_delivery()
        await clinic.say("megan", "/remove ana@fabrikam.com from the directory now because it is over")
        await clinic.card("megan", "Blocked")
        await settled(clinic)
        await clinic.say("megan", "/restore ana@fabrikam.com")
        await clinic.card("megan", "is in the directory again")
        await clinic.act(act="setProperties", app=REVIEW, properties={"appRoleAssignmentRequired": False})
        await asked(clinic)
        await approved(clinic)
        await clinic.card("megan", "Group ready, not in the policy yet")
        await settled(clinic)
    url, headers = f"{clinic.url}/v1.0/users/{guest}", {"Authorization": f"Bearer {TOKEN}"}
    async with clinic.http.delete(url, headers=headers) as answer:
        assert answer.status == 204, await answer.text()
    async with tenant.guestlist(2 * timedelta(hours=1)):
        [alarm] = await until(lambda: tenant.alarms("do not agree"), "the operator is told")
        assert f"Guestlist's identity deleted the account {guest}" in alarm
        [looked] = await tenant.compared()
        assert looked["findings"] == 1, alarm


async def test_a_change_of_a_guest_agrees_with_the_log_and_a_name_that_was_written_past_it_is_found(
    tenant: Tenant,
) -> None:
    clinic = tenant.clinic
    async with tenant.guestlist():
        guest = await tenant.a_delivery()
        await clinic.say("megan", '/change ana@fabrikam.com company "Contoso Labs"')
        await clinic.card("megan", "It was read back.")
        await settled(clinic)
    url, headers = f"{clinic.url}/v1.0/users/{guest}", {"Authorization": f"Bearer {TOKEN}"}
    async with clinic.http.patch(url, json={"displayName": "Mallory"}, headers=headers) as answer:
        assert answer.status == 204, await answer.text()
    async with tenant.guestlist(2 * timedelta(hours=1)):
        [alarm] = await until(lambda: tenant.alarms("do not agree"), "the operator is told")
        assert f"Guestlist's identity changed what the directory says of {guest}" in alarm
        assert "Mallory" not in alarm
        [finding] = await audited(clinic, "reconcile.no-approval")
        assert (finding["act"], finding["principal"]) == ("profile", guest)
        [looked] = await tenant.compared()
        assert looked["findings"] == 1, alarm


async def test_an_approval_whose_effect_was_taken_out_of_the_log_rings_an_alarm_after_an_hour(
    tenant: Tenant,
) -> None:
    async with tenant.guestlist():
        guest = await tenant.a_delivery()
        await tenant.clinic.act(act="eraseAudits", activity="joined", id=guest)
    async with tenant.guestlist(timedelta(minutes=55)) as guestlist:
        await guestlist.readers.reconciliations.daily()
        assert await audited(tenant.clinic, "reconcile.looked") == []
    async with tenant.guestlist(timedelta(minutes=90)):
        [alarm] = await until(lambda: tenant.alarms("do not agree"), "the operator is told")
        assert f"was approved and done, without the membership of {guest} in group" in alarm
        assert "R-1" in alarm


@pytest.mark.parametrize("told", [True, False])
async def test_an_invitation_repeated_because_its_answer_was_lost_is_no_finding_told_twice_or_once(
    tenant: Tenant, *, told: bool
) -> None:
    await tenant.clinic.switch(auditReinvite=told)
    lost = {"method": "POST", "path": "/invitations$"}
    await tenant.clinic.fault(match=lost, do="503-after", times=1, retryAfter=0)
    async with tenant.guestlist():
        await tenant.a_delivery()
        assert len(await tenant.clinic.ledger("invitation.created")) == 2
    async with tenant.guestlist(2 * timedelta(hours=1)):
        [looked] = await tenant.compared()
        assert (looked["deeds"], looked["approvals"], looked["findings"]) == (2 + told, 3, 0)
        assert await tenant.alarms("do not agree") == []


async def test_a_log_that_cannot_be_read_is_named_with_its_days_and_read_when_it_can_be_again(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    async with tenant.guestlist():
        await tenant.plants(await tenant.a_delivery())
    await tenant.clinic.switch(auditPermission=False)
    async with tenant.guestlist(timedelta(hours=2)):
        await until(lambda: _said(caplog), "the days are in the log")
        assert await tenant.alarms("Entra") == [], "the permission is optional"
    code, out, _ = await tenant.command()
    assert code == 2
    assert "Not seen: " in out
    assert "AuditLog.Read.All is missing" in out
    await tenant.clinic.switch(auditPermission=True)
    async with tenant.guestlist(DAY):
        assert await until(lambda: tenant.alarms("do not agree"), "what was missed is found")


async def _said(caplog: pytest.LogCaptureFixture) -> bool:
    return "audit log cannot be read" in caplog.text


async def test_the_command_lists_what_was_found_as_a_table_or_as_json_with_an_exit_code(
    tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    async with tenant.guestlist() as guestlist:
        guest = await tenant.a_delivery()
        comparing = Comparing(guestlist.store, guestlist.graph.activity, SteadyClock())
        later = host_time() + timedelta(hours=2)
        assert (await reconcile(comparing, later, later - DAY)).tell(as_json=False) == 0
        assert (
            "2 deeds of Guestlist in Entra's log, 2 approved steps that began, 0 findings"
            in capsys.readouterr().out
        )
        await tenant.plants(guest)
        assert (await reconcile(comparing, later, later - DAY)).tell(as_json=False) == 1
        assert "no-approval     new   20" in capsys.readouterr().out
        assert (await reconcile(comparing, later, later - DAY)).tell(as_json=True) == 1
        told = json.loads(capsys.readouterr().out)
        assert [one["gap"] for one in told["findings"]] == ["no-approval"]
        assert (told["findings"][0]["principal"], told["findings"][0]["told"]) == (guest, None)
        assert await audited(tenant.clinic, "reconcile.no-approval") == [], "who asks writes nothing"


async def test_the_command_reads_beside_a_running_guestlist_and_judges_nothing_that_is_not_an_hour_old(
    tenant: Tenant,
) -> None:
    async with tenant.guestlist():
        await tenant.a_delivery()
        code, out, err = await tenant.command("--json", "--since", "2d")
    told = json.loads(out)
    assert (code, told["deeds"], told["findings"], told["unseen"], err) == (2, 0, [], [], "")
    assert told["since"] == told["until"], "nothing can be compared yet"


async def test_the_command_says_which_time_it_does_not_understand(tenant: Tenant) -> None:
    code, _, err = await tenant.command("--since", "yesterday")
    assert code == 2
    assert "'yesterday' is no time" in err


async def test_a_protection_agrees_with_the_log_and_a_policy_that_was_written_past_it_is_found(
    tenant: Tenant,
) -> None:
    clinic = tenant.clinic
    async with tenant.guestlist():
        await tenant.a_delivery()
        await made(clinic)
        card = await clinic.card("isaiah", "nobody is stopped by it")
        enforce = f"/protect {re.findall(r'R-[0-9]+', spoken(card))[0]} enforce"
        [code] = set(re.findall(f"{enforce} ([0-9a-f]{{8}})", await told(clinic, "isaiah", enforce)))
        await clinic.say("isaiah", f"{enforce} {code}")
        await until(lambda: audited(clinic, "guard.enforced"), "it is enforced")
        await settled(clinic)
    await clinic.switch(throttling="off")
    [policy] = [one["detail"]["id"] for one in await clinic.ledger("policy.added")]
    url = f"{clinic.url}/v1.0/identity/conditionalAccess/policies/{policy}"
    async with clinic.http.delete(url, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        assert answer.status == 204, await answer.text()
    async with tenant.guestlist(2 * timedelta(hours=1)):
        [alarm] = await until(lambda: tenant.alarms("do not agree"), "the operator is told")
        assert f"Guestlist's identity deleted the policy {policy} of Conditional Access" in alarm
        [finding] = await audited(clinic, "reconcile.no-approval")
        assert (finding["act"], finding["principal"]) == ("end-of-policy", policy)
        [looked] = await tenant.compared()
        assert looked["findings"] == 1, alarm
