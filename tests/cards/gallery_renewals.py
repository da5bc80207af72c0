"""Renewals of what the gallery's request gave: asked for, made, failed, refused, and not wanted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import deciding, delivery, jobs, renewing, sending
from access.rules.causes import Cause
from access.rules.model import Extends, Kind, Record, RequestId, State, StepKind, Term
from access.rules.plan import plan_renewal
from access.rules.refusals import Field, Problem, ProblemCode
from cards import renewing as cards
from cards.draw import draw
from cards.look import Look
from tests.cards import gallery


def pending() -> Record:
    """Return R-1050, which asks for ninety days more."""
    first = gallery.delivered().request
    assert first.ends_at is not None
    extends = Extends(first.request_id, first.number, first.ends_at, first.ends_at + timedelta(days=90))
    plan = plan_renewal(
        guest=gallery.GUEST_ID,
        app=gallery.HEALTH_RECORDS,
        give=gallery.GROUP,
        extends=extends,
        term=Term(days=90),
        rule="defaults",
        landing="",
    )
    asked = replace(
        gallery.pending().request,
        request_id=RequestId("5ab01c6a54e94b7fa2c3719be60d5f42"),
        number=1050,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.EXTEND,
        message="",
        guest_id=gallery.GUEST_ID,
        plan=plan,
        extends=extends,
    )
    change = sending.send(asked, gallery.ASKED_AT, personal=False)
    return Record(request=change.request, jobs={job.key: job for job in change.jobs})


def delivering() -> Record:
    waiting = pending()
    facts = deciding.Facts(gallery.OWNERS, waiting.request.plan, "defaults")
    return gallery.after(waiting, 18, deciding.approve(gallery.ALEX, facts, None))


def finished(cause: Cause | None = None) -> Record:
    record = delivering()
    step = next(job for job in delivery.steps_of(record) if job.name == StepKind.EXTEND)
    record = gallery.after(record, 19, jobs.claim(step.key, timedelta(seconds=30)))
    done = delivery.succeed(step.key, 1, delivery.StepDone(), gallery.BERLIN)
    end = delivery.fail(step.key, 1, cause, {}, "trace") if cause else done
    return gallery.after(record, 19, end)


def renewed() -> Record:
    """Return R-1042, whose end R-1050 has moved."""
    return gallery.after(gallery.accepted(), 120, renewing.lengthen(pending().request))


def let_end() -> Record:
    return gallery.after(gallery.accepted(), 120, renewing.let_end(gallery.MEGAN, may=True))


LIVES: dict[str, Callable[[], Record]] = {
    "renewal-pending": pending,
    "renewal-delivering": delivering,
    "renewal-delivered": finished,
    "renewal-failed": lambda: finished(Cause.ACCESS_LOST),
    "renewed": renewed,
    "not-renewed": let_end,
}


def drawn(look: Look) -> dict[str, dict[str, Any]]:
    """Return what is answered to whoever renews."""
    first = gallery.delivered().request
    wrong = Problem(Field.TERM, ProblemCode.RENEWAL_TOO_LONG, ("90", "2027-05-22"))
    never = Problem(Field.WHOLE, ProblemCode.NOT_RENEWABLE, (first.app.name,))
    form = cards.FormView(
        first=first, term="90d", justification=first.justification, longest_days=90, problems=()
    )
    warned = f"warning/20270221/14/approver/{gallery.MEGAN.object_id}"
    return {
        "renewal-form": cards.form(form, look),
        "renewal-form-wrong": cards.form(replace(form, term="2 years", problems=(wrong,)), look),
        "renewal-never": cards.never(first, (never,), look),
        "renewal-asked": cards.asked(pending(), look),
        "renewal-asked-made": cards.asked(finished(), look),
        "renewal-not-wanted": cards.let_end(let_end().request, look),
        "warning-not-renewed": draw(let_end(), warned, look),
    }
