"""The policy of the clinic reads, and every id in it names what its comment says."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import Source, SourceKind
from access.rules.policy_reader import read_policy

SANDBOX = Path(__file__).parents[2] / "sandbox"
TEXT = (SANDBOX / "policy.toml").read_text(encoding="utf-8")
CLINIC: dict[str, Any] = json.loads((SANDBOX / "data" / "clinic.json").read_text(encoding="utf-8"))
NAMED = ("people", "groups", "apps", "accounts", "termsOfUse")
NAMES = {one["id"]: one["displayName"] for kind in NAMED for one in CLINIC[kind]}
HENRIETTA, MEGAN = ObjectId("dd751f2d-793b-50ac-b096-5bc8eb142283"), "1f3e6289-0a96-5854-a119-2866b99250bc"


def _app(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in CLINIC["apps"] if one["displayName"] == name)
    return found


@pytest.mark.parametrize("line", [line for line in TEXT.splitlines() if re.search(r"[0-9a-f]{8}-", line)])
def test_every_id_is_explained_by_the_name_it_has_in_the_directory(line: str) -> None:
    (found,) = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", line)
    assert NAMES[found].split()[0] in line.partition("#")[2]


def test_the_policy_of_the_clinic_reads() -> None:
    policy = read_policy(TEXT)
    records = policy.rules_for(_app("Health Records")["id"])
    assert records.give.startswith("group:")
    assert NAMES[records.give.removeprefix("group:")] == "Health Records guests"
    assert policy.rules_for(_app("Patient Portal")["id"]).stages[0].approvers == (Source(SourceKind.MANAGER),)
    assert policy.domains.deny == ("mailinator.com",)
    assert policy.defaults.term_default.days == 90


def test_the_auditor_has_nobody_but_the_fallback_for_her_own_request() -> None:
    app = _app("Audit Workspace")
    assert HENRIETTA in app["owners"]
    rules = read_policy(TEXT).rules_for(app["id"])
    assert rules.stages[0].approvers == (Source(SourceKind.PERSON, HENRIETTA),)
    assert rules.stages[0].fallback == (Source(SourceKind.ROLE, "admins"),)
    assert MEGAN in app["owners"], "who has Henrietta as her approver"


def test_it_shows_a_waiver_for_the_guests_of_one_domain() -> None:
    (waiver,) = read_policy(TEXT).rules_for(_app("Partner Directory")["id"]).open_waivers
    assert waiver.domains == ("tailspintoys.com",)
    assert (waiver.longest, waiver.most, waiver.per) == (timedelta(days=30), 3, timedelta(days=1))


def test_it_shows_what_a_policy_can_say_of_a_role_a_group_a_partner_and_of_waiting() -> None:
    policy = read_policy(TEXT)
    registry, desk = _app("Research Registry"), _app("Referral Desk")
    contributor = Give(GiveKind.APP_ROLE, registry["appRoles"][0]["id"], "Contributor")
    rules = policy.rules_for(registry["id"], contributor)
    assert rules.term_longest.days == rules.term_default.days == 60
    assert rules.justification_expected.endswith("STUDY-0417")
    assert policy.rules_for(registry["id"]).justification_pattern == ""
    partner = policy.rules_for(registry["id"], contributor, "labs.northwindtraders.com")
    assert partner.stages[0].fallback == (Source(SourceKind.ROLE, "admins"),)
    assert (partner.term_default.days, partner.term_longest.days) == (30, 60), "the role's is shorter"
    assert policy.refused_by(_app("Health Records")["id"], None, "northwindtraders.com")
    (group,) = policy.groups
    assert NAMES[group] == "Case Review"
    stage = policy.rules_for(desk["id"]).stages[0]
    assert (stage.escalation, stage.escalate_after) == (
        (Source(SourceKind.ROLE, "admins"),),
        timedelta(days=5),
    )
