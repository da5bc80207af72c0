"""Approval in stages: how many must approve at each, who is next, and what counts no more."""

from dataclasses import replace
from itertools import chain

import pytest

from access.rules import deciding, jobs, replanning, sending
from access.rules.lifecycle import Event, after
from access.rules.model import Change, JobStatus, Named, ObjectId, Panel, Plan, Record, State
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    NoApprover,
    NotYet,
    NotYours,
    OwnRequest,
    PlanMoved,
    TooFewApprovers,
)
from access.rules.stages import approvals, is_approved, stage_now, still_needed, void
from tests.rules.making import (
    ALEX,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    change_of,
    claimed,
    done,
    guest,
    job,
    names,
    plan,
    request,
    written,
)

JONI, LIDIA, ISAIAH = (Named(ObjectId(one), one.title()) for one in ("joni", "lidia", "isaiah"))
OWNERS = Panel((ALEX, NIA))
OFFICE = Panel((ISAIAH, JONI, LIDIA), quorum=2)
TWO = (OWNERS, OFFICE)
TWO_OF_THREE = (OFFICE,)


def waiting(panels: tuple[Panel, ...]) -> Record:
    asked = replace(request(), stages=panels, approvers=panels[0].approvers)
    change = sending.send(asked, NOW, personal=False)
    return written(Record(request=change.request, jobs={}), change)


def approve(
    who: Named, panels: tuple[Panel, ...], now: Plan | None = None, seen: str | None = None
) -> deciding.Deciding:
    return deciding.approve(who, deciding.Facts(panels, now or plan(), "defaults"), seen)


def after_votes(panels: tuple[Panel, ...], *people: Named) -> Record:
    record = waiting(panels)
    for who in people:
        record = done(record, approve(who, panels))
    return record


def ready_cards(record: Record) -> set[str]:
    return {one.name for one in record.jobs.values() if one.kind == "card" and one.status == "ready"}


def test_only_the_first_stage_is_asked_when_a_request_is_sent() -> None:
    assert ready_cards(waiting(TWO)) == {"thread", "approver/alex", "approver/nia"}
    assert waiting(TWO).request.approvers == (ALEX, NIA)


def test_the_next_stage_is_asked_when_the_first_has_approved() -> None:
    record = after_votes(TWO, ALEX)
    assert record.request.state is State.PENDING_APPROVAL
    assert (stage_now(record.request), still_needed(record.request)) == (2, 2)
    assert record.request.approvers == OFFICE.approvers
    assert {"approver/isaiah", "approver/joni", "approver/lidia"} < ready_cards(record)
    assert job(record, "closes").status is JobStatus.READY
    assert names(record, JobStatus.READY) == []


def test_the_last_approval_of_the_last_stage_starts_the_delivery() -> None:
    record = after_votes(TWO, ALEX, LIDIA)
    assert record.request.state is State.PENDING_APPROVAL
    record = done(record, approve(JONI, TWO))
    assert record.request.state is State.DELIVERING
    assert record.request.review == record.request.reviews[-1]
    assert [(one.stage, one.by) for one in record.request.reviews] == [(1, ALEX), (2, LIDIA), (2, JONI)]
    assert names(record, JobStatus.READY) == ["invite"]
    assert is_approved(record.request)


def test_an_approval_that_is_not_the_last_leaves_the_state_as_it_is() -> None:
    assert after(State.PENDING_APPROVAL, Event.STAGE_APPROVED) is State.PENDING_APPROVAL
    assert after_votes(TWO_OF_THREE, JONI).request.state is State.PENDING_APPROVAL
    assert after_votes(TWO_OF_THREE, JONI, LIDIA).request.state is State.DELIVERING


def test_the_same_person_counts_once_in_a_quorum_and_hears_that_they_have_approved() -> None:
    record = after_votes(TWO_OF_THREE, JONI)
    for seen in (None, plan().hash):
        assert approve(JONI, TWO_OF_THREE, seen=seen)(record, NOW) == AlreadyApproved(record.request)


def test_who_has_approved_can_no_longer_deny_at_that_stage_for_they_have_decided() -> None:
    record = after_votes(TWO_OF_THREE, JONI)
    refused = deciding.deny(JONI, TWO_OF_THREE, "After all")(record, NOW)
    assert refused == AlreadyApproved(record.request)


@pytest.mark.parametrize("before", [(), (ALEX,), (ALEX, JONI)], ids=len)
def test_a_single_denial_ends_the_request_however_many_have_approved(before: tuple[Named, ...]) -> None:
    record = after_votes(TWO, *before)
    denier = LIDIA if before else NIA
    denied = done(record, deciding.deny(denier, TWO, "Not this quarter"))
    assert denied.request.state is State.DENIED
    assert denied.request.review is not None
    assert (denied.request.review.by, denied.request.review.stage) == (denier, stage_now(record.request))
    assert not is_approved(denied.request)


def test_whoever_decides_later_decides_nothing_before_their_turn() -> None:
    record = waiting(TWO)
    assert approve(JONI, TWO)(record, NOW) == NotYet(record.request, 2)
    assert deciding.deny(JONI, TWO, "no")(record, NOW) == NotYet(record.request, 2)


def test_whoever_decided_before_decides_nothing_at_the_next_stage() -> None:
    record = after_votes(TWO, ALEX)
    assert approve(ALEX, TWO)(record, NOW) == AlreadyApproved(record.request)
    assert deciding.deny(ALEX, TWO, "no")(record, NOW) == AlreadyApproved(record.request)
    assert approve(NIA, TWO)(record, NOW) == NotYours(record.request, OFFICE.approvers)


def test_somebody_named_in_two_stages_decides_in_both_as_in_entra() -> None:
    both = (OWNERS, Panel((ALEX, JONI)))
    record = after_votes(both, ALEX, ALEX)
    assert record.request.state is State.DELIVERING


def test_the_requestor_decides_at_no_stage() -> None:
    panels = (OWNERS, Panel((MEGAN, JONI)))
    record = after_votes(panels, ALEX)
    assert isinstance(approve(MEGAN, panels)(record, NOW), OwnRequest)


def test_the_set_of_the_present_stage_is_what_the_directory_says_at_the_click() -> None:
    record = after_votes(TWO, ALEX)
    without_joni = (OWNERS, Panel((ISAIAH, LIDIA), quorum=2))
    assert isinstance(approve(JONI, without_joni)(record, NOW), NotYours)
    assert isinstance(approve(STRANGER, (OWNERS, Panel((STRANGER, LIDIA), 2)))(record, NOW), Change)
    assert isinstance(approve(JONI, (OWNERS, Panel((), 2)))(record, NOW), NoApprover)


def test_a_quorum_that_cannot_be_reached_takes_no_approval_and_says_how_many_are_missing() -> None:
    alone = (Panel((JONI,), quorum=3),)
    record = waiting(alone)
    assert approve(JONI, alone)(record, NOW) == TooFewApprovers(record.request, 1, 2)
    later = (OWNERS, Panel((), quorum=2))
    record = waiting(later)
    assert approve(ALEX, later)(record, NOW) == TooFewApprovers(record.request, 2, 2)
    assert isinstance(deciding.deny(ALEX, later, "no")(record, NOW), Change)


def test_whoever_has_approved_and_left_since_counts_towards_the_quorum() -> None:
    record = after_votes(TWO_OF_THREE, JONI)
    left = (Panel((LIDIA,), quorum=2),)
    assert done(record, approve(LIDIA, left)).request.state is State.DELIVERING


def test_who_may_decide_and_is_not_asked_gets_no_card_and_may_decide() -> None:
    quiet = (Panel((ALEX, JONI), silent=(JONI.object_id,)),)
    record = waiting(quiet)
    assert ready_cards(record) == {"thread", "approver/alex"}
    assert done(record, approve(JONI, quiet)).request.state is State.DELIVERING


def test_whom_to_ask_first_is_asked_alone_only_where_they_are_as_many_as_needed() -> None:
    def cards_for(*first: Named) -> set[str]:
        asked = replace(request(), stages=TWO_OF_THREE, approvers=OFFICE.approvers, ask_first=first)
        change = sending.send(asked, NOW, personal=False)
        return {one.name for one in change.jobs if one.name.startswith(jobs.APPROVER)}

    assert cards_for(JONI, LIDIA) == {"approver/joni", "approver/lidia"}
    assert cards_for(JONI) == {"approver/isaiah", "approver/joni", "approver/lidia"}


def test_when_the_plan_moves_earlier_approvals_are_void_and_the_first_stage_comes_again() -> None:
    record = after_votes(TWO, ALEX, JONI)
    moved = plan(guest())
    facts = deciding.Facts(TWO, moved, "defaults")
    assert isinstance(deciding.approve(LIDIA, facts, None)(record, NOW), PlanMoved)
    record = done(record, replanning.replan(facts, LIDIA.object_id))
    assert (stage_now(record.request), approvals(record.request)) == (1, ())
    assert record.request.approvers == (ALEX, NIA)
    assert [one.by for one in void(record.request)] == [ALEX, JONI]
    record = done(record, approve(ALEX, TWO, moved))
    assert stage_now(record.request) == 2
    for who in (JONI, LIDIA):
        record = done(record, approve(who, TWO, moved))
    assert record.request.state is State.DELIVERING


A_QUORUM = (Panel((ALEX, NIA), quorum=2),)


@pytest.mark.parametrize(
    ("asked", "now", "voted", "presser"),
    [
        (A_QUORUM, (OWNERS, Panel((JONI,))), ALEX, NIA),
        ((OWNERS, Panel((JONI,))), (Panel((JONI,)), OWNERS), ALEX, JONI),
        ((OWNERS, Panel((JONI,))), (Panel((JONI,)), OWNERS), ALEX, NIA),
    ],
)
def test_a_policy_with_other_stages_strands_nobody_who_may_decide_at_any_of_them(
    asked: tuple[Panel, ...], now: tuple[Panel, ...], voted: Named, presser: Named
) -> None:
    record, moved = after_votes(asked, voted), plan(landing="https://other.example")
    assert isinstance(approve(presser, now, moved)(record, NOW), PlanMoved)
    assert isinstance(approve(MEGAN, (Panel((MEGAN,)), *now), moved)(record, NOW), OwnRequest)
    assert isinstance(approve(STRANGER, now, moved)(record, NOW), NotYours)


def test_a_denial_at_a_stage_that_the_policy_has_since_ends_the_request() -> None:
    now = (OWNERS, Panel((JONI,)))
    change = change_of(after_votes(A_QUORUM, ALEX), deciding.deny(JONI, now, "not now"))
    assert (change.request.state, change.request.stages) == (State.DENIED, now)
    (fact,) = change.audit
    assert (fact.what, fact.detail["stage"], fact.detail["quorum"]) == ("request.denied", 2, 1)


def test_what_is_void_stays_void_when_the_plan_moves_back() -> None:
    record = after_votes(TWO_OF_THREE, JONI)
    for now in (plan(guest()), plan()):
        record = done(record, replanning.replan(deciding.Facts(TWO_OF_THREE, now, "defaults")))
    assert approvals(record.request) == ()
    assert still_needed(record.request) == 2


def test_every_card_shows_that_the_approvals_are_void_but_the_one_that_is_answered() -> None:
    record = after_votes(TWO, ALEX)
    version = record.request.version
    moved = replanning.replan(deciding.Facts(TWO, plan(guest()), "defaults"), JONI.object_id)
    record = done(record, moved)
    cards = {one.name: one.body[jobs.WANTED] for one in record.jobs.values() if one.kind == "card"}
    assert cards.pop("approver/joni") == version
    assert set(cards.values()) == {version + 1}


def test_a_moved_plan_is_audited_with_whose_approvals_are_void() -> None:
    moved = replanning.replan(deciding.Facts(TWO, plan(guest()), "defaults"))
    (fact,) = change_of(after_votes(TWO, ALEX), moved).audit
    assert (fact.what, fact.detail["void"]) == ("plan.moved", ["alex"])


def test_each_approval_is_audited_with_its_stage_and_how_many_there_are() -> None:
    record = after_votes(TWO, ALEX)
    (fact,) = change_of(record, approve(JONI, TWO)).audit
    assert (fact.what, fact.actor) == ("stage.approved", "joni")
    wanted = {"plan": plan().hash, "rule": "defaults", "stage": 2, "given": 1, "quorum": 2}
    assert fact.detail == wanted
    record = done(record, approve(JONI, TWO))
    (fact,) = change_of(record, approve(LIDIA, TWO)).audit
    assert (fact.what, fact.detail) == ("request.approved", {**wanted, "given": 2})


def test_an_approval_of_an_older_card_is_bound_to_nothing() -> None:
    record = after_votes(TWO, ALEX)
    assert isinstance(approve(JONI, TWO, seen="an older plan")(record, NOW), PlanMoved)


def test_no_step_may_run_before_every_stage_has_approved_whatever_the_review_says() -> None:
    record = after_votes(TWO, ALEX, JONI, LIDIA)
    for lost in range(3):
        kept = tuple(chain(record.request.reviews[:lost], record.request.reviews[lost + 1 :]))
        forged = Record(request=replace(record.request, reviews=kept), jobs=record.jobs)
        assert not jobs.may_run(forged, job(forged, "invite"))
    assert jobs.may_run(record, job(record, "invite"))


def test_a_late_press_after_the_quorum_hears_that_it_is_decided() -> None:
    record = after_votes(TWO_OF_THREE, JONI, LIDIA)
    assert approve(ISAIAH, TWO_OF_THREE)(record, NOW) == AlreadyDecided(record.request)


def test_approvals_that_do_not_suffice_expire_with_the_request() -> None:
    record = after_votes(TWO, ALEX, JONI)
    closes = record.request.closes_at
    held = claimed(record, "closes", closes)
    timer = job(held, "closes")
    expired = done(held, deciding.time_out(timer.key, timer.fence), closes)
    assert expired.request.state is State.EXPIRED
