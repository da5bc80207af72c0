"""Another policy tried on a past request: whether anybody would have been asked."""

from dataclasses import replace

import pytest

from access.rules.facts import Limit
from access.rules.model import NotWaived, Request, State, Waived
from access.rules.replayed import Replayed, What
from tests.rules.making import NOW
from tests.rules.replaying import ALEX, FACTS, MEGAN, OTHERS, approved, denied, policy, sent, told, tried

DAY = 24 * 3600


def waiver(name: str = "Fabrikam", most: int = 5, per: str = "1d", more: str = "") -> str:
    return f'[[defaults.waiver]]\nname = "{name}"\nmost = {most}\nper = "{per}"\n{more}\n'


def waived(by: str = "Fabrikam", count: int = 3, *tried_before: Limit) -> Request:
    """Return a request that a waiver approved the third time on a day, of five."""
    facts = replace(FACTS, waivers=(*tried_before, Limit(by, 5, DAY)))
    return sent(facts, state=State.DELIVERED, waived=Waived(by, NOW, "hash", count, 5))


def used_up() -> Request:
    """Return a request for which the waiver had been used five times on that day."""
    return sent(replace(FACTS, waivers=(Limit("Fabrikam", 5, DAY),)), not_waived=NotWaived("Fabrikam", 5, 1))


@pytest.mark.parametrize(
    "more", ["", 'domains = ["fabrikam.com"]', 'longest = "90d"', 'requestors = ["app-owners"]']
)
def test_by_the_same_waiver_it_is_waived_again_and_used_up_again(more: str) -> None:
    by = policy(waiver(more=more))
    assert tried(by, waived()) == Replayed()
    assert tried(by, used_up()) == Replayed()


def test_a_waiver_that_is_gone_would_leave_it_to_people() -> None:
    words = "The waiver Fabrikam would not apply: people would be asked."
    for by in (
        policy(),
        policy(waiver(more='domains = ["example.org"]')),
        policy(waiver(more='longest = "30d"')),
        policy(waiver(more='guests = "known"')),
        policy(waiver(more=f'requestors = ["person:{ALEX.object_id}"]')),
        policy(waiver(most=2)),
    ):
        assert told(tried(by, waived())) == [(What.WAIVER, words)]


def test_a_waiver_that_is_new_or_another_is_told_with_how_often_it_may_be_used() -> None:
    often = "if it was not used 5 times within 1 day before"
    by = policy(waiver(more=f'requestors = ["person:{MEGAN.object_id}"]'))
    for request in (approved(ALEX), denied(ALEX)):
        assert told(tried(by, request)) == [
            (What.WAIVER, f"The waiver Fabrikam would approve it, not people, {often}.")
        ]
    assert told(tried(policy(waiver("Other")), waived())) == [
        (What.WAIVER, f"The waiver Other would approve it, not the waiver Fabrikam, {often}.")
    ]


def test_of_another_limit_it_is_only_known_what_the_count_tells() -> None:
    unknown = Replayed(missing=("how often the waiver Fabrikam had been used",))
    assert tried(policy(waiver(most=3)), waived()) == Replayed()
    assert tried(policy(waiver(per="2d")), waived()) == unknown
    assert tried(policy(waiver(most=3, per="2d")), used_up()) == Replayed()
    assert tried(policy(waiver(most=6)), used_up()) == unknown


def test_one_that_was_full_before_the_one_that_waived_is_full_again() -> None:
    request = waived("Other", 1, Limit("Fabrikam", 5, DAY))
    assert tried(policy(waiver() + waiver("Other")), request) == Replayed()
    last = replace(FACTS, waivers=(Limit("Fabrikam", 5, DAY), Limit("Other", 5, DAY)))
    uncounted = replace(waived(), facts=last)
    assert tried(policy(waiver("Other")), uncounted) == Replayed(
        missing=("how often the waiver Other had been used",)
    )


def test_whether_somebody_might_use_a_waiver_may_be_unknown() -> None:
    by = policy(waiver(more=f'requestors = ["group:{OTHERS}"]'))
    assert tried(by) == Replayed(missing=(f"whom group:{OTHERS} meant",))
    assert tried(by, waived()) == Replayed(missing=(f"whom group:{OTHERS} meant",))
