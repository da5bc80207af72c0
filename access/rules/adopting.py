"""Adopting an access that Guestlist did not give: it is noted as delivered, and written nowhere else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from access.rules import lasting, unaccepted
from access.rules.assignments import ACTIVE
from access.rules.changing import entry, moved_by
from access.rules.halfway import is_halfway
from access.rules.lifecycle import Event
from access.rules.model import (
    App,
    AssignmentState,
    Change,
    Give,
    Guest,
    Json,
    Kind,
    Named,
    Place,
    Redemption,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)

NO_TERM = Term()


class WhyNotAdopted(StrEnum):
    """Why an access was not adopted."""

    NOT_HELD = "not-held"
    """Nobody with this address has the app, or it is none of the asker's apps."""
    NO_SUCH_ACCESS = "no-such-access"
    """The guest has the app, and not by what was named."""
    SEVERAL = "several"
    """The guest has the app by more than one thing, and which was not said."""
    IS_MEMBER = "is-member"
    """The directory counts them among its members, to whom Guestlist does nothing."""
    CLOSED = "closed"
    """The group takes its members by a rule or from elsewhere, so that nobody can be taken out."""
    OTHERS_GROUP = "others-group"
    """The guest has the app by a group alone that is neither the app's own nor the asker's."""
    BEING_REMOVED = "being-removed"
    """A removal from the directory keeps the guest out, or is about to."""
    TERM = "term"
    """The end is over already, or cannot be read."""
    AT_WORK = "at-work"
    """Somebody adopts it at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopting:
    """What somebody wants to adopt: whose access to which app, by what it is had, and until when."""

    guest: str
    """An address or an object id."""
    app: str
    access: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Adoptable:
    """An access of a guest that is none of ours, as the directory has it at this moment."""

    guest: Guest
    app: App
    gives: tuple[Give, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class AlreadyOurs:
    """The access was given or adopted by a request of ours, which takes it away at its end."""

    request: Request


@dataclass(frozen=True, slots=True)
class NotAdopted:
    why: WhyNotAdopted
    gives: tuple[Give, ...] = ()
    """By what the guest has the app, where that was asked for."""
    removal: str = ""
    """The label of the removal that keeps the guest out."""
    owners: tuple[Named, ...] = ()
    """Whose group it is."""


def is_ours(request: Request, guest: Guest, app: App, give: Give) -> bool:
    """Tell whether a request has this access to take away: one that was there before it is others'."""
    given = request.assignment
    if given is None and not is_halfway(request):
        return False
    if given is not None and (given.state is AssignmentState.ENDED or given.was_there):
        return False
    same = (request.guest_id, request.app.object_id, request.give.key)
    return same == (guest.object_id, app.object_id, give.key)


def adopt(
    request_id: RequestId,
    subject: Subject,
    actor: Named,
    found: Adoptable,
    give: Give,
    ends: tuple[Term, datetime] | None,
    landing: str = "",
) -> Callable[[int, datetime], Change]:
    """Note an access as if a request had delivered it, with its end where one was said.

    Mails lead to `landing`.
    """

    def make(number: int, now: datetime) -> Change:
        term, ends_at = ends or (NO_TERM, None)
        request = _request(request_id, number, subject, actor, found, give, term, now, landing)
        about = {"delivered_at": now, "ends_at": ends_at, "assignment": ACTIVE}
        moved = moved_by(request, Event.ADOPTED, now, **about)
        detail: dict[str, Json] = {
            "guest": moved.guest_id,
            "app": moved.app.object_id,
            "give": give.key,
            "ends_at": ends_at.isoformat() if ends_at else None,
        }
        rows = (*lasting.begun(moved, now), *unaccepted.begun(moved, now))
        fact = entry(moved, "assignment.adopted", detail, actor.object_id)
        return Change(request=moved, jobs=rows, audit=(fact,))

    return make


def _request(
    request_id: RequestId,
    number: int,
    subject: Subject,
    actor: Named,
    found: Adoptable,
    give: Give,
    term: Term,
    now: datetime,
    landing: str,
) -> Request:
    """Return what nobody was asked for: neither justification nor approver, and no card of its own."""
    return Request(
        request_id=request_id,
        number=number,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.ASSIGN,
        requestor=actor,
        subject=subject,
        address=found.guest.address,
        guest_name=found.guest.name or found.guest.address,
        app=Named(found.app.object_id, found.app.name),
        give=give,
        term=term,
        justification="",
        message="",
        place=Place(""),
        submitted_at=now,
        closes_at=now,
        guest_id=found.guest.object_id,
        landing=landing,
        adopted=True,
        awaits_acceptance=found.guest.redemption is Redemption.PENDING,
        changed_at=now,
    )


def ours_among(requests: Sequence[Request], found: Adoptable, give: Give) -> Request | None:
    """Return the request of ours that has this access to take away, if there is one."""
    ours = [one for one in requests if is_ours(one, found.guest, found.app, give)]
    return max(ours, key=lambda one: one.number, default=None)
