"""Accesses that last for months on a moved clock: what a due row costs, and what is not due."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from access.rules import unaccepted
from access.rules.adopting import Adoptable, adopt
from access.rules.changing import newer
from access.rules.model import (
    AuditFact,
    Change,
    Give,
    GiveKind,
    Guest,
    Named,
    ObjectId,
    Record,
    Redemption,
    RequestId,
    Term,
)
from tests.service.house import MEGAN, READER, RECORDS, House

ACCESSES, FEW = 10_000, 1_000
DAYS = 120
ENDING = 300
"""How many of them end within those days; the rest ends in the years after them, or waits to be accepted."""
_DAY = timedelta(days=1)
_GIVE = Give(GiveKind.APP_ROLE, READER, "Reader")
_QUIET = 5
"""How many quiet days are looked at, of which the median counts."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """CPU in seconds, of the rules, the services and SQLite; the directory and the chat answer at once."""

    rows: int
    row: float
    """For each row that came due: claimed, carried out and finished."""
    quiet: float
    """A day on which nothing is due, with all of the accesses."""
    quiet_few: float
    """The same with a tenth of them."""
    look: float
    """The daily look at who signs in, for each access: the one thing that reads every one of them."""


def rows(found: Lasting) -> list[tuple[str, ...]]:
    """Return what was measured, in words, and what is wanted."""
    ratio = found.quiet / max(found.quiet_few, 1e-6)
    quiet = f"{found.quiet * 1000:.2f} / {found.quiet_few * 1000:.2f} ms ({ratio:.1f} ×)"
    return [
        (f"{DAYS} days: CPU a row that came due ({found.rows:,} rows)", f"{found.row * 1000:.1f} ms", "–"),
        (f"a day on which nothing is due, {ACCESSES:,} / {FEW:,} accesses: CPU", quiet, "≤ 2 ×"),
        ("the daily look, an access: CPU", f"{found.look * 1e6:.0f} µs", "–"),
    ]


async def measure() -> Lasting:
    few, _ = await _quiet_day(FEW)
    quiet, look = await _quiet_day(ACCESSES)
    count, row = await _months()
    return Lasting(count, row, quiet, few, look)


async def _quiet_day(accesses: int) -> tuple[float, float]:
    """Return what a day costs on which nothing comes due, and the daily look at each access."""
    with TemporaryDirectory() as name:
        house = await _filled(Path(name) / "bench.db", accesses, ending=0)
        await _settle(house)
        took = []
        for _ in range(_QUIET):
            house.clock.time += _DAY
            begun = time.process_time()
            assert not await house.run_due()
            await house.store.next_due_at()
            took.append(time.process_time() - begun)
        begun = time.process_time()
        await house.clean_ups.daily()
        look = (time.process_time() - begun) / accesses
        await house.store.close()
        return sorted(took)[_QUIET // 2], look


async def _months() -> tuple[int, float]:
    """Let the days go by: warnings, reminders, ends; return how many rows came due, and what each cost."""
    with TemporaryDirectory() as name:
        house = await _filled(Path(name) / "bench.db", ACCESSES, ending=ENDING)
        await _settle(house)
        ran, begun = Counter[str](), time.process_time()
        for _ in range(DAYS):
            house.clock.time += _DAY
            ran += await _settle(house)
        spent = time.process_time() - begun
        await _judge(house)
        await house.store.close()
        count = sum(ran.values())
        return count, spent / count


async def _settle(house: House) -> Counter[str]:
    """Run what is due by now; return how many rows of each kind were."""
    ran = Counter[str]()
    while due := await house.run_due():
        ran.update(str(one.kind) for one in due)
    return ran


async def _judge(house: House) -> None:
    """See that each that was to end has, and no other."""
    left = len(await _active(house))
    assert left == ACCESSES - ENDING, left
    ended = [one async for one in house.store.audit_entries() if one.fact.what == "assignment.ended"]
    assert len(ended) == ENDING, len(ended)


async def _active(house: House) -> Sequence[str]:
    found, after = list[str](), ""
    while lot := await house.store.active(1000, after):
        after = lot[-1].request_id
        found += [one.request_id for one in lot]
    return found


async def _filled(file: Path, accesses: int, ending: int) -> House:
    house = await House.open(file)
    for first in range(0, accesses, 500):
        lot = range(first, min(first + 500, accesses))
        await asyncio.gather(*(_held(house, number, ending) for number in lot))
    return house


async def _held(house: House, number: int, ending: int) -> None:
    """Let a guest hold Health Records; those that end do so one after the other, in the last ninety days."""
    address = f"guest{number}@fabrikam.com"
    accepted = Redemption.PENDING if number < 2 * ending else Redemption.ACCEPTED
    guest = Guest(ObjectId(f"guest-{number}"), f"Guest {number}", address, accepted)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access.add((guest.object_id, RECORDS))
    subject, app = await house.store.subject(address), house.tenant.apps[RECORDS]
    days = 20 + number * 90 // ending if number < ending else 400 + number % 1000

    def make(label: int, now: datetime) -> Change:
        found = Adoptable(guest, app, (_GIVE,), now)
        ends = (Term(days=days), now + days * _DAY)
        return adopt(RequestId(f"{number:032x}"), subject, Named(MEGAN, "Megan"), found, _GIVE, ends)(
            label, now
        )

    made = await house.store.add(make)
    if isinstance(made, Record) and number < 2 * ending:
        await house.store.change(made.request.request_id, _waits)


def _waits(record: Record, now: datetime) -> Change:
    """Let the guest not have accepted, as after a delivery, so that reminders come due."""
    request = newer(record.request, now, awaits_acceptance=True)
    fact = AuditFact(what="bench", request_id=request.request_id)
    rows_ = unaccepted.anew(request, record.jobs, now)
    return Change(request=request, jobs=tuple(replace(one, due_at=now) for one in rows_), audit=(fact,))


if __name__ == "__main__":
    for line in rows(asyncio.run(measure())):
        print(" | ".join(line))
