"""Acting by facts: they decide only as long as a request is, in what matters, what they were read for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from access.ports import AccessError, Store, Transition
from access.rules.authority import are_fresh
from access.rules.model import Change, ObjectId, Record, Request, State
from access.rules.plan import moved
from access.rules.reading import ReadAgain, still_about
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    Duplicate,
    KeepsChanging,
    NoApprover,
    NoQuestion,
    NotExcepted,
    NotInstead,
    NotLess,
    NotPossible,
    NotYet,
    NotYours,
    OwnRequest,
    PlanMoved,
    QuestionOpen,
    Stale,
    TooFewApprovers,
    TooLate,
    UnknownRequest,
    Unreadable,
    WillNotWork,
    WouldFail,
)
from access.rules.stages import turn_of
from access.service.request import Requests

Refusal = (
    AlreadyDecided
    | AlreadyApproved
    | NotYet
    | TooFewApprovers
    | NotYours
    | OwnRequest
    | NoApprover
    | PlanMoved
    | QuestionOpen
    | NoQuestion
    | NotLess
    | NotInstead
    | NotExcepted
    | NotPossible
    | TooLate
    | WillNotWork
    | WouldFail
    | Unreadable
    | KeepsChanging
    | UnknownRequest
)

Outcome = Record | Refusal | Stale | Duplicate | None
Act = Transition[Refusal | Stale | Duplicate]

_MOST_READ = 4
"""How often facts are read for one press, where others change meanwhile what they were read for."""


@dataclass(frozen=True, slots=True)
class Informed:
    """An act by facts that were read; where they say that the plan has moved, `moving` stores it."""

    act: Act
    moving: Act | None = None


Reading = Callable[[Request], Awaitable[Informed | Refusal]]
"""Reads what an act needs of the directory for a request as it stands."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Reads and acts, anew where others change meanwhile what was read for: older facts are never stored."""

    store: Store
    requests: Requests

    async def by_facts(self, first: Request, person_id: ObjectId, read: Reading, *, ended: bool) -> Outcome:
        """Act on a request, which was `first` at the press; nothing is decided where it changes all the time.

        Whoever acts on what waits hears at once that it has ended, unless the act is about what has `ended`.
        """
        request = first
        for _ in range(_MOST_READ):
            if not ended and request.state is not State.PENDING_APPROVAL:
                break
            result = await self._once(first, request, person_id, read)
            if not isinstance(result, ReadAgain):
                return result
            request = result.request
        decided = not ended and request.state is not State.PENDING_APPROVAL
        return AlreadyDecided(request) if decided else KeepsChanging(request)

    async def _once(
        self, first: Request, request: Request, person_id: ObjectId, read: Reading
    ) -> Outcome | ReadAgain:
        policy, asked_at = self.requests.policy.current(), self.requests.check.clock.now()
        try:
            informed = await read(request)
        except AccessError:
            return Unreadable(request)
        if self.requests.policy.current() is not policy:
            return ReadAgain(request)
        if not isinstance(informed, Informed):
            return informed
        result = await self._change(request, informed.act, asked_at)
        if isinstance(result, PlanMoved) and informed.moving:
            moving = await self._change(request, informed.moving, asked_at)
            return await self._show_moved(first, moving, person_id)
        return result

    async def _change(self, request: Request, act: Act, asked_at: datetime) -> Outcome | ReadAgain:
        informed = _on_fresh_facts(still_about(request, act), asked_at)
        result: Outcome | ReadAgain = await self.store.change(request.request_id, informed)
        return result

    async def _show_moved(
        self, shown: Request, result: Outcome | ReadAgain, person_id: ObjectId
    ) -> Outcome | ReadAgain:
        """Answer with the plan as it is stored by now, so that the next press decides on what is shown.

        Somebody else may have stored it, or decided, since: then what stands there is shown. Whoever
        decides at a later stage is told that the first comes again.
        """
        if isinstance(result, Stale):
            result = await self.store.record(shown.request_id)
        if not isinstance(result, Record):
            return result
        request = result.request
        if request.state is not State.PENDING_APPROVAL or request.plan is None or shown.plan is None:
            return AlreadyDecided(request)
        if later := turn_of(request, person_id):
            return NotYet(request, later)
        return PlanMoved(request, moved(shown.plan, request.plan))


def _on_fresh_facts(
    act: Transition[Refusal | Stale | Duplicate | ReadAgain], asked_at: datetime
) -> Transition[Refusal | Stale | Duplicate | ReadAgain]:
    """Act only by what the directory said a moment ago; a slow one has said it too long ago."""

    def transition(record: Record, now: datetime) -> Change | Refusal | Stale | Duplicate | ReadAgain:
        return act(record, now) if are_fresh(asked_at, now) else Unreadable(record.request)

    return transition
