"""Forgetting a guest: their names, addresses and the texts about them; the audit chain stays as it is."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from access.ports import Refused
from access.rules import halfway
from access.rules.causes import Cause
from access.rules.model import ERASED, AuditFact, Detail, JobKind, JobStatus, Record, Request, State, Subject
from bot.store import reading, writing
from bot.store.tables import jobs, personal, requests

_OPEN = frozenset({State.SUBMITTED, State.PENDING_APPROVAL, State.DELIVERING})


def forget(connection: Connection, subject: Subject, now: datetime) -> int:
    """Erase a subject from every request and return how many; refuses while one still needs the address."""
    records = reading.locked_about(connection, subject)
    still = [record.request.label for record in records if _needs_the_address(record)]
    if still:
        raise Refused(
            Cause.REFUSED,
            f"Still open: {', '.join(still)}. Decide, cancel or finish them first, then forget.",
        )
    writing.replace_requests(connection, [_erased(record.request) for record in records])
    theirs = select(requests.c.id).where(requests.c.subject == subject)
    connection.execute(
        update(jobs).where(jobs.c.request_id.in_(theirs), jobs.c.secret != "").values(secret="")
    )
    connection.execute(delete(personal).where(personal.c.subject == subject))
    fact = AuditFact(what="subject.forgotten", subject=subject, detail={"requests": len(records)})
    writing.append_audit(connection, [fact], now)
    return len(records)


def _needs_the_address(record: Record) -> bool:
    at_work = any(job.kind is JobKind.STEP and job.status is JobStatus.READY for job in record.jobs.values())
    return at_work or record.request.state in _OPEN or halfway.has_access(record)


def _erased(request: Request) -> Request:
    """Return the request without what was said of its guest; people and ids of the organisation stay."""
    review = request.review and replace(request.review, justification="")
    reviews = tuple(replace(one, justification="") for one in request.reviews)
    questions = tuple(replace(one, text="", answer="") for one in request.questions)
    form_answers = tuple(replace(one, text="") for one in request.form_answers)
    failure = request.failure and replace(
        request.failure,
        detail={name: ERASED if name == "guest" else text for name, text in request.failure.detail.items()},
    )
    edits = tuple(
        one if one.what is Detail.SPONSOR else replace(one, was=ERASED, to=ERASED) for one in request.edits
    )
    return replace(
        request,
        version=request.version + 1,
        address=ERASED,
        guest_name=ERASED,
        justification="",
        message="",
        review=review,
        reviews=reviews,
        questions=questions,
        form_answers=form_answers,
        failure=failure,
        edits=edits,
        _carried={},  # whatever a newer version may have said there of the guest
    )
