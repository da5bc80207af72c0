"""Facts decide only on what they were read for: what that is, and what is nothing of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from access.rules.model import (
    Change,
    Escalation,
    Give,
    GiveKind,
    Named,
    ObjectId,
    Panel,
    Question,
    Record,
    Redemption,
    Request,
    ReviewResult,
    StandIn,
    State,
    Term,
)
from access.rules.policy import Rules, Source, SourceKind, Stage
from access.rules.reading import ReadAgain, still_about
from access.rules.replanning import begun_anew
from access.rules.reviews import APPROVE
from access.rules.waiting import escalated
from tests.rules.making import ALEX, MEGAN, NIA, NOW, STRANGER, guest, pending, plan

DAY = timedelta(days=1)
LATER = NOW + 9 * DAY
OWNERS = (Source(SourceKind.APP_OWNERS),)
TWO = (Panel((ALEX, NIA), quorum=2), Panel((ALEX, NIA), quorum=2))


def _before() -> Request:
    return replace(pending().request, stages=TWO)


def _approval(by: Any = ALEX, stage: int = 1, day: int = 1) -> ReviewResult:
    return ReviewResult(by, APPROVE, NOW + day * DAY, stage=stage, plan=plan().hash)


def _acts(before: Request, request: Request) -> bool:
    act = still_about(before, lambda record, _: Change(request=record.request))
    result = act(Record(request=request, jobs={}), LATER)
    assert result == (Change(request=request) if isinstance(result, Change) else ReadAgain(request))
    return isinstance(result, Change)


@pytest.mark.parametrize(
    "changes",
    [
        {"give": Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")},
        {"term": Term(days=30)},
        {"plan": plan(guest(Redemption.ACCEPTED))},
        {"address": "ana@elsewhere.example"},
        {"escalations": (Escalation(1, NOW + DAY, (STRANGER,)),)},
        {"stages": (replace(TWO[0], delegated=(StandIn(STRANGER, ALEX, LATER),)), TWO[1])},
        {"stages": (Panel((ALEX, NIA, STRANGER), quorum=2), TWO[1])},
        {"stages": (TWO[0], Panel((NIA, STRANGER), quorum=2))},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_facts_say_nothing_of_a_request_that_has_become_another(changes: Mapping[str, Any]) -> None:
    assert not _acts(_before(), replace(_before(), **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"reviews": (_approval(),)},
        {"reviews": (_approval(), _approval(NIA), _approval(stage=2, day=2)), "approvers": (NIA,)},
        {"questions": (Question(ALEX, "Why?", NOW + DAY, "So", NOW + 2 * DAY),)},
        {"state": State.DENIED},
        {"state": State.DELIVERING, "version": 7, "unreached": (NIA,)},
        {"stages": (Panel((NIA, ALEX), quorum=2), TWO[1])},
    ],
    ids=["an approval", "a stage", "an answer", "a denial", "a delivery", "another order"],
)
def test_facts_still_say_who_decides_whatever_people_have_decided(changes: Mapping[str, Any]) -> None:
    assert _acts(_before(), replace(_before(), **changes))


def _finding(*approvers: Named, before: Request, request: Request) -> bool:
    """Tell whether facts that find these, read for `before`, are stored over what the request is by now."""

    def act(record: Record, _: datetime) -> Change:
        return Change(request=replace(record.request, stages=(Panel(approvers, quorum=2), TWO[1])))

    return isinstance(still_about(before, act)(Record(request=request, jobs={}), LATER), Change)


def test_who_was_read_to_decide_is_stored_over_others_only_where_nobody_has_acted_since() -> None:
    before = _before()
    acted = replace(before, version=before.version + 1, reviews=(_approval(),))
    assert _finding(ALEX, STRANGER, before=before, request=before)
    assert not _finding(ALEX, STRANGER, before=before, request=acted)
    assert _finding(ALEX, STRANGER, before=acted, request=acted)
    assert _finding(NIA, ALEX, before=before, request=acted), "they are the same"


def test_of_the_approvals_after_an_escalation_the_first_alone_changes_who_would_decide_anew() -> None:
    before = replace(_before(), escalations=(Escalation(1, NOW + DAY, (STRANGER,)),))
    first = replace(before, reviews=(_approval(day=2),))
    assert not _acts(before, first)
    second = replace(first, reviews=(*first.reviews, _approval(NIA, day=3)))
    assert _acts(first, second)
    assert _acts(second, replace(second, reviews=(*second.reviews, _approval(stage=2, day=4))))


_days = st.integers(0, 8)
_stages = st.integers(1, 2)
_asked = st.tuples(_days, _days).map(
    lambda days: Question(MEGAN, "Why?", NOW + min(days) * DAY, "So", NOW + max(days) * DAY)
)
_requests = st.builds(
    lambda reviews, escalations, questions, restarted: replace(
        _before(),
        reviews=tuple(reviews),
        escalations=tuple(escalations),
        questions=tuple(questions),
        restarted_at=restarted,
    ),
    st.lists(st.builds(_approval, stage=_stages, day=_days), max_size=3),
    st.lists(st.builds(lambda stage, day: Escalation(stage, NOW + day * DAY), _stages, _days), max_size=3),
    st.lists(_asked, max_size=2),
    st.none() | _days.map(lambda day: NOW + day * DAY),
)


@given(_requests, _requests, st.tuples(_days, _days))
def test_whoever_acts_without_reading_again_would_have_read_the_same(
    before: Request, request: Request, days: tuple[int, int]
) -> None:
    assume(_acts(before, request))
    stages = tuple(Stage(OWNERS, escalation=OWNERS, escalate_after=day * DAY) for day in days)
    rules = Rules(name="defaults", stages=stages)
    assert escalated(before, rules) == escalated(request, rules)
    assert escalated(begun_anew(before, LATER), rules) == escalated(begun_anew(request, LATER), rules)
