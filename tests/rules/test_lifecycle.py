"""The table of states, and that its document shows it."""

from pathlib import Path

import pytest

from access.rules.lifecycle import TABLE, Event, after, document
from access.rules.model import State

ROWS = [
    ("submitted", "ApprovalRequired", "pendingApproval"),
    ("submitted", "Waived", "delivering"),
    ("submitted", "Ordered", "delivering"),
    ("submitted", "Canceled", "canceled"),
    ("submitted", "Listed", "delivering"),
    ("submitted", "Adopted", "delivered"),
    ("pendingApproval", "StageApproved", "pendingApproval"),
    ("pendingApproval", "QuestionAsked", "pendingApproval"),
    ("pendingApproval", "Answered", "pendingApproval"),
    ("pendingApproval", "Amended", "pendingApproval"),
    ("pendingApproval", "Approved", "delivering"),
    ("pendingApproval", "Denied", "denied"),
    ("pendingApproval", "Canceled", "canceled"),
    ("pendingApproval", "ApprovalTimedOut", "expired"),
    ("delivering", "DeliverySucceeded", "delivered"),
    ("delivering", "DeliveryFailed", "deliveryFailed"),
    ("deliveryFailed", "DeliveryRetried", "delivering"),
    ("deliveryFailed", "Canceled", "canceled"),
]
POSSIBLE = {(source, event) for source, event, _ in ROWS}


@pytest.mark.parametrize(("source", "event", "target"), ROWS)
def test_an_event_leads_to_its_state(source: str, event: str, target: str) -> None:
    assert after(State(source), Event(event)) == target


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_nothing_else_is_possible(state: State, event: Event) -> None:
    assert (after(state, event) is not None) == ((state, event) in POSSIBLE)


def test_the_way_to_delivered_leads_through_an_approval_a_waiver_a_right_or_a_list_alone() -> None:
    into = {target: {event for (_, event), end in TABLE.items() if end == target} for target in State}
    assert into[State.DELIVERED] == {Event.DELIVERY_SUCCEEDED, Event.ADOPTED}, "which delivers nothing"
    approved = {Event.APPROVED, Event.WAIVED, Event.ORDERED, Event.LISTED}
    assert into[State.DELIVERING] == {*approved, Event.DELIVERY_RETRIED}


def test_the_document_shows_the_table_as_it_is() -> None:
    written = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert written.read_text(encoding="utf-8") == document(), (
        "run: python -m access.rules.lifecycle > docs/lifecycle.md"
    )
