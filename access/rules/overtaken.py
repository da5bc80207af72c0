"""A renewal that waits for approval while the one before it is undone: it counts from an end that is gone."""

from dataclasses import replace
from datetime import datetime

from access.rules import jobs
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by
from access.rules.deciding import tell_requestor, without_timer
from access.rules.lifecycle import Event
from access.rules.model import Change, Record, Request, State
from access.rules.refusals import Stale


def is_void(request: Request, undone: Request) -> bool:
    """Tell whether a renewal waits to count from the end to which another, that is undone, has moved it."""
    extends, gone = request.extends, undone.extends
    if extends is None or gone is None or request.state is not State.PENDING_APPROVAL:
        return False
    return (extends.request_id, extends.was) == (gone.request_id, gone.to)


def void(undone: Request) -> jobs.Claim:
    """End such a renewal, and tell who asked: approvers have read a day that no press could give any more."""

    def transition(record: Record, now: datetime) -> Change | Stale:
        request, extends = record.request, record.request.extends
        if extends is None or not is_void(request, undone):
            return Stale()
        ended = moved_by(request, Event.CANCELED, now, extends=replace(extends, void=undone.label))
        told = (*tell_requestor(record, ended, now), *jobs.show_again(record.jobs, ended, now))
        fact = entry(ended, "request.canceled", {"why": Cause.END_MOVED, "by": undone.request_id})
        return Change(request=ended, jobs=(*without_timer(record), *told), audit=(fact,))

    return transition
