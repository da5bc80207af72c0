"""Another policy tried on a past request: who would be asked, and what would come of each press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules import deciding
from access.rules.facts import Laid, Meant
from access.rules.model import Escalation, Panel, StandIn
from access.rules.replayed import Outcome, Replayed, What
from tests.rules.making import NOW, done, plan
from tests.rules.replaying import (
    ALEX,
    APP,
    CROWD,
    FACTS,
    JONI,
    LEE,
    MEANT,
    MEGAN,
    MEMBERS,
    NIA,
    OWNERS,
    approved,
    denied,
    policy,
    sent,
    told,
    tried,
    waiting,
)


def stage(approvers: str, *more: str) -> str:
    return "\n".join(("[[defaults.stage]]", f"approvers = {approvers}", *more))


@pytest.mark.parametrize(
    ("stages", "differences"),
    [
        (
            stage('["role:admins"]'),
            [
                (
                    What.PEOPLE,
                    "Stage 1: Lee Gu would be asked, too; Alex Wilber, Nia Chen would not be asked.",
                ),
                (What.DECISION, "The approval of Alex Wilber would not count at stage 1."),
                (What.DECISION, "The approvals would not be enough: stage 1 would still need 1 approval."),
            ],
        ),
        (
            stage('["app-owners"]', "quorum = 2"),
            [
                (What.QUORUM, "Stage 1 would need 2 approvals, not 1."),
                (What.DECISION, "The approvals would not be enough: stage 1 would still need 1 approval."),
            ],
        ),
        (
            stage('["app-owners"]') + "\n" + stage('["role:admins"]'),
            [
                (What.STAGES, "2 stages would decide, not 1."),
                (What.DECISION, "The approvals would not be enough: stage 2 would still need 1 approval."),
            ],
        ),
        (
            stage('["app-owners"]', 'may_decide = ["role:admins"]'),
            [(What.PEOPLE, "Stage 1: Lee Gu would be able to decide, too.")],
        ),
        (stage('["app-owners"]', 'fallback = ["manager"]'), []),
        (stage(f'["person:{ALEX.object_id}", "person:{NIA.object_id}"]'), []),
    ],
)
def test_who_would_be_asked_otherwise_and_what_comes_of_the_approval_is_told(
    stages: str, differences: list[tuple[What, str]]
) -> None:
    found = tried(policy(stages=stages), approved(ALEX))
    names = [(what, words.replace(LEE.object_id, "Lee Gu")) for what, words in told(found)]
    assert (names, found.missing) == (differences, ())


def test_a_word_that_stands_in_a_role_is_the_same_word() -> None:
    found = tried(policy(stages=stage('["app-owners"]', f'fallback = ["{MEMBERS}"]')), approved(ALEX))
    assert found == Replayed()


def test_a_denial_of_somebody_who_would_decide_nothing_goes_differently() -> None:
    found = tried(policy(stages=stage('["role:admins"]')), denied(NIA))
    assert (What.DECISION, "The denial of Nia Chen would not count at stage 1.") in told(found)


def test_a_denial_after_enough_approvals_comes_too_late() -> None:
    facts = replace(FACTS, stages=(Laid((OWNERS,), 2, (MEMBERS,)),))
    panels = (Panel((ALEX, NIA), quorum=2),)
    record = waiting(sent(facts, stages=panels))
    record = done(record, deciding.approve(ALEX, deciding.Facts(panels, plan()), None), NOW)
    record = done(record, deciding.deny(NIA, panels, "no"), NOW + timedelta(hours=1))
    assert told(tried(policy(), record.request)) == [
        (What.QUORUM, "Stage 1 would need 1 approval, not 2."),
        (What.DECISION, "The approvals before the denial of Nia Chen would be enough."),
    ]


def test_fewer_approvals_than_were_given_are_enough() -> None:
    facts = replace(FACTS, stages=(Laid((OWNERS,), 2, (MEMBERS,)),))
    assert told(tried(policy(), approved(ALEX, NIA, facts=facts))) == [
        (What.QUORUM, "Stage 1 would need 1 approval, not 2.")
    ]


def test_a_person_named_by_id_counts_as_there_unless_the_facts_say_otherwise() -> None:
    by = policy(stages=stage(f'["app-owners", "person:{JONI.object_id}"]', 'fallback = ["role:admins"]'))
    assert told(tried(by)) == [(What.PEOPLE, f"Stage 1: {JONI.object_id} would be asked, too.")]
    left = Meant(f"person:{JONI.object_id}", ())
    assert tried(by, sent(replace(FACTS, meant=(*MEANT, left)))) == Replayed()


def test_a_fallback_that_nobody_was_asked_about_is_unknown_where_the_approvers_may_be_too_few() -> None:
    by = policy(stages=stage('["manager"]', 'fallback = ["app-owners"]'))
    assert tried(by) == Replayed(missing=("whom manager meant",))
    none = Meant("manager", ())
    assert tried(by, sent(replace(FACTS, meant=(*MEANT, none)))) == Replayed(), "the owners decide again"


def test_what_was_otherwise_at_the_press_counts_for_the_press() -> None:
    request = approved(JONI, panels=(Panel((ALEX, NIA, JONI)),))
    (review,) = request.reviews
    owners = tuple(sorted((MEGAN.object_id, ALEX.object_id, NIA.object_id, JONI.object_id)))
    looked = replace(request, reviews=(replace(review, meant=(Meant(OWNERS, owners),)),))
    assert tried(policy(), looked) == Replayed()
    assert tried(policy(), request).outcome is Outcome.DIFFERENTLY, "she was no owner before"


def test_of_too_many_people_the_others_are_not_known() -> None:
    crowd = Meant(f"group:{CROWD}", (MEGAN.object_id,), others=True)
    facts = replace(FACTS, stages=(Laid((crowd.word,)),), meant=(*MEANT, crowd))
    assert tried(policy(stages=stage(f'["group:{CROWD}"]')), sent(facts)) == Replayed(), "the same word"
    more = tried(policy(stages=stage(f'["group:{CROWD}", "app-owners"]')), sent(facts))
    assert more.outcome is Outcome.UNDECIDABLE
    assert f"who the others of group:{CROWD} were, for they were too many to keep" in more.missing
    fewer = tried(policy(stages=stage('["role:admins"]')), sent(facts))
    assert told(fewer) == [(What.PEOPLE, "Stage 1: other people would be asked.")]
    may = policy(f'[[app]]\nid = "{APP}"\nrequestors = ["group:{CROWD}"]', stage(f'["group:{CROWD}"]'))
    assert tried(may, sent(facts)).outcome is Outcome.SAME, "whoever requests is kept"
    assert tried(may, sent(replace(facts, meant=(replace(crowd, people=()),)))).outcome is Outcome.DIFFERENTLY


def test_the_owners_of_a_group_are_nobody_where_a_role_was_given() -> None:
    same = policy(stages=stage('["app-owners", "group-owners"]', 'fallback = ["role:admins"]'))
    assert tried(same, approved(ALEX)) == Replayed()


def test_sponsors_are_nobody_where_the_guest_was_new_and_else_not_known() -> None:
    by = policy(stages=stage('["app-owners", "guest-sponsors"]', 'fallback = ["role:admins"]'))
    assert tried(by, approved(ALEX)) == Replayed()
    known = tried(by, sent(replace(FACTS, guest_known=True)))
    assert known == Replayed(missing=("whom guest-sponsors meant",))


ESCALATES = ('escalation = ["role:admins"]', 'escalate_after = "2d"')


def test_a_stage_that_waited_longer_than_an_escalation_would_have_called_somebody() -> None:
    by = policy(stages=stage('["app-owners"]', 'fallback = ["role:admins"]', *ESCALATES))
    assert tried(by, approved(ALEX)) == Replayed(), "it waited an hour"
    late = approved(ALEX, at=timedelta(days=3))
    assert told(tried(by, late)) == [
        (What.ESCALATION, f"Stage 1 would have called {MEMBERS} in after 2 days.")
    ]


def test_an_escalation_that_was_and_would_not_be_goes_differently() -> None:
    laid = Laid((OWNERS,), 1, (MEMBERS,), (), (MEMBERS,), 2 * 24 * 3600)
    facts = replace(FACTS, stages=(laid,))
    request = approved(ALEX, facts=facts, at=timedelta(days=3))
    request = replace(request, escalations=(Escalation(1, NOW + timedelta(days=2), (LEE,)),))
    assert (
        tried(policy(stages=stage('["app-owners"]', 'fallback = ["role:admins"]', *ESCALATES)), request)
        == Replayed()
    )
    assert told(tried(policy(), request)) == [(What.ESCALATION, "Stage 1 would have called nobody in.")]


def test_whoever_was_called_in_and_approved_may_do_so_by_the_same_policy() -> None:
    laid = Laid((OWNERS,), 1, (MEMBERS,), (), (MEMBERS,), 2 * 24 * 3600)
    request = approved(
        LEE, facts=replace(FACTS, stages=(laid,)), panels=(Panel((ALEX, NIA, LEE)),), at=timedelta(days=3)
    )
    request = replace(request, escalations=(Escalation(1, NOW + timedelta(days=2), (LEE,)),))
    assert (
        tried(policy(stages=stage('["app-owners"]', 'fallback = ["role:admins"]', *ESCALATES)), request)
        == Replayed()
    )


def test_a_stage_that_never_began_calls_nobody_in() -> None:
    second = Laid((MEMBERS,))
    request = denied(NIA)
    request = replace(request, facts=replace(FACTS, stages=(*FACTS.stages, second)))
    two = stage('["app-owners"]', 'fallback = ["role:admins"]') + "\n" + stage('["role:admins"]', *ESCALATES)
    assert tried(policy(stages=two), request) == Replayed()


def test_a_delegate_decides_by_the_seat_of_whom_they_stand_in_for() -> None:
    stand_in = StandIn(JONI, ALEX, NOW + timedelta(days=9))
    request = approved(JONI, panels=(Panel((ALEX, JONI, NIA), delegated=(stand_in,)),))
    assert request.reviews[0].for_whom == ALEX
    assert tried(policy(), request) == Replayed()
    assert told(tried(policy(stages=stage('["role:admins"]')), request))[1:] == [
        (What.DECISION, "The approval of Joni Sherman for Alex Wilber would not count at stage 1."),
        (What.DECISION, "The approvals would not be enough: stage 1 would still need 1 approval."),
    ]
    own = policy(stages=stage(f'["person:{JONI.object_id}"]'))
    assert [what for what, _ in told(tried(own, request))] == [What.PEOPLE], "in her own right"
