"""A row of an approved list becomes a request, an ordinary one of an ordinary guest."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from access.rules import sending
from access.rules.bulk import Bulk, Listed, Run
from access.rules.changing import entry, moved_by
from access.rules.lifecycle import Event
from access.rules.model import (
    AuditFact,
    Change,
    Json,
    Kind,
    Plan,
    Request,
    RequestId,
    State,
    StepKind,
    Subject,
)
from access.rules.refusals import Duplicate
from access.rules.verdicts import Judged
from access.rules.waiving import Uses, Waivable

MAILS_APART = timedelta(seconds=60 / 27)
"""A mailbox sends thirty a minute, of which some are left to others."""
MAILS_OF_MANY = timedelta(seconds=60 / 18)
"""The same where replicas share the mailbox, and leave more of it."""


def row_id(list_id: str, row: int) -> RequestId:
    """Return the id of the request of a row, the same whoever makes it; nobody can guess that of a list."""
    return RequestId(hashlib.sha256(f"{list_id}/{row}".encode()).hexdigest()[:32])


def mail_times(bulk: Bulk, now: datetime, apart: timedelta = MAILS_APART) -> Callable[[int], datetime]:
    """Return when the mail of the n-th row of a lot is due: one after the other, at the mailbox's pace."""
    first = max(now, bulk.mails_until or now)
    return lambda number: first + number * apart


@dataclass(frozen=True, slots=True)
class Row:
    """A row that becomes a request: whom it is about, what would be done, and when its mail is due."""

    judged: Judged
    subject: Subject
    plan: Plan
    rule: str
    landing: str
    mail_at: datetime
    begun: datetime
    """When it was begun to look whether the guest has it."""

    def made(self, of: Request) -> Waivable:
        """Return what makes it under the approval of its list; the list where its run goes on no more."""

        def make(number: int, now: datetime, uses: Uses) -> Change | Duplicate:
            run = uses.about.request.bulk if uses.about else None
            if run is None or run.run is not Run.RUNNING:
                return Duplicate(of)
            asked = self._request(of, number, now)
            request = moved_by(asked, Event.LISTED, now, guest_id=self.plan.guest_id)
            steps = sending.steps(request, now)
            rows = (replace(one, due_at=self.mail_at) if one.name == StepKind.MAIL else one for one in steps)
            return Change(request=request, jobs=tuple(rows), audit=(self._entry(of, request),))

        return Waivable((), make, about=of.request_id, begun=self.begun)

    def _request(self, of: Request, number: int, now: datetime) -> Request:
        return Request(
            request_id=row_id(of.request_id, self.judged.number),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=Kind.INVITE,
            requestor=of.requestor,
            subject=self.subject,
            address=self.judged.address,
            guest_name=self.judged.name,
            app=of.app,
            give=of.give,
            term=of.term,
            justification=of.justification,
            message=of.message,
            place=of.place,
            submitted_at=now,
            closes_at=of.closes_at,
            approvers=of.approvers,
            rule=self.rule,
            landing=self.landing,
            plan=self.plan,
            review=of.review,
            form_answers=of.form_answers,
            listed=Listed(of.request_id, self.judged.number, of.label),
            restored=of.restored,
            changed_at=now,
        )

    def _entry(self, of: Request, request: Request) -> AuditFact:
        detail: dict[str, Json] = {
            "list": of.request_id,
            "row": self.judged.number,
            "app": request.app.object_id,
            "give": request.give.key,
            "plan": self.plan.hash,
            "approved_by": of.review.by.object_id if of.review else "",
        }
        return entry(request, "request.listed", detail, of.requestor.object_id)
