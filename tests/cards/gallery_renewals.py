"""Renewals of what the gallery's request gave: asked for, made, failed, refused, and not wanted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import deciding, delivery, jobs, overtaken, renewing, sending
from access.rules.causes import Cause
from access.rules.checked import Checked
from access.rules.clues import Unread
from access.rules.model import (
    Extends,
    Guest,
    Kind,
    NotRenewed,
    Record,
    Redemption,
    RequestId,
    State,
    StepKind,
    Term,
)
from access.rules.plan import plan_renewal
from access.rules.policy import Rules
from access.rules.refusals import (
    Duplicate,
    Field,
    NoAccess,
    NotPossible,
    Problem,
    ProblemCode,
    SeveralAccesses,
    UnknownRequest,
    Unreadable,
)
from access.rules.renewal_list import Act, Came, Done, RenewalPage, Result, Row, Untouched, Wanted
from access.rules.renewing import NotRenewable
from cards import renewal_list
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


def voided() -> Record:
    """Return R-1050, from whose end another was counted that is undone."""
    record = pending()
    extends = record.request.extends
    assert extends is not None
    before = replace(extends, was=extends.was - timedelta(days=90), to=extends.was)
    undone = replace(record.request, request_id=RequestId("1049"), number=1049, extends=before)
    return gallery.after(record, 60, overtaken.void(undone))


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
    return gallery.after(
        gallery.accepted(), 120, renewing.lengthen(pending().request, Rules(name="defaults"))
    )


def let_end() -> Record:
    return gallery.after(gallery.accepted(), 120, renewing.let_end(gallery.MEGAN, may=True))


def page(wanted: Wanted, count: int = 5, page_: int = 1, found: int = 12) -> RenewalPage:
    """Return accesses of whom one can be renewed and others not, each for another reason."""
    first, at = gallery.delivered().request, gallery.delivered().request.changed_at
    assert first.assignment is not None
    never = Problem(Field.WHOLE, ProblemCode.NOT_RENEWABLE, (first.app.name,))
    unwanted = replace(first.assignment, not_renewed=NotRenewed(gallery.MEGAN, at))
    more: list[dict[str, Any]] = [
        {"to": at + timedelta(days=100)},
        {"to": at + timedelta(days=100), "waived": True, "unjustified": True},
        {"problem": never},
        {"to": at + timedelta(days=100), "waits": True},
        {"to": at + timedelta(days=100), "may": False, "guest": None},
    ]
    names = ("[Ana](https://evil.example) *Ruiz*", "Alex Wilber", "", "Nia Chen", "Lidia Holloway")
    rows = []
    for number, said in enumerate(more[:count]):
        request = replace(
            first,
            request_id=RequestId(f"{number:032x}"),
            number=1042 + number,
            ends_at=at + timedelta(days=9 + number),
            assignment=unwanted if number == 1 else first.assignment,
        )
        state = (Redemption.ACCEPTED, Redemption.PENDING)[number % 2]
        guest = Guest(gallery.GUEST_ID, names[number], gallery.ADDRESS, state, enabled=number != 2)
        rows.append(Row(**{"request": request, "guest": guest, **said}))
    return RenewalPage(
        rows=tuple(rows),
        wanted=wanted,
        page=page_,
        pages=-(-found // 5) or 1,
        found=found,
        within=timedelta(days=30),
        signed_in={gallery.GUEST_ID: at} if count else Unread.LICENCE,
        read_at=at,
    )


def many(look: Look) -> dict[str, dict[str, Any]]:
    """Return the list of what ends, and what came of what was picked."""
    first, ends = gallery.delivered().request, "2026-12-02T08:33:00+00:00"
    picked = {"R-1042": ends, "R-1060": ends}
    why = "The *audit* goes on"
    wanted = Wanted(app="Health Records", page=2, picked=picked, justification=why)
    never = Problem(Field.WHOLE, ProblemCode.NOT_RENEWABLE, (first.app.name,))
    missing = Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_MISSING, ("10",))
    results: list[Result] = [
        pending(),
        finished(),
        NotRenewable(first, (never,), Rules(name="defaults")),
        NotRenewable(first, (missing,), Rules(name="defaults")),
        Duplicate(pending().request),
        Untouched.MOVED,
        NotPossible(first, State.DELIVERED),
        Unreadable(),
        SeveralAccesses((first, replace(first, number=1043))),
    ]
    came = [Came(first.label, first, one) for one in results]
    came += [
        Came(gallery.ADDRESS, None, NoAccess()),
        Came("R-4711", None, UnknownRequest("R-4711")),
        Came("R-4712", None, UnknownRequest("")),
        Came("x", first, finished(Cause.END_MOVED)),
    ]
    unread = replace(page(Wanted(), 2, found=2), signed_in=Unread.LICENCE)
    return {
        "renewals": renewal_list.accesses(page(Wanted()), look),
        "renewals-picked": renewal_list.accesses(page(wanted, page_=2), look),
        "renewals-nobody": renewal_list.accesses(unread, look, nobody=True),
        "renewals-not-known": renewal_list.accesses(replace(unread, signed_in=Unread.AWAY), look),
        "renewals-none": renewal_list.accesses(page(Wanted(), 0, found=0), look),
        "renewals-done": renewal_list.done(Done(Act.RENEW, came, wanted, left=12), look),
        "renewals-let-end": renewal_list.done(
            Done(Act.END, [Came(first.label, first, let_end())], Wanted()), look
        ),
    }


LIVES: dict[str, Callable[[], Record]] = {
    "renewal-void": voided,
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
    theirs = replace(first, adopted=True, ends_at=None, term=Term(), justification="")
    endless = cards.FormView(
        first=theirs, term="90d", justification="", longest_days=90, needs_justification=False
    )
    warned = f"warning/20270221/14/approver/{gallery.MEGAN.object_id}"
    return {
        "renewal-form": cards.form(form, look),
        "renewal-form-will-fail": cards.form(
            replace(form, known=Checked(gallery.ASKED_AT, fails=("cross-tenant:tenant-blocked",))), look
        ),
        "renewal-form-wrong": cards.form(replace(form, term="2 years", problems=(wrong,)), look),
        "renewal-form-no-end": cards.form(endless, look),
        "renewal-end-set": cards.end_set(replace(theirs, ends_at=first.ends_at), look),
        "renewal-never": cards.never(first, (never,), look),
        "renewal-asked": cards.asked(pending(), look),
        "renewal-asked-made": cards.asked(finished(), look),
        "renewal-not-wanted": cards.let_end(let_end().request, look),
        **many(look),
        "warning-others": draw(
            gallery.delivered(), f"warning/20270221/14/others/approver/{gallery.MEGAN.object_id}", look
        ),
        "warning-gone": draw(
            gallery.delivered(), f"warning/20270221/14/gone/approver/{gallery.MEGAN.object_id}", look
        ),
        "warning-not-renewed": draw(let_end(), warned, look),
    }
