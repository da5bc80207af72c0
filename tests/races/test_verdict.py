"""The judge of the races: what each fault looks like, and that a fair race has none."""

import json
from dataclasses import replace
from random import Random
from typing import Any, cast

import pytest

from tests.kills.evidence import Evidence
from tests.races.arena import Arena, Case, Press
from tests.races.people import LANE, LESS, MORE, identity, name_of, role_id
from tests.races.races import RACES, deal
from tests.races.rounds import AMEND, APPROVE, Round
from tests.races.runs import RacesRun, told
from tests.races.verdict import verdict

LANE_1 = LANE[0]
A, B, C, *_ = LANE_1.approvers
ADDRESS = "canary.abc@fabrikam.com"
DONE = ("user.created", "invitation.created", "assignment.created", "mail.sent")
ROLE = role_id(LANE_1.ranked, LESS)
BODY = {
    "state": "delivered",
    "plan": {"hash": "p"},
    "term": {"days": 30},
    "give": {"object_id": ROLE, "name": LESS},
}
NOTHING = "Your Approve changed nothing."
LATE = f"{NOTHING} {name_of(A)} approved."


def entry(what: str, who: str = "", **detail: Any) -> dict[str, Any]:
    actor = identity(who) if who else None
    return {"request_id": "id", "what": what, "actor": actor, "detail": json.dumps({"plan": "p", **detail})}


def ledger(*kinds: str) -> list[dict[str, Any]]:
    return [{"seq": 1, "kind": kind, "detail": {"to": [ADDRESS]}} for kind in kinds]


def race(app: str, *presses: Press) -> Round:
    case = Case(LANE_1, app, ADDRESS, "id", "R-1001")
    return Round(cast("Arena", None), LANE_1, Random(1), "storm", case, "p", list(presses))


def press(who: str, said: str = LATE, **more: Any) -> Press:
    return Press(who, APPROVE, 200, said, **more)


FAIR = race(LANE_1.one, press(A, "Delivering: step 1"), press(B))
CHAIN = (entry("request.approved", A), entry("act.refused", B))
EVIDENCE = Evidence(
    guests=(),
    ledger=ledger(*DONE),
    known={},
    places={},
    given_up=(),
    heads={},
    chain=CHAIN,
    requests=(),
    decisions=(),
    trail=(),
    outputs=(),
)


def found(now: Round, *chain: dict[str, Any], decisions: int = 1, state: str = "delivered") -> str:
    evidence = replace(EVIDENCE, chain=chain or CHAIN)
    return "\n".join(verdict(now, evidence, [()] * decisions, {**BODY, "state": state}))


def test_a_fair_race_has_no_fault() -> None:
    assert found(FAIR) == ""


@pytest.mark.parametrize(
    ("chain", "fault"),
    [
        ((*CHAIN, entry("request.approved", B)), "ended 2 times"),
        ((entry("act.refused", B),), "ended 0 times"),
        ((entry("request.denied", A), CHAIN[1]), "request.denied and is delivered"),
        ((entry("request.approved", LANE_1.stranger), CHAIN[1]), "may not decide at stage 1"),
        ((entry("request.approved", LANE_1.requestor), CHAIN[1]), "may not decide at stage 1"),
        ((entry("request.approved", A, plan="old"), CHAIN[1]), "not the plan that everybody approved"),
        ((CHAIN[0],), "0 refusals are written, and 1 were told"),
    ],
)
def test_what_the_audit_may_not_hold_is_found(chain: tuple[dict[str, Any], ...], fault: str) -> None:
    assert fault in found(FAIR, *chain)


def test_one_person_twice_at_a_stage_is_found() -> None:
    both = race(LANE_1.two, *(press(who, "Delivering") for who in (A, B, C)))
    first = entry("stage.approved", A, stage=1)
    fair = (first, entry("stage.approved", B, stage=2), entry("request.approved", C, stage=2))
    twice = (first, entry("stage.approved", B, stage=2), entry("request.approved", B, stage=2))
    assert found(both, *fair, decisions=3) == ""
    assert "1 people approved 2 times at stage 2, which needs 2" in found(both, *twice, decisions=3)
    moved = (*fair[:2], entry("request.amended", A), *fair[2:])
    assert "0 people approved 0 times at stage 1" in found(both, *moved, decisions=3)


@pytest.mark.parametrize(
    ("pressed", "fault"),
    [
        (press(B, "Your Approve changed nothing."), "was not told who decided"),
        (press(LANE_1.stranger, "Delivering: step 1"), "who may not"),
        (replace(press(B), status=502), "was answered 502"),
        (press(B, "Delivering: step 1"), "2 presses of approval.approve were told"),
        (press(B, twice=(LATE, LATE, "other")), "retried and was answered otherwise"),
        (
            press(B, f"{NOTHING} {name_of(LANE_1.requestor)} asks for it."),
            "was not told who",
        ),
        (press(B, f"{NOTHING} You have approved already."), "approved nothing, was told"),
        (press(B, "Delivering: step 1", unanswered=1), "2 presses of approval.approve were told"),
    ],
)
def test_what_nobody_may_be_told_is_found(pressed: Press, fault: str) -> None:
    assert fault in found(replace(FAIR, presses=[FAIR.presses[0], pressed]))


def test_a_delegate_decides_once_it_is_delegated_and_has_the_seat_of_the_approver() -> None:
    to = LANE_1.stranger
    both = race(LANE_1.two, *(press(who, "Delivering") for who in (A, B, to)))
    both.delegates = {to: C}
    begun, first = entry("delegation.made", C), entry("stage.approved", A, stage=1)
    for_c = entry("request.approved", to, stage=2, on_behalf_of=identity(C))
    by_b, by_c = (entry("stage.approved", who, stage=2) for who in (B, C))
    assert found(both, begun, first, by_b, for_c, decisions=3) == ""
    assert "may not decide at stage 2" in found(both, first, by_b, for_c, begun, decisions=3)
    assert "1 people approved 2 times at stage 2" in found(both, begun, first, by_c, for_c, decisions=3)


def test_who_is_called_in_decides_from_then_on() -> None:
    late = LANE_1.approvers[-1]
    called = race(LANE_1.watched, press(late, "Delivering"))
    by_late = entry("request.approved", late)
    assert found(called, entry("request.escalated"), by_late) == ""
    assert "may not decide at stage 1" in found(called, by_late, entry("request.escalated"))


def test_a_request_that_nobody_decided_is_named_so() -> None:
    expired = entry("request.expired")
    late = race(LANE_1.one, press(A, "Your Approve changed nothing. Nobody decided by Mon 23 Nov."))
    refusal = entry("act.refused", A)
    nothing = replace(EVIDENCE, chain=(expired, refusal), ledger=())
    assert list(verdict(late, nothing, [], {**BODY, "state": "expired"})) == []
    unsaid = replace(late, presses=[press(A, "Your Approve changed nothing.")])
    assert "was not told who decided" in "\n".join(verdict(unsaid, nothing, [], {**BODY, "state": "expired"}))
    assert "ended 2 times" in found(late, expired, entry("request.approved", A))


def test_who_was_not_answered_may_have_done_more_than_they_were_told_and_no_less() -> None:
    again = replace(FAIR, presses=[press(A, f"{NOTHING} You have approved already.", unanswered=1)])
    assert found(again, CHAIN[0], entry("act.refused", A)) == ""
    once = replace(FAIR, presses=[press(A, LATE)])
    assert "0 presses of approval.approve were told that they did it, and 1 did" in found(once)


def test_what_is_given_is_no_more_than_anybody_gave() -> None:
    shorter, lesser = (
        Press(who, AMEND, 200, "Waiting", data=data)
        for who, data in ((B, {"term": "30d"}), (C, {"access": f"app-role:{ROLE}"}))
    )
    both = race(LANE_1.ranked, shorter, lesser, press(A, "Delivering"))
    chain = (
        entry("request.amended", B, plan="q"),
        entry("request.amended", C),
        entry("request.approved", A),
    )
    assert found(both, *chain) == ""
    assert "is not the one that was made last" in found(both, chain[1], chain[0], chain[2])
    assert "2 presses of approval.amend were told" in found(both, *chain[1:])
    more = {"object_id": role_id(LANE_1.ranked, MORE), "name": MORE}
    given = {"kind": "assignment.created", "detail": {"address": ADDRESS, "role": ROLE}}
    evidence = replace(EVIDENCE, chain=chain, ledger=[*EVIDENCE.ledger[:2], given, EVIDENCE.ledger[3]])
    for body, fault in (
        ({"term": {"days": 90}}, "gave 30d, and it is 90 days"),
        ({"give": more}, "gave less, and it is Owner"),
        ({"give": more}, "the app role that was given is not the one of the plan"),
    ):
        assert fault in "\n".join(verdict(both, evidence, [()], {**BODY, **body}))


def test_what_is_delivered_by_another_policy_was_approved_by_that_one() -> None:
    late = LANE_1.approvers[-1]
    ruled = race(LANE_1.ruled, *(press(who, "Delivering") for who in (A, B)))
    ruled.rule = "the usual one"
    plan = {"plan": {"hash": "p", "parts": {"rule": "the other one"}}}

    def faults(*chain: dict[str, Any]) -> str:
        evidence = replace(EVIDENCE, chain=chain)
        return "\n".join(verdict(ruled, evidence, [()] * 2, {**BODY, **plan}))

    moved, first = entry("plan.moved"), entry("stage.approved", A)
    assert faults(entry("stage.approved", late, plan="old"), moved, first, entry("request.approved", B)) == (
        "storm R-1001: 2 decisions stand in the store and 3 in the audit\n"
        "storm R-1001: 2 presses of approval.approve were told that they did it, and 3 did"
    )
    assert faults(first, entry("request.approved", B)) == ""
    assert "which needs 2" in faults(entry("request.approved", A))
    assert "who may not by the policy" in faults(first, entry("request.approved", late))


def test_a_guest_who_was_there_is_made_by_nobody() -> None:
    hand = {"seq": 0, "kind": "user.byHand", "detail": {"address": ADDRESS}}
    given = ledger("assignment.created", "mail.sent")
    there = replace(EVIDENCE, ledger=[hand, *given])
    assert list(verdict(FAIR, there, [()], BODY)) == []
    made = replace(EVIDENCE, ledger=[hand, *ledger("user.created"), *given])
    assert "1 of user.created, where 0" in "\n".join(verdict(FAIR, made, [()], BODY))


def test_an_approver_who_is_one_no_more_is_found() -> None:
    assert "may not decide at stage 1" in found(replace(FAIR, barred={A}))


def test_what_was_done_twice_or_without_an_approval_is_found() -> None:
    twice = replace(EVIDENCE, ledger=ledger(*DONE, "assignment.created"))
    assert "2 of assignment.created" in "\n".join(verdict(FAIR, twice, [()], BODY))
    denied = found(FAIR, entry("request.denied", A), state="denied")
    assert "1 of invitation.created, where 0 belongs to denied" in denied


def test_a_thousand_races_are_of_every_kind_and_the_same_by_the_same_seed() -> None:
    dealt = deal(7, 1000)
    assert len(dealt) == 1000
    assert min(dealt.count(name) for name in RACES) >= 1000 // len(RACES)
    assert deal(7, 1000) == dealt != deal(8, 1000)
    run = RacesRun("sqlite", 7, 1000)
    assert [race for number in range(run.count) for race in run.dealt(number)] == dealt
    assert "1000 rounds" not in told(run)
    assert "10 batches have not run" in told(run)
