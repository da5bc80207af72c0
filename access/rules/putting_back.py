"""A removed account is put back, while the directory keeps it."""

from dataclasses import replace
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.accounts import PutBack, is_early, kept
from access.rules.changing import entry, moved_by, newer
from access.rules.lifecycle import Event
from access.rules.model import (
    Account,
    AccountState,
    AuditFact,
    Change,
    JobStatus,
    Named,
    Record,
    Request,
    State,
)
from access.rules.refusals import NotPossible, NotYours, Stale, TooLate
from access.rules.removing import (
    PUTTING_BACK,
    Restoring,
    anew,
    blocked_before,
    is_blocked,
    is_over,
    let_go,
    retry,
    rows_of,
    steps_of,
)

_LEFT = frozenset({AccountState.DELETED, AccountState.GONE})


def is_past(given: Account, now: datetime) -> bool:
    """Tell whether nobody can restore an account, whatever the directory lists."""
    return (given.state is AccountState.GONE or is_over(given, now)) and not is_early(given, now)


def listed(record: Record, now: datetime) -> Change | Stale:
    """Note that the directory lists an account as deleted that it had let go of: its time goes on.

    Of one whose time is over by our clock the cards are drawn anew.
    """
    given = record.request.account
    if given is None or not is_early(given, now):
        return see_late(record, now)
    request = newer(record.request, now, account=kept(given))
    fact = entry(request, "account.listed", {"guest": request.guest_id})
    return Change(request=request, jobs=jobs.show_again(record.jobs, request, now), audit=(fact,))


def _blocked(record: Record, now: datetime) -> tuple[Request, Account]:
    """Return a removal that has blocked the account, without the proof of it that did not come."""
    request = record.request
    if request.state is State.DELIVERY_FAILED:
        request = replace(request, state=moved_by(request, Event.DELIVERY_RETRIED, now).state, failure=None)
    state = moved_by(request, Event.DELIVERY_SUCCEEDED, now).state
    given = Account(state=AccountState.BLOCKED, delete_at=now, was_blocked=blocked_before(record))
    return replace(request, state=state, delivered_at=now), given


def see_late(record: Record, now: datetime) -> Change | Stale:
    """Draw the cards anew of an account whose time is over, though the directory lists it still."""
    given = record.request.account
    if given is None or not is_over(given, now) or is_over(given, record.request.changed_at):
        return Stale()
    request = newer(record.request, now)
    return Change(request=request, jobs=jobs.show_again(record.jobs, request, now))


_SURELY = timedelta(hours=1)
"""After how long no copy of the directory shows an account any more that was deleted."""


def may_be_back(request: Request, now: datetime) -> bool:
    """Tell whether an account that the directory shows was put back by others, and is not only shown late."""
    given = request.account
    since = (given.deleted_at or given.gone_at) if given else None
    if given is None or since is None or now - since < _SURELY:
        return False
    return given.state is not AccountState.RESTORING or given.failure is not None


def found(record: Record, now: datetime) -> Change | Stale:
    """Note that somebody has put the account back past Guestlist; a restore that stands still stays that."""
    request, given = record.request, record.request.account
    if given is None or given.state not in _LEFT or not may_be_back(request, now):
        return Stale()
    back = replace(given, state=AccountState.RESTORED, restored_at=now, put_back=None, failure=None)
    request = newer(request, now, account=back, waiting_for="")
    still = [job for job in steps_of(record) if job.status not in {JobStatus.DONE, JobStatus.DROPPED}]
    rows = [replace(job, status=JobStatus.DROPPED, lease_until=None) for job in still]
    fact = entry(request, "account.restored", {"guest": request.guest_id, "past_guestlist": True})
    return Change(request=request, jobs=(*rows, *jobs.show_again(record.jobs, request, now)), audit=(fact,))


def restore(actor: Named, others: tuple[Named, ...], *, gone: bool = False) -> Restoring:
    """Put the account back while that can be done; to restore twice is to restore once.

    A deletion that somebody is at has its time: the account is looked for when their claim is over. One that
    was blocked and never proved to be so can be put back as well. One that is `gone`, though its time is not
    over by our clock, is noted as that, and can be put back where the directory lists it again;
    while somebody puts it back, a look that found nobody is older than that.
    """

    def transition(record: Record, now: datetime) -> Change | NotYours | NotPossible | TooLate:
        request, given = record.request, record.request.account
        may = (request.requestor, *others)
        if actor.object_id not in {one.object_id for one in may}:
            return NotYours(request, may)
        facts: tuple[AuditFact, ...] = ()
        if given is None and is_blocked(record):
            request, given = _blocked(record, now)
            facts = (entry(request, "request.delivered", {}),)
        if given is None:
            return NotPossible(request, request.state)
        if is_past(given, now) or (gone and is_early(given, now)):
            return TooLate(request)
        if gone and (given.state is AccountState.DELETED or given.failure is not None):
            lost, late = let_go(record, given, now)
            fact = entry(lost, "account.let-go", {"guest": lost.guest_id}, actor.object_id)
            shown = jobs.show_again(record.jobs, lost, now)
            return Change(request=lost, jobs=(*late, *shown), audit=(*facts, fact))
        if given.failure is not None and given.state is AccountState.RESTORING:
            return retry(actor, (), may)(record, now)
        if given.state in {AccountState.RESTORING, AccountState.RESTORED}:
            return Change(request=request)
        return _begun(record, request, given, actor, facts, now)

    return transition


def _begun(
    record: Record,
    request: Request,
    given: Account,
    actor: Named,
    facts: tuple[AuditFact, ...],
    now: datetime,
) -> Change:
    had = kept(given) if given.state in _LEFT else given
    back = replace(had, state=AccountState.RESTORING, put_back=PutBack(actor, now), failure=None)
    again = newer(request, now, account=back, waiting_for="")
    still = [job for job in steps_of(record) if job.status not in {JobStatus.DONE, JobStatus.DROPPED}]
    free_at = max([now, *(job.lease_until for job in still if job.lease_until)])
    rows = [replace(job, status=JobStatus.DROPPED, lease_until=None) for job in still]
    rows += anew(record, rows_of(again, PUTTING_BACK, free_at))
    rows += jobs.show_again(record.jobs, again, now)
    fact = entry(again, "account.restoring", {"guest": again.guest_id}, actor.object_id)
    return Change(request=again, jobs=tuple(rows), audit=(*facts, fact))
