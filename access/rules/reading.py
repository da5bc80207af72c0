"""Facts are read for a request as it stands; they say nothing of what others make of it before the act."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from access.rules.model import Change, Record, Request
from access.rules.replanning import begun_anew
from access.rules.stages import panels_of
from access.rules.waiting import waited

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The facts are of what the request was; they are to be read for what it is by now."""

    request: Request


def still_about(
    before: Request, act: Callable[[Record, datetime], Change | R]
) -> Callable[[Record, datetime], Change | R | ReadAgain]:
    """Act only where the request is still, in all that facts depend on, the one they were read for.

    Who decides may have been read anew and found as it was stored: then the request says nothing of that.
    So facts that find others are stored only where nobody has acted since.
    """

    def transition(record: Record, now: datetime) -> Change | R | ReadAgain:
        request = record.request
        if _read_of(request, now) != _read_of(before, now):
            return ReadAgain(request)
        result = act(record, now)
        acted = request.version != before.version
        finds_others = isinstance(result, Change) and _deciders(result.request) != _deciders(request)
        return ReadAgain(request) if acted and finds_others else result

    return transition


def _read_of(request: Request, now: datetime) -> Hashable:
    """Return what panels and plan are read by; app, requestor and sponsor never change.

    An approval is nothing of that, unless it lets an escalation end where all begins anew. Who decides is:
    where somebody has stored others since, their reading is the newer one.
    """
    return (
        (request.give, request.address),
        (request.term, request.plan and request.plan.hash),
        (_called_in(request), _called_in(begun_anew(request, now))),
        _deciders(request),
    )


def _deciders(request: Request) -> Hashable:
    """Return who decides at each stage, in whatever order the directory named them."""
    return tuple(
        (
            frozenset(one.object_id for one in panel.approvers),
            (panel.quorum, panel.fallback_used),
            (frozenset(panel.silent), frozenset(panel.escalated)),
            panel.delegated,
        )
        for panel in panels_of(request)
    )


def _called_in(request: Request) -> frozenset[tuple[int, timedelta]]:
    """Return by what a policy finds the stages that are escalated, whatever it says by now."""
    known = ((one.stage, waited(request, one)) for one in request.escalations)
    return frozenset((stage, long) for stage, long in known if long >= timedelta())
