"""Ports that are watched: what the store has written and the chat has shown is counted, once each."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from opentelemetry.trace import SpanKind

from access.ports import AccessError
from access.rules import jobs
from access.rules.journal import STEPS
from access.rules.model import Change, Job, JobStatus, Place, Record, Request, State
from access.rules.together import Together
from bot.measuring.instruments import Instruments
from bot.measuring.stretches import Leaf, Stretches, now, stretch_now

_UNDECIDED = frozenset({State.SUBMITTED, State.PENDING_APPROVAL})
_OVER: Mapping[JobStatus, str] = {
    JobStatus.DONE: "done",
    JobStatus.FAILED: "failed",
    JobStatus.DROPPED: "dropped",
}


class WatchedStore:
    """Counts what a commit has moved, in whichever replica has made it; a start counts nothing again."""

    def __init__(self, store: Any, instruments: Instruments, stretches: Stretches) -> None:
        self._store = store
        self._instruments = instruments
        self._stretches = stretches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def add(self, make: Any) -> Any:
        return self._made(await self._store.add(make))

    async def add_along(self, make: Together) -> Any:
        last: list[tuple[Record, Change]] = []
        along = replace(make.along, change=_seen(make.along.change, last))
        result = self._made(await self._store.add_along(replace(make, along=along)))
        if isinstance(result, Record) and last:
            self._moved(*last[0], last[0][1].request)
        return result

    async def change(self, request_id: Any, transition: Any) -> Any:
        last: list[tuple[Record, Change]] = []
        result = await self._store.change(request_id, _seen(transition, last))
        if isinstance(result, Record) and last:
            self._moved(*last[0], result.request)
        return result

    async def record(self, request_id: Any) -> Any:
        return self._read(await self._store.record(request_id))

    async def numbered(self, number: int) -> Any:
        return self._read(await self._store.numbered(number))

    def _read(self, record: Record | None) -> Record | None:
        mine = stretch_now()
        if record is not None and mine is not None:
            mine.reads(record.request.request_id)
        return record

    def _made(self, result: Any) -> Any:
        if isinstance(result, Record):
            request = result.request
            self._came_into(request)
            # Else nobody decided now: it is a row of a list, an adoption, an act by somebody's own right.
            if request.waived and request.state not in _UNDECIDED:
                self._decided(request)
            told = {"guestlist.request.number": request.number, "guestlist.request.kind": request.kind.value}
            self._stretches.event(request.request_id, "request.submitted", told, made=True)
        return result

    def _moved(self, before: Record, change: Change, after: Request) -> None:
        was = before.request
        if was.state is not after.state:
            self._came_into(after)
            if was.state in _UNDECIDED and after.state not in _UNDECIDED:
                self._decided(after)
            if after.state is State.DELIVERED and after.delivered_at:
                took = (after.delivered_at - decided_at(after)).total_seconds()
                self._instruments.took("guestlist.request.effect.duration", took, {"kind": after.kind.value})
        if after.accepted_at and not was.accepted_at:
            took = (after.accepted_at - invited_at(after)).total_seconds()
            self._instruments.took("guestlist.request.acceptance.duration", took)
        known = {job.key: job for job in before.jobs.values()}
        for job in change.jobs:
            if (outcome := _outcome(known.get(job.key), job)) is not None:
                self._instruments.count("guestlist.jobs", {"kind": job.kind.value, "outcome": outcome})
        for fact in change.audit:
            step = fact.detail.get("step")
            labels = {"guestlist.step": str(step)} if step else {}
            self._stretches.event(after.request_id, fact.what, labels)

    def _came_into(self, request: Request) -> None:
        labels = {"kind": request.kind.value, "state": request.state.value}
        self._instruments.count("guestlist.request.transitions", labels)

    def _decided(self, request: Request) -> None:
        took = (request.changed_at - request.submitted_at).total_seconds()
        labels = {"kind": request.kind.value, "outcome": _decision(request)}
        self._instruments.took("guestlist.request.decision.duration", took, labels)


def _seen(transition: Any, last: list[tuple[Record, Change]]) -> Any:
    """Return the transition; what it has made at last is in `last` then."""

    def seen(record: Record, at: datetime) -> Any:
        last.clear()  # a transition may be tried again
        made = transition(record, at)
        if isinstance(made, Change):
            last.append((record, made))
        return made

    return seen


def invited_at(request: Request) -> datetime:
    """Return when the guest could accept: since the delivery, or the reset that began it anew."""
    again = request.relinked  # an older version has noted nothing else
    anew = request.anew_at or (again.at if again is not None and again.reset else None)
    return anew or request.delivered_at or decided_at(request)


class WatchedChat:
    """Counts the tries to show a card that failed, by why."""

    def __init__(self, chat: Any, instruments: Instruments, stretches: Stretches) -> None:
        self._chat = chat
        self._instruments = instruments
        self._stretches = stretches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    async def post(self, place: Place, record: Record, audience: str) -> Any:
        return await self._shown("card post", audience, self._chat.post(place, record, audience))

    async def update(self, place: Place, message: str, record: Record, audience: str) -> Any:
        return await self._shown("card update", audience, self._chat.update(place, message, record, audience))

    async def _shown(self, act: str, audience: str, showing: Awaitable[Any]) -> Any:
        begun, failed = now(), "cut off"
        try:
            shown = await showing
            failed = ""
        except AccessError as error:
            failed = error.cause.value
            self._instruments.count("guestlist.card.failures", {"act": act, "cause": failed})
            raise
        else:
            return shown
        finally:
            labels = {"guestlist.audience": _audience(audience)}
            self._stretches.leaf(Leaf(act, SpanKind.PRODUCER, begun, now(), labels, failed))


def decided_at(request: Request) -> datetime:
    """Return when a request began to have effect: a row of a list when it was made a request."""
    if request.listed is not None:
        return request.submitted_at  # that of the list may be hours ago, by its length, its pauses and limits
    decided = request.review or request.waived or request.ordered
    return decided.at if decided else request.submitted_at


def _decision(request: Request) -> str:
    if request.waived and request.state is State.DELIVERING:
        return "waived"
    return "approved" if request.state in {State.DELIVERING, State.DELIVERED} else request.state.value


def _outcome(before: Job | None, after: Job) -> str | None:
    """Return what has become of a job by a change; None where it is as open as before."""
    if before is not None and before.status is not after.status and after.status in _OVER:
        return _OVER[after.status]
    was_held = before is not None and before.lease_until is not None
    return "put off" if was_held and after.lease_until is None and after.status is JobStatus.READY else None


def _audience(audience: str) -> str:
    """Return of what sort an audience is: whose it is stays here."""
    sorts = (jobs.APPROVER, jobs.THREAD, jobs.REQUESTOR)
    return next((one.rstrip("/") for one in sorts if one in audience), "other")


def step_of(job: Job) -> str:
    """Return the step that a job is; the names of other jobs hold ids of people."""
    return job.name if job.kind in STEPS else ""
