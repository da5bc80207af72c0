"""The table of cases: what each policy does to a guest's sign-in."""

import pytest

from access.rules.forecast import Verdict, foresee
from tests.forecast.building import attempt, policy, protection, told
from tests.forecast.cases import CASES, Case
from tests.forecast.sources import SOURCES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_policy_does_to_a_sign_in_what_its_source_says(case: Case) -> None:
    found = foresee(case.attempt, protection(*case.policies, security_defaults=case.security_defaults))
    assert told(found) == case.says, SOURCES[case.rests_on]


def test_there_are_at_least_150_cases_and_each_is_another() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_source_carries_a_case() -> None:
    assert {case.rests_on for case in CASES} == set(SOURCES)


def test_what_only_reports_is_foreseen_apart() -> None:
    found = foresee(attempt(), protection(policy(state="enabledForReportingButNotEnforced")))
    assert (found.verdict, found.once_enforced) == (Verdict.WORKS, Verdict.BLOCKED)
