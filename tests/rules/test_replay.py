"""Another policy tried on a past request: whether it would be sent, by the facts that were kept with it."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from access.rules.facts import Answered
from access.rules.form_questions import FormAnswer, FormQuestion
from access.rules.model import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    ERASED,
    Amendment,
    AppRole,
    Give,
    GiveKind,
    Kind,
    ObjectId,
    Setup,
    State,
    Term,
)
from access.rules.noting import mark_of
from access.rules.policy import Policy, Rules
from access.rules.replay import TRIED, WITHOUT_EFFECT, is_tried
from access.rules.replayed import Difference, Outcome, Replayed, What
from tests.rules.making import NOW, ZONE
from tests.rules.replaying import (
    ALEX,
    APP,
    FACTS,
    GROUP,
    MEGAN,
    NIA,
    NONE_OF,
    OTHERS,
    approved,
    denied,
    policy,
    sent,
    told,
    tried,
    waiting,
)

SETUP = Setup(group_name="Portal guests", role=AppRole(DEFAULT_ACCESS, DEFAULT_NAME), owners=(MEGAN,))


def test_by_the_policy_that_was_in_force_a_request_goes_the_same() -> None:
    for request in (sent(), approved(ALEX), denied(NIA)):
        assert tried(policy(), request) == Replayed()
        assert tried(policy(), request).outcome is Outcome.SAME


def test_without_facts_nothing_is_said() -> None:
    found = tried(policy('[domains]\ndeny = ["fabrikam.com"]'), sent(facts=None))
    assert (found.outcome, found.differences) == (Outcome.UNDECIDABLE, ())
    assert found.missing == ("what held when it was sent: an older version kept no facts",)


def test_of_a_renewal_it_is_said_that_it_is_not_replayed() -> None:
    found = tried(policy(), sent(facts=None, kind=Kind.EXTEND))
    assert found.missing == ("what it says of renewals: they are not replayed",)


@pytest.mark.parametrize("change", [{"kind": Kind.REMOVE}, {"setup": SETUP}, {"adopted": True}])
def test_what_no_table_decides_on_is_not_tried(change: dict[str, Any]) -> None:
    assert is_tried(sent())
    assert not is_tried(sent(facts=None, **change))


def test_where_nobody_kept_what_was_asked_for_nothing_is_said() -> None:
    found = tried(policy('[domains]\ndeny = ["fabrikam.com"]'), sent(facts=replace(FACTS, give=None)))
    assert (found.outcome, found.differences) == (Outcome.UNDECIDABLE, ())
    assert found.missing == ("what was asked for when it was sent: an older version did not keep it",)


@pytest.mark.parametrize(
    ("more", "what", "words"),
    [
        (
            '[domains]\ndeny = ["fabrikam.com"]',
            What.DOMAIN,
            "It would be refused: guests of fabrikam.com are kept out by domains.",
        ),
        (
            f'[[app]]\nid = "{APP}"\nterm = {{ default = "7d", longest = "30d" }}',
            What.TERM,
            f"It would be refused: 90 days was asked for, and 30 days at most are by app {APP}.",
        ),
        (
            f'[[app]]\nid = "{APP}"\njustification = {{ min_length = 40 }}',
            What.JUSTIFICATION,
            f"It would be refused: a justification needs 40 characters by app {APP}; it had 24.",
        ),
        (
            f"[[app]]\nid = '{APP}'\njustification = {{ pattern = 'INC[0-9]+', expected = 'a number' }}",
            What.JUSTIFICATION,
            "It would be refused: the justification does not hold a number.",
        ),
        (
            f'[[app]]\nid = "{APP}"\nrequestors = ["person:{ALEX.object_id}"]',
            What.REQUESTOR,
            f"{NONE_OF} person:{ALEX.object_id}, who may request by app {APP}.",
        ),
        (
            f'[[partner]]\nname = "F"\ndomains = ["fabrikam.com"]\nrequestors = ["person:{ALEX.object_id}"]',
            What.REQUESTOR,
            f"{NONE_OF} person:{ALEX.object_id}, who may request by defaults, partner F.",
        ),
        (
            f'[[app]]\nid = "{APP}"\n[[app.stage]]\napprovers = ["person:{MEGAN.object_id}"]\nfallback = []',
            What.APPROVERS,
            "It would not be sent: stage 1 asks nobody.",
        ),
        (
            f'[[app]]\nid = "{APP}"\n[[app.stage]]\napprovers = ["app-owners"]\nquorum = 4',
            What.APPROVERS,
            "It would not be sent: stage 1 needs 4 people and lacks 1.",
        ),
    ],
)
def test_what_would_be_refused_says_by_what(more: str, what: What, words: str) -> None:
    found = tried(policy(more), approved(ALEX))
    assert (found.outcome, told(found)) == (Outcome.DIFFERENTLY, [(what, words)])


def test_a_justification_that_nobody_wrote_is_missed_where_one_is_asked_for() -> None:
    without = sent(replace(FACTS, letters=0), justification="")
    asked, not_asked = policy(), policy(usual="justification = { required = false }")
    assert told(tried(asked, without)) == [
        (What.JUSTIFICATION, "It would be refused: defaults asks for a justification, and there was none.")
    ]
    assert tried(not_asked, without).outcome is Outcome.SAME


def test_an_erased_justification_fits_the_pattern_that_it_fitted_and_of_others_nobody_knows() -> None:
    pattern = policy(usual="justification = { pattern = 'audit', expected = 'what for' }")
    assert tried(pattern).outcome is Outcome.SAME
    erased = sent(justification="", address=ERASED)
    found = tried(pattern, erased)
    assert found == Replayed(missing=("the justification, which was erased: whether it fits the pattern",))
    assert tried(pattern, replace(erased, facts=replace(FACTS, fitted="audit"))).outcome is Outcome.SAME
    assert tried(policy(), erased).outcome is Outcome.SAME


def question(more: str) -> str:
    return f'[[defaults.question]]\nid = "project"\nask = "For which project?"\n{more}\n'


TEXT, CHOICE = 'kind = "text"', 'kind = "choice"\nchoices = ["Apollo", "Gemini"]'


def test_a_question_that_nobody_answered_would_be_asked() -> None:
    missing = "It would be returned: an answer is missing to the question project."
    assert told(tried(policy(question(TEXT)))) == [(What.QUESTION, missing)]
    assert tried(policy(question(TEXT + "\nrequired = false"))) == Replayed()


def test_an_answer_is_held_against_what_a_question_takes_by_now() -> None:
    text = FormQuestion(id="project", ask="For which project?")
    facts = replace(FACTS, answered=(Answered("project", 8, mark_of(text)),))
    request = sent(facts, form_answers=(FormAnswer("project", text.ask, "Apollo 1"),))
    erased = sent(facts, form_answers=(FormAnswer("project", text.ask, ""),))
    no = "It would be returned: the question project does not take the answer."
    for one in (request, erased):
        assert tried(policy(question(TEXT)), one) == Replayed()
        assert tried(policy(), one) == Replayed()
        assert tried(policy(question(TEXT + "\nlongest = 8")), one) == Replayed()
        assert told(tried(policy(question(TEXT + "\nlongest = 7")), one)) == [(What.QUESTION, no)]
    assert told(tried(policy(question(CHOICE)), request)) == [(What.QUESTION, no)]
    assert tried(policy(question(CHOICE)), erased) == Replayed(
        missing=("the answer to the question project, which was erased",)
    )


def test_what_is_decided_anyway_needs_no_fact_that_is_missing() -> None:
    both = policy(
        f'[domains]\ndeny = ["fabrikam.com"]\n[[app]]\nid = "{APP}"\nrequestors = ["group:{OTHERS}"]'
    )
    found = tried(both)
    assert found.outcome is Outcome.DIFFERENTLY
    assert found.missing == (f"whom group:{OTHERS} meant",)


def test_a_requestor_in_a_group_that_was_not_asked_about_is_undecidable() -> None:
    assert tried(policy(f'[[app]]\nid = "{APP}"\nrequestors = ["group:{OTHERS}"]')) == Replayed(
        missing=(f"whom group:{OTHERS} meant",)
    )
    in_one_of_them = policy(f'[[app]]\nid = "{APP}"\nrequestors = ["group:{OTHERS}", "role:admins"]')
    assert tried(in_one_of_them).outcome is Outcome.SAME
    everybody = policy(f'[[app]]\nid = "{APP}"\nrequestors = ["members"]')
    assert tried(everybody).outcome is Outcome.SAME


def test_a_last_day_is_counted_from_the_day_on_which_it_was_sent() -> None:
    by = policy(usual='term = { default = "7d", longest = "30d" }')
    last = NOW.astimezone(ZONE).date() + timedelta(days=30)
    assert tried(by, sent(term=Term(until=last))).outcome is Outcome.SAME
    (found,) = told(tried(by, sent(term=Term(until=last + timedelta(days=1)))))
    assert found[0] is What.TERM


def test_the_term_that_was_asked_for_counts_and_not_the_one_that_was_amended() -> None:
    amended = sent(term=Term(days=7), amendments=(Amendment(ALEX, NOW, Term(days=90)),))
    (found,) = told(tried(policy(usual='term = { default = "7d", longest = "30d" }'), amended))
    assert found[0] is What.TERM


def test_an_access_that_nobody_chose_may_be_another_by_a_policy_that_gives_another() -> None:
    unchosen = replace(FACTS, usual="")
    gives = policy(f'[[app]]\nid = "{APP}"\ngive = "group:{GROUP}"')
    found = tried(gives, sent(unchosen))
    assert found == Replayed(missing=(f"whether Health Records had group:{GROUP} to give",))
    assert tried(gives).outcome is Outcome.SAME, "it was chosen"
    in_group = Give(GiveKind.GROUP, ObjectId(GROUP), "Guests")
    assert tried(gives, sent(replace(unchosen, give=in_group), give=in_group)).outcome is Outcome.SAME


def test_another_time_to_decide_matters_where_it_was_not_kept() -> None:
    by = policy(usual='closes_after = "2d"')
    assert tried(by, approved(ALEX)) == Replayed()
    assert told(tried(by, approved(ALEX, at=timedelta(days=3)))) == [
        (What.CLOSING, "It would have expired on 2026-11-23, before it was approved.")
    ]


def test_a_request_that_expired_would_have_waited_longer() -> None:
    expired = replace(waiting(sent()).request, state=State.EXPIRED)
    assert tried(policy(), expired) == Replayed()
    assert told(tried(policy(usual='closes_after = "30d"'), expired)) == [
        (What.CLOSING, "It expired, and would have waited until 2026-12-21.")
    ]
    assert tried(policy(usual='closes_after = "7d"'), expired) == Replayed(), "it expired all the same"


def test_another_landing_page_is_told() -> None:
    assert told(tried(policy(usual='landing = "my-apps"'))) == [
        (What.LANDING, "The invitation would lead to my-apps, not to app-home.")
    ]


def test_what_a_newer_version_noted_is_never_the_same() -> None:
    found = tried(policy(), sent(_carried={"waived": "by something"}))
    assert found == Replayed(missing=("what a newer version of Guestlist has noted of it",))


def test_every_rule_is_tried_or_has_no_effect() -> None:
    assert {one.name for one in fields(Rules)} == TRIED | WITHOUT_EFFECT
    assert not TRIED & WITHOUT_EFFECT
    tables = {"roles", "defaults", "apps", "domains", "app_domains", "app_roles", "groups", "partners"}
    assert {one.name for one in fields(Policy)} == {*tables, "least_first", "directory", "protect"}


def test_a_difference_names_no_guest() -> None:
    found = tried(policy('[domains]\ndeny = ["fabrikam.com"]'))
    assert "ana" not in str(found).lower()
    assert found.differences == (
        Difference(What.DOMAIN, "It would be refused: guests of fabrikam.com are kept out by domains."),
    )


ORDER = 'least_first = ["Reader", "Clinician"]'


def test_what_was_asked_for_is_sent_and_what_it_was_made_less_to_is_decided_on() -> None:
    lesser = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
    request = replace(approved(ALEX), give=lesser)
    role = f'[[app]]\nid = "{APP}"\n{ORDER}\n[[app.role]]\nname = "{{}}"\n{{}}'
    assert tried(policy(f'[[app]]\nid = "{APP}"\n{ORDER}'), request) == Replayed()
    no_order = "It would not be made less: no order says that Reader is less than Clinician."
    assert told(tried(policy(), request)) == [(What.ACCESS, no_order)]
    asks = policy(role.format("Clinician", "requestors = []".replace("[]", f'["person:{ALEX.object_id}"]')))
    assert [what for what, _ in told(tried(asks, request))] == [What.REQUESTOR]
    stage = f'[[app.role.stage]]\napprovers = ["person:{NIA.object_id}"]'
    assert told(tried(policy(role.format("Reader", stage)), request)) == [
        (What.DECISION, "The approval of Alex Wilber would not count at stage 1."),
        (What.DECISION, "The approvals would not be enough: stage 1 would still need 1 approval."),
    ]
    closed = policy(role.format("Reader", 'domains = { deny = ["fabrikam.com"] }'))
    assert [what for what, _ in told(tried(closed, request))] == [What.DOMAIN]
