"""What a press on a protection says that changed nothing: the card was old, or the tenant has moved."""

from dataclasses import replace

import pytest

from access.rules.guards import GuardAct
from access.rules.model import Record
from access.service.acting import Refusal
from cards.answers import refused_text
from cards.look import Look
from tests.service.guarding_house import ISAIAH, SPARE, SVEA, Guarded
from tests.service.house import MEGAN, ZONE, House, draft

LOOK = Look(ZONE, personal=True)


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


def said(found: object) -> str:
    assert isinstance(found, Refusal), found
    return refused_text(found, "protect", LOOK)


async def test_of_enforce_and_remove_pressed_together_the_second_hears_what_the_first_ordered(
    guarded: Guarded,
) -> None:
    label = (await guarded.watched()).request.label
    looked = await guarded.acts.foresee(label, SVEA)
    removing = await guarded.acts.act(label, ISAIAH, GuardAct.REMOVE)
    late = said(await guarded.acts.enforce(label, SVEA, getattr(looked, "code", "")))
    assert "Nothing was changed" in late
    assert "It has moved on: Removing. Isaiah had it done." in late
    assert isinstance(removing, Record)
    await guarded.run(removing)
    assert "It has moved on: Removed." in said(await guarded.acts.act(label, ISAIAH, GuardAct.KEEP))


async def test_what_protects_nothing_says_so(house: House, guarded: Guarded) -> None:
    sent = await guarded.sent()
    assert "It protects nothing." in said(await guarded.acts.act(sent.request.label, ISAIAH, GuardAct.REMOVE))
    other = await house.sent(draft(address="ben@fabrikam.com"))
    assert "It protects nothing." in said(await guarded.acts.act(other.request.label, MEGAN, GuardAct.REMOVE))


async def test_what_somebody_has_changed_by_hand_is_said_at_the_press(guarded: Guarded) -> None:
    label = (await guarded.watched()).request.label
    [made] = guarded.reader.demanded.policies
    changed = replace(made, exclude=replace(made.exclude, users=frozenset({SPARE, MEGAN})))
    guarded.reader.demanded = replace(guarded.reader.demanded, policies=(changed,))
    answer = said(await guarded.acts.foresee(label, ISAIAH))
    assert "Somebody has changed a policy of it by hand" in answer
    assert "The request still waits" not in answer
