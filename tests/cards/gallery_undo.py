"""Undos of what the gallery's request did: shown, begun, made, listed, and refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import ending, jobs, returning
from access.rules.accounts import Right
from access.rules.causes import Cause
from access.rules.changed_back import back
from access.rules.delivery import StepDone
from access.rules.departing import Asked
from access.rules.halfway import remove as remove_halfway
from access.rules.halfway import undo as undone_halfway
from access.rules.model import AssignmentState, Left, Record, Request, StepKind
from access.rules.removal_plan import plan
from access.rules.undoing import Doing, NotUndone, Stays, Undoable, Undoes, Why
from cards import removing as removal
from cards import undo
from cards.draw import draw
from cards.look import Look
from tests.cards import changing, gallery, gallery_renewals, leaving

LEASE, LATER = timedelta(seconds=30), 130
ALL_ABOUT_GIVING = (
    Stays.MAIL,
    Stays.OLD_LINK,
    Stays.ACCEPTED,
    Stays.USED,
    Stays.SPONSOR,
    Stays.ACCOUNT_RIGHT,
    Stays.AUDIT,
)


def undone(left: Left | None = None) -> Record:
    """Return an access that Megan undid, up to where something is `left`."""
    record = gallery.accepted()
    record = gallery.after(record, LATER, ending.undo(gallery.MEGAN, record.request.version))
    return record if left is None else _stepped(record, left)


def shortened() -> Record:
    """Return R-1050, a renewal that Megan undid."""
    record = gallery_renewals.finished()
    record = gallery.after(record, LATER, ending.undo(gallery.MEGAN, record.request.version))
    return _stepped(record, Left.NOTHING)


def _stepped(record: Record, left: Left) -> Record:
    while steps := [one for one in ending.removals_of(record) if one.status == "ready"]:
        last = steps[0].name in {StepKind.PROVE_GONE, StepKind.SHORTEN}
        record = gallery.after(record, LATER + 1, jobs.claim(steps[0].key, LEASE))
        result = StepDone(left=left if last else None)
        record = gallery.after(record, LATER + 1, ending.succeed(steps[0].key, 1, result, gallery.BERLIN))
    return record


def returned(cause: Cause | None = None, *, steps: int = 0) -> Record:
    """Return an access that was removed, and that Megan wants given again."""
    record = gallery.after(gallery.accepted(), LATER, ending.remove(gallery.MEGAN, ()))
    record = _stepped(record, Left.NOTHING)
    record = gallery.after(record, LATER + 9, returning.begin(gallery.MEGAN, record.request.version))
    for kind in returning.STEPS[:steps]:
        job = next(one for one in returning.steps_of(record) if one.name == kind)
        record = gallery.after(record, LATER + 9, jobs.claim(job.key, LEASE))
        end = returning.succeed(job.key, 1, StepDone(), gallery.BERLIN)
        if cause is not None:
            end = returning.fail(job.key, 1, cause, {}, "trace")
        record = gallery.after(record, LATER + 9, end)
    return record


def _given_up(record: Record) -> Record:
    return gallery.after(record, LATER, undone_halfway(gallery.MEGAN, record.request.version))


def closed() -> Record:
    """Return a delivery that failed before it gave anything, and that Megan gave up without an undo."""
    failed = gallery.failed(2, Cause.GROUP_CLOSED)
    return gallery.after(failed, LATER, remove_halfway(gallery.MEGAN, ()))


def not_unsponsored() -> Record:
    """Return an access that was undone up to its sponsor, whom Entra did not take off."""
    record = gallery.accepted()
    record = gallery.after(record, LATER, ending.undo(gallery.MEGAN, record.request.version, sponsor=True))
    for kind in (*ending.STEPS, StepKind.UNSPONSOR):
        job = next(one for one in ending.removals_of(record) if one.name == kind)
        record = gallery.after(record, LATER + 1, jobs.claim(job.key, LEASE))
        result = StepDone(left=Left.NOTHING if kind is StepKind.PROVE_GONE else None)
        end = ending.succeed(job.key, 1, result, gallery.BERLIN)
        if kind is StepKind.UNSPONSOR:
            end = ending.fail(job.key, 1, Cause.RIGHTS_MISSING, {}, "trace")
        record = gallery.after(record, LATER + 1, end)
    return record


def halfway(left: Left | None = None) -> Record:
    """Return a delivery that failed at its proof, and that Megan undid."""
    record = _given_up(gallery.failed(4, Cause.RIGHTS_MISSING))
    return record if left is None else _stepped(record, left)


def over_by_alex() -> Request:
    """Return an access that Alex removed while Megan looked at what its undo would do."""
    record = gallery.after(gallery.accepted(), LATER, ending.remove(gallery.ALEX, (gallery.ALEX,)))
    return _stepped(record, Left.NOTHING).request


def failed_having_given() -> Record:
    """Return a delivery that failed at its proof, with the end of what it gave."""
    record = gallery.failed(4, Cause.RIGHTS_MISSING)
    failure = record.request.failure
    assert failure is not None
    ends = record.request.term.ends_at(failure.at, gallery.BERLIN)
    return replace(record, request=replace(record.request, ends_at=ends))


LIVES: dict[str, Callable[[], Record]] = {
    "undoing": undone,
    "undone": lambda: undone(Left.NOTHING),
    "undone-renewal": shortened,
    "failed-having-given": failed_having_given,
    "not-unsponsored": not_unsponsored,
    "undoing-halfway": halfway,
    "undone-halfway": lambda: halfway(Left.NOTHING),
    "given-up": closed,
    "undone-nothing": lambda: _given_up(gallery.failed(0, Cause.RIGHTS_MISSING)),
    "returning": returned,
    "not-returned": lambda: returned(Cause.RIGHTS_MISSING, steps=1),
    "returned": lambda: returned(steps=2),
}


def _undoable(record: Record, undoes: Undoes, stays: tuple[Stays, ...]) -> Undoable:
    since = record.request.delivered_at or record.request.changed_at
    until = since + timedelta(days=1)
    return Undoable(request=record.request, doing=Doing(undoes, since), until=until, stays=stays)


def drawn(look: Look) -> dict[str, dict[str, Any]]:
    """Return what is answered to whoever undoes."""
    given = _undoable(gallery.accepted(), Undoes.GIVEN, ALL_ABOUT_GIVING)
    account = Asked(leaving.HELD, plan(leaving.HELD, leaving.WEEK), 7, Right.OWNER)
    there = (Stays.USED, Stays.ACCOUNT_BEFORE, Stays.AUDIT)
    unsponsored = replace(given, stays=there, sponsor=gallery.MEGAN)
    sponsored = replace(
        given, stays=(Stays.USED, Stays.SPONSOR_BEFORE, Stays.SPONSOR_NEEDED, Stays.SPONSOR_ONLY)
    )
    made = replace(given, stays=(Stays.MAIL, Stays.USED, Stays.AUDIT), account=account)
    kept = replace(given, stays=(Stays.WAS_THERE, Stays.ACCOUNT_BEFORE, Stays.AUDIT))
    failed = replace(given, stays=(Stays.MAIL, Stays.USED, Stays.ACCOUNT_FAILED, Stays.AUDIT))
    removing = replace(
        given, stays=(Stays.MAIL, Stays.USED, Stays.ACCOUNT_REMOVED, Stays.AUDIT), removal="R-1044"
    )
    half = _undoable(
        gallery.failed(4, Cause.RIGHTS_MISSING), Undoes.HALFWAY, (Stays.MAIL, Stays.USED, Stays.AUDIT)
    )
    others = replace(half, stays=(Stays.PERHAPS_MAIL, Stays.WAS_THERE, Stays.ACCOUNT_BEFORE, Stays.AUDIT))
    nothing = replace(
        half,
        request=gallery.failed(0, Cause.UNAVAILABLE).request,
        stays=(Stays.ACCOUNT_UNKNOWN, Stays.AUDIT),
        gave=False,
    )
    lengthened = _undoable(gallery_renewals.finished(), Undoes.LENGTHENED, (Stays.AUDIT,))
    ended = gallery.accepted().request
    assert ended.assignment is not None
    over = replace(ended, assignment=replace(ended.assignment, state=AssignmentState.ENDED))
    taken = replace(
        given,
        request=over,
        doing=Doing(Undoes.TAKEN, given.doing.since),
        stays=(Stays.MEANWHILE, Stays.AUDIT),
    )
    away = leaving.lives(gallery.delivered().request)["removal-blocked"]
    removed = _undoable(
        away, Undoes.REMOVED, (Stays.MEANWHILE, Stays.SIGNED_OUT, Stays.LOST_GROUPS, Stays.AUDIT)
    )
    record = changing.changing(gallery.delivered().request)
    edits, stays = back(record.request, changing.WROTE, ())
    changed = replace(_undoable(record, Undoes.CHANGED, (*stays, Stays.AUDIT)), back=tuple(edits))
    since = (Stays.NAME_SINCE, Stays.COMPANY_SINCE, Stays.SPONSOR_SINCE, Stays.AUDIT)
    several = [given, lengthened, taken, removed, changed, made, kept]
    refused = {
        f"undo-not-{why}": undo.refused(
            NotUndone(
                given.request,
                why,
                given.until if why is Why.PAST else None,
                Cause.DOMAIN_DENIED if why is Why.REFUSED else "",
            ),
            look,
        )
        for why in (Why.PAST, Why.REFUSED, Why.UNDER_WAY, Why.UNDONE, Why.GIVEN_BACK)
    }
    by_another = undone(Left.NOTHING).request
    refused["undo-not-by-another"] = undo.refused(NotUndone(by_another, Why.BY_ANOTHER), look)
    refused["undo-not-meanwhile"] = undo.refused(NotUndone(over_by_alex(), Why.MEANWHILE), look)
    refused["undo-not-too-late"] = undo.refused(
        NotUndone(leaving.lives(gallery.delivered().request)["removal-gone"].request, Why.TOO_LATE), look
    )
    for why in (Why.CHANGED, Why.CHANGED_SINCE):
        refused[f"undo-not-{why}"] = undo.refused(NotUndone(record.request, why), look)
    failed_early = NotUndone(gallery.failed(2, Cause.GROUP_CLOSED).request, Why.PAST, given.until)
    refused["undo-not-past-failed"] = undo.refused(failed_early, look)
    warned = f"approver/{gallery.MEGAN.object_id}"
    return {
        "warning-failed": draw(failed_having_given(), f"warning/20270221/75/{warned}", look),
        "warning-failed-long-ago": draw(failed_having_given(), f"warning/20270221/14/{warned}", look),
        "undo-given": undo.asked(given, look),
        "undo-given-account": undo.asked(made, look),
        "undo-given-account-failed": undo.asked(failed, look),
        "undo-given-account-removed": undo.asked(removing, look),
        "undo-given-sponsor": undo.asked(unsponsored, look),
        "undo-given-sponsor-stays": undo.asked(sponsored, look),
        "undo-given-moved": undo.asked(replace(kept, moved=True), look),
        "undo-halfway": undo.asked(replace(half, account=account), look),
        "undo-halfway-was-there": undo.asked(others, look),
        "undo-halfway-nothing": undo.asked(nothing, look),
        "undo-taken": undo.asked(taken, look),
        "undo-lengthened": undo.asked(lengthened, look),
        "undo-lengthened-lifted": undo.asked(replace(lengthened, lifted=gallery.MEGAN), look),
        "undo-lengthened-waiting": undo.asked(replace(lengthened, voids=("R-1051",)), look),
        "undo-removed": undo.asked(removed, look),
        "undo-changed": undo.asked(changed, look),
        "undo-changed-since": undo.asked(replace(changed, back=changed.back[:1], stays=since), look),
        "undo-changed-alone": undo.asked(
            replace(changed, stays=(Stays.SPONSOR_LEFT, Stays.SPONSOR_NOBODY, Stays.AUDIT)), look
        ),
        "removal-no-app-named": removal.asked(gallery.accepted().request, look),
        "undo-begun": undo.begun(undone(), look),
        "undo-list": undo.listed(several, 1, look),
        "undo-list-empty": undo.listed([], 1, look),
        **refused,
    }
