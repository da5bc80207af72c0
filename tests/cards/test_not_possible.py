"""Whatever state does not allow an act, of any kind of request: it is said, and never a fault."""

from dataclasses import replace

import pytest

from access.rules.model import Kind, Record, State
from access.rules.refusals import NotPossible
from cards.answers import ACTS, refused, refused_text
from tests.cards import (
    bulk_lists,
    changing,
    gallery,
    gallery_renewals,
    gallery_undo,
    guarded,
    leaving,
    setups,
)
from tests.cards.gallery import LOOK

LIKE = gallery.delivered().request
LIVES = {**gallery.LIVES, **gallery_renewals.LIVES, **gallery_undo.LIVES, **guarded.LIVES, **setups.RECORDS}
LIVES |= bulk_lists.RECORDS
RECORDS: dict[str, Record] = {
    **{name: make() for name, make in LIVES.items()},
    **leaving.lives(LIKE),
    "changing": changing.changing(LIKE),
    **{f"of-kind-{one}": replace(gallery.delivered(), request=replace(LIKE, kind=one)) for one in Kind},
}


def test_every_kind_and_state_is_among_them() -> None:
    assert {one.request.kind for one in RECORDS.values()} == set(Kind)
    states = {one.request.state for one in RECORDS.values()}
    assert states >= set(State) - {State.SUBMITTED}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_an_act_that_is_not_possible_is_answered(act: str) -> None:
    for name, record in RECORDS.items():
        request = record.request
        if name.startswith("of-kind-") and request.kind is Kind.PROTECT:
            continue  # which has no guard, and so is none
        refusal = NotPossible(request, request.state)
        assert refused_text(refusal, act, LOOK), name
        assert refused(refusal, act, LOOK)["body"], name


def test_who_cancels_a_list_that_runs_is_told_how_it_is_stopped() -> None:
    runs, over = bulk_lists.approved(made=40).request, bulk_lists.delivered().request
    assert "/stop R-1042" in refused_text(NotPossible(runs, runs.state), "cancel", LOOK)
    assert "/stop" not in refused_text(NotPossible(over, over.state), "cancel", LOOK)
