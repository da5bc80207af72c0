"""The watch over a question: it ends where nobody is to decide with the answer any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from access.rules import jobs
from access.rules.authority import as_of
from access.rules.changing import entry, newer
from access.rules.deciding import tell_requestor
from access.rules.model import Change, Job, JobKind, JobStatus, Panel, Record, Request
from access.rules.refusals import Stale
from access.rules.standing import awaiting, going_on, open_question

NAME = "question"
EVERY = timedelta(hours=3)
"""How often it is looked whether whoever asked is still to decide."""


def begun(request: Request, now: datetime) -> Job:
    """Return the row that looks after the question that is open by now; there is one for all of a request."""
    return Job(
        key=jobs.key_of(request.request_id, 0, NAME),
        request_id=request.request_id,
        kind=JobKind.QUESTION,
        name=NAME,
        status=JobStatus.READY,
        due_at=now + EVERY,
    )


def look(key: str, fence: int, panels: Sequence[Panel], rule: str) -> jobs.Claim:
    """End the question where, by `panels` and the policy's text, nobody waits for the answer; else sleep on.

    Without panels nobody was asked, since no question was open: one that is by now is looked at in its time.
    """

    def transition(record: Record, now: datetime) -> Change | Stale:
        job, request = jobs.held(record, key, fence), record.request
        if job is None:
            return Stale()
        if open_question(request) is None:
            return Change(request=request, jobs=(jobs.done(job),))
        if not panels or awaiting(as_of(request, rule), panels):
            asleep = jobs.later(job, now + EVERY, surely_not_done=True)
            return Change(request=request, jobs=(asleep,))
        return _ended(record, job, now)

    return transition


def _ended(record: Record, job: Job, now: datetime) -> Change:
    """End the question unanswered: the time to decide goes on, and the cards say so."""
    gone_on, again = going_on(record, record.request, now)
    request = newer(gone_on, now)
    rows = (*again, *tell_requestor(record, request, now), *jobs.show_again(record.jobs, request, now))
    fact = entry(request, "question.ended", {"question": len(request.questions)})
    return Change(request=request, jobs=(*rows, jobs.done(job)), audit=(fact,))
