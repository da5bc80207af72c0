"""How often and by how much an access may be lengthened, as the policy file says it."""

from datetime import timedelta

import pytest

from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import PolicyError, Rules
from access.rules.policy_reader import read_policy

APP = ObjectId("21d5256f-fe57-5ef2-a119-88667f4cf204")
GROUP = ObjectId("bdec204c-40ed-5221-b43f-21005de59ad1")
IN_GROUP = Give(GiveKind.GROUP, GROUP, "Guests")
WHOLE = f"""
[defaults]
renewals = {{ most = 4, longest = "180d", total = "2 years", waiver = "By the owner" }}
[[app]]
id = "app:{APP}"
renewals = {{ most = 6 }}
[[group]]
id = "group:{GROUP}"
renewals = {{ most = 9, longest = "30d", total = "1 year" }}
[[partner]]
name = "Fabrikam"
domains = ["fabrikam.com"]
renewals = {{ most = 0 }}
"""


def days(rules: Rules) -> tuple[int | None, int, int | None, str]:
    total = rules.renewals_total.days if rules.renewals_total else None
    return rules.renewals_most, rules.renewed_by.days, total, rules.renewals_open


def test_who_says_nothing_renews_as_often_as_is_approved_by_as_much_as_a_term() -> None:
    assert days(read_policy("").defaults) == (None, 365, None, "")


def test_an_app_overrides_each_of_it_and_what_is_narrower_can_only_take_away() -> None:
    policy = read_policy(WHOLE)
    assert days(policy.defaults) == (4, 180, 730, "By the owner")
    assert days(policy.rules_for(APP)) == (6, 180, 730, "By the owner")
    assert days(policy.rules_for(APP, IN_GROUP)) == (6, 30, 365, "By the owner")
    assert days(policy.rules_for(APP, IN_GROUP, "fabrikam.com"))[0] == 0


def test_no_renewal_is_longer_than_a_term_may_be() -> None:
    text = '[defaults]\nterm = { default = "30d", longest = "60d" }\nrenewals = { longest = "90d" }\n'
    assert read_policy(text).defaults.renewed_by == timedelta(days=60)


@pytest.mark.parametrize(
    "table", ["waiver = []", '[[app.stage]]\napprovers = ["app-owners"]', 'renewals = { waiver = "" }']
)
def test_what_closes_a_waiver_closes_that_of_renewals_as_well(table: str) -> None:
    text = f'[defaults]\nrenewals = {{ most = 2, waiver = "By the owner" }}\n[[app]]\nid = "{APP}"\n{table}\n'
    policy = read_policy(text)
    assert policy.defaults.renewals_open == "By the owner"
    assert policy.rules_for(APP).renewals_open == ""


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ("most = -1", "defaults.renewals.most: write a number from 0 to 100"),
        ("most = true", "defaults.renewals.most: write a number from 0 to 100"),
        ('most = 0, longest = "30d"', "defaults.renewals: most = 0 renews nothing; take the rest out"),
        ('longest = "90d", total = "30d"', "defaults.renewals: longest is longer than total"),
        ('longest = "soon"', "defaults.renewals.longest: 'soon' is no length"),
        ('waiver = "x"', "defaults.renewals: say how often nobody is asked"),
        ("waiver = 1, most = 1", "defaults.renewals.waiver: write a name of at most 60 characters"),
        ("often = 1", "defaults.renewals: often is not known to this version"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(said: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as error:
        read_policy(f"[defaults]\nrenewals = {{ {said} }}\n")
    assert mistake in str(error.value)


def test_a_waiver_of_renewals_has_no_name_of_another() -> None:
    waiver = '[[defaults.waiver]]\nname = "By the owner"\nmost = 1\nper = "1d"\n'
    with pytest.raises(PolicyError) as error:
        read_policy(f'[defaults]\nrenewals = {{ most = 1, waiver = "by the Owner" }}\n{waiver}')
    assert "by the Owner is what defaults.waiver is called already" in str(error.value)
