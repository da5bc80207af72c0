"""The policy changes while Guestlist runs: the next click goes by it, and a broken file changes nothing."""

import logging
from pathlib import Path

import pytest

from tests.clinic import INVITE, POLICY, Clinic, open_clinic, until
from tests.journeys.acts import approve, audited, shown, told, waiting_for

OWNERS = 'approvers = ["app-owners"]                             # Megan'


async def changes_noted(clinic: Clinic, count: int) -> None:
    async def look() -> bool:
        return len(await audited(clinic, "policy.changed")) == count

    await until(look, f"{count} policies are noted")
    policy = clinic.guestlist.policy

    async def in_force() -> bool:
        return bool((await audited(clinic, "policy.changed"))[-1]["digest"] == policy.taken.digest)

    await until(in_force, "the last one decides")


async def test_the_next_click_goes_by_the_changed_file_and_shows_first_what_has_moved(tmp_path: Path) -> None:
    text = POLICY.read_text(encoding="utf-8")
    assert OWNERS in text
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    async with open_clinic(tmp_path, policy=file) as clinic:
        await clinic.say("megan", INVITE, "channel")
        card = await waiting_for(clinic)

        adele = next(
            one["id"] for one in clinic.story.raw["people"] if one["displayName"].startswith("Adele")
        )
        file.write_text(text.replace(OWNERS, f'approvers = ["person:{adele}"]  # Megan'), encoding="utf-8")
        await changes_noted(clinic, 2)

        assert "Only Adele Vance can do this" in shown(await clinic.press("alex", card, "approval.approve"))
        assert "policy" in await told(clinic, "adele", "/approve R-1001")
        assert await audited(clinic, "request.approved") == []
        await told(clinic, "adele", "/approve R-1001")
        assert len(await audited(clinic, "request.approved")) == 1
        assert len(await audited(clinic, "plan.moved")) == 1


async def test_a_broken_file_leaves_the_policy_as_it_was_and_tells_the_operator(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(POLICY.read_bytes())

    def alarms() -> list[str]:
        return [one.message for one in caplog.records if one.name.endswith("alarm")]

    async def rung() -> bool:
        return len(alarms()) == 1

    with caplog.at_level(logging.ERROR):
        async with open_clinic(tmp_path, policy=file) as clinic:
            file.write_text("[defaults]\ncolour = 'red'\n[[app]]\nid = 'app:1'\n", encoding="utf-8")
            await until(rung, "the alarm")
            assert "defaults: colour is not known" in alarms()[0]
            assert "app 1.id: '1' is no object id" in alarms()[0]

            await clinic.say("megan", INVITE, "channel")
            await approve(clinic)
            assert "R-1001" in await told(clinic, "megan", "/requests")
            assert len(await audited(clinic, "policy.changed")) == 1
