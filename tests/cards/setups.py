"""Cards of `/setup`: an app as it stands, and a set-up through its life, made by the real rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from access.rules import deciding, jobs, sending, settingup
from access.rules import restore as restoring
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.delivery import StepDone
from access.rules.model import (
    App,
    AppRole,
    Change,
    Effect,
    Give,
    GiveKind,
    Group,
    GroupKind,
    Kind,
    Named,
    ObjectId,
    Panel,
    Place,
    Record,
    Request,
    RequestId,
    Restore,
    Setup,
    State,
    Subject,
    Term,
)
from access.rules.refusals import PlanMoved, WillNotWork
from access.rules.setup_plans import (
    AppAsSet,
    AppShown,
    AppsShown,
    AssignedGroup,
    Right,
    Unfit,
    WhyNoSetup,
    adopting,
    make_plan,
    making,
    policy_entry,
)
from cards import answers, setup
from cards.draw import draw
from cards.look import Look

AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
MEGAN, ALEX = Named(ObjectId("megan"), "Megan Bowen"), Named(ObjectId("alex"), "Alex Wilber")
LIDIA = Named(ObjectId("lidia"), "Lidia Holloway")
GROUP_ID = ObjectId("0b1f6a4e-7d7b-4f5c-9a39-5f1c2f4e8a11")
READER, WRITER = (
    AppRole(ObjectId("00000000-0000-4000-8000-0000000000b1"), "Reader"),
    AppRole(ObjectId("00000000-0000-4000-8000-0000000000b2"), "Writer"),
)
PORTAL = App(
    ObjectId("7113490b-41f6-5cdf-a3ad-47fc2d8dbbe4"),
    "Patient Portal",
    roles=(READER,),
    app_id="5b0d1c7e-3f0e-4a51-8f0a-1d2c3b4a5f60",
)
THERE = AssignedGroup(Group(GROUP_ID, "Portal guests"), READER, (ALEX,), opens=2)
OTHER = replace(THERE, group=Group(ObjectId("00000000-0000-4000-8000-0000000000b4"), "Patient Portal guests"))
_CLOSED = (
    ("All Clinicians", GroupKind.SECURITY, Unfit.DYNAMIC),
    ("Imaging On-Premises", GroupKind.SECURITY, Unfit.SYNCED),
    ("Board Papers", GroupKind.MICROSOFT_365, Unfit.BARS_GUESTS),
    ("Case Review", GroupKind.MICROSOFT_365, Unfit.TENANT_BARS_GUESTS),
    ("Helpdesk", GroupKind.SECURITY, Unfit.HOLDS_ROLES),
    ("Research", GroupKind.MICROSOFT_365, Unfit.UNREAD),
)
CLOSED = tuple(
    AssignedGroup(Group(ObjectId(f"closed-{place}"), name, kind), READER, unfit=unfit)
    for place, (name, kind, unfit) in enumerate(_CLOSED)
)


MANY = tuple(
    replace(THERE, group=Group(ObjectId(f"many-{place}"), f"Portal guests {place:02}"), opens=place % 3)
    for place in range(40)
)


def facts(**changes: Any) -> AppAsSet:
    usual = AppAsSet(app=PORTAL, required=False, owners=(MEGAN, ALEX), rights=frozenset(Right))
    return replace(usual, **changes)


def shown(found: AppAsSet, **changes: Any) -> AppShown:
    made = AppShown(facts=found, name=f"{found.app.name} guests", gives=frozenset(), read_at=AT)
    return replace(made, **changes)


def _after(record: Record, change: object) -> Record:
    assert isinstance(change, Change), change
    rows = {job.key: job for job in change.jobs}
    return Record(request=change.request, jobs={**record.jobs, **rows})


def waiting(wanted: Setup | None = None, found: AppAsSet | None = None) -> Record:
    """Return R-1042 as it waits for Lidia."""
    as_set = found or facts()
    wanted = wanted or making("Patient Portal guests", READER, as_set)
    request = Request(
        request_id=RequestId("8d1f0c6a54e94b7fa2c3719be60d5f42"),
        number=1042,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.SETUP,
        requestor=MEGAN,
        subject=Subject("digest"),
        address="",
        guest_name="",
        app=Named(PORTAL.object_id, PORTAL.name),
        give=Give(GiveKind.GROUP, ObjectId(""), wanted.group_name),
        term=Term(days=0),
        justification="",
        message="",
        place=Place("channel"),
        submitted_at=AT,
        closes_at=AT + timedelta(days=14),
        approvers=(LIDIA,),
        stages=(Panel((LIDIA,)),),
        plan=make_plan(wanted, as_set, "setup"),
        setup=wanted,
        changed_at=AT,
    )
    change = sending.send(request, AT, personal=False)
    return _after(Record(request=change.request, jobs={}), change)


def approved(record: Record | None = None) -> Record:
    record = record or waiting()
    known = deciding.Facts(record.request.stages, record.request.plan, "setup")
    return _after(record, deciding.approve(LIDIA, known, None)(record, AT + timedelta(minutes=5)))


def stepped(record: Record, *results: StepDone | Cause) -> Record:
    """Let as many steps end as there are results, at 09:20."""
    now = AT + timedelta(minutes=6)
    for result in results:
        key = next(one.key for one in settingup.steps_of(record) if one.status == "ready")
        record = _after(record, jobs.claim(key, timedelta(minutes=1))(record, now))
        fence = record.jobs[key].fence
        end = (
            settingup.fail(key, fence, result, {}, "trace")
            if isinstance(result, Cause)
            else settingup.succeed(key, fence, result, ZoneInfo("UTC"))
        )
        record = _after(record, end(record, now))
    return record


MADE, DONE, LEFT = StepDone(group_id=GROUP_ID), StepDone(), StepDone(by_hand=True)


def restored() -> Record:
    """Return a set-up from a backup that is older than its approval."""
    backup = Restore(512, AT + timedelta(minutes=46), AT + timedelta(minutes=111), last=1042, next=12001)
    doubted = _after(waiting(), restoring.doubt(backup)(waiting(), AT + timedelta(minutes=111)))
    found = restoring.found((Effect.GROUP,), GROUP_ID)
    return _after(doubted, found(doubted, AT + timedelta(minutes=112)))


def given_up() -> Record:
    record = stepped(approved(), Cause.REFUSED)
    return _after(record, settingup.give_up(MEGAN, ())(record, AT + timedelta(days=1)))


def ready(*, has_table: bool = False, in_force: bool = False, gone: bool = False) -> Record:
    record = stepped(approved(), MADE, DONE, DONE)
    request, asked = record.request, record.request.setup
    assert asked is not None
    record = stepped(record, StepDone(entry=policy_entry(request, asked, has_table=has_table)))
    if not in_force and not gone:
        return record
    now = AT + timedelta(days=1)
    key = jobs.key_of(request.request_id, 0, settingup.ENTRY)
    record = _after(record, jobs.claim(key, timedelta(minutes=1))(record, now))
    return _after(
        record, settingup.look(key, record.jobs[key].fence, in_force=in_force, there=not gone)(record, now)
    )


RECORDS: dict[str, Callable[[], Record]] = {
    "setup-waiting": waiting,
    "setup-adopting": lambda: waiting(adopting(THERE, facts(groups=(THERE,))), facts(groups=(THERE,))),
    "setup-under-way": lambda: stepped(approved(), MADE),
    "setup-by-hand": lambda: stepped(approved(), MADE, LEFT, LEFT, Cause.BY_HAND),
    "setup-failed": lambda: stepped(approved(), Cause.REFUSED),
    "setup-group-lost": lambda: stepped(approved(), MADE, Cause.GROUP_LOST),
    "setup-given-up": given_up,
    "setup-ready": ready,
    "setup-ready-gone": lambda: ready(gone=True),
    "setup-ready-table": lambda: ready(has_table=True),
    "setup-in-force": lambda: ready(in_force=True),
    "setup-restored": restored,
}


def setup_cards(look: Look) -> dict[str, dict[str, Any]]:
    in_channel = replace(look, shared=True)
    found = {
        f"{audience.partition('/')[0]}-{name}": draw(
            make(), audience, in_channel if audience == "thread" else look
        )
        for name, make in RECORDS.items()
        for audience in ("thread", "requestor", f"approver/{LIDIA.object_id}")
    }
    several = facts(app=replace(PORTAL, roles=(READER, WRITER)))
    none = facts(rights=frozenset(), owners=(MEGAN,))
    previews = {
        "new": shown(facts()),
        "several-roles": shown(several),
        "adopt": shown(facts(groups=(THERE, *CLOSED))),
        "adopt-one-of-two": shown(facts(groups=(THERE, OTHER))),
        "many-groups": shown(replace(several, groups=(*MANY, *CLOSED))),
        "by-hand": shown(none),
        "unread": shown(facts(rights=Unread.PERMISSION, licensed=Unread.AWAY)),
        "no-licence": shown(facts(licensed=False, required=True)),
        "no-owner": shown(facts(owners=())),
        "switched-off": shown(facts(app=replace(PORTAL, enabled=False))),
        "done": shown(
            facts(required=True, groups=(replace(THERE, owners=(MEGAN, ALEX), opens=0),)),
            gives=frozenset({GROUP_ID}),
        ),
        **{f"refused-{why}": shown(several, refused=why) for why in WhyNoSetup},
        "refused-group-unfit": shown(
            facts(groups=CLOSED), refused=WhyNoSetup.GROUP_UNFIT, unfit=Unfit.DYNAMIC
        ),
    }
    found |= {f"setup-{name}": setup.preview(one, look) for name, one in previews.items()}
    odd = replace(
        PORTAL,
        object_id=ObjectId("00000000-0000-4000-8000-0000000000b3"),
        name="[Ana](https://evil.example) *Ruiz*",
    )
    found["setup-apps"] = setup.choose(AppsShown((PORTAL, odd), 3), look)
    request = waiting().request
    found["setup-plan-moved"] = answers.refused(PlanMoved(request, ("rule",)), "approve", look)
    found["setup-moved"] = answers.refused(WillNotWork(request, Cause.SETUP_MOVED), "approve", look)
    found["setup-duplicate"] = answers.duplicate(request, look)
    return found
