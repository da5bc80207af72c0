"""Finds, in the chain alone, what was approved and then stood still: nothing done, refused or stopped.

Whoever takes a step out of the database leaves an approval that nothing follows. What the directory's log
tells cannot show that: there is no deed to look for.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from access.rules.audit import AuditEntry
from access.rules.jobs import may_run
from access.rules.journal import STEPS
from access.rules.model import JobKind, JobStatus, Record, RequestId, StepKind
from access.rules.reconciled import Act, Finding, Gap

_OPENS = frozenset(
    {
        "request.approved",
        "request.waived",
        "request.listed",
        "list.resumed",
        "list.retried",
        "request.ordered",
        "delivery.retried",
        "assignment.ending",
        "assignment.retried",
        "assignment.returning",
        "account.restoring",
        "account.retried",
    }
)
_MOVES = frozenset({"step.begun", "step.done"})
_CLOSES = frozenset(
    {
        "request.delivered",
        "request.canceled",
        "step.failed",
        "assignment.ended",
        "assignment.suspended",
        "assignment.returned",
        "account.restored",
        "account.deleted",
        "account.gone",
        "setup.delivered",
        "list.paused",
        "list.ended",
        "guard.watching",
        "guard.enforced",
        "guard.partly",
        "guard.removed",
    }
)
_GOES_ON = STEPS | {JobKind.LIST}
TRIED = timedelta(days=1)
"""How long a step may wait for its turn, with its row in the journal: an outage, or many before it."""


_OF_LISTS = timedelta(days=30)


class _Last(NamedTuple):
    seq: int
    at: datetime


class Standing:
    """Follows each approval forward through the chain, until what it allows has come to an end.

    In memory is what has not: the deliveries and ends that are under way.
    """

    def __init__(self) -> None:
        self._last: dict[RequestId, _Last] = {}
        self._told: dict[RequestId, str] = {}
        self.moved: set[str] = set()
        """The keys of earlier findings that have gone on since."""

    def take(self, entry: AuditEntry) -> None:
        what, request_id = entry.fact.what, entry.fact.request_id
        if request_id is None or what not in _OPENS | _MOVES | _CLOSES:
            return
        if request_id in self._told:
            self.moved.add(self._told.pop(request_id))
        if what in _CLOSES:
            self._last.pop(request_id, None)
        elif (what in _OPENS and not _is_beside(entry)) or request_id in self._last:
            self._last[request_id] = _Last(entry.seq, entry.at)

    def know(self, finding: Finding) -> None:
        """Know a finding that was told: what comes after it in the chain takes it back."""
        if finding.act is Act.REQUEST and finding.request_id is not None:
            self._told[finding.request_id] = finding.key

    def found(self, since: datetime, until: datetime) -> Iterator[Finding]:
        """Yield what has not moved since some time in a span."""
        for request_id, last in self._last.items():
            if since <= last.at < until:
                yield Finding(
                    gap=Gap.NO_EFFECT,
                    key=f"{request_id}/{Act.REQUEST}/{last.seq}",
                    at=last.at,
                    act=Act.REQUEST,
                    principal=None,
                    request_id=request_id,
                )


def has_its_turn(finding: Finding, record: Record | None, now: datetime) -> bool:
    """Tell whether a step stands in the journal and comes to its turn, for a day at the most.

    Of a list it may be longer, by a daily cap or as what was met pauses it.
    """
    many = record is not None and (record.request.bulk or record.request.listed)
    if record is None or now - finding.at >= (_OF_LISTS if many else TRIED):
        return False
    steps = [one for one in record.jobs.values() if one.kind in _GOES_ON and one.status is JobStatus.READY]
    return any(one.due_at <= now + TRIED and may_run(record, one) for one in steps)


def _is_beside(entry: AuditEntry) -> bool:
    """Tell whether what is tried again belongs to what has ended: a mail, a new link, a sponsor."""
    detail = entry.fact.detail
    if entry.fact.what == "assignment.retried":
        return detail.get("step") == StepKind.UNSPONSOR
    again = entry.fact.what in {"delivery.retried", "list.retried", "list.resumed"}
    return again and (bool(detail.get("delivered")) or detail.get("step") == StepKind.MAIL)
