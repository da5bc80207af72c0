"""Cards of a protection: its draft, and a request of it through its life, made by the real rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from access.rules import deciding, guard_trials, guarding, jobs, sending
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.conditional_access import Platform
from access.rules.delivery import StepDone
from access.rules.faced import Tally
from access.rules.guard_plans import (
    GuardForeseen,
    GuardShown,
    Unsent,
    Wanted,
    drafts_of,
    make_plan,
)
from access.rules.guards import Guard, GuardAct, Halted, MadePolicy, Observed, Part, Scope, Spared, Sums, Wish
from access.rules.maybe import Unknown
from access.rules.model import (
    Change,
    Give,
    GiveKind,
    Kind,
    Named,
    ObjectId,
    Panel,
    Place,
    Record,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)
from access.rules.outlook import Outlook
from access.rules.refusals import WillNotWork
from cards import answers, guard_draft, guard_enforcing
from cards.draw import draw
from cards.look import Look

AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
MEGAN, ISAIAH = Named(ObjectId("megan"), "Megan Bowen"), Named(ObjectId("isaiah"), "Isaiah Langer")
SPARED = Spared(frozenset({"ab183acd-1536-55d0-9d79-f7f47af34e3a"}))
OFFICE = Named(ObjectId("7ab9a5ec-9d7b-5f19-8f0f-0c1c5d3a7f10"), "Clinic network")
OURS = Named(ObjectId("69756067-2ae9-5d2e-82f5-da6e310ed445"), "Partner terms")
RECORDS = Scope(app_id="da664a73-ce64-5d09-bb8a-d62310b976ab", app_name="Health Records")
WISH = Wish(
    mfa=True,
    terms=frozenset({OURS.object_id}),
    platforms=frozenset({Platform.WINDOWS, Platform.IOS}),
    locations=frozenset({OFFICE.object_id}),
)
GUARD = Guard(
    scope=RECORDS,
    wish=WISH,
    spared=SPARED,
    places=(OFFICE,),
    terms=(OURS,),
    sums=Sums(same=2, asked=9, some=1, out=2),
)
WANTED = Wanted(
    app="Health Records",
    mfa=True,
    platforms=("windows", "iOS"),
    locations=("Clinic network",),
    terms=("Partner terms",),
)
OUTLOOK = Outlook(
    before=(Tally(none=14), Tally(none=14), Tally(none=10, wholly=4)),
    after=(Tally(wholly=14), Tally(wholly=13, unsure=1), Tally(wholly=14)),
    sums=Sums(same=1, asked=8, some=1, unsure=1, out=3, left=1),
    out=("Ana *Ruiz*", "Ben Okafor", "Kai Müller"),
    read_at=AT,
    hangs_on=frozenset({Unknown.REGISTERED, Unknown.SIGN_IN_RISK}),
    whole="ana=4",
)


def _after(record: Record, change: object) -> Record:
    assert isinstance(change, Change), change
    return Record(request=change.request, jobs={**record.jobs, **{row.key: row for row in change.jobs}})


def waiting() -> Record:
    """Return R-1042 as it waits for Isaiah."""
    request = Request(
        request_id=RequestId("8d1f0c6a54e94b7fa2c3719be60d5f43"),
        number=1042,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.PROTECT,
        requestor=MEGAN,
        subject=Subject("digest"),
        address="",
        guest_name="",
        app=Named(ObjectId("21d5256f-fe57-5ef2-a119-88667f4cf204"), "Health Records"),
        give=Give(GiveKind.GROUP, ObjectId("gl-0123456789"), ""),
        term=Term(days=0),
        justification="",
        message="",
        place=Place("channel"),
        submitted_at=AT,
        closes_at=AT + timedelta(days=14),
        approvers=(ISAIAH,),
        stages=(Panel((ISAIAH,)),),
        plan=make_plan(GUARD, "protect"),
        guard=GUARD,
        changed_at=AT,
    )
    change = sending.send(request, AT, personal=False)
    return _after(Record(request=change.request, jobs={}), change)


def approved() -> Record:
    record = waiting()
    known = deciding.Facts(record.request.stages, record.request.plan, "protect")
    return _after(record, deciding.approve(ISAIAH, known, None)(record, AT + timedelta(minutes=5)))


MADE = StepDone(policies=tuple(MadePolicy(part, f"id-{part}") for part in Part))


def stepped(record: Record, *results: StepDone | Cause, at: datetime = AT + timedelta(minutes=6)) -> Record:
    for result in results:
        key = next(one.key for one in guarding.steps_of(record) if one.status == "ready")
        record = _after(record, jobs.claim(key, timedelta(minutes=1))(record, at))
        fence = record.jobs[key].fence
        end = (
            guarding.fail(key, fence, result, {}, "trace")
            if isinstance(result, Cause)
            else guarding.succeed(key, fence, result, ZoneInfo("UTC"))
        )
        record = _after(record, end(record, at))
    return record


def watched() -> Record:
    return stepped(approved(), MADE, StepDone())


def asked(**seen: Any) -> Record:
    record, now = watched(), AT + timedelta(days=15)
    observed = replace(Observed(since=AT, until=now, guests=12, stopped=2, asked=1), **seen)
    key = jobs.key_of(record.request.request_id, 0, guard_trials.TRIAL)
    record = _after(record, jobs.claim(key, timedelta(minutes=1))(record, now))
    secures = record.request.approvers
    return _after(record, guard_trials.asked(key, record.jobs[key].fence, observed, secures)(record, now))


def ordered(act: GuardAct, record: Record | None = None) -> Record:
    record = record or watched()
    return _after(record, guarding.order(act, ISAIAH, (ISAIAH,))(record, AT + timedelta(days=1)))


def done(act: GuardAct, *results: StepDone | Cause, record: Record | None = None) -> Record:
    return stepped(ordered(act, record), *(results or (MADE, StepDone())), at=AT + timedelta(days=1))


LIVES: dict[str, Callable[[], Record]] = {
    "guard-waiting": waiting,
    "guard-under-way": approved,
    "guard-failed": lambda: stepped(approved(), Cause.POLICY_CHANGED),
    "guard-watched": watched,
    "guard-asked": asked,
    "guard-asked-no-licence": lambda: asked(unread=str(Unread.LICENCE)),
    "guard-asked-too-much": lambda: asked(unread=str(Unread.TOO_MUCH)),
    "guard-asked-newest": lambda: asked(since=AT + timedelta(days=12)),
    "guard-asked-nobody": lambda: asked(guests=0, stopped=0, asked=0),
    "guard-enforcing": lambda: ordered(GuardAct.ENFORCE),
    "guard-enforced": lambda: done(GuardAct.ENFORCE),
    "guard-not-enforced": lambda: done(GuardAct.ENFORCE, Cause.POLICY_CHANGED),
    "guard-enforced-in-part": lambda: done(
        GuardAct.ENFORCE, StepDone(halted=Halted(Cause.REFUSED, (Part.CONTROLS, Part.PLACES)))
    ),
    "guard-perhaps-in-part": lambda: done(GuardAct.ENFORCE, MADE, Cause.RIGHTS_MISSING),
    "guard-back-in-part": lambda: done(
        GuardAct.WATCH,
        StepDone(
            halted=Halted(
                Cause.POLICY_CHANGED,
                (Part.PLACES,),
                (Named(ObjectId("p2"), "Guestlist · Records: only *named* places [gl-1]"),),
            )
        ),
        record=done(GuardAct.ENFORCE),
    ),
    "guard-removed": lambda: done(GuardAct.REMOVE, record=done(GuardAct.ENFORCE)),
}


def shown(**changes: Any) -> GuardShown:
    usual: dict[str, Any] = {
        "wanted": WANTED,
        "guard": GUARD,
        "drafts": drafts_of(GUARD),
        "outlook": OUTLOOK,
        "read_at": AT,
    }
    return GuardShown(**usual | changes)


def guard_cards(look: Look) -> dict[str, dict[str, Any]]:
    found = {
        f"{audience.partition('/')[0]}-{name}": draw(make(), audience, look)
        for name, make in LIVES.items()
        for audience in ("thread", "requestor", f"approver/{ISAIAH.object_id}")
    }
    whole = replace(GUARD, scope=Scope(), wish=Wish(mfa=True), places=(), terms=(), spared=Spared())
    group = replace(GUARD, scope=Scope(group_id="1b", whom="Partners"))
    calm = replace(OUTLOOK, sums=Sums(same=1, asked=13), out=(), hangs_on=frozenset())
    drafts = {
        "app": shown(),
        "by-admin": shown(by_admin=True),
        "nobody-out": shown(outlook=calm),
        "all-apps": shown(
            outlook=replace(calm, sums=Sums(asked=501, more=True)),
            guard=whole,
            drafts=drafts_of(whole),
            wanted=Wanted(all_apps=True, mfa=True),
        ),
        "group": shown(guard=group, drafts=drafts_of(group), wanted=Wanted(group="1b", mfa=True)),
        "no-guests": shown(outlook=replace(calm, sums=Sums(), before=(Tally(),) * 3, after=(Tally(),) * 3)),
        "not-read": shown(outlook=Unread.PERMISSION, unsent=Unsent.NOT_READ),
        **{f"unsent-{one}": shown(unsent=one, of="Guestlist · Health Records [gl-1]") for one in Unsent},
    }
    found |= {f"guard-draft-{name}": guard_draft.draw(one, look) for name, one in drafts.items()}
    request = watched().request
    found["guard-foreseen"] = guard_enforcing.draw(GuardForeseen(request, OUTLOOK, "0a1b2c3d"), look)
    moved = GuardForeseen(request, calm, "0a1b2c3e", moved=True)
    found["guard-foreseen-moved"] = guard_enforcing.draw(moved, look)
    found["guard-moved"] = answers.refused(WillNotWork(waiting().request, Cause.GUARD_MOVED), "approve", look)
    return found
