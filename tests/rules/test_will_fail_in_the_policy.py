"""`will_fail` in the policy: what becomes of approving what will fail, table by table."""

import pytest

from access.rules.checked import WillFail
from access.rules.model import ObjectId
from access.rules.policy import PolicyError
from access.rules.policy_reader import read_policy

APP = "11111111-1111-4111-8111-111111111111"


def test_it_is_a_second_press_where_nothing_is_said() -> None:
    assert read_policy("").defaults.will_fail is WillFail.SECOND_PRESS


@pytest.mark.parametrize("says", WillFail)
def test_each_word_is_read(says: WillFail) -> None:
    assert read_policy(f'[defaults]\nwill_fail = "{says}"').defaults.will_fail is says


def test_the_last_table_that_says_it_counts() -> None:
    policy = read_policy(
        f'[defaults]\nwill_fail = "warn"\n[[app]]\nid = "{APP}"\nwill_fail = "refuse"\n'
        '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\nwill_fail = "second_press"\n'
    )
    assert policy.rules_for(None).will_fail is WillFail.WARN
    assert policy.rules_for(ObjectId(APP)).will_fail is WillFail.REFUSE
    assert policy.rules_for(ObjectId(APP), None, "fabrikam.com").will_fail is WillFail.SECOND_PRESS


def test_another_policy_on_it_voids_no_approval() -> None:
    says = [read_policy(f'[defaults]\nwill_fail = "{one}"').defaults.text for one in WillFail]
    assert len(set(says)) == 1


@pytest.mark.parametrize("value", ['"never"', "true", "[]"])
def test_anything_else_is_a_mistake(value: str) -> None:
    with pytest.raises(PolicyError, match=r"defaults\.will_fail: write"):
        read_policy(f"[defaults]\nwill_fail = {value}")
