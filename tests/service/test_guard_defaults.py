"""With security defaults on no policy can be enforced: that is said before the days of watching."""

from dataclasses import replace

import pytest

from access.rules.causes import Cause
from access.rules.guard_plans import GuardShown
from access.rules.guards import GuardState
from access.rules.refusals import WillNotWork
from cards import guard_draft, guard_request
from cards.look import Look
from tests.service.guarding_house import ISAIAH, MFA, Guarded
from tests.service.house import MEGAN, ZONE, House

LOOK = Look(ZONE, personal=True)
SAID = "Security defaults are on: until they are off it can only report."


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


@pytest.mark.parametrize("on", [True, False])
async def test_draft_and_request_say_that_it_can_only_report(guarded: Guarded, *, on: bool) -> None:
    guarded.reader.demanded = replace(guarded.reader.demanded, security_defaults=on)
    shown = await guarded.guards.look(MFA, MEGAN)
    assert isinstance(shown, GuardShown)
    assert shown.unsent is None
    assert (SAID in str(guard_draft.draw(shown, LOOK))) is on
    sent = await guarded.sent()
    assert (SAID in str(guard_request.draw(sent, f"approver/{ISAIAH}", LOOK))) is on


async def test_it_is_made_and_its_enforcing_says_what_is_in_the_way(guarded: Guarded) -> None:
    guarded.reader.demanded = replace(guarded.reader.demanded, security_defaults=True)
    record = await guarded.watched()
    assert record.request.guard is not None
    assert record.request.guard.state is GuardState.WATCHING
    found = await guarded.acts.foresee(record.request.label, ISAIAH)
    assert isinstance(found, WillNotWork)
    assert found.cause is Cause.SECURITY_DEFAULTS
