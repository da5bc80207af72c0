"""What would be done for whom, and what an approval is bound to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from access.rules.model import App, Give, GiveKind, Guest, ObjectId, Redemption, Term
from access.rules.plan import make_plan, moved, steps_for
from tests.rules.making import APP, GIVE, guest

ARGUMENTS: dict[str, Any] = {
    "guest": guest(),
    "app": APP,
    "give": GIVE,
    "term": Term(days=90),
    "rule": "defaults",
    "landing": "https://records.example",
    "mailbox": True,
}


@pytest.mark.parametrize(
    ("who", "mailbox", "steps"),
    [
        (None, True, "invite know give mail prove"),
        (None, False, "invite know give prove"),
        (guest(Redemption.PENDING), True, "invite sponsor give mail prove"),
        (guest(Redemption.PENDING), False, "invite sponsor give prove"),
        (guest(Redemption.ACCEPTED), True, "sponsor give mail prove"),
        (guest(Redemption.ACCEPTED), False, "sponsor give prove"),
        (guest(Redemption.UNKNOWN), True, "sponsor give mail prove"),
    ],
)
def test_the_steps_follow_from_the_guests_state_and_end_with_the_proof(
    who: Guest | None,
    mailbox: bool,  # noqa: FBT001 - a row of the table
    steps: str,
) -> None:
    assert " ".join(steps_for(who, mailbox=mailbox)) == steps


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"guest": None}, {"guest", "steps"}),
        ({"guest": guest(Redemption.ACCEPTED)}, {"guest", "steps"}),
        ({"guest": replace(guest(), enabled=False)}, {"guest"}),
        ({"guest": replace(guest(), object_id=ObjectId("another"))}, {"guest"}),
        ({"app": replace(APP, object_id=ObjectId("another"))}, {"app"}),
        ({"app": replace(APP, enabled=False)}, {"app"}),
        ({"give": Give(GiveKind.GROUP, GIVE.object_id, GIVE.name)}, {"access"}),
        ({"term": Term(days=91)}, {"term"}),
        ({"term": Term(until=date(2027, 3, 31))}, {"term"}),
        ({"rule": "app health-records"}, {"rule"}),
        ({"landing": "https://elsewhere.example"}, {"landing"}),
        ({"mailbox": False}, {"steps"}),
    ],
)
def test_what_an_approver_decides_by_moves_the_hash_and_is_named(
    change: dict[str, Any], parts: set[str]
) -> None:
    before, now = make_plan(**ARGUMENTS), make_plan(**{**ARGUMENTS, **change})
    assert before.hash != now.hash
    assert set(moved(before, now)) == parts


def _renamed_guest(arguments: dict[str, Any]) -> dict[str, Any]:
    return {**arguments, "guest": replace(guest(), name="Ana R.", redemption_changed_at=None)}


def _renamed_app(arguments: dict[str, Any]) -> dict[str, Any]:
    return {**arguments, "app": App(APP.object_id, "Renamed", roles=APP.roles)}


@pytest.mark.parametrize("change", [_renamed_guest, _renamed_app, dict])
def test_names_do_not_move_the_hash(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    before, now = make_plan(**ARGUMENTS), make_plan(**change(ARGUMENTS))
    assert before.hash == now.hash
    assert moved(before, now) == ()


def test_the_plan_remembers_whom_it_was_made_for() -> None:
    assert make_plan(**ARGUMENTS).guest_id == guest().object_id
    assert make_plan(**{**ARGUMENTS, "guest": None}).guest_id is None
