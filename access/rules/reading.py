"""Facts are read for a request as it stands; they say nothing of what others make of it before the act."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from access.rules.model import Change, Record, Request
from access.rules.replanning import begun_anew
from access.rules.waiting import waited

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The facts are of what the request was; they are to be read for what it is by now."""

    request: Request


def still_about(
    before: Request, act: Callable[[Record, datetime], Change | R]
) -> Callable[[Record, datetime], Change | R | ReadAgain]:
    """Act only where the request is still, in all that facts depend on, the one they were read for."""

    def transition(record: Record, now: datetime) -> Change | R | ReadAgain:
        request = record.request
        return act(record, now) if _read_of(request, now) == _read_of(before, now) else ReadAgain(request)

    return transition


def _read_of(request: Request, now: datetime) -> Hashable:
    """Return what panels and plan are read by; app, requestor and sponsor never change.

    An approval is nothing of that, unless it lets an escalation end where all begins anew. Delegates come
    and go with the store's delegations; those who are named were read of them, by whoever named them.
    """
    return (
        (request.give, request.address),
        (request.term, request.plan and request.plan.hash),
        (_called_in(request), _called_in(begun_anew(request, now))),
        tuple(panel.delegated for panel in request.stages),
    )


def _called_in(request: Request) -> frozenset[tuple[int, timedelta]]:
    """Return by what a policy finds the stages that are escalated, whatever it says by now."""
    known = ((one.stage, waited(request, one)) for one in request.escalations)
    return frozenset((stage, long) for stage, long in known if long >= timedelta())
