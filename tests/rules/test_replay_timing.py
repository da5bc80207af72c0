"""Another time to decide or to call others in, tried on requests that were decided, ended, or still wait."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules import deciding
from access.rules.facts import Laid
from access.rules.model import Escalation, Question, Request, State
from access.rules.replayed import Outcome, Replayed, What
from tests.rules.making import NOW, done
from tests.rules.replaying import (
    FACTS,
    LEE,
    MEGAN,
    MEMBERS,
    NIA,
    OWNERS,
    approved,
    policy,
    sent,
    told,
    tried,
    waiting,
)

DAY = timedelta(days=1)
SHORT, LONG = 'closes_after = "5d"', 'closes_after = "30d"'
STAGE = '[[defaults.stage]]\napprovers = ["app-owners"]\nfallback = ["role:admins"]\n'
ESCALATES = f'{STAGE}escalation = ["role:admins"]\nescalate_after = "2d"\n'
CALLED_IN = (What.ESCALATION, f"Stage 1 would have called {MEMBERS} in after 2 days.")
CALLED_NOBODY = (What.ESCALATION, "Stage 1 would have called nobody in.")
STILL = (What.CLOSING, "It would have expired on 2026-11-26, and still waits.")


def asked(after: timedelta, until: timedelta | None = None) -> Request:
    """Return a request that waits, in which something was asked back, and answered or not."""
    question = Question(NIA, "Why?", NOW + after, ended_at=None if until is None else NOW + until)
    request = waiting(sent()).request
    pause = timedelta() if until is None else until - after
    return replace(request, questions=(question,), closes_at=request.closes_at + pause)


def called_in(at: timedelta) -> Request:
    """Return a request that waits, and whose stage called somebody in."""
    laid = Laid((OWNERS,), 1, (MEMBERS,), (), (MEMBERS,), 2 * 24 * 3600)
    request = waiting(sent(replace(FACTS, stages=(laid,)))).request
    return replace(request, escalations=(Escalation(1, NOW + at, (LEE,)),))


def test_a_request_that_waits_longer_than_it_could_goes_differently_from_then_on() -> None:
    request = waiting(sent()).request
    assert tried(policy(usual=SHORT), request, 4 * DAY) == Replayed(), "until now it would wait, too"
    assert told(tried(policy(usual=SHORT), request, 5 * DAY)) == [STILL]
    assert tried(policy(), request, 13 * DAY) == Replayed()


def test_a_request_that_waits_longer_than_an_escalation_would_have_called_somebody_in_by_now() -> None:
    request = waiting(sent()).request
    assert tried(policy(stages=ESCALATES), request, DAY) == Replayed()
    assert told(tried(policy(stages=ESCALATES), request, 2 * DAY)) == [CALLED_IN]


def test_a_later_stage_to_which_a_request_has_not_come_calls_nobody_in() -> None:
    request = waiting(sent(replace(FACTS, stages=(*FACTS.stages, Laid((MEMBERS,)))))).request
    second = '[[defaults.stage]]\napprovers = ["role:admins"]\nfallback = []\n'
    by = policy(stages=STAGE + second + 'escalation = ["app-owners"]\nescalate_after = "2d"\n')
    assert tried(by, request, 9 * DAY) == Replayed()


def test_while_a_question_is_open_the_time_stands_still() -> None:
    for by in (policy(usual=SHORT), policy(stages=ESCALATES)):
        assert tried(by, asked(DAY), 13 * DAY) == Replayed()
    assert told(tried(policy(stages=ESCALATES), asked(3 * DAY), 13 * DAY)) == [CALLED_IN]


def test_for_as_long_as_a_question_was_open_it_would_have_ended_later() -> None:
    request = asked(DAY, 4 * DAY)
    assert tried(policy(usual=SHORT), request, 7 * DAY) == Replayed()
    assert told(tried(policy(usual=SHORT), request, 8 * DAY)) == [
        (What.CLOSING, "It would have expired on 2026-11-29, and still waits.")
    ]
    late = asked(6 * DAY, 9 * DAY)
    assert told(tried(policy(usual=SHORT), late, 12 * DAY)) == [STILL], "before anything was asked"


def test_a_request_that_was_canceled_after_it_could_wait_would_have_expired() -> None:
    request = done(waiting(sent()), deciding.cancel(MEGAN.object_id), NOW + 6 * DAY).request
    assert told(tried(policy(usual=SHORT), request, 90 * DAY)) == [
        (What.CLOSING, "It would have expired on 2026-11-26, before it was canceled.")
    ]
    assert tried(policy(usual='closes_after = "7d"'), request, 90 * DAY) == Replayed()
    assert told(tried(policy(stages=ESCALATES), request, 90 * DAY)) == [CALLED_IN]


def test_a_request_whose_time_is_over_and_that_nobody_has_closed_yet_would_wait_longer() -> None:
    request = waiting(sent()).request
    assert told(tried(policy(usual=LONG), request, 20 * DAY)) == [
        (What.CLOSING, "Its time to decide was over on 2026-12-05, and would be on 2026-12-21.")
    ]
    assert tried(policy(usual=LONG), request, 13 * DAY) == Replayed()
    assert tried(policy(usual=SHORT), request, 20 * DAY) == Replayed(), "it expires all the same"


@pytest.mark.parametrize("state", [State.PENDING_APPROVAL, State.EXPIRED])
def test_what_would_have_expired_before_somebody_was_called_in_would_have_called_nobody_in(
    state: State,
) -> None:
    request = replace(called_in(2 * DAY), state=state)
    soon = policy(stages=ESCALATES, usual='closes_after = "2d"')
    assert CALLED_NOBODY in told(tried(soon, request, 20 * DAY))
    later = policy(stages=ESCALATES, usual='closes_after = "3d"')
    assert CALLED_NOBODY not in told(tried(later, request, 20 * DAY))


def test_an_escalation_that_would_come_due_after_the_end_calls_nobody_in() -> None:
    by = policy(stages=ESCALATES, usual='closes_after = "2d"')
    request = replace(waiting(sent()).request, state=State.EXPIRED)
    assert tried(by, request).outcome is Outcome.SAME


def test_a_decision_at_the_moment_of_the_end_comes_too_late() -> None:
    by = policy(usual='closes_after = "2d"')
    assert told(tried(by, approved(NIA, at=2 * DAY))) == [
        (What.CLOSING, "It would have expired on 2026-11-23, before it was approved.")
    ]
