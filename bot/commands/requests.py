"""`guestlist requests`: what there is and what it waits for, by object ids unless names are asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from shutil import get_terminal_size
from sys import stdout

from access.rules.journal import STEPS
from access.rules.model import Job, JobStatus, Record, Request, State
from access.rules.stages import panels_of, stage_now
from access.rules.visible import visible
from bot.clock import SteadyClock
from bot.commands.answers import Answer, Document, wrong
from bot.commands.exporting import Limits, NotExported, apps, time_of, whose
from bot.commands.opening import opened_to_read
from bot.settings import Settings
from bot.store.book import Book
from bot.store.found import Found, Sought, newest

_COLUMNS = ("request", "state", "kind", "app", "requestor", "guest", "sent", "ends", "failed")
_NAMES = ("guest_name", "guest_address")
_JOBS = ("job", "status", "due_at", "tries", "lease_until")
_WAITING = (State.SUBMITTED, State.PENDING_APPROVAL, State.DELIVERING)
_UNCUT = 1000
"""Characters of a line where no terminal cuts it."""
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, as it was typed."""

    limits: Limits
    states: Sequence[str] = ()
    waiting: bool = False
    failed: bool = False
    most: int = 50
    names: bool = False


async def listed(settings: Settings, asked: Asked) -> Answer:
    """Return the newest of what is looked for."""
    if unknown := [one for one in asked.states if one not in set(State)]:
        return wrong(f"{unknown[0]!r} is no state. There are {', '.join(State)}.")
    async with opened_to_read(settings) as book:
        try:
            sought = await _sought(book, asked, settings)
        except NotExported as error:
            return wrong(str(error))
        found = await book.ask(lambda connection: newest(connection, sought, asked.most + 1))
    rows = [_row(one, names=asked.names) for one in found[: asked.most]]
    more = len(found) > asked.most
    told = f"{len(rows)} request(s){', and older ones: --limit shows more' if more else ''}.\n"
    columns = (*_COLUMNS, *(_NAMES if asked.names else ()))
    return Answer(f"{_table(columns, rows)}{told}", {"requests": rows, "more": more})


async def shown(settings: Settings, label: str, *, names: bool) -> Answer:
    """Return what is known of one request, its journal, and what it waits for."""
    digits = label.upper().removeprefix("R-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        return wrong(f"{label!r} is no request. Write its number, such as R-1042.")
    number = int(digits)
    async with opened_to_read(settings) as book:
        record = await book.numbered(number)
        found = await book.ask(lambda connection: newest(connection, Sought(number=number), 1))
    if record is None:
        return wrong(f"There is no request R-{number}.")
    row = {**_row(found[0], names=names), "waits_for": list(_waits_for(record))}
    jobs = [
        {
            "job": _job(one),
            "status": one.status,
            "due_at": one.due_at,
            "tries": one.tries,
            "lease_until": one.lease_until,
        }
        for one in sorted(record.jobs.values(), key=lambda one: (one.position, one.key))
    ]
    facts = "".join(f"{name:<14} {_word(value)}\n" for name, value in row.items() if value not in (None, []))
    return Answer(f"{facts}\n{_table(_JOBS, jobs)}", {**row, "jobs": jobs})


async def _sought(book: Book, asked: Asked, settings: Settings) -> Sought:
    limits, zone, now = asked.limits, settings.time_zone, SteadyClock().now()
    return Sought(
        states=(*map(State, asked.states), *(_WAITING if asked.waiting else ())),
        failed=asked.failed,
        since=time_of(limits.since, zone, now) if limits.since else None,
        until=time_of(limits.until, zone, now, ends=True) if limits.until else None,
        apps=await apps(book, limits.app) if limits.app else None,
        whose=await whose(book, limits.person) if limits.person else None,
    )


def _row(found: Found, *, names: bool) -> Document:
    request = found.request
    known = {
        "request": f"R-{found.number}",
        "state": found.state,
        **(_of(request) if request else dict.fromkeys(_COLUMNS[2:])),
    }
    return {**known, "guest_name": found.guest_name, "guest_address": found.guest_address} if names else known


def _of(request: Request) -> Document:
    given = request.assignment
    failure = request.failure or (given.failure if given else None)
    return {
        "kind": request.kind,
        "app": visible(request.app.name),
        "app_id": request.app.object_id,
        "requestor": request.requestor.object_id,
        "guest": request.guest_id,
        "sent": request.submitted_at,
        "ends": request.ends_at,
        "failed": failure.cause if failure else None,
    }


def _waits_for(record: Record) -> Iterator[str]:
    """Yield for whom or what, in words; people by their object ids."""
    request = record.request
    if request.state is State.PENDING_APPROVAL:
        open_ones = [one.by.object_id for one in request.questions if one.ended_at is None]
        yield from (f"the answer to a question of {one}" for one in open_ones)
        panel = panels_of(request)[stage_now(request) - 1]
        people = ", ".join(one.object_id for one in panel.approvers)
        yield f"an approval at stage {stage_now(request)} by {people}, until {_word(request.closes_at)}"
    if request.waiting_for:
        yield f"{request.waiting_for} {request.waits_for}".strip()
    if request.awaits_acceptance:
        yield "the guest's acceptance"
    ready = [one for one in record.jobs.values() if one.status is JobStatus.READY]
    if first := min(ready, key=lambda one: (one.kind not in STEPS, one.due_at), default=None):
        yield f"{_job(first)}, due {_word(first.due_at)}"


def _job(job: Job) -> str:
    return str(job.kind) if job.name == job.kind else f"{job.kind} {job.name}"


def _table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """Return lines as wide as the terminal, and uncut where a file or another program reads them."""
    from rich import console, table, text  # noqa: PLC0415 - few commands show a table

    if not rows:
        return ""
    drawn = table.Table(*columns, box=None, pad_edge=False)
    for row in rows:
        drawn.add_row(*(text.Text(_word(row.get(name))) for name in columns))
    width, lines = get_terminal_size().columns if stdout.isatty() else _UNCUT, StringIO()
    console.Console(file=lines, width=width).print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in lines.getvalue().splitlines() if line.strip())


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)
