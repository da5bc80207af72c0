"""What an undo would do: whether there is something to undo by now, what it takes back, and what stays."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules import putting_back, renewing
from access.rules.departing import Asked
from access.rules.halfway import is_halfway
from access.rules.model import (
    ERASED,
    ON_ACCOUNTS,
    AccountState,
    Assignment,
    AssignmentState,
    Edit,
    EndCause,
    Kind,
    Left,
    Named,
    ObjectId,
    Request,
    State,
)
from access.rules.stages import is_approved

DONE = frozenset({"request.delivered", "step.failed", "assignment.ended"})
"""The entries with which begins what can be undone."""
LEAST_LEFT = timedelta(hours=1)
"""What ends before that is not given again: it would be taken away while it is being given."""


class Undoes(StrEnum):
    """What is taken back."""

    GIVEN = "given"
    """An access that the request gave, and the account where it made that."""
    TAKEN = "taken"
    """That its access was taken away."""
    HALFWAY = "halfway"
    """What a delivery did before it failed."""
    LENGTHENED = "lengthened"
    REMOVED = "removed"
    """The guest's removal from the directory."""
    CHANGED = "changed"
    """What the directory says of the guest."""


class Why(StrEnum):
    """Why there is nothing to undo."""

    NEVER = "never"
    """The policy lets nothing be undone."""
    PAST = "past"
    WAITS = "waits"
    UNDER_WAY = "under-way"
    STANDS_STILL = "stands-still"
    NOTHING_DONE = "nothing-done"
    UNDONE = "undone"
    GIVEN_BACK = "given-back"
    """It had been taken away and was given again, which no undo takes back."""
    ENDS_NOW = "ends-now"
    """Its term is over, or nearly."""
    MOVED_ON = "moved-on"
    END_PAST = "end-past"
    SETUP, GUARD, LIST = "setup", "guard", "list"
    CHANGED, CHANGED_SINCE = "changed", "changed-since"
    """What it changed of a guest cannot be changed back, or was changed again."""
    ADOPTED = "adopted"
    GUEST_DELETED = "guest-deleted"
    TOO_LATE = "too-late"
    """Nobody can restore the account any more."""
    BY_ANOTHER = "by-another"
    """Somebody else took it away, and who only asked for it does not overrule them."""
    MEANWHILE = "meanwhile"
    """Others have acted, so that an undo would do the opposite of what was shown."""
    REFUSED = "refused"
    """Policy or directory no longer let the guest have it."""


class Stays(StrEnum):
    """What cannot be undone, in the order in which it is said."""

    MAIL = "mail"
    PERHAPS_MAIL = "perhaps-mail"
    OLD_LINK = "old-link"
    ACCEPTED = "accepted"
    USED = "used"
    MEANWHILE = "meanwhile"
    NAME_SINCE, COMPANY_SINCE, SPONSOR_SINCE = "name-since", "company-since", "sponsor-since"
    """Somebody has changed that again."""
    SPONSOR_LEFT, SPONSOR_NOBODY = "sponsor-left", "sponsor-nobody"
    """Who was sponsor before is gone or a group, or nobody was."""
    SIGNED_OUT = "signed-out"
    LOST_GROUPS = "lost-groups"
    WAS_THERE = "was-there"
    SPONSOR = "sponsor"
    """Nobody noted whether the request had added them."""
    SPONSOR_BEFORE = "sponsor-before"
    SPONSOR_NEEDED = "sponsor-needed"
    """Another request names them, too."""
    SPONSOR_ONLY = "sponsor-only"
    """Nobody else stands for the guest, who keeps other accesses."""
    ACCOUNT_BEFORE = "account-before"
    ACCOUNT_UNKNOWN = "account-unknown"
    """An invitation may have been sent, and what it made was never seen."""
    ACCOUNT_USED = "account-used"
    ACCOUNT_RIGHT = "account-right"
    ACCOUNT_UNFIT = "account-unfit"
    ACCOUNT_FAILED = "account-failed"
    """Its removal was asked for already, and has failed."""
    ACCOUNT_REMOVED = "account-removed"
    """Its removal was asked for already, and goes on."""
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Doing:
    """What would be undone, and since when it has been done."""

    undoes: Undoes
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """What an undo would do at this moment; nothing has been done.

    `moved` says that it is something else than was shown, so that somebody has to look again.
    """

    request: Request
    doing: Doing
    until: datetime
    stays: tuple[Stays, ...] = ()
    account: Asked | None = None
    """The account that goes with the access, where the request made it and nothing else rests on it."""
    sponsor: Named | None = None
    """Whom the request added as sponsor to a guest who was there before, and who is taken off."""
    removal: str = ""
    """The request that removes the account already."""
    lifted: Named | None = None
    """Who had said that the access is to end as it did, which the renewal took back, and holds again."""
    voids: tuple[str, ...] = ()
    """The renewals that wait for approval to count from the end that moves back, and end with the undo."""
    back: tuple[Edit, ...] = ()
    """What is written of the guest's details, to be as before the change."""
    gave: bool = True
    """Whether there is an access to take away: a delivery may have failed before it gave one."""
    moved: bool = False

    @property
    def hash(self) -> str:
        """Return what a press is bound to: what is undone, and what is said to stay."""
        given = self.request.assignment
        parts = [
            self.request.request_id,
            self.doing.undoes,
            self.doing.since.isoformat(),
            self.request.ends_at.isoformat() if self.request.ends_at else "",
            *(one.label for one in (given.renewals if given else ())),
            *self.stays,
            *(() if self.gave else ("gave nothing",)),
            *(f"void {one}" for one in self.voids),
            *((f"not renewed by {self.lifted.object_id}",) if self.lifted else ()),
            *((f"sponsor {self.sponsor.object_id}",) if self.sponsor else ()),
            *(f"{one.what} {[one.was, one.to, *(by.object_id for by in one.were)]}" for one in self.back),
            self.account.plan.hash if self.account else "",
        ]
        return f"{self.doing.undoes}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class NotUndone:
    """Nothing is undone, and why: since when, what refuses the guest, whether a failed delivery gave any."""

    request: Request
    why: Why
    at: datetime | None = None
    cause: str = ""
    gave: bool = False


def judge(request: Request, first: Request | None, window: timedelta, now: datetime) -> Undoable | NotUndone:
    """Return what can be undone of a request, by what is stored; `first` is what a renewal has renewed."""
    found = _done(request, first, now)
    if isinstance(found, Why):
        return NotUndone(request, found)
    if not window:
        return NotUndone(request, Why.NEVER)
    until = found.since + window
    if until <= now:
        return NotUndone(request, Why.PAST, until)
    return Undoable(request=request, doing=found, until=until, lifted=_lifted(found, first))


def _lifted(found: Doing, first: Request | None) -> Named | None:
    """Return who had said that none is wanted, where that comes back with the undo of the last renewal."""
    given = first.assignment if first and found.undoes is Undoes.LENGTHENED else None
    lifted = given.renewals[-1].lifted if given is not None and given.renewals else None
    return lifted.by if given is not None and given.not_renewed is None and lifted else None


_BEFORE = {
    State.SUBMITTED: Why.WAITS,
    State.PENDING_APPROVAL: Why.WAITS,
    State.DELIVERING: Why.UNDER_WAY,
    State.DELIVERY_FAILED: Why.STANDS_STILL,
}
"""What is not delivered; of any other state nothing was done."""


def _done(request: Request, first: Request | None, now: datetime) -> Doing | Why:
    if request.state is not State.DELIVERED:
        return _not_delivered(request)
    if request.of_no_guest:
        return _of_no_guest(request)
    since = request.delivered_at or request.changed_at
    if request.kind in ON_ACCOUNTS:
        return _of_account(request, since, now)
    given = request.assignment
    if given is None:
        return Why.UNDER_WAY
    if given.state in {AssignmentState.ENDING, AssignmentState.RETURNING}:
        return Why.STANDS_STILL if given.failure else Why.UNDER_WAY
    if given.state is AssignmentState.LENGTHENS:
        return _of_renewal(request, first, since, now)
    if given.state is AssignmentState.SUSPENDED:
        return Why.GUEST_DELETED
    if request.adopted:
        return Why.ADOPTED
    if given.state is AssignmentState.ACTIVE:
        return Why.GIVEN_BACK if given.returned else Doing(Undoes.GIVEN, since)
    return _of_end(request, given, now)


def _of_no_guest(request: Request) -> Why:
    if request.bulk is not None:
        return Why.LIST
    return Why.SETUP if request.setup is not None else Why.GUARD


def _not_delivered(request: Request) -> Doing | Why:
    if is_halfway(request):
        return Doing(Undoes.HALFWAY, request.failure.at if request.failure else request.changed_at)
    given = request.assignment  # of a delivery that failed and was undone
    if given is None or request.state is not State.CANCELED:
        return _BEFORE.get(request.state, Why.NOTHING_DONE)
    if given.state is AssignmentState.ENDED:
        return Why.UNDONE if given.end and given.end.why is EndCause.UNDONE else Why.NOTHING_DONE
    return Why.STANDS_STILL if given.failure else Why.UNDER_WAY


def _of_account(request: Request, since: datetime, now: datetime) -> Doing | Why:
    if request.kind is Kind.CHANGE:
        return Why.NOTHING_DONE if request.address == ERASED else Doing(Undoes.CHANGED, since)
    given = request.account
    if given is None or given.state is AccountState.RESTORING:
        return Why.STANDS_STILL if given and given.failure else Why.UNDER_WAY
    if given.state is AccountState.RESTORED:
        return Why.UNDONE
    return Why.TOO_LATE if putting_back.is_past(given, now) else Doing(Undoes.REMOVED, since)


def _of_renewal(request: Request, first: Request | None, since: datetime, now: datetime) -> Doing | Why:
    extends = request.extends
    if extends is None or first is None or renewing.active(first) is None:
        return Why.NOTHING_DONE
    if not renewing.is_last(first, request):
        return Why.MOVED_ON
    return Why.END_PAST if extends.was <= now else Doing(Undoes.LENGTHENED, since)


def _of_end(request: Request, given: Assignment, now: datetime) -> Doing | Why:
    if given.end is not None and given.end.why is EndCause.UNDONE:
        return Why.UNDONE
    if request.address == ERASED:
        return Why.NOTHING_DONE
    if given.end is None or given.left is Left.GUEST_GONE or given.ended_at is None:
        return Why.GUEST_DELETED
    over = request.ends_at is None or request.ends_at <= now + LEAST_LEFT
    if given.end.why is EndCause.TERM or over or not is_approved(request):
        return Why.ENDS_NOW
    return Doing(Undoes.TAKEN, given.ended_at)


def was_taken_by_another(request: Request, person_id: ObjectId) -> bool:
    """Tell whether somebody else has taken the access away, by an act of theirs."""
    given = request.assignment
    by = given.end.by if given and given.state is AssignmentState.ENDED and given.end else None
    return by is not None and by.object_id != person_id
