"""Sending, approving, denying, canceling and running out of time."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from access.rules import deciding, jobs, replanning, sending, unshown
from access.rules.model import Change, JobStatus, Named, ObjectId, Panel, Record, State
from access.rules.refusals import (
    AlreadyDecided,
    NoApprover,
    NotPossible,
    NotYours,
    OwnRequest,
    PlanMoved,
    Stale,
)
from tests.rules.making import (
    ALEX,
    ANA,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    change_of,
    claimed,
    delivered,
    delivering,
    done,
    facts,
    failed,
    guest,
    job,
    names,
    pending,
    plan,
    request,
)


def _approve(actor: Named, *approvers: Named, seen: str | None = None) -> deciding.Deciding:
    return deciding.approve(actor, deciding.Facts((Panel(approvers),), plan()), seen)


def _deny(actor: Named, *approvers: Named) -> deciding.Deciding:
    return deciding.deny(actor, (Panel(approvers),), "Not this quarter")


BOTH = pytest.mark.parametrize("decide", [_approve, _deny])
Decide = Callable[..., deciding.Deciding]


def test_sending_asks_for_approval_in_the_thread_and_of_each_approver() -> None:
    record = pending()
    assert record.request.state is State.PENDING_APPROVAL
    assert record.request.version == 1
    shown = {one.name: one.body[jobs.PLACE] for one in record.jobs.values() if one.kind == "card"}
    assert shown == {"thread": "thread", "approver/alex": "", "approver/nia": ""}
    assert job(record, "closes").due_at == record.request.closes_at


def test_in_a_personal_chat_the_thread_is_the_requestors_own() -> None:
    assert "thread" not in {one.name for one in pending(personal=True).jobs.values()}
    assert job(pending(personal=True), "requestor").body[jobs.PLACE] == "thread"


def test_what_is_sent_is_audited_without_a_name_or_an_address() -> None:
    (fact,) = sending.send(request(), NOW, personal=False).audit
    assert fact.what == "request.submitted"
    text = str(fact)
    assert not any(word in text for word in ("Ana", "fabrikam", "Megan", "March"))


def test_an_approval_starts_the_delivery_with_its_first_step() -> None:
    record = delivering()
    assert record.request.state is State.DELIVERING
    assert record.request.review is not None
    assert (record.request.review.by, record.request.review.result) == (ALEX, "Approve")
    assert names(record, JobStatus.READY) == ["invite"]
    assert names(record, JobStatus.WAITING) == ["know", "give", "mail", "prove"]
    assert job(record, "closes").status is JobStatus.DROPPED


def test_a_denial_ends_the_request_and_tells_the_requestor_in_private() -> None:
    record = done(pending(), _deny(ALEX, ALEX))
    assert record.request.state is State.DENIED
    assert record.request.review is not None
    assert record.request.review.justification == "Not this quarter"
    assert names(record, JobStatus.READY) == []
    assert job(record, "closes").status is JobStatus.DROPPED
    assert job(record, "requestor").body[jobs.PLACE] == ""


def test_a_decision_is_audited_with_the_plan_and_the_rule_it_was_made_by() -> None:
    (fact,) = change_of(pending(), _approve(ALEX, ALEX)).audit
    assert (fact.what, fact.actor) == ("request.approved", "alex")
    assert fact.detail == {"plan": plan().hash, "rule": "defaults"}
    (fact,) = change_of(pending(), _deny(NIA, NIA)).audit
    assert (fact.what, fact.actor) == ("request.denied", "nia")
    assert "quarter" not in str(fact)


def test_every_card_wants_the_newest_version_after_a_decision() -> None:
    for record in (
        delivering(),
        done(pending(), _deny(ALEX, ALEX)),
        done(pending(), deciding.cancel(MEGAN.object_id)),
    ):
        cards = [one for one in record.jobs.values() if one.kind == "card"]
        assert len(cards) >= 3
        assert {one.body[jobs.WANTED] for one in cards} == {record.request.version} == {2}
        assert {one.status for one in cards} == {JobStatus.READY}


@BOTH
def test_nobody_decides_their_own_request_even_as_an_approver(decide: Decide) -> None:
    refused = decide(MEGAN, MEGAN, ALEX)(pending(), NOW)
    assert isinstance(refused, OwnRequest)
    assert refused.may == (MEGAN, ALEX)


@BOTH
def test_the_guest_of_the_plan_decides_nothing(decide: Decide) -> None:
    ana = Named(ANA, "Ana Ruiz")
    assert isinstance(decide(ana, ana, ALEX)(pending(plan(guest())), NOW), OwnRequest)


@BOTH
def test_a_stranger_decides_nothing_and_hears_who_may(decide: Decide) -> None:
    refused = decide(STRANGER, ALEX, NIA)(pending(), NOW)
    assert isinstance(refused, NotYours)
    assert refused.may == (ALEX, NIA)


@BOTH
def test_who_was_an_approver_when_it_was_sent_is_none_unless_they_are_now(decide: Decide) -> None:
    assert isinstance(decide(NIA, ALEX)(pending(), NOW), NotYours)


@BOTH
def test_who_has_become_an_approver_since_may_decide(decide: Decide) -> None:
    assert isinstance(decide(STRANGER, STRANGER)(pending(), NOW), Change)


@BOTH
def test_an_empty_approver_set_refuses(decide: Decide) -> None:
    assert isinstance(decide(ALEX)(pending(), NOW), NoApprover)


@BOTH
@pytest.mark.parametrize(
    "decided",
    [
        delivering(),
        delivered(),
        failed(delivering(), "invite", "invitations-off"),
        done(pending(), _deny(NIA, NIA)),
        done(pending(), deciding.cancel(MEGAN.object_id)),
    ],
    ids=lambda record: str(record.request.state),
)
def test_the_second_decision_is_told_of_the_first(decide: Decide, decided: Record) -> None:
    refused = decide(ALEX, ALEX)(decided, NOW)
    assert refused == AlreadyDecided(decided.request)


def test_an_approval_needs_a_plan_to_be_bound_to() -> None:
    with pytest.raises(ValueError, match="bound to a plan"):
        deciding.approve(ALEX, deciding.Facts((Panel((ALEX,)),), None), None)(pending(), NOW)


def test_an_approval_of_what_has_moved_decides_nothing_and_says_what_moved() -> None:
    now = plan(landing="https://elsewhere.example")
    refused = deciding.approve(ALEX, facts(now=now), plan().hash)(pending(), NOW)
    assert isinstance(refused, PlanMoved)
    assert refused.moved == ("landing",)


def test_a_card_that_shows_an_older_plan_decides_nothing() -> None:
    assert isinstance(_approve(ALEX, ALEX, seen="an older plan")(pending(), NOW), PlanMoved)
    assert isinstance(_approve(ALEX, ALEX, seen="")(pending(), NOW), PlanMoved)


def test_a_typed_approval_means_the_stored_plan() -> None:
    assert isinstance(_approve(ALEX, ALEX, seen=None)(pending(), NOW), Change)
    moved = deciding.approve(ALEX, facts(now=plan(guest())), None)(pending(), NOW)
    assert isinstance(moved, PlanMoved)


def test_a_denial_is_not_bound_to_the_plan() -> None:
    assert isinstance(_deny(ALEX, ALEX)(pending(plan(guest())), NOW), Change)


def test_after_replanning_the_next_press_approves_what_is_shown() -> None:
    now = plan(guest(), landing="https://elsewhere.example")
    record = done(pending(), replanning.replan(facts(now=now)))
    assert record.request.state is State.PENDING_APPROVAL
    assert record.request.landing == "https://elsewhere.example"
    approved = done(record, deciding.approve(ALEX, facts(now=now), now.hash))
    assert approved.request.guest_id == ANA
    assert names(approved, JobStatus.READY) == ["invite"]
    assert names(approved, JobStatus.WAITING) == ["sponsor", "give", "mail", "prove"]


def test_replanning_brings_rule_and_approvers_along_and_cards_for_who_has_none() -> None:
    panel = Panel((NIA, STRANGER), fallback_used=True)
    named = deciding.Facts((panel,), plan(guest()), "app health-records")
    record = done(pending(), replanning.replan(named))
    assert record.request.rule == "app health-records"
    assert record.request.approvers == (NIA, STRANGER)
    assert record.request.fallback_used
    assert job(record, "approver/diego").status is JobStatus.READY
    assert {one.body[jobs.WANTED] for one in record.jobs.values() if one.kind == "card"} == {2}


def test_replanning_leaves_the_pressers_card_to_the_answer_that_shows_what_is_new() -> None:
    def drawn_anew(*approvers: Named) -> set[str]:
        moved = replanning.replan(facts(*approvers, now=plan(guest())), ALEX.object_id)
        cards = [one for one in done(pending(), moved).jobs.values() if one.kind == "card"]
        return {one.name for one in cards if one.body[jobs.WANTED] == 2}

    assert drawn_anew(ALEX, NIA) == {"approver/nia"}
    assert drawn_anew(ALEX, STRANGER) == {"thread", "approver/nia", "approver/diego"}


def test_replanning_forgets_no_approver_who_cannot_be_reached() -> None:
    record = claimed(pending(), "approver/nia")
    held = job(record, "approver/nia")
    record = done(record, unshown.drop(held.key, held.fence))
    again = done(record, replanning.replan(facts(now=plan(guest()))))
    assert again.request.unreached == (NIA,)
    without = done(record, replanning.replan(facts(ALEX, now=plan(guest()))))
    assert without.request.unreached == ()


def test_replanning_changes_nothing_when_the_plan_has_not_moved_or_somebody_decided() -> None:
    assert replanning.replan(facts())(pending(), NOW) == Stale()
    assert replanning.replan(facts(now=plan(guest())))(delivering(), NOW) == Stale()


def test_a_moved_plan_is_audited() -> None:
    (fact,) = change_of(pending(), replanning.replan(facts(now=plan(guest())))).audit
    assert (fact.what, fact.detail["plan"]) == ("plan.moved", plan(guest()).hash)


def test_the_requestor_may_cancel_while_it_waits() -> None:
    record = done(pending(), deciding.cancel(MEGAN.object_id))
    assert record.request.state is State.CANCELED
    assert job(record, "closes").status is JobStatus.DROPPED


@pytest.mark.parametrize("who", [ALEX, STRANGER, Named(ANA, "Ana Ruiz")], ids=lambda one: one.name)
def test_nobody_else_may_cancel(who: Named) -> None:
    refused = deciding.cancel(who.object_id)(pending(), NOW)
    assert isinstance(refused, NotYours)
    assert refused.may == (MEGAN,)


@pytest.mark.parametrize(
    "record",
    [delivering(), delivered(), failed(delivering(), "invite", "invitations-off")],
    ids=lambda record: str(record.request.state),
)
def test_what_is_being_delivered_can_no_longer_be_canceled(record: Record) -> None:
    assert deciding.cancel(MEGAN.object_id)(record, NOW) == NotPossible(record.request, record.request.state)


def test_canceling_twice_is_told_of_the_first() -> None:
    record = done(pending(), deciding.cancel(MEGAN.object_id))
    assert deciding.cancel(MEGAN.object_id)(record, NOW) == AlreadyDecided(record.request)


CLOSES = pending().request.closes_at


def test_a_request_that_nobody_decided_expires_when_it_closes() -> None:
    timer = job(pending(), "closes")
    assert jobs.claim(timer.key, LEASE)(pending(), CLOSES - timedelta(seconds=1)) == Stale()
    held = claimed(pending(), "closes", CLOSES)
    record = done(held, deciding.time_out(timer.key, 1), CLOSES)
    assert record.request.state is State.EXPIRED
    assert job(record, "closes").status is JobStatus.DONE
    assert deciding.time_out(timer.key, 1)(record, CLOSES) == Stale()


def test_a_decision_that_came_before_the_timer_stands() -> None:
    timer = job(pending(), "closes")
    held = claimed(pending(), "closes", CLOSES)
    decided = done(held, _approve(ALEX, ALEX), CLOSES)
    assert deciding.time_out(timer.key, 1)(decided, CLOSES) == Stale()


def test_a_timer_without_its_claim_closes_nothing() -> None:
    timer = job(pending(), "closes")
    assert deciding.time_out(timer.key, 0)(pending(), CLOSES) == Stale()
    assert deciding.time_out("no such key", 1)(pending(), CLOSES) == Stale()


def test_an_actor_is_known_by_object_id_and_never_by_name() -> None:
    impostor = Named(ObjectId("mallory"), ALEX.name)
    assert isinstance(_approve(impostor, ALEX)(pending(), NOW), NotYours)
