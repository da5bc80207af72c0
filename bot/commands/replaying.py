"""`guestlist policy replay`: which past requests would go differently by a policy, from the facts kept."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from access.rules.policy import Policy, PolicyError
from access.rules.replay import is_tried, replay
from access.rules.replayed import Outcome, Replayed
from access.rules.visible import visible
from bot.clock import SteadyClock
from bot.commands.answers import Answer, Document, wrong
from bot.commands.exporting import NotExported, apps, time_of
from bot.commands.how_far import HowFar
from bot.commands.opening import opened_to_read
from bot.commands.streaming import streamed
from bot.policy_file import Written
from bot.settings import Settings
from bot.store.past import Past, last, sent_since

_ENDS = {Outcome.SAME: 0, Outcome.DIFFERENTLY: 1, Outcome.UNDECIDABLE: 3}
Found = AsyncIterator[tuple[Past, Replayed]]
_NEWER = Replayed(missing=("what it says: a newer version of Guestlist wrote it",))


async def tried(
    pasts: AsyncIterator[Past], policy: Policy, now: datetime, zone: ZoneInfo
) -> AsyncIterator[tuple[Past, Replayed]]:
    """Yield each request with what another policy would make of it, of those that a policy decides on."""
    async for past in pasts:
        if past.request is None:
            yield past, _NEWER
        elif is_tried(past.request):
            yield past, replay(policy, past.request, now, zone)


async def as_table(found: Found, since: datetime, write: Callable[[str], object]) -> int:
    """Write a table of what goes differently and what nobody knows; 0, 1 or 3 by the worst of them."""
    write(f"Requests sent since {_time(since)}:\n")
    counted = Counter[Outcome]()
    async for past, result in found:
        counted[result.outcome] += 1
        if result.outcome is not Outcome.SAME:
            write(_rows(past, result))
    write(f"{_told(counted)}\n")
    return _end(counted)


async def as_json(found: Found, since: datetime, write: Callable[[str], object]) -> int:
    """Write one JSON document of all requests, each as soon as it was tried."""
    counted = Counter[Outcome]()

    async def cells() -> AsyncIterator[Document]:
        async for past, result in found:
            counted[result.outcome] += 1
            yield _cells(past, result)

    def tail() -> tuple[int, Document]:
        return _end(counted), {one: counted[one] for one in Outcome}

    return await streamed("requests", cells(), tail, write, since=since)


def _rows(past: Past, found: Replayed) -> str:
    head, request = f"R-{past.number:<7} {found.outcome:<12}", past.request
    if request is not None:
        head += f"{request.submitted_at:%Y-%m-%d}  {request.state:<16} {visible(request.app.name)}"
    told = [one.words for one in found.differences]
    told += [f"Not known: {one}." for one in found.missing]
    return "".join(f"{line}\n" for line in (head.rstrip(), *(f"          {visible(one)}" for one in told)))


def _cells(past: Past, found: Replayed) -> dict[str, object]:
    request = past.request
    return {
        "request": f"R-{past.number}",
        "request_id": request.request_id if request else None,
        "sent": request.submitted_at.isoformat() if request else None,
        "state": request.state if request else None,
        "app_id": request.app.object_id if request else None,
        "app": request.app.name if request else None,
        "outcome": found.outcome,
        **asdict(found),
    }


def _told(counted: Counter[Outcome]) -> str:
    whole = "1 request" if counted.total() == 1 else f"{counted.total():,} requests"
    each = ", ".join(f"{counted[one]:,} {one}" for one in Outcome)
    return f"{whole}: {each}."


def _end(counted: Counter[Outcome]) -> int:
    """Return how the command ends: what goes differently counts before what nobody knows."""
    found = (one for one in (Outcome.DIFFERENTLY, Outcome.UNDECIDABLE) if counted[one])
    return _ENDS[next(found, Outcome.SAME)]


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


async def replayed(
    settings: Settings, far: HowFar, since_text: str, app: str, *, is_json: bool
) -> Answer | int:
    """Return 2 where it could not be looked at, also by a policy with mistakes; else as `as_table` does."""
    try:
        policy = Written.read(settings.policy_file).taken().policy
    except PolicyError as error:
        said = f"{error}\n{len(error.mistakes)} mistake(s). Nothing was replayed."
        return wrong(said, mistakes=error.mistakes)
    zone, now = settings.time_zone, SteadyClock().now()
    async with opened_to_read(settings) as book:
        try:
            since = time_of(since_text, zone, now)
            wanted = await apps(book, app) if app else None
        except NotExported as error:
            return wrong(str(error))
        pasts = far.along("Requests", sent_since(book, since, wanted), partial(last, book), _place)
        found = tried(pasts, policy, now, zone)
        if is_json:
            return await as_json(found, since, sys.stdout.write)
        if not far.shown:
            return await as_table(found, since, sys.stdout.write)
        lines = list[str]()  # told once the bar has gone
        ends = await as_table(found, since, lines.append)
    return Answer("".join(lines), {}, ends)


def _place(past: Past) -> int:
    return past.number
