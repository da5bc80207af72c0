"""Forgetting a guest: their names, addresses and the texts about them; the audit chain stays as it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, or_, select, update

from access.ports import Refused
from access.rules import halfway
from access.rules.causes import Cause
from access.rules.guards import GuardState, Scope
from access.rules.journal import DELIVERS
from access.rules.model import (
    ERASED,
    AuditFact,
    Detail,
    JobStatus,
    Json,
    Record,
    Request,
    State,
    Subject,
)
from access.rules.retention import OVER, UNDECIDED, is_over
from bot.store import codec, lists, reading, same_guest, writing
from bot.store.same_guest import SameGuest
from bot.store.tables import audit, jobs, personal, requests


def silent(connection: Connection, before: datetime, after: Subject, limit: int) -> Sequence[Subject]:
    """Return who is named, has nothing open by the columns, and of whose requests no entry is newer."""
    theirs = requests.c.subject == personal.c.subject
    # What becomes of an account stands in the request alone: `is_over` reads it, under the lock.
    goes_on = or_(requests.c.state.in_(UNDECIDED), requests.c.assignment.not_in((*OVER, codec.ACCOUNT)))
    entered = (audit.c.request_id == requests.c.id, audit.c.at >= before)
    quiet = ~exists().where(theirs, goes_on), ~exists().where(theirs, *entered)
    somebody = personal.c.subject > after, personal.c.address != ""
    named = select(personal.c.subject).where(*somebody, *quiet)
    return list(connection.scalars(named.order_by(personal.c.subject).limit(limit)))


def forget(
    connection: Connection,
    subject: Subject,
    now: datetime,
    naming: lists.Naming,
    silent_days: int | None = None,
) -> int:
    """Erase a guest from every request; return from how many anew. Refuses while the address is needed."""
    nobody = naming.subject_of("")
    guest = same_guest.locked(connection, subject, nobody)
    if silent_days is not None:
        _see_that_it_is_over(connection, subject, guest, naming, now - timedelta(days=silent_days))
    guards = [one.request for one in reading.locked_naming(connection, nobody, guest.keys)]
    guards = [one for one in guards if _is_for(one, guest)]
    still = [record.request.label for record in guest.records if _needs_the_address(record)]
    still += [request.label for request in guards if _stands(request)]
    if still:
        raise Refused(
            Cause.REFUSED,
            f"Still open: {', '.join(still)}. Decide, cancel, remove or finish them first, then forget.",
        )
    erased = [*_changed(_erased, (one.request for one in guest.records)), *_changed(_unnamed, guards)]
    writing.replace_requests(connection, erased)
    secret = jobs.c.request_id.in_(guest.ids), jobs.c.secret != ""
    connection.execute(update(jobs).where(*secret).values(secret=""))
    skipped = lists.forget(connection, guest, naming, now)
    writing.replace_requests(connection, skipped)
    connection.execute(delete(personal).where(personal.c.subject.in_(guest.named)))
    because: dict[str, Json] = {} if silent_days is None else {"after_days": silent_days}
    because |= {"skipped_in": [one.request_id for one in skipped]} if skipped else {}
    writing.append_audit(connection, _entries(subject, guest, erased, because), now)
    return len(erased)


def _changed(erase: Callable[[Request], Request], those: Iterable[Request]) -> list[Request]:
    """Return what is to be written: of whom all was erased before, nothing is."""
    return [replace(after, version=one.version + 1) for one in those if (after := erase(one)) != one]


def _entries(
    asked: Subject, guest: SameGuest, erased: Sequence[Request], because: Mapping[str, Json]
) -> list[AuditFact]:
    """Return an entry for each address; what names them otherwise counts with the one asked for."""
    count = Counter(one.subject if one.subject in guest.subjects else asked for one in erased)
    others = sorted((guest.named | count.keys()) - {asked})
    return [
        AuditFact(what="subject.forgotten", subject=one, detail={"requests": count[one], **because})
        for one in (*others, asked)
    ]


def _see_that_it_is_over(
    connection: Connection, subject: Subject, guest: SameGuest, naming: lists.Naming, before: datetime
) -> None:
    """Look again under the lock, at what the columns do not say as well; raises `Refused`."""
    entered = select(audit.c.seq).where(audit.c.request_id.in_(guest.ids), audit.c.at >= before)
    newer = connection.scalars(entered.limit(1)).first() is not None
    goes_on = newer or not all(map(is_over, guest.records)) or lists.ask_for(connection, guest, naming)
    if goes_on or subject not in guest.named:
        raise Refused(Cause.REFUSED, "Something of this guest goes on, or has happened since.")


def _is_for(request: Request, guest: SameGuest) -> bool:
    scope = request.guard.scope if request.guard is not None else Scope()
    return scope.subject in guest.subjects or scope.guest_id in guest.accounts


def _stands(request: Request) -> bool:
    """Tell whether a protection is in the tenant, or may come to be: its policies are named as they were."""
    if request.state in UNDECIDED:
        return True
    made = request.state in {State.DELIVERED, State.DELIVERY_FAILED}
    return made and request.guard is not None and request.guard.state is not GuardState.REMOVED


def _unnamed(request: Request) -> Request:
    """Return a protection that is over without what was said of its guest."""
    assert request.guard is not None
    scope = replace(request.guard.scope, whom=ERASED, subject="")
    rest = replace(_erased(request), address=request.address, guest_name=request.guest_name)
    return replace(rest, guard=replace(request.guard, scope=scope))


def _needs_the_address(record: Record) -> bool:
    at_work = any(job.kind in DELIVERS and job.status is JobStatus.READY for job in record.jobs.values())
    return at_work or record.request.state in UNDECIDED or halfway.has_access(record)


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
