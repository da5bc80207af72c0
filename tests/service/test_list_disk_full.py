"""A disk that is full: no list is kept or sent, no row calls Graph without its entry, and it goes on."""

from collections import Counter
from contextlib import suppress
from datetime import datetime

import pytest
from sqlalchemy import Connection

from access.ports import NotKept
from access.rules.audit import verify
from access.rules.lists import GuestList
from access.rules.model import Record, State, StepKind
from tests.service.house import MEGAN, House
from tests.service.test_bulk_requests import send
from tests.service.test_dry_runs import judged
from tests.service.test_list_runs import approved, over, rows

GUESTS = tuple(f"guest{number}@fabrikam.com" for number in range(40))
CALLS = {StepKind.INVITE: "invite", StepKind.GIVE: "give", StepKind.MAIL: "draft"}


async def fill(house: House) -> None:
    """Let the file grow no further, and use up what room it has."""
    await house.store._writer.run(_no_further)
    for size in (30_000, 3_000, 300):
        with suppress(NotKept):
            for number in range(1_000):
                await house.store.keep_note(f"{size}/{number}/{house.clock.now()}", "x" * size)


async def free(house: House) -> None:
    await house.store._writer.run(_further)


def _no_further(connection: Connection, _: datetime) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def _further(connection: Connection, _: datetime) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count=1000000")


async def begun(house: House) -> Counter[str]:
    """Count the steps that have an entry."""
    entries = [dict(one.fact.detail) for one in await house.audit() if one.fact.what == "step.begun"]
    return Counter(str(one["step"]) for one in entries)


async def see_that_each_call_has_its_entry(house: House) -> None:
    steps = await begun(house)
    for step, call in CALLS.items():
        assert house.faults.calls.count(call) <= steps[step]


async def test_in_a_run_nothing_is_called_without_its_entry_and_all_goes_on_afterwards(house: House) -> None:
    record = await approved(house, *GUESTS)
    full = 0
    for number in range(120):
        if number % 40 == 3:
            await fill(house)
        if number % 40 == 30:
            await free(house)
        try:
            await house.run_due()
        except NotKept:
            full += 1
        await see_that_each_call_has_its_entry(house)
        house.clock.turn(seconds=2)
    assert full > 3
    await free(house)
    house.clock.turn(seconds=60)
    end = await over(house, record)
    assert end.request.state is State.DELIVERED
    assert [one.state for one in await rows(house, record)] == [State.DELIVERED] * 40
    assert len(house.tenant.access) == len({one.address for one in house.tenant.invitations}) == 40
    assert Counter(one.to for one in house.mail.sent) == Counter(GUESTS)


async def test_a_list_is_refused_whole_where_it_cannot_be_kept_or_sent_and_can_be_sent_later(
    house: House,
) -> None:
    many = [
        await judged(house, *(f"g{one}.{number}@fabrikam.com" for one in range(9))) for number in range(9)
    ]
    await fill(house)
    with pytest.raises(NotKept):
        await judged(house, *(f"g{number}@adatum.com" for number in range(3_000)))
    refused = list[GuestList]()
    for made in many:
        try:
            assert isinstance(await send(house, made), Record)
        except NotKept:
            refused.append(made)
    assert refused
    assert len(await house.store.requested_by(MEGAN, 99)) == len(many) - len(refused)
    await free(house)
    for made in many:
        sent = await send(house, made)
        assert isinstance(sent, Record)
        assert sent.request.request_id == made.list_id
    assert len(await house.store.requested_by(MEGAN, 99)) == len(many)
    assert verify(await house.audit()) is None
