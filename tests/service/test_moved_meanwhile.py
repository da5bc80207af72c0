"""Between a press that is refused for a moved plan and its answer, somebody else may act on the request."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from access.ports import Transition
from access.rules.model import Plan, Record, Redemption, RequestId
from access.rules.refusals import AlreadyDecided, PlanMoved, Unreadable
from access.service.acting import Refusal
from tests.service.house import ALEX, MEGAN, NIA, House

R1 = "R-1001"
Act = Callable[[], Awaitable[object]]


class StoreBetween:
    """The real store, which does something else once a press was refused for a moved plan."""

    def __init__(self, store: Any, meanwhile: Act) -> None:
        self._store = store
        self._meanwhile: Act | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def change(self, request_id: RequestId, transition: Transition[Any]) -> Any:
        found = await self._store.change(request_id, transition)
        if isinstance(found, PlanMoved) and self._meanwhile is not None:
            act, self._meanwhile = self._meanwhile, None
            await act()
        return found


async def _moved(house: House) -> Plan:
    """Return the plan that the cards show and that is no longer what would be done."""
    first = (await house.sent()).request.plan
    assert first is not None
    house.knows(Redemption.ACCEPTED)
    return first


async def _press(house: House, seen: Plan, meanwhile: Act) -> Record | Refusal:
    store: Any = StoreBetween(house.store, meanwhile)
    return await replace(house.decisions, store=store).approve(R1, NIA, seen.hash)


async def _stored(house: House) -> Plan:
    record = await house.store.numbered(1001)
    assert record is not None
    assert record.request.plan is not None
    return record.request.plan


async def test_of_two_presses_on_a_moved_plan_both_are_shown_the_new_one(house: House) -> None:
    first = await _moved(house)
    late = await _press(house, first, lambda: house.decisions.approve(R1, ALEX, first.hash))
    assert isinstance(late, PlanMoved)
    assert late.request.plan == await _stored(house)
    assert set(late.moved) == {"guest", "steps"}
    assert isinstance(await house.decisions.approve(R1, NIA, late.request.plan.hash), Record)


async def test_whoever_presses_on_a_moved_plan_that_is_decided_meanwhile_hears_who_decided(
    house: House,
) -> None:
    first = await _moved(house)

    async def decide() -> None:
        await house.decisions.approve(R1, ALEX, None)
        assert isinstance(await house.decisions.approve(R1, ALEX, None), Record)

    late = await _press(house, first, decide)
    assert isinstance(late, AlreadyDecided)
    assert late.request.review is not None
    assert late.request.review.by.object_id == ALEX
    entry = (await house.audit())[-1].fact
    assert (entry.what, entry.actor, entry.detail["refused"]) == ("act.refused", NIA, "AlreadyDecided")


async def test_whoever_presses_on_a_moved_plan_that_is_canceled_meanwhile_hears_that(house: House) -> None:
    first = await _moved(house)
    late = await _press(house, first, lambda: house.decisions.cancel(R1, MEGAN))
    assert isinstance(late, AlreadyDecided)
    assert late.request.review is None


async def test_an_old_plan_does_not_overwrite_the_one_that_was_read_later(house: House) -> None:
    """Whoever was stopped for an hour after the refusal knows nothing of the plan any more."""
    first = await _moved(house)

    async def stop() -> None:
        house.clock.turn(hours=1)

    assert isinstance(await _press(house, first, stop), Unreadable)
    assert await _stored(house) == first
