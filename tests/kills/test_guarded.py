"""The judge of protections knows what is right, and tells each thing that could go wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.kills.guarded import protections
from tests.kills.past import Aftermath

REQUEST, POLICY = "r1", "p1"
REPORTS = "enabledForReportingButNotEnforced"
NAME = "Guestlist · Lab Results · guests: MFA [gl-1]"
Entries = tuple[tuple[str, dict[str, Any]], ...]
MAKING: Entries = (
    ("request.approved", {}),
    ("step.begun", {"step": "make-policies"}),
    ("step.done", {"step": "make-policies"}),
    ("guard.watching", {}),
)
ENFORCING: Entries = (
    ("guard.ordered", {"act": "enforce"}),
    ("step.begun", {"step": "enforce-policies"}),
    ("step.done", {"step": "enforce-policies"}),
    ("guard.enforced", {}),
)


def policy(kind: str, state: str | None, seq: int, policy_id: str = POLICY) -> dict[str, Any]:
    detail = {"name": NAME, "state": state, "id": policy_id}
    return {"seq": seq, "kind": f"policy.{kind}", "detail": detail}


def after(entries: Entries = (*MAKING, *ENFORCING), state: str = "enforced") -> Aftermath:
    chain = [
        {"seq": seq, "what": what, "request_id": REQUEST, "detail": json.dumps(detail)}
        for seq, (what, detail) in enumerate(entries, 1)
    ]
    card = {"seq": 9, "kind": "card.updated", "detail": {"activityId": "m", "fallbackText": "Enforced. R-1"}}
    guard = {"state": state, "doing": None, "made": [{"part": "controls", "policy_id": POLICY}]}
    body = {"kind": "protect", "number": 1, "state": "delivered", "address": "", "guard": guard}
    return Aftermath(
        chain=chain,
        ledger=[policy("added", REPORTS, 1), policy("updated", "enabled", 2), card],
        heads={1: 2, 2: 6},
        bodies={REQUEST: body},
        guests=[],
        cards=[(REQUEST, "m")],
    )


def test_what_is_right_is_not_told() -> None:
    assert protections(after()) == []


def test_one_that_was_made_twice_is_told() -> None:
    twice = [*after().ledger, policy("added", REPORTS, 3, "p2")]
    found = protections(replace(after(), ledger=twice, heads={1: 2, 2: 6, 3: 2}))
    assert f"{NAME} was made while it was there" in found
    assert f"the policy p2 is {REPORTS}, and no request has it" in found


def test_a_write_without_its_step_is_told() -> None:
    found = protections(replace(after(), heads={1: 2, 2: 4}))
    assert found == [f"policy.updated of {NAME} without a step that is under way"]


def test_a_write_before_its_order_is_told() -> None:
    entries = (*MAKING, *ENFORCING[1:3], ENFORCING[0], ENFORCING[3])
    found = protections(replace(after(entries), heads={1: 2, 2: 5}))
    assert found == [f"policy.updated of {NAME} before its guard.ordered"]


def test_what_is_told_twice_is_told() -> None:
    found = protections(after((*MAKING, *ENFORCING, ENFORCING[3])))
    assert found == ["R-1: guard.enforced, and what was wanted is nothing"]


@pytest.mark.parametrize("state", ["watching", "removed"])
def test_what_is_stored_and_what_stands_are_held_together(state: str) -> None:
    found = protections(after(state=state))
    assert any(f"R-1: stored as {state}, and told as guard.enforced" in one for one in found)
    assert any("its policy is enabled" in one or "no request has it" in one for one in found)
    assert any("a card says Enforced" in one for one in found)
