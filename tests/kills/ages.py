"""Requests that are made older while their process runs; what comes due by that, it does as ever.

The signed calls of the channel go by the host's clock, and others' requests by the same time, so it is no
clock that is set. An order is a file, and a signal that there is one.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from access.rules import lasting, removing, standing, watch
from access.rules.changing import newer
from access.rules.model import (
    AccountState,
    AssignmentState,
    Change,
    JobKind,
    JobStatus,
    Record,
    RequestId,
    State,
    StepKind,
)
from access.rules.refusals import Stale

SIGNAL = signal.SIGUSR1


def order(folder: Path, request_id: str, by: timedelta) -> None:
    """Have a request made older by whichever process is signalled next."""
    orders = _orders(folder)
    orders.mkdir(exist_ok=True)
    fresh = folder / f"{request_id}.order"
    fresh.write_text(str(by.total_seconds()), encoding="ascii")
    fresh.replace(orders / request_id)


def heed(store: Any, folder: Path) -> None:
    """Carry out orders from now on, in this event loop."""
    under_way: set[asyncio.Task[Any]] = set()

    def look() -> None:
        for file in _orders(folder).glob("*"):
            try:
                by = timedelta(seconds=float(file.read_text(encoding="ascii")))
                file.unlink()
            except FileNotFoundError:
                continue  # another process was first
            task = asyncio.get_running_loop().create_task(store.change(RequestId(file.name), older(by)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    asyncio.get_running_loop().add_signal_handler(SIGNAL, look)


def _orders(folder: Path) -> Path:
    return folder / "older"


def older(by: timedelta) -> Callable[[Record, datetime], Change | Stale]:
    """Let a request that waits have been sent so much earlier, or what it did done; else leave it."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        before = record.request
        if before.state is State.DELIVERED:
            return _done_earlier(record, by, now)
        if before.state is not State.PENDING_APPROVAL:
            return Stale()
        request = newer(
            before,
            now,
            submitted_at=before.submitted_at - by,
            restarted_at=before.restarted_at and before.restarted_at - by,
            closes_at=before.closes_at - by,
        )
        timers = tuple(
            replace(job, due_at=job.due_at - by)
            for job in standing.timers(record)
            if job.kind is JobKind.TIMER and job.status is JobStatus.READY
        )
        return Change(request=request, jobs=(*timers, *watch.anew(request, record.jobs, now)))

    return transition


def _done_earlier(record: Record, by: timedelta, now: datetime) -> Change | Stale:
    """Let an access be nearer to its end, or a removal to its deletion, if it is not at it already."""
    before, given, account = record.request, record.request.assignment, record.request.account
    if account is not None and account.state is AccountState.BLOCKED:
        rows = (job for job in removing.steps_of(record) if job.name == StepKind.DELETE)
        due = (job for job in rows if job.status is JobStatus.READY and not job.started)
        return Change(request=before, jobs=tuple(replace(job, due_at=job.due_at - by) for job in due))
    if given is not None and given.state is AssignmentState.ACTIVE and before.ends_at is not None:
        request = newer(before, now, ends_at=before.ends_at - by)
        return Change(request=request, jobs=lasting.anew(request, record.jobs, now))
    return Stale()
