"""Who sits at a stage: the approvers, and beside each of them whoever decides for them now."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from access.rules import jobs, watch
from access.rules.authority import guest_of
from access.rules.changing import entry, newer
from access.rules.delegating import Delegation
from access.rules.model import Change, Json, ObjectId, Panel, Record, Request, StandIn, State
from access.rules.refusals import Stale
from access.rules.stages import panels_of, stage_now

Standing = Sequence[Delegation]
"""The delegations that hold, whose delegates may do anything here."""


def for_request(standing: Standing, barred: Collection[ObjectId | None], requestor: ObjectId) -> Standing:
    """Leave out who may not decide on a request through a delegation.

    Nobody who is `barred`, as its requestor and its guest are, nor whoever decides for its requestor: they
    act for them now, and nobody decides their own request through somebody else's seat.
    """
    theirs = {one.to.object_id for one in standing if one.by.object_id == requestor}
    barred = {*barred, *theirs, requestor}
    return [one for one in standing if one.to.object_id not in barred]


def seated(panel: Panel, standing: Standing) -> Panel:
    """Return a panel with the delegates of its approvers, and no others.

    Whoever is an approver decides in their own right and sits nowhere else. A delegate is asked where one
    of their approvers is, and called in by an escalation where all are; what is delegated to an approver
    does not pass on, for a delegate has no seat.
    """
    seats = {one.object_id: one for one in panel.seats}
    found = sorted(
        (
            StandIn(one.to, seats[one.by.object_id], one.ends_at)
            for one in standing
            if one.by.object_id in seats and one.to.object_id not in seats
        ),
        key=lambda one: (one.by.name, one.for_whom.name),
    )
    people = {one.object_id: one for one in (*seats.values(), *(one.by for one in found))}
    return replace(
        panel,
        approvers=tuple(sorted(people.values(), key=lambda one: one.name)) if found else panel.seats,
        delegated=tuple(found),
        silent=_likewise(panel.silent, seats, found),
        escalated=_likewise(panel.escalated, seats, found),
    )


def _likewise(
    ids: Collection[ObjectId], seats: Collection[ObjectId], found: Sequence[StandIn]
) -> tuple[ObjectId, ...]:
    """Return the approvers of these ids, with the delegates who sit beside no other approver."""
    kept = [one for one in ids if one in seats]
    others = {one.by.object_id for one in found if one.for_whom.object_id not in kept}
    beside = [one.by.object_id for one in found if one.for_whom.object_id in kept]
    return (*kept, *dict.fromkeys(one for one in beside if one not in others))


def follow(standing: Standing, facts: watch.Facts) -> Callable[[Record, datetime], Change | Stale]:
    """Have a request that waits name the delegates of its approvers as they are now, and ask them.

    New cards come in their hours. Who they are by the directory is as it was when it was last asked; each
    press asks it anew.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        request = record.request
        if request.state is not State.PENDING_APPROVAL:
            return Stale()
        barred = {request.guest_id, guest_of(request)}
        theirs = for_request(standing, barred, request.requestor.object_id)
        panels = tuple(seated(panel, theirs) for panel in panels_of(request))
        if panels == panels_of(request):
            return Stale()
        approvers = panels[stage_now(request) - 1].approvers
        request = newer(
            request,
            now,
            stages=panels,
            approvers=approvers,
            unreached=tuple(one for one in request.unreached if one in approvers),
            ask_first=tuple(one for one in request.ask_first if one in panels[0].approvers),
        )
        cards = jobs.approver_cards(request, record.jobs, now, called=True)
        rows = {row.key: watch.in_their_hours(row, facts, now) for row in cards}
        rows |= {row.key: row for row in jobs.show_again(record.jobs, request, now)}
        fact = entry(request, "approvers.delegated", {"stand_ins": _stand_ins(panels)})
        return Change(request=request, jobs=tuple(rows.values()), audit=(fact,))

    return transition


def _stand_ins(panels: Sequence[Panel]) -> list[Json]:
    pairs = {(one.by.object_id, one.for_whom.object_id) for panel in panels for one in panel.delegated}
    return [{"by": by, "on_behalf_of": whom} for by, whom in sorted(pairs)]


def concerns(request: Request, people: Collection[ObjectId]) -> bool:
    """Tell whether what these people delegate may change who decides on a request."""
    seats_ = {one.object_id for panel in panels_of(request) for one in panel.seats}
    return not seats_.isdisjoint(people) or request.requestor.object_id in people
