"""`guestlist policy …` as an operator types it, against the directory of the clinic."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

from tests.clinic import INVITE, POLICY, environment, open_clinic, open_sandbox
from tests.journeys.acts import ana_is_given_health_records, approve, waiting_for

MEGAN, ANA, RECORDS = "megan.bowen@contoso-health.com", "ana@fabrikam.com", "Health Records"

ADELE, ADMINS = "person:95dbe4c5-ecdf-57a2-a276-e42876c0443f", "group:9e1a4a9c-fe49-53c5-af11-6a22312f2c90"
OWNERS = re.compile(r'approvers = \["app-owners"\](?= +# Megan)')


async def typed(url: str, folder: Path, *words: str) -> tuple[int, str]:
    """Run the command; return how it ended and what it said."""
    settings = {**os.environ, **environment(url, folder / "guestlist.db")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "policy", *words),
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_policy_is_checked_and_explained_and_every_end_has_its_code(tmp_path: Path) -> None:
    broken, wrong = tmp_path / "broken.toml", tmp_path / "wrong.toml"
    broken.write_text("[defaults]\ncolour = 1\n", encoding="utf-8")
    text = POLICY.read_text(encoding="utf-8").replace("7113490b", "00000000")
    wrong.write_text(text, encoding="utf-8")
    async with open_sandbox() as clinic:
        ended, said = await typed(clinic.url, tmp_path, "check", "--every-app")
        assert (ended, said.splitlines()[0]) == (0, "Nothing is wrong with the policy.")
        assert all("type /setup" in line for line in said.splitlines()[1:]), (
            "nothing but hints comes after it"
        )
        ended, said = await typed(clinic.url, tmp_path, "check", "--file", str(broken))
        assert (ended, said.splitlines()[0].partition(" is not")[0]) == (1, "defaults: colour")
        ended, said = await typed(clinic.url, tmp_path, "check", "--file", str(wrong))
        assert ended == 1
        assert "app 2: there is no app 00000000-41f6-5cdf-a3ad-47fc2d8dbbe4" in said

        ended, said = await typed(clinic.url, tmp_path, "explain", MEGAN, ANA, RECORDS)
        assert ended == 0
        assert "Stage 1: Alex Wilber, Nia Chen could decide now" in said
        assert (await typed(clinic.url, tmp_path, "explain", "somebody"))[0] == 2
        assert (await typed(clinic.url, tmp_path, "explain", MEGAN, "ana", RECORDS))[0] == 2
    ended, said = await typed(clinic.url, tmp_path, "check")
    assert ended == 2
    assert "Traceback" not in said


async def test_a_request_is_explained_beside_a_running_guestlist(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await waiting_for(clinic)
        ended, said = await typed(clinic.url, tmp_path, "explain", "r-1001")
        assert "R-1001 is pendingApproval" in said
        assert "Its rules are as they were" in said
        assert ended == 0
        assert (await typed(clinic.url, tmp_path, "explain", "R-7"))[0] == 2


async def test_of_a_renewal_it_is_said_what_explains_it_and_that_no_replay_does(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await ana_is_given_health_records(clinic)
        await clinic.say("megan", "/extend R-1001 by 30d")
        await waiting_for(clinic)
        ended, said = await typed(clinic.url, tmp_path, "explain", "R-1002")
        assert "It renews R-1001, from " in said
        assert "no replay tells" in said
        assert ended == 0
        ended, said = await typed(clinic.url, tmp_path, "replay")
        assert "renewals: they are not replayed" in said
        assert ended == 3


async def test_a_change_of_the_policy_is_tried_on_what_was_asked_before_it_is_merged(tmp_path: Path) -> None:
    text, wanted = POLICY.read_text(encoding="utf-8"), f'approvers = ["{ADELE}"]'
    merged, unknown, same = (tmp_path / f"{name}.toml" for name in ("merged", "unknown", "same"))
    merged.write_text(OWNERS.sub(wanted, text), encoding="utf-8")
    unknown.write_text(OWNERS.sub('approvers = ["role:security_admins"]', text), encoding="utf-8")
    same.write_text(text.replace('fallback  = ["role:admins"]', f'fallback = ["{ADMINS}"]'), encoding="utf-8")
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)
        assert (await typed(clinic.url, tmp_path, "replay"))[0] == 0
        assert (await typed(clinic.url, tmp_path, "replay", "--policy", str(same)))[0] == 0
        ended, said = await typed(clinic.url, tmp_path, "replay", "--policy", str(merged))
        assert ended == 1
        assert "would be asked, too; Alex Wilber, Nia Chen would not be asked." in said
        ended, said = await typed(clinic.url, tmp_path, "replay", "--policy", str(merged), "--json")
        assert [one["outcome"] for one in json.loads(said)["requests"]] == ["differently"]
        ended, said = await typed(clinic.url, tmp_path, "replay", "--policy", str(unknown))
        assert ended == 3
        assert "Not known: whom group:333a1697-c78c-56f4-be6a-b0bde2113766 meant." in said
        ended, said = await typed(clinic.url, tmp_path, "replay", "--policy", str(tmp_path / "none"))
    assert ended == 2
    assert "Nothing was replayed" in said
