"""The contract of every Store: an approver has one delegation, which the store's clock begins and ends."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from access.ports import Store
from access.rules import deciding, delegating
from access.rules.audit import verify
from access.rules.delegating import Delegating, Delegation, Entrusted, NotDelegated, Period
from access.rules.model import Named, ObjectId, Panel, Record, StandIn, Term
from bot.store import codec
from tests.store.making import OMAR, PIA, TurnedClock, added

ROSA = Named(ObjectId("0a000000-0000-4000-8000-000000000003"), "Rosa Lund")
UTC = ZoneInfo("UTC")


def to(whom: Named, days: int = 7, by: Named = OMAR) -> Delegating:
    return delegating.make(by, whom, Period(None, Term(days=days)), UTC)


async def entries(store: Store) -> list[tuple[str, object, object]]:
    found = [entry.fact async for entry in store.audit_entries()]
    return [(one.what, one.actor, one.detail.get("to")) for one in found]


async def test_a_delegation_holds_from_its_beginning_to_its_end(store: Store, clock: TurnedClock) -> None:
    begins = clock.now().date() + timedelta(days=1)
    period = Period(begins, Term(days=2))
    made = await store.delegate(OMAR.object_id, delegating.make(OMAR, PIA, period, UTC))
    assert isinstance(made, Entrusted)
    assert await store.standing() == []
    assert await store.delegations() == [made.delegation]
    clock.at = made.delegation.begins_at
    assert await store.standing() == [made.delegation]
    clock.turn(days=2, microseconds=-1)
    assert await store.standing() == [made.delegation]
    clock.turn(microseconds=1)
    assert await store.standing() == []
    assert await store.delegations() == []


async def test_another_takes_the_place_of_the_first_and_both_are_entries(store: Store) -> None:
    await store.delegate(OMAR.object_id, to(PIA))
    second = await store.delegate(OMAR.object_id, to(ROSA))
    assert isinstance(second, Entrusted)
    assert second.replaced
    assert second.replaced.to == PIA
    assert [one.to for one in await store.standing()] == [ROSA]
    omar = OMAR.object_id
    assert await entries(store) == [
        ("delegation.made", omar, PIA.object_id),
        ("delegation.ended", omar, PIA.object_id),
        ("delegation.made", omar, ROSA.object_id),
    ]
    assert verify([entry async for entry in store.audit_entries()]) is None


async def test_one_that_was_stopped_holds_no_more_and_is_not_stopped_twice(store: Store) -> None:
    await store.delegate(OMAR.object_id, to(PIA))
    assert isinstance(await store.delegate(OMAR.object_id, delegating.end(OMAR.object_id)), Entrusted)
    assert await store.standing() == []
    assert await store.delegate(OMAR.object_id, delegating.end(OMAR.object_id)) is NotDelegated.NONE_THERE
    assert await store.delegate(PIA.object_id, delegating.end(PIA.object_id)) is NotDelegated.NONE_THERE
    assert len(await entries(store)) == 2


async def test_cards_follow_when_one_begins_and_when_it_ends(store: Store, clock: TurnedClock) -> None:
    await store.delegate(OMAR.object_id, to(PIA))
    for _ in range(2):
        for _ in ("at once", "when nobody writes any more what they read before"):
            (due,) = await store.due_delegations()
            assert isinstance(await store.delegate(OMAR.object_id, delegating.followed(due)), Entrusted)
            assert await store.due_delegations() == []
            clock.turn(seconds=30)
        assert await store.due_delegations() == []
        clock.turn(days=7, seconds=-60)
    told = [what for what, actor, _ in await entries(store) if actor is None]
    assert told == ["delegation.ended"], "what ends by itself is an entry, once"


async def test_cards_follow_what_was_changed_since_they_were_looked_at(store: Store) -> None:
    await store.delegate(OMAR.object_id, to(PIA))
    (seen,) = await store.due_delegations()
    await store.delegate(OMAR.object_id, to(ROSA))
    assert await store.delegate(OMAR.object_id, delegating.followed(seen)) is None
    assert [one.to for one in await store.due_delegations()] == [ROSA]


async def test_one_that_is_stopped_before_cards_followed_another_has_them_follow(
    store: Store, clock: TurnedClock
) -> None:
    """The first is on cards; its successor begins later, and is stopped before anybody has looked."""
    await store.delegate(OMAR.object_id, to(PIA))
    (seen,) = await store.due_delegations()
    await store.delegate(OMAR.object_id, delegating.followed(seen))
    later = Period(clock.now().date() + timedelta(days=3), Term(days=1))
    await store.delegate(OMAR.object_id, delegating.make(OMAR, ROSA, later, UTC))
    await store.delegate(OMAR.object_id, delegating.end(OMAR.object_id))
    assert len(await store.due_delegations()) == 1


async def test_of_many_who_delegate_at_once_each_has_one(store: Store) -> None:
    people = [Named(ObjectId(f"person-{place}"), f"Person {place}") for place in range(8)]
    wanted = [(by, whom) for by in people[:2] for whom in people[2:]]
    made = await asyncio.gather(*(store.delegate(by.object_id, to(whom, by=by)) for by, whom in wanted))
    assert all(isinstance(one, Entrusted) for one in made)
    assert [one.by for one in await store.standing()] == people[:2]
    whats = [what for what, _, _ in await entries(store)]
    assert (whats.count("delegation.made"), whats.count("delegation.ended")) == (12, 10)


async def test_what_raises_is_not_written(store: Store) -> None:
    def broken(known: Delegation | None, now: object) -> Entrusted:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.delegate(OMAR.object_id, broken)
    assert await entries(store) == []


async def test_a_review_and_the_panels_keep_for_whom_a_delegate_decides(store: Store) -> None:
    record = await added(store)
    stand_in = StandIn(ROSA, PIA, record.request.closes_at)
    panels = (Panel((PIA, ROSA), silent=(), delegated=(stand_in,)),)
    approve = deciding.approve(ROSA, deciding.Facts(panels, record.request.plan), None)
    approved = await store.change(record.request.request_id, approve)
    assert isinstance(approved, Record)
    request = approved.request
    assert [(one.by, one.for_whom) for one in request.reviews] == [(ROSA, PIA)]
    written = codec.request_changes(request)["body"]
    assert codec.request_of(written) == request
    before = orjson.loads(written)
    for one in (before["review"], *before["reviews"]):
        del one["for_whom"]
    for one in before["stages"]:
        del one["delegated"]
    old = codec.request_of(orjson.dumps(before).decode())
    assert old is not None
    assert [(one.by, one.for_whom, one.seat) for one in old.reviews] == [(ROSA, None, ROSA.object_id)]
    assert old.stages[0].delegated == ()
