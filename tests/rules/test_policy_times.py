"""When people are reminded, left in peace and called in, as the policy file says it."""

from datetime import time, timedelta

import pytest

from access.rules.model import ObjectId
from access.rules.policy import PolicyError, Rules, Source, SourceKind
from access.rules.policy_reader import read_policy
from access.rules.quiet import QuietHours

APP = "21d5256f-fe57-5ef2-a119-88667f4cf204"
WHOLE = f"""
[defaults]
remind_after = ["2d", "1 week"]
warn_before = ["1 month", "2d"]
quiet_hours = {{ from = "20:00", weekend = false }}
[[defaults.stage]]
approvers = ["app-owners"]
escalation = ["manager"]
escalate_after = "3d"
[[app]]
id = "app:{APP}"
remind_after = []
quiet_hours = {{ to = "07:30" }}
  [[app.stage]]
  approvers = ["group-owners"]
"""
STAGE = "[[defaults.stage]]\napprovers = ['app-owners']\n"


def test_who_says_nothing_is_reminded_thrice_in_office_hours() -> None:
    usual = read_policy("").defaults
    assert [one.days for one in usual.remind_after] == [1, 3, 7]
    assert [one.days for one in usual.warn_before] == [14, 3]
    assert usual.quiet_hours == QuietHours(time(18), time(8), weekend=True)
    assert usual.stages[0].escalate_after is None


def test_times_are_read() -> None:
    usual = read_policy(WHOLE).defaults
    assert usual.remind_after == (timedelta(days=2), timedelta(days=7))
    assert usual.warn_before == (timedelta(days=30), timedelta(days=2))
    assert usual.quiet_hours == QuietHours(time(20), time(8), weekend=False)
    assert usual.stages[0].escalation == (Source(SourceKind.MANAGER),)
    assert usual.stages[0].escalate_after == timedelta(days=3)


def test_a_table_changes_what_it_says_and_no_more() -> None:
    rules = read_policy(WHOLE).rules_for(ObjectId(APP))
    assert rules.remind_after == ()
    assert rules.quiet_hours == QuietHours(time(20), time(7, 30), weekend=False)
    assert rules.stages[0].escalate_after == timedelta(days=3), "as in the usual stage"


def test_an_approval_is_bound_to_who_may_be_called_in_and_to_no_time() -> None:
    found = read_policy(WHOLE).defaults
    assert "escalation=manager" in found.text
    later = read_policy(WHOLE.replace('"3d"', '"4d"').replace('["2d", "1 week"]', "[]")).defaults
    assert found.text == later.text
    assert "escalation" not in Rules(name="defaults").text


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[defaults]\nremind_after = '1d'", "remind_after: write a list"),
        ("[defaults]\nremind_after = ['3d', '1d']", "remind_after: each must be longer"),
        ("[defaults]\nremind_after = ['soon']", "remind_after: 'soon' is no length"),
        (f"[defaults]\nremind_after = {['1d'] * 11}", "at most 10"),
        ("[defaults]\nwarn_before = '14d'", "warn_before: write a list"),
        ("[defaults]\nwarn_before = ['3d', '14d']", "warn_before: each must be shorter"),
        ("[defaults]\nwarn_before = ['61d']", "warn_before: at most 60 days"),
        ("[defaults]\nquiet_hours = '18:00'", "quiet_hours: write a table"),
        ("[defaults]\nquiet_hours = { from = '6pm' }", "quiet_hours.from: write a time of day"),
        ("[defaults]\nquiet_hours = { to = '24:00' }", "quiet_hours.to: write a time of day"),
        ("[defaults]\nquiet_hours = { weekend = 1 }", "quiet_hours.weekend: write true or false"),
        ("[defaults]\nquiet_hours = { begin = '18:00' }", "begin is not known"),
        (f"{STAGE}escalation = ['manager']", "write escalation and escalate_after, or neither"),
        (f"{STAGE}escalate_after = '3d'", "write escalation and escalate_after, or neither"),
        (f"{STAGE}escalation = ['members']\nescalate_after = '3d'", "'members' is not one of"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as found:
        read_policy(text)
    assert mistake in "\n".join(found.value.mistakes)


def test_a_table_can_take_the_escalation_back() -> None:
    text = WHOLE + "  escalation = []\n"
    assert read_policy(text).rules_for(ObjectId(APP)).stages[0].escalate_after is None


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ("24h", timedelta(hours=24)),
        ("0h", timedelta()),
        ("3 d", timedelta(days=3)),
        ("30d", timedelta(days=30)),
    ],
)
def test_how_long_a_thing_can_be_undone_is_read_in_hours_or_days(said: str, length: timedelta) -> None:
    policy = read_policy(f'[defaults]\nundo = "{said}"\n{STAGE}[[app]]\nid = "app:{APP}"\nundo = "1h"\n')
    assert policy.defaults.undo == length
    assert policy.rules_for(ObjectId(APP)).undo == timedelta(hours=1)
    assert policy.defaults.text == read_policy(STAGE).defaults.text, "no approval is bound to it"
    assert read_policy(STAGE).defaults.undo == timedelta(hours=24)


@pytest.mark.parametrize("said", ['"31d"', '"721h"', '"a day"', '"1 month"', "24", "[]", "true"])
def test_any_other_word_for_it_is_a_mistake_with_its_place(said: str) -> None:
    with pytest.raises(PolicyError, match=r"defaults\.undo: write hours or days"):
        read_policy(f"[defaults]\nundo = {said}\n{STAGE}")
