"""A protection for one guest names them: it is forgotten with them, once it is over."""

import pytest

from access.ports import Refused
from access.rules.guard_plans import Wanted
from access.rules.guards import GuardAct
from access.rules.model import ERASED, Record
from tests.service.guarding_house import ISAIAH, SVEA, Guarded
from tests.service.house import ANA, LIDIA, House

FOR_ANA = Wanted(guest=ANA, mfa=True)


@pytest.fixture
def guarded(house: House) -> Guarded:
    return Guarded.of(house)


async def test_while_it_is_asked_for_or_stands_the_guest_is_not_forgotten(
    guarded: Guarded, house: House
) -> None:
    sent = await guarded.sent(FOR_ANA, LIDIA)
    subject = await house.store.subject(ANA)
    with pytest.raises(Refused, match=sent.request.label):
        await house.store.forget(subject)
    approved = await house.decisions.approve(sent.request.label, ISAIAH, None)
    assert isinstance(approved, Record)
    await guarded.run(approved)
    with pytest.raises(Refused, match=sent.request.label):
        await house.store.forget(subject)


async def test_once_it_is_removed_it_names_nobody_any_more(guarded: Guarded, house: House) -> None:
    sent = await guarded.sent(FOR_ANA, LIDIA)
    approved = await house.decisions.approve(sent.request.label, ISAIAH, None)
    assert isinstance(approved, Record)
    watched = await guarded.run(approved)
    ordered = await guarded.acts.act(watched.request.label, SVEA, GuardAct.REMOVE)
    assert isinstance(ordered, Record)
    await guarded.run(ordered)
    assert await house.store.forget(await house.store.subject(ANA)) == 1
    left = await house.now(watched)
    assert left.request.guard is not None
    assert left.request.guard.scope.whom == ERASED
    assert "Ana" not in repr(left.request)


async def test_of_somebody_else_it_stays(guarded: Guarded, house: House) -> None:
    sent = await guarded.sent(FOR_ANA, LIDIA)
    assert await house.store.forget(await house.store.subject("bo@fabrikam.com")) == 0
    assert (await house.now(sent)).request.guard == sent.request.guard
