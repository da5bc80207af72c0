"""The cards of a guest who leaves the directory, for the gallery."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from access.rules import jobs, putting_back, removal_plan, removing
from access.rules.accounts import NO_APP, Has, Holdings, Right, Unfit, on_account
from access.rules.causes import Cause
from access.rules.coaching import GuestFile, diagnose
from access.rules.delivery import StepDone
from access.rules.departing import Asked, UnderWay
from access.rules.model import (
    Change,
    Guest,
    Kind,
    Named,
    ObjectId,
    Record,
    Redemption,
    Request,
    RequestId,
    State,
    Term,
)
from access.rules.refusals import TooLate
from cards import account, answers, guest
from cards.draw import draw
from cards.look import Look

LEASE, BERLIN = timedelta(seconds=30), ZoneInfo("Europe/Berlin")
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
WHY = "The contract with Fabrikam has ended."
ANA = Guest(ObjectId("guest"), "Ana Ruiz", "ana@fabrikam.com", Redemption.ACCEPTED)
SEEN = Has(("Health Records", "Referral Desk"), ("Health Records guests",), may_remove=True, may_change=True)
HELD = Holdings(
    guest=ANA,
    apps=(Named(ObjectId("records"), "Health Records"), Named(ObjectId("lab"), "Lab Results")),
    groups=(Named(ObjectId("group"), "Health Records guests"),),
)


NOTHING = Holdings(ANA)
"""What is left of a guest who has lost everything."""


def leaving(
    like: Request, right: Right = Right.OWNER, held: Holdings = HELD, made_for: ObjectId | None = None
) -> Record:
    """Return a removal that has begun, two hours after this request."""
    now = like.submitted_at + timedelta(hours=2)
    request = replace(
        like,
        request_id=RequestId("b" * 32),
        number=1050,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.REMOVE,
        app=NO_APP,
        give=on_account(ANA.object_id),
        term=Term(days=7),
        justification=WHY,
        message="",
        submitted_at=now,
        approvers=(),
        stages=(),
        plan=removal_plan.plan(held, WEEK, made_for),
        changed_at=now,
    )
    change = removing.order(request, right, now, personal=True)
    return Record(request=change.request, jobs={job.key: job for job in change.jobs})


def stepped(record: Record, *steps: str, at: datetime) -> Record:
    for name in steps:
        record, key, fence = _claimed(record, name, at)
        record = _after(record, removing.succeed(key, fence, StepDone(), BERLIN), at)
    return record


def _claimed(record: Record, name: str, at: datetime) -> tuple[Record, str, int]:
    job = next(one for one in removing.steps_of(record) if one.name == name)
    record = _after(record, jobs.claim(job.key, LEASE), at)
    return record, job.key, record.jobs[job.key].fence


def _after(record: Record, transition: Any, at: datetime) -> Record:
    change = transition(record, at)
    assert isinstance(change, Change), change
    return Record(request=change.request, jobs={**record.jobs, **{job.key: job for job in change.jobs}})


def lives(like: Request) -> dict[str, Record]:
    """Return a removal at each point of its life."""
    begun = leaving(like)
    at = begun.request.submitted_at
    blocked = stepped(begun, *removal_plan.BLOCKING, at=at)
    deleted = stepped(blocked, *removing.DELETING, at=at + WEEK)
    restoring = _after(deleted, putting_back.restore(like.requestor, ()), at + WEEK * 2)
    failed, key, fence = _claimed(begun, "block", at)
    failed = _after(failed, removing.fail(key, fence, Cause.RIGHTS_MISSING, {}, "trace"), at)
    kept, key, fence = _claimed(blocked, "delete", at + WEEK)
    kept = _after(kept, removing.fail(key, fence, Cause.UNBLOCKED, {}, "trace"), at + WEEK)
    more, key, fence = _claimed(blocked, "delete", at + WEEK)
    more = _after(more, removing.fail(key, fence, Cause.HOLDS_MORE, {}, "trace"), at + WEEK)
    doubted, key, fence = _claimed(stepped(begun, *removal_plan.BLOCKING[:2], at=at), "prove-blocked", at)
    doubted = _after(doubted, removing.fail(key, fence, Cause.STILL_ENABLED, {}, "trace"), at)
    return {
        "removal-begun": begun,
        "removal-made-for": leaving(like, held=NOTHING, made_for=like.app.object_id),
        "removal-blocked": blocked,
        "removal-deleted": deleted,
        "removal-restoring": restoring,
        "removal-restored": stepped(restoring, *removing.PUTTING_BACK, at=at + WEEK * 2),
        "removal-past": _after(deleted, putting_back.found, at + WEEK * 2),
        "removal-gone": stepped(deleted, *removing.SEEING_OFF, at=at + WEEK + MONTH),
        "removal-failed": failed,
        "removal-given-up": _after(failed, removing.give_up(like.requestor, ()), at + WEEK),
        "removal-kept": kept,
        "removal-more": more,
        "removal-doubted": doubted,
    }


def cards(like: Request, look: Look) -> dict[str, dict[str, Any]]:
    asked = Asked(HELD, removal_plan.plan(HELD, WEEK), 7, Right.OWNER, WHY)
    drawn = lives(like)
    gone = TooLate(drawn["removal-gone"].request)
    return {
        **{name: draw(record, jobs.REQUESTOR, look) for name, record in drawn.items()},
        "removal-asked": account.asked(asked, look),
        "removal-unjustified": account.asked(replace(asked, unjustified=True), look),
        "removal-moved": account.asked(replace(asked, moved=True), look),
        "removal-sent": account.begun(drawn["removal-begun"].request, look),
        "channel-removal-sent": account.begun(drawn["removal-begun"].request, replace(look, shared=True)),
        "removal-standing": account.standing(drawn["removal-blocked"].request, look),
        "removal-standing-failed": account.standing(drawn["removal-failed"].request, look),
        "removal-too-late": answers.refused(gone, "restore", look),
    }


def guests(file: GuestFile, like: Request, look: Look) -> dict[str, dict[str, Any]]:
    """Return the card of a guest who may be removed, and of one whom a removal keeps out."""
    drawn, shown = lives(like), dict[str, GuestFile]()
    assert file.clues is not None
    inside = replace(file.clues, guest=ANA, sign_in=None)
    shown["guest-removable"] = replace(file, clues=inside, diagnosis=diagnose(inside), holds=SEEN)
    out = replace(inside, guest=replace(ANA, enabled=False))
    for state, clues in (("blocked", out), ("deleted", replace(out, guest=None)), ("restoring", out)):
        removal = drawn[f"removal-{state}"]
        now = removal.request.changed_at
        found = replace(file, clues=clues, diagnosis=diagnose(clues), read_at=now)
        found = replace(found, records=(removal, *file.records))
        shown[f"guest-removal-{state}"] = replace(found, removal=UnderWay(removal, may_restore=True))
    failed = drawn["removal-failed"]
    shown["guest-removal-failed"] = replace(
        shown["guest-removable"],
        records=(failed, *file.records),
        holds=replace(SEEN, may_remove=False),
        removal=UnderWay(failed, may_restore=False, may_retry=True),
    )
    others = shown["guest-removal-blocked"]
    assert others.removal is not None
    shown["guest-removal-others"] = replace(others, removal=replace(others.removal, may_restore=False))
    return {name: guest.draw(one, look) for name, one in shown.items()}


def sentences(look: Look) -> list[str]:
    """Return the answers that are no cards."""
    return [
        account.nobody(look),
        account.nobody(look, "restore"),
        *(account.untouchable(why, look) for why in Unfit),
    ]
