"""The policy file: what it says, and every mistake in it at once."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from access.rules.model import ObjectId
from access.rules.policy import PolicyError, Source, SourceKind, Stage
from access.rules.policy_reader import read_policy

APP = "11111111-1111-4111-8111-111111111111"
GROUP = "22222222-2222-4222-8222-222222222222"
PERSON = "33333333-3333-4333-8333-333333333333"

WHOLE = f"""
[roles]
admins = ["group:{GROUP}", "person:{PERSON}"]

[defaults]
requestors = ["app-owners", "members"]
justification = {{ required = false, min_length = 20 }}
term = {{ default = "30d", longest = "180d" }}
closes_after = "7d"
landing = "my-apps"

[[defaults.stage]]
approvers = ["app-owners", "manager"]
fallback = ["role:admins"]

[domains]
deny = ["Mailinator.com", "*.example.net"]
allow = ["fabrikam.com", "münchen.de"]

[[app]]
id = "app:{APP.upper()}"
give = "group:{GROUP}"
term = {{ longest = "60d" }}

  [[app.stage]]
  approvers = ["group:{GROUP}"]
"""


def _mistakes(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    return caught.value.mistakes


def test_a_whole_policy_is_read() -> None:
    policy = read_policy(WHOLE)
    group = Source(SourceKind.GROUP, GROUP)
    assert policy.roles == {"admins": (group, Source(SourceKind.PERSON, PERSON))}
    usual = policy.defaults
    assert usual.requestors == (Source(SourceKind.APP_OWNERS), Source(SourceKind.MEMBERS))
    assert (usual.justification_required, usual.justification_least) == (False, 20)
    assert (usual.term_default, usual.term_longest) == (timedelta(days=30), timedelta(days=180))
    assert (usual.closes_after, usual.landing) == (timedelta(days=7), "my-apps")
    owners_and_manager = (Source(SourceKind.APP_OWNERS), Source(SourceKind.MANAGER))
    assert usual.stages == (Stage(owners_and_manager, fallback=(Source(SourceKind.ROLE, "admins"),)),)
    assert policy.domains.deny == ("mailinator.com", "*.example.net")
    assert policy.domains.allow == ("fabrikam.com", "xn--mnchen-3ya.de")


def test_an_app_overrides_the_defaults_key_by_key() -> None:
    policy = read_policy(WHOLE)
    rules = policy.rules_for(ObjectId(APP))
    assert rules.name == f"app {APP}"
    assert rules.give == f"group:{GROUP}"
    assert rules.stages == (replace(policy.defaults.stages[0], approvers=(Source(SourceKind.GROUP, GROUP),)),)
    assert rules.term_longest == timedelta(days=60)
    assert rules.term_default == timedelta(days=30)
    assert policy.rules_for(ObjectId("another")) is policy.defaults


def test_an_app_may_do_without_the_fallback() -> None:
    policy = read_policy(f"{WHOLE}  fallback = []\n")
    assert policy.rules_for(ObjectId(APP)).stages[0].fallback == ()


def test_the_guests_sponsors_decide_and_neither_request_nor_have_a_part_of_their_own() -> None:
    stage = "[[defaults.stage]]\napprovers = ['guest-sponsors']\nmay_decide = ['guest-sponsors']\n"
    assert read_policy(stage).defaults.stages[0].approvers == (Source(SourceKind.GUEST_SPONSORS),)
    for elsewhere in ("[defaults]\nrequestors = ['guest-sponsors']", "[roles]\nadmins = ['guest-sponsors']"):
        [mistake] = _mistakes(elsewhere)
        assert "'guest-sponsors' is not one of" in mistake
    assert _mistakes("[[defaults.stage]]\napprovers = ['guest-sponsors:ana']")


def test_an_empty_policy_has_the_documented_defaults() -> None:
    usual = read_policy("").defaults
    assert usual.requestors == (Source(SourceKind.APP_OWNERS),)
    assert usual.stages == (Stage(usual.requestors),)
    assert (usual.justification_required, usual.justification_least) == (True, 10)
    assert (usual.term_default, usual.term_longest) == (timedelta(days=90), timedelta(days=365))
    assert usual.closes_after == timedelta(days=14)
    assert usual.landing == "app-home"


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    mistakes = _mistakes(
        """
        colour = "red"
        [roles]
        kings = ["members"]
        [defaults]
        requestors = ["manager", "app-owner"]
        term = { default = "90", longest = "2027-01-01", renewals = 2 }
        closes_after = "soon"
        landing = "http://plain.example"
        [[defaults.stage]]
        approvers = ["role:admins"]
        [[app]]
        id = "app:1234"
        give = "license:E5"
        """
    )
    places = [mistake.partition(":")[0] for mistake in mistakes]
    assert places == [
        "policy",
        "roles",
        "roles.kings",
        "defaults.requestors",
        "defaults.requestors",
        "defaults.term",
        "defaults.term.default",
        "defaults.term.longest",
        "defaults.closes_after",
        "defaults.landing",
        "defaults.stage.approvers",
        "app 1.id",
        "app 1.give",
    ]


def test_stages_are_read_in_their_order_with_quorum_and_who_is_not_asked() -> None:
    policy = read_policy(
        f"""
        [[defaults.stage]]
        approvers = ["app-owners"]
        [[defaults.stage]]
        approvers = ["group:{GROUP}"]
        quorum = 2
        may_decide = ["person:{PERSON}"]
        fallback = ["manager"]
        """
    )
    first, second = policy.defaults.stages
    assert first == Stage((Source(SourceKind.APP_OWNERS),))
    assert second == Stage(
        (Source(SourceKind.GROUP, GROUP),),
        quorum=2,
        fallback=(Source(SourceKind.MANAGER),),
        may_decide=(Source(SourceKind.PERSON, PERSON),),
    )


def test_an_apps_stages_take_the_place_of_the_defaults_and_what_one_does_not_say_is_as_there() -> None:
    usual = "[[defaults.stage]]\napprovers = ['manager']\nquorum = 2\n"
    app = f"[[app]]\nid = '{APP}'\n"
    stage = "[[app.stage]]\napprovers = ['app-owners']\n"
    same, one, two = (read_policy(usual + app + stage * count).rules_for(ObjectId(APP)) for count in range(3))
    assert [stage.quorum for stage in same.stages] == [2]
    assert [stage.quorum for stage in one.stages] == [2]
    assert [stage.quorum for stage in two.stages] == [2, 1]


def test_an_approval_is_bound_to_every_stage_its_quorum_and_who_may_decide() -> None:
    stage = "[[defaults.stage]]\napprovers = ['manager']\n"
    policies = [
        stage,
        stage * 2,
        stage * 3,
        f"{stage}quorum = 2\n",
        f"{stage}may_decide = ['app-owners']\n",
        f"{stage}quorum = 2\n{stage}",
        f"{stage}{stage}quorum = 2\n",
    ]
    assert len({read_policy(one).defaults.text for one in policies}) == len(policies)


ONE = [
    ("[", "no TOML"),
    ("[remind]\nfirst_after = '1d'", "remind is not known to this version"),
    ("[defaults.remind]\nfirst_after = '1d'", "remind is not known"),
    ("roles = 3", "roles: write a table"),
    ("defaults = []", "defaults: write a table"),
    ("domains = 'x.com'", "domains: write a table"),
    ("[app]\nid = 'x'", "app: write it in double brackets"),
    ("app = [3]", "app: write a table"),
    ("[defaults]\njustification = true", "defaults.justification: write a table"),
    ("[defaults]\nterm = '90d'", "defaults.term: write a table"),
    ("[defaults.stage]\napprovers = ['app-owners']", "defaults.stage: write it in double brackets"),
    ("[defaults]\nstage = ['app-owners']", "defaults.stage: write a table"),
    ("[[defaults.stage]]\nquorum = 0\napprovers = ['manager']", "write a number from 1 to 10"),
    ("[[defaults.stage]]\nquorum = true\napprovers = ['manager']", "write a number from 1 to 10"),
    ("[[defaults.stage]]\nquorum = '2'\napprovers = ['manager']", "write a number from 1 to 10"),
    ("[[defaults.stage]]\nneeded = 2\napprovers = ['manager']", "needed is not known"),
    ("[[defaults.stage]]\napprovers = ['manager']\nmay_decide = ['members']", "'members' is not one of"),
    ("[[defaults.stage]]\nfallback = ['manager']", "name the approvers"),
    ("[[defaults.stage]]\napprovers = []", "write a list of people"),
    ("[[defaults.stage]]\napprovers = 'manager'", "write a list of people"),
    ("[[defaults.stage]]\napprovers = [3]", "write a list of people"),
    ("[[defaults.stage]]\napprovers = ['members']", "'members' is not one of"),
    ("[[defaults.stage]]\napprovers = ['manager:x']", "'manager:x' is not one of"),
    ("[[defaults.stage]]\napprovers = ['group']", "'group' is not one of"),
    ("[[defaults.stage]]\napprovers = ['group:Privacy Office']", "no object id"),
    ("[[defaults.stage]]\napprovers = ['role:admins']", "no role 'admins'"),
    ("[[defaults.stage]]\napprovers = ['manager']\n" * 4, "write at most 3 stages"),
    ("[defaults]\nrequestors = ['manager']", "'manager' is not one of"),
    ("[roles]\nadmins = ['app-owners']", "'app-owners' is not one of group:ID, person:ID"),
    ("[roles]\nadmins = ['role:admins']", "is not one of"),
    ("[defaults]\nterm = { default = '60d', longest = '30d' }", "default is longer than longest"),
    ("[defaults]\nterm = { longest = '30d' }", "default is longer than longest"),
    ("[defaults]\nterm = { longest = '9999y' }", "longer than ten years"),
    ("[defaults]\ncloses_after = 14", "'14' is no length"),
    ("[defaults]\ncloses_after = '0d'", "is no length"),
    ("[defaults]\nlanding = ['my-apps']", "write app-home, my-apps or an https address"),
    ("[defaults]\njustification = { required = 'yes' }", "write true or false"),
    ("[defaults]\njustification = { min_length = true }", "write a number from 0 to 500"),
    ("[defaults]\njustification = { min_length = 501 }", "write a number from 0 to 500"),
    ("[domains]\ndeny = 'mailinator.com'", "write a list of domains"),
    ("[domains]\ndeny = ['@mailinator.com']", "write a list of domains"),
    ("[domains]\ndeny = ['*mailinator.com']", "write a list of domains"),
    ("[domains]\nallow = []", "write a list of domains"),
    ("[domains]\nblock = ['x.com']", "block is not known"),
    ("[[app]]\ngive = 'app-role:Reader'", "app 1.id: '' is no object id"),
    (f"[[app]]\nid = '{APP}'\n[[app]]\nid = '{APP}'", "has an entry already"),
    (f"[[app]]\nid = '{APP}'\ngive = 'app-role:'", "write group:ID or app-role:NAME"),
    (f"[[app]]\nid = '{APP}'\ngive = 'group:Guests'", "no object id"),
    (f"[[app]]\nid = '{APP}'\nsensitive = true", "sensitive is not known"),
]


CHOICE = '[[defaults.question]]\nid = "a"\nask = "A?"\nkind = "choice"\nchoices = '
ODD = [
    *((f"{CHOICE}{value}", "write 2 to") for value in ("5", "0", "true", "1.5", "2026-01-01", "'ab'")),
    ('[defaults]\nquiet_hours = { from = "18:00\\n" }', "write a time of day"),
    ('[defaults]\ncloses_after = "14d\\n"', "is no length"),
    ('[defaults]\ncloses_after = "for 14d"', "is no length"),
    ('[defaults]\ncloses_after = "14D"', "is no length"),
    ('[defaults]\ncloses_after = "٩٠d"', "is no length"),
    (f'[[app]]\nid = "{APP}\\n"', "is no object id"),
    *(
        (f'[defaults]\nlanding = "https://{page}"', "write app-home")
        for page in ("", " evil", "a@b.c/", "/x")
    ),
    (
        "[defaults]\njustification = { pattern = '[0-9]{4294967295}', expected = 'x' }",
        "this is no regular expression",
    ),
    ("x = " + "[" * 3000, "nested too deeply"),
    ("x = " + "9" * 5000, "cannot be read"),
    ("x = 2026-02-30", "no TOML"),
]


@pytest.mark.parametrize(("text", "said"), [*ONE, *ODD])
def test_a_mistake_is_told_and_never_ignored(text: str, said: str) -> None:
    mistakes = _mistakes(text)
    assert len(mistakes) == 1
    assert said in mistakes[0]


DOCUMENT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL))
def test_the_documents_examples_read(example: str) -> None:
    read_policy(example)


def test_the_document_explains_every_word() -> None:
    words = {str(kind) for kind in SourceKind} | {"requestors", "justification", "term", "closes_after"}
    words |= {"remind_after", "warn_before", "quiet_hours", "escalation", "escalate_after"}
    assert not [
        word for word in words | {"landing", "give", "fallback", "deny", "allow"} if word not in DOCUMENT
    ]


def test_an_approval_is_bound_to_who_decides_and_not_to_how_the_file_is_laid_out() -> None:
    before = read_policy(WHOLE)
    again = read_policy("# a comment\n" + WHOLE.replace("  [[app.stage]]", "[[app.stage]]"))
    other = read_policy(WHOLE.replace('["role:admins"]', f'["person:{PERSON}"]'))
    app = ObjectId(APP)
    assert before.rules_for(app).text == again.rules_for(app).text
    assert before.rules_for(app).text != other.rules_for(app).text
    assert "30d" not in before.defaults.text


def test_requests_made_before_the_policy_had_stages_are_bound_to_the_same_words() -> None:
    text = read_policy(WHOLE).rules_for(ObjectId(APP)).text
    assert (
        text == f"app {APP};approvers=group:{GROUP};fallback=role:admins;give=group:{GROUP};landing=my-apps"
    )
