"""One request through its whole life, made by the real rules, and every card that is drawn of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from access.rules import (
    amending,
    asking,
    deciding,
    delivery,
    ending,
    giving_way,
    halting,
    jobs,
    lapsing,
    lasting,
    redemption,
    replanning,
    sending,
    unaccepted,
    unshown,
    waiving,
)
from access.rules import restore as restoring
from access.rules.accounts import Has
from access.rules.adopting import Adoptable
from access.rules.assignments import ACTIVE
from access.rules.audit import link
from access.rules.causes import Cause
from access.rules.clues import Clues, Holder, HolderKind, LaterInvitation, SignIn, Unread
from access.rules.coaching import GuestFile, Helps, diagnose, not_invited
from access.rules.delegating import Delegated, Delegation, NotDelegated
from access.rules.draft import Draft
from access.rules.form_questions import FormQuestion
from access.rules.guest_list import (
    ALL_APPS,
    AppPage,
    GuestPage,
    Held,
    Only,
    Order,
    Wanted,
    chosen,
    cut,
    tally,
)
from access.rules.guest_list import listed as guests_listed
from access.rules.model import (
    App,
    AuditFact,
    Change,
    Effect,
    EndCause,
    Escalation,
    FormAnswer,
    Give,
    GiveKind,
    Guest,
    Job,
    JobStatus,
    Kind,
    Lapse,
    Lapsed,
    Left,
    MailState,
    Named,
    ObjectId,
    Panel,
    Place,
    Record,
    Redemption,
    Relinked,
    Request,
    RequestId,
    Restore,
    StandIn,
    State,
    StepKind,
    Subject,
    Term,
)
from access.rules.plan import make_plan
from access.rules.policy import Rules, Waiver
from access.rules.refusals import (
    AlreadyApproved,
    AlreadyDecided,
    Field,
    KeepsChanging,
    NoApprover,
    NoQuestion,
    NotInstead,
    NotLess,
    NotPossible,
    NotYet,
    NotYours,
    Obstacle,
    OwnRequest,
    PlanMoved,
    Problem,
    ProblemCode,
    QuestionOpen,
    TooFewApprovers,
    UnknownRequest,
    Unreadable,
    WillNotWork,
)
from access.rules.relinking import Answered, WhyNoLink
from access.rules.sheet import WhyNotSaved
from access.rules.snags import Snag
from access.rules.stuck import FOUND_AT, HELPS, WHY
from access.rules.trail import Trail
from cards import (
    adopting,
    answers,
    delegate,
    fault,
    guess,
    guest,
    guest_apps,
    guest_list,
    guest_sheet,
    lists,
    request_form,
    returned,
    trail,
)
from cards.draw import draw
from cards.form_fields import FormView
from cards.help import help_card
from cards.look import Look
from cards.start import start
from cards.welcome import welcome
from cards.words import access
from tests.cards import bulk_lists, changing, foreknown, gallery_renewals, gallery_undo, leaving
from tests.cards.checks import check_cards
from tests.cards.guarded import guard_cards
from tests.cards.listed import brought_cards
from tests.cards.protection import protection_cards
from tests.cards.settings import settings_cards
from tests.cards.setups import setup_cards

HEALTH_RECORDS = App(ObjectId("00000000-0000-4000-8000-0000000000a1"), "Health Records")
BERLIN = ZoneInfo("Europe/Berlin")
LOOK = Look(BERLIN, personal=True)
IN_THREAD = Look(BERLIN, refresh=("29:1alex-wilber", "29:1nia-chen", "29:1megan-bowen"), shared=True)
ASKED_AT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
MEGAN = Named(ObjectId("00000000-0000-4000-8000-000000000001"), "Megan Bowen")
ALEX = Named(ObjectId("00000000-0000-4000-8000-000000000002"), "Alex Wilber")
LIDIA = Named(ObjectId("00000000-0000-4000-8000-000000000004"), "Lidia Holloway")
NIA = Named(ObjectId("00000000-0000-4000-8000-000000000003"), "Nia Chen")
GUEST_ID = ObjectId("00000000-0000-4000-8000-000000000009")
GROUP = Give(GiveKind.GROUP, ObjectId("00000000-0000-4000-8000-00000000000a"), "Health Records guests")
JUSTIFICATION = "Runs the March audit and reads our case files of 2026."
MESSAGE = "Welcome, Ana. Write to me if anything does not open."
LINK = "https://login.example/redeem?ticket=top-secret"
ADDRESS = "ana@fabrikam.com"

Transition = Callable[[Record, datetime], Any]


def pending(**changes: Any) -> Record:
    """Return R-1042 as it waits for Alex or Nia."""
    plan = make_plan(
        guest=None,
        app=HEALTH_RECORDS,
        give=GROUP,
        term=Term(days=90),
        rule="defaults",
        landing="https://records.contoso-health.com",
        mailbox=True,
    )
    request = Request(
        request_id=RequestId("8d1f0c6a54e94b7fa2c3719be60d5f42"),
        number=1042,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.INVITE,
        requestor=MEGAN,
        subject=Subject("digest"),
        address=ADDRESS,
        guest_name="Ana Ruiz",
        app=Named(HEALTH_RECORDS.object_id, HEALTH_RECORDS.name),
        give=GROUP,
        term=Term(days=90),
        justification=JUSTIFICATION,
        message=MESSAGE,
        place=Place("channel"),
        submitted_at=ASKED_AT,
        closes_at=ASKED_AT + timedelta(days=14),
        approvers=(ALEX, NIA),
        plan=plan,
        changed_at=ASKED_AT,
    )
    change = sending.send(replace(request, **changes), ASKED_AT, personal=False)
    return _applied(Record(request=change.request, jobs={}), change)


def _applied(record: Record, change: Change) -> Record:
    rows = {job.key: job for job in change.jobs}
    return Record(request=change.request, jobs={**record.jobs, **rows})


def after(record: Record, minutes: float, transition: Transition) -> Record:
    """Return the record after a transition so many minutes after the request was sent."""
    change = transition(record, ASKED_AT + timedelta(minutes=minutes))
    assert isinstance(change, Change), change
    return _applied(record, change)


OWNERS = (Panel((ALEX, NIA)),)


def approved() -> Record:
    record = pending()
    return after(record, 17, deciding.approve(ALEX, deciding.Facts(OWNERS, record.request.plan), None))


def claimed(record: Record, minutes: float) -> tuple[Record, Job]:
    """Claim the first step that is ready."""
    ready = next(job for job in delivery.steps_of(record) if job.status == "ready")
    record = after(record, minutes, jobs.claim(ready.key, timedelta(seconds=30)))
    return record, record.jobs[ready.key]


def stepped(record: Record, minutes: float, steps: int) -> Record:
    """Carry out so many steps."""
    for _ in range(steps):
        record, job = claimed(record, minutes)
        invited = job.name == StepKind.INVITE
        result = delivery.StepDone(guest_id=GUEST_ID if invited else None, link=LINK if invited else "")
        record = after(record, minutes, delivery.succeed(job.key, job.fence, result, BERLIN))
    return record


def failed(steps: int, cause: Cause, minutes: float = 19) -> Record:
    """Fail at the step after so many."""
    record, job = claimed(stepped(approved(), 18, steps), minutes)
    return after(record, minutes, delivery.fail(job.key, job.fence, cause, {}, "trace"))


def failed_and_perhaps_mailed() -> Record:
    """Find the guest gone after a mail of which nobody knows whether it was sent."""
    record = failed(4, Cause.GUEST_GONE)
    mail = next(job for job in delivery.steps_of(record) if job.name == StepKind.MAIL)
    lost = replace(mail, status=JobStatus.DROPPED, started=1)
    unsure = replace(record.request, mail=MailState.NONE)
    return replace(record, request=unsure, jobs={**record.jobs, mail.key: lost})


def failed_giving_a_role() -> Record:
    """Fail for want of the permission that an app's own group would not need."""
    record = failed(2, Cause.RIGHTS_MISSING)
    give = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
    return replace(record, request=replace(record.request, give=give))


def waiting(steps: int, cause: Cause) -> Record:
    record, job = claimed(stepped(approved(), 18, steps), 19)
    delay = timedelta(seconds=30)
    return after(record, 19, delivery.wait(job.key, job.fence, cause, delay, surely_not_done=True))


def behind(record: Record, job: Job, cause: Cause) -> Record:
    """Have a step wait for another request until a card says so."""
    for turn in range(6):
        wait = giving_way.wait(job.key, job.fence + turn, cause, "R-1007", timedelta())
        record = after(after(record, 19, wait), 19, jobs.claim(job.key, timedelta(seconds=30)))
    return record


def delivered() -> Record:
    return stepped(approved(), 19, 5)


def mail_failed() -> Record:
    """Return a delivery that was proved while its mail waited, and then could not be sent."""
    record, mail = claimed(stepped(approved(), 18, 3), 19)
    wait = delivery.wait(mail.key, mail.fence, Cause.THROTTLED, timedelta(minutes=2), surely_not_done=True)
    record = after(record, 19, wait)
    proof = next(job for job in delivery.steps_of(record) if job.name == StepKind.PROVE)
    record = after(record, 20, jobs.claim(proof.key, timedelta(seconds=30)))
    fence = record.jobs[proof.key].fence
    record = after(record, 20, delivery.succeed(proof.key, fence, delivery.StepDone(), BERLIN))
    record = after(record, 22, jobs.claim(mail.key, timedelta(seconds=30)))
    fence = record.jobs[mail.key].fence
    return after(record, 22, delivery.fail(mail.key, fence, Cause.MAIL_REFUSED, {}, "trace"))


def accepted() -> Record:
    return after(delivered(), 108, redemption.accept(GUEST_ID, Redemption.ACCEPTED, None))


def guest_deleted() -> Record:
    """Return a delivered request whose guest was deleted before accepting."""
    return after(delivered(), 108, redemption.lose(GUEST_ID, deleted=True))


ENDS_AFTER = 90 * 24 * 60 + 19
"""Minutes after which the term of what was delivered is over."""


def ending_(record: Record | None = None) -> Record:
    """Return an access whose term is over, and which is being taken away."""
    record = record or accepted()
    row = record.jobs[jobs.key_of(record.request.request_id, 0, lasting.NAME)]
    record = after(record, ENDS_AFTER, jobs.claim(row.key, timedelta(seconds=30)))
    facts = lasting.Facts(Rules(name="defaults"), BERLIN)
    return after(record, ENDS_AFTER, ending.look(row.key, 1, facts))


def ended(left: Left = Left.NOTHING) -> Record:
    """Return an access that has ended, with what that left."""
    record, steps = ending_(), {Left.NOTHING: (None, left)}.get(left, (left,))
    for step, result in zip(ending.STEPS, steps, strict=False):
        record, job = removing(record, step)
        finish = ending.succeed(job.key, job.fence, delivery.StepDone(left=result), BERLIN)
        record = after(record, ENDS_AFTER + 1, finish)
    return record


def removing(record: Record, step: StepKind) -> tuple[Record, Job]:
    job = next(one for one in ending.removals_of(record) if one.name == step)
    record = after(record, ENDS_AFTER + 1, jobs.claim(job.key, timedelta(seconds=30)))
    return record, record.jobs[job.key]


def not_ended() -> Record:
    """Return an access that Entra did not let Guestlist take away."""
    record, job = removing(ending_(), StepKind.TAKE_AWAY)
    fail = ending.fail(job.key, job.fence, Cause.GROUP_CLOSED, {}, "trace")
    return after(record, ENDS_AFTER + 1, fail)


def was_there() -> Record:
    """Return a request that gave the guest what they had, at its end."""
    record = accepted()
    given = replace(ACTIVE, was_there=True)
    return ending_(replace(record, request=replace(record.request, assignment=given)))


def halted(*, deleted: bool) -> Record:
    """Return an access whose guest was removed from the directory."""
    removal = leaving.leaving(delivered().request).request
    return after(accepted(), 9 * 24 * 60, halting.halt(removal, deleted=deleted))


def removed() -> Record:
    return after(accepted(), 9 * 24 * 60, ending.remove(MEGAN, ()))


def denied() -> Record:
    return after(pending(), 17, deciding.deny(ALEX, OWNERS, "Not this quarter: the audit is in May."))


QUESTION = "Why Health Records guests, and not only the *audit* folder?"


def asked() -> Record:
    """Return a request whose second question waits for its answer."""
    record = after(pending(), 17, asking.ask(ALEX, OWNERS, "Who pays for the licence?", None))
    record = after(record, 42, asking.answer(MEGAN.object_id, "Fabrikam does, as of December.", None))
    return after(record, 51, asking.ask(NIA, OWNERS, QUESTION, None))


def answered() -> Record:
    return after(asked(), 171, asking.answer(MEGAN.object_id, "The audit reads *all* case files.", None))


def amended() -> Record:
    """Return a request whose term Alex has shortened."""
    term = Term(days=30)
    plan = make_plan(
        guest=None,
        app=HEALTH_RECORDS,
        give=GROUP,
        term=term,
        rule="defaults",
        landing="https://records.contoso-health.com",
        mailbox=True,
    )
    return after(pending(), 17, amending.amend(ALEX, deciding.Facts(OWNERS, plan), term, BERLIN))


LESSER = (
    Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader"),
    Give(GiveKind.GROUP, ObjectId("case"), "Case Review"),
)
"""What is less than the group of Health Records guests."""


def lessened(days: int = 90) -> Record:
    """Return a request that Alex has made one for less."""
    give, term = LESSER[0], Term(days=days)
    plan = make_plan(
        guest=None,
        app=HEALTH_RECORDS,
        give=give,
        term=term,
        rule="defaults",
        landing="https://records.contoso-health.com",
        mailbox=True,
    )
    lower = amending.Lower(give, (*LESSER, GROUP), OWNERS)
    return after(pending(), 17, amending.amend(ALEX, deciding.Facts(OWNERS, plan), term, BERLIN, lower))


def canceled() -> Record:
    return after(pending(), 17, deciding.cancel(MEGAN.object_id))


def expired() -> Record:
    record = pending()
    key = jobs.key_of(record.request.request_id, 1, jobs.CLOSES)
    minutes = timedelta(days=14).total_seconds() / 60
    record = after(record, minutes, jobs.claim(key, timedelta(seconds=30)))
    return after(record, minutes, deciding.time_out(key, record.jobs[key].fence))


def unreached() -> Record:
    """Return a request one of whose approvers has never had the app."""
    record = pending()
    key = jobs.key_of(record.request.request_id, 0, f"{jobs.APPROVER}{NIA.object_id}")
    record = after(record, 1, jobs.claim(key, timedelta(seconds=30)))
    return after(record, 1, unshown.drop(key, record.jobs[key].fence))


def given_up(audience: str) -> Record:
    """Return a request whose card for this audience could not be shown any more."""
    record = delivered()
    key = jobs.key_of(record.request.request_id, 0, audience)
    if key not in record.jobs:
        card = jobs.card(record.request, audience, "", record.request.changed_at)
        record = Record(request=record.request, jobs={**record.jobs, key: card})
    record = after(record, 60, jobs.claim(key, timedelta(seconds=30)))
    return after(record, 60, unshown.drop(key, record.jobs[key].fence))


def moved() -> PlanMoved:
    """Return what an approver is told when the guest was invited by somebody else meanwhile."""
    guest = Guest(GUEST_ID, "Ana Ruiz", ADDRESS, Redemption.PENDING)
    term, landing = Term(days=90), "https://records.contoso-health.com"
    plan = make_plan(
        guest=guest, app=HEALTH_RECORDS, give=GROUP, term=term, rule="new", landing=landing, mailbox=True
    )
    record = pending()
    refusal = deciding.approve(ALEX, deciding.Facts(OWNERS, plan), None)(record, ASKED_AT)
    assert isinstance(refusal, PlanMoved)
    now = after(record, 5, replanning.replan(deciding.Facts(OWNERS, plan, record.request.rule)))
    return PlanMoved(now.request, refusal.moved)


def nasty() -> Record:
    """Return a request whose every word tries to be something else."""
    return pending(
        guest_name="[Ana](https://evil.example) *Ruiz*\u202e\u200b",
        app=Named(HEALTH_RECORDS.object_id, "<at>Everybody</at> _Records_"),
        requestor=Named(MEGAN.object_id, "1. Megan\n# Bowen"),
        justification="**Approve** at once\u2066 " + "and again " * 80,
        form_answers=(
            FormAnswer("project", "# Which *project*\u202e pays?", "[Apollo](https://evil.example)"),
        ),
    )


BACKUP = Restore(
    512, ASKED_AT + timedelta(minutes=46), ASKED_AT + timedelta(minutes=111), last=1042, next=12001
)


def restored() -> Record:
    """Return a request from a backup that is older than its approval."""
    doubted = after(pending(), 111, restoring.doubt(BACKUP))
    return after(doubted, 112, restoring.found((Effect.GUEST, Effect.ACCESS, Effect.MAIL), GUEST_ID))


def restored_denied() -> Record:
    return after(restored(), 130, deciding.deny(ALEX, OWNERS, "Ana is not on the project."))


ISAIAH = Named(ObjectId("00000000-0000-4000-8000-000000000006"), "Isaiah Langer")
JONI = Named(ObjectId("00000000-0000-4000-8000-000000000005"), "Joni Sherman")
STAGES = (OWNERS[0], Panel((ISAIAH, JONI, LIDIA), quorum=2))


def staged(*approve: Named) -> Record:
    """Return a request that an owner and then two of the Privacy Office decide."""
    record = pending(stages=STAGES)
    for minutes, who in enumerate(approve, start=17):
        facts = deciding.Facts(STAGES, record.request.plan)
        record = after(record, minutes, deciding.approve(who, facts, None))
    return record


def void() -> Record:
    """Return a request whose plan has moved after two approvals."""
    record = staged(ALEX, JONI)
    assert record.request.plan is not None
    plan = replace(record.request.plan, hash="moved")
    return after(record, 40, replanning.replan(deciding.Facts(STAGES, plan, record.request.rule)))


def escalated(*to: Named) -> Record:
    """Return a request that nobody decided in time, and whom it was escalated to."""
    stages = (Panel((ALEX, *to, NIA), escalated=tuple(one.object_id for one in to)),)
    told = (Escalation(1, ASKED_AT + timedelta(days=3), to),)
    return pending(stages=stages, approvers=stages[0].approvers, escalations=told)


WAIVER = Waiver(name="Fabrikam's clinicians", most=20, per=timedelta(days=1))


def waived(used: int = 2, restored_at: datetime | None = None) -> Record:
    """Return a request of which a waiver asks nobody, unless it has been used too often, or may have been."""
    record = pending()
    asked = replace(record.request, state=State.SUBMITTED, version=0)
    uses = waiving.Uses({waiving.key_of(WAIVER.name): (ASKED_AT,) * used}, restored_at)
    change = waiving.send(asked, [WAIVER], uses, ASKED_AT, personal=False)
    return _applied(Record(request=change.request, jobs={}), change)


UNTIL = ASKED_AT + timedelta(days=8)
FOR_ALEX = StandIn(LIDIA, ALEX, UNTIL)


def delegated(*approve: Named, quorum: int = 1) -> Record:
    """Return a request that Alex or Nia decides, or Lidia for Alex."""
    panels = (Panel((ALEX, LIDIA, NIA), quorum=quorum, delegated=(FOR_ALEX,)),)
    record = pending(stages=panels, approvers=panels[0].approvers)
    for minutes, who in enumerate(approve, start=17):
        facts = deciding.Facts(panels, record.request.plan)
        record = after(record, minutes, deciding.approve(who, facts, None))
    return record


def _delegating(look: Look) -> dict[str, dict[str, Any]]:
    """Return who decides for whom, on cards of requests and on those of `/delegate`."""
    thread, lidia = replace(IN_THREAD, texts=look.texts), f"{jobs.APPROVER}{LIDIA.object_id}"
    half, panels = delegated(LIDIA, quorum=2), delegated().request.stages
    refused_ = AlreadyApproved(half.request, half.request.reviews[0])
    denied_ = after(delegated(), 17, deciding.deny(LIDIA, panels, "Not this quarter."))
    week = timedelta(days=7)
    holds = Delegation(ALEX, LIDIA, ASKED_AT, UNTIL, ASKED_AT)
    later = Delegation(ALEX, NIA, ASKED_AT + week, UNTIL + week, ASKED_AT)
    others = (replace(holds, by=NIA, to=ALEX),)
    wanted = delegate.Wanted(LIDIA.object_id, "2026-12-01", "2027-06-30")
    return {
        "thread-delegated": draw(delegated(), "thread", thread),
        "approver-delegated": draw(delegated(), lidia, look),
        "reminder-delegated": draw(delegated(), f"{jobs.REMINDER}1/1/{lidia}", look),
        "thread-delegated-half": draw(half, "thread", thread),
        "approver-delegated-half": draw(half, f"{jobs.APPROVER}{ALEX.object_id}", look),
        "refused-in-your-place": answers.refused(refused_, "approve", look),
        "thread-delegated-approved": draw(delegated(LIDIA), "thread", thread),
        "requestor-delegated-denied": draw(denied_, "requestor", look),
        "delegate-nobody": delegate.overview(Delegated(ASKED_AT), look),
        "delegate-holds": delegate.overview(Delegated(ASKED_AT, holds, others), look),
        "delegate-later": delegate.overview(Delegated(ASKED_AT, later, (), holds), look, done=True),
        "delegate-ended": delegate.overview(Delegated(ASKED_AT, None, (), holds), look, done=True),
        "delegate-refused": delegate.refused(NotDelegated.SEVERAL, delegate.Wanted(), look),
        "form-delegate": delegate.form(delegate.Wanted(), "", None, look),
        "form-delegate-returned": delegate.form(wanted, LIDIA.name, NotDelegated.TOO_LONG, look),
    }


LIVES: dict[str, Callable[[], Record]] = {
    "pending": pending,
    "unreached": unreached,
    "delivering": lambda: stepped(approved(), 18, 1),
    "delivering-waits": lambda: waiting(2, Cause.UNAVAILABLE),
    "delivering-behind": lambda: behind(*claimed(stepped(approved(), 18, 2), 18), Cause.STILL_ENDING),
    "delivered": delivered,
    "mail-failed": mail_failed,
    "accepted": accepted,
    "failed": lambda: failed(2, Cause.GROUP_CLOSED),
    "failed-rights": failed_giving_a_role,
    "failed-perhaps-mailed": failed_and_perhaps_mailed,
    "not-proved": lambda: failed(4, Cause.NOT_PROVED),
    "guest-deleted": guest_deleted,
    "ending": ending_,
    "removing": removed,
    "ended": ended,
    "ended-still-needed": lambda: ended(Left.STILL_NEEDED),
    "ended-guest-gone": lambda: ended(Left.GUEST_GONE),
    "ended-was-there": was_there,
    "not-ended": not_ended,
    "guest-blocked": lambda: halted(deleted=False),
    "guest-suspended": lambda: halted(deleted=True),
    "denied": denied,
    "canceled": canceled,
    "expired": expired,
    "nasty": nasty,
    "restored": restored,
    "restored-denied": restored_denied,
    "stage-1": staged,
    "stage-2": lambda: staged(ALEX),
    "stage-2-half": lambda: staged(ALEX, JONI),
    "stages-void": void,
    "stages-approved": lambda: staged(ALEX, JONI, LIDIA),
    "escalated": lambda: escalated(LIDIA),
    "escalated-nobody": escalated,
    "sponsored": lambda: pending(sponsor=LIDIA, ask_first=(NIA,)),
}

QUESTIONS = (
    FormQuestion(id="project", ask="Which project pays for it?", longest=100),
    FormQuestion(id="area", ask="Which records does the guest read?", choices=("Cardiology", "Radiology")),
    FormQuestion(id="note", ask="What else should the approvers know?", required=False, longest=500),
)
ANSWERS = (
    FormAnswer("project", QUESTIONS[0].ask, "Apollo, cost centre 4711"),
    FormAnswer("area", QUESTIONS[1].ask, "Radiology"),
)
FORM = Draft(
    kind=Kind.INVITE,
    address="ana+audit@fabrikam.com",
    name="Ana Ruiz",
    app=HEALTH_RECORDS.object_id,
    access=GROUP.key,
    term="until",
    until="2028-03-31",
    justification=JUSTIFICATION,
)
PROBLEMS = (
    Problem(Field.ADDRESS, ProblemCode.PLUS_ADDRESS, (ADDRESS,)),
    Problem(Field.UNTIL, ProblemCode.TERM_TOO_LONG, ("Health Records", "365", "2027-11-23")),
)
NEAR_MISS = Draft(kind=Kind.INVITE, address=ADDRESS, app="Healt Record", justification=JUSTIFICATION)
NEAR_MISS_PROBLEMS = (
    Problem(Field.APP, ProblemCode.APP_UNKNOWN, ("Health Records", "Patient Portal", "Lab Results")),
    Problem(Field.TERM, ProblemCode.TERM_MISSING),
)


def lapses(record: Record, *marks: Lapsed) -> Record:
    return replace(record, request=replace(record.request, lapses=marks))


def _lapsed(look: Look) -> dict[str, dict[str, Any]]:
    """Return what is shown of accesses that nobody may need any more."""
    to, later = f"approver/{MEGAN.object_id}", ASKED_AT + timedelta(days=40)
    waits = delivered()
    since = f"{lapsing.waits_since(waits.request):%Y%m%d%H%M}"
    asked = Lapsed(what=Lapse.NEVER_ACCEPTED, shown_at=later)
    ends = replace(asked, ends_at=later + timedelta(days=7))
    gone = replace(asked, what=Lapse.SPONSORLESS)
    idle = replace(ends, what=Lapse.INACTIVE, since_at=ASKED_AT - timedelta(days=60))
    kept = replace(asked, kept_until=later + timedelta(days=30), kept_by=ALEX)
    by_microsoft = replace(waits, request=replace(waits.request, mail=MailState.BY_MICROSOFT))
    unsent = replace(waits, request=replace(waits.request, mail=MailState.FAILED))
    row = jobs.card(waits.request, f"{unaccepted.REMINDED}{since}/3/{to}", "", later)
    row = replace(
        row, body={**row.body, WHY: Snag.DISABLED, HELPS: Helps.ASK_ADMIN, FOUND_AT: later.isoformat()}
    )
    stuck = replace(waits, jobs={**waits.jobs, row.key: row})
    ended = ending.by_policy(lapses(waits, ends), EndCause.NEVER_ACCEPTED, "defaults", later)
    over = Record(request=ended.request, jobs=waits.jobs)
    shown = f"{lapsing.SHOWN}{{}}/20270102/{{}}/{to}"
    return {
        "unaccepted-3": draw(waits, f"{unaccepted.REMINDED}{since}/3/{to}", look),
        "unaccepted-stuck": draw(stuck, f"{unaccepted.REMINDED}{since}/3/{to}", look),
        "unaccepted-by-microsoft": draw(by_microsoft, f"{unaccepted.REMINDED}{since}/10/{to}", look),
        "unaccepted-without-mail": draw(unsent, f"{unaccepted.REMINDED}{since}/10/{to}", look),
        "lapsed-never-accepted": draw(lapses(waits, asked), shown.format(asked.what, 0), look),
        "lapsed-never-accepted-and-more": draw(lapses(waits, ends), shown.format(ends.what, 12), look),
        "lapsed-never-accepted-ends": draw(lapses(waits, ends), shown.format(ends.what, 0), look),
        "lapsed-inactive-ends": draw(lapses(waits, idle), shown.format(idle.what, 0), look),
        "lapsed-sponsorless-and-more": draw(lapses(waits, gone), shown.format(gone.what, 12), look),
        "lapsed-never-accepted-kept": draw(lapses(waits, kept), shown.format(kept.what, 0), look),
        "requestor-kept": draw(lapses(waits, kept), "requestor", look),
        "requestor-ended-by-policy": draw(over, "requestor", look),
    }


def _views(look: Look) -> dict[str, dict[str, Any]]:
    thread = replace(IN_THREAD, texts=look.texts)
    cards = {}
    for name, make in {**LIVES, **gallery_renewals.LIVES, **gallery_undo.LIVES}.items():
        record = make()
        cards[f"thread-{name}"] = draw(record, "thread", thread)
        cards[f"approver-{name}"] = draw(record, f"approver/{ALEX.object_id}", look)
        cards[f"requestor-{name}"] = draw(record, "requestor", look)
    cards["approver-stage-2-mine"] = draw(staged(ALEX), f"approver/{JONI.object_id}", look)
    cards["approver-stage-2-voted"] = draw(staged(ALEX, JONI), f"approver/{JONI.object_id}", look)
    cards["notice-thread"] = draw(accepted(), "accepted/thread", thread)
    cards["warning"] = draw(delivered(), f"warning/20270221/14/approver/{MEGAN.object_id}", look)
    cards |= _lapsed(look)
    cards["notice-requestor"] = draw(accepted(), "accepted/requestor", look)
    cards["thread-requestor-missed"] = draw(given_up(jobs.REQUESTOR), "thread", thread)
    cards["requestor-thread-closed"] = draw(given_up(jobs.THREAD), "requestor", look)
    everybody = pending(ask_first=(ALEX, NIA))
    cards["thread-asked-first-all"] = draw(everybody, "thread", thread)
    cards["approver-asked-first-all"] = draw(everybody, f"approver/{ALEX.object_id}", look)
    for name, record in (
        ("asked", asked()),
        ("answered", answered()),
        ("amended", amended()),
        ("lessened", lessened()),
    ):
        cards[f"thread-{name}"] = draw(record, "thread", thread)
        cards[f"approver-{name}"] = draw(record, f"approver/{ALEX.object_id}", look)
        cards[f"requestor-{name}"] = draw(record, "requestor", look)
    automatic = {"waived": waived(), "waived-done": stepped(waived(), 2, 5), "waived-no-more": waived(20)}
    automatic["waived-restored"] = waived(0, ASKED_AT)
    for name, record in automatic.items():
        cards[f"thread-{name}"] = draw(record, "thread", thread)
        cards[f"approver-{name}"] = draw(record, f"approver/{ALEX.object_id}", look)
        cards[f"requestor-{name}"] = draw(record, "requestor", look)
    cards["approver-lesser"] = draw(pending(lesser=LESSER), f"approver/{ALEX.object_id}", look)
    cards["approver-lessened-shorter"] = draw(lessened(30), f"approver/{NIA.object_id}", look)
    cards["notice-asked"] = draw(asked(), "asked/requestor", look)
    cards["notice-asked-late"] = draw(answered(), "asked/requestor", look)
    cards["notice-answered"] = draw(answered(), f"answered/approver/{NIA.object_id}", look)
    for number in ("1", "last"):
        audience = f"{jobs.REMINDER}1/{number}/{jobs.APPROVER}{ALEX.object_id}"
        cards[f"reminder-{number}"] = draw(pending(), audience, look)
    cards["older-copy"] = draw(pending(), "older", look)
    return cards


def _refusals(look: Look) -> dict[str, dict[str, Any]]:
    waiting_, done = pending().request, delivered().request
    failed_ = failed(2, Cause.GROUP_CLOSED).request
    everything = {
        "already-decided": (AlreadyDecided(done), "deny"),
        "already-canceled": (AlreadyDecided(canceled().request), "approve"),
        "already-expired": (AlreadyDecided(expired().request), "approve"),
        "not-yours": (NotYours(waiting_, (ALEX, NIA)), "approve"),
        "own-request": (OwnRequest(waiting_, (ALEX, NIA)), "approve"),
        "question-open": (QuestionOpen(asked().request), "ask"),
        "not-less": (NotLess(amended().request), "amend"),
        "not-less-access": (NotLess(lessened().request, "Owner", ("Reader", "Case Review")), "amend"),
        "not-less-chosen": (NotLess(waiting_, "", ("Reader", "Case Review")), "amend"),
        "not-less-nothing": (NotLess(waiting_, "Reader"), "amend"),
        **{
            f"not-instead-{why}": (NotInstead(waiting_, LESSER[0], why, hint), "amend")
            for why, hint in [*((one, "30") for one in list(Obstacle)[:-1]), (Obstacle.SAME_OPEN, "R-1043")]
        },
        "not-instead-hidden": (NotInstead(waiting_, LESSER[0], Obstacle.SAME_OPEN), "amend"),
        "no-question": (NoQuestion(answered().request), "answer"),
        "no-approver": (NoApprover(waiting_), "approve"),
        "already-approved": (AlreadyApproved(staged(ALEX, JONI).request), "approve"),
        "not-yet": (NotYet(staged().request, 2), "approve"),
        "too-few": (TooFewApprovers(staged().request, 2, 2), "approve"),
        "plan-moved": (moved(), "approve"),
        "will-not-work": (WillNotWork(waiting_, Cause.APP_DISABLED), "approve"),
        "not-cancelable": (NotPossible(approved().request, State.DELIVERING), "cancel"),
        "not-cancelable-failed": (NotPossible(failed_, State.DELIVERY_FAILED), "cancel"),
        "remove-suspended": (NotPossible(halted(deleted=True).request, State.DELIVERED), "remove"),
        "retry-old": (WillNotWork(failed_, Cause.APPROVAL_OLD), "retry"),
        "retry-denied": (WillNotWork(failed_, Cause.DOMAIN_DENIED), "retry"),
        "unreadable": (Unreadable(waiting_), "approve"),
        "keeps-changing": (KeepsChanging(waiting_), "approve"),
        "unreadable-unknown": (Unreadable(), "approve"),
        "unknown": (UnknownRequest("R-7"), "view"),
        "lost": (UnknownRequest("R-1050", BACKUP), "approve"),
        "lost-button": (UnknownRequest("", BACKUP), "view"),
    }
    return {
        f"refused-{name}": answers.refused(refusal, act, look)  # type: ignore[arg-type]  # mixed on purpose
        for name, (refusal, act) in everything.items()
    }


def listed() -> list[Record]:
    """Return one request of each state, numbered upwards."""
    made = [make() for make in LIVES.values()]
    return [
        Record(request=replace(one.request, number=1042 + place), jobs=one.jobs)
        for place, one in enumerate(made)
    ]


EXPECTED = "an incident number such as INC0042117"


def _rest(look: Look) -> dict[str, dict[str, Any]]:
    form = FormView
    assign = Draft(kind=Kind.ASSIGN, address=ADDRESS, term="45d")
    again = form(
        draft=replace(FORM, sponsor=LIDIA.object_id, ask_first=f"{ALEX.object_id},{LIDIA.object_id}"),
        problems=[*PROBLEMS, Problem(Field.ASK_FIRST, ProblemCode.MAY_NOT_DECIDE, (ALEX.name, NIA.name))],
        names={one.object_id: one.name for one in (LIDIA, ALEX)},
        app_title="Health Records",
        access_title=access(GROUP, look),
    )
    waits = [pending(), unreached(), pending(kind=Kind.ASSIGN, term=Term(until=date(2027, 3, 31)))]
    waits = [replace(one, request=replace(one.request, number=7 + place)) for place, one in enumerate(waits)]
    return {
        "form-invite": request_form.form(form(draft=Draft(kind=Kind.INVITE)), look),
        "form-away": request_form.form(form(draft=Draft(kind=Kind.INVITE), away=True), look),
        "form-returned": request_form.form(again, look),
        "form-pattern": request_form.form(
            form(
                draft=FORM,
                problems=[Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_WITHOUT, (EXPECTED,))],
                justification_expected=EXPECTED,
                app_title="Health Records",
                access_title=access(GROUP, look),
            ),
            look,
        ),
        **_questions(look),
        "form-assign": request_form.form(form(draft=assign, justification_least=0), look),
        "start-invite": start(Kind.INVITE, look),
        "start-assign": start(Kind.ASSIGN, look),
        "returned": returned.returned(NEAR_MISS, NEAR_MISS_PROBLEMS, "sealed", look),
        "returned-before-others": returned.before_others(Kind.INVITE, NEAR_MISS_PROBLEMS, "sealed", look),
        "returned-same": returned.same(Kind.INVITE, look),
        "duplicate-waiting": answers.duplicate(pending().request, look),
        "duplicate-failed": answers.duplicate(failed(2, Cause.GROUP_CLOSED).request, look),
        "bug": fault.bug("8d1f0c6a", look),
        "list-requests": lists.requests(listed(), 1, look),
        "list-requests-last": lists.requests(listed(), 3, look),
        "list-requests-none": lists.requests([], 1, look),
        "list-approvals": lists.approvals(waits, 1, look),
        "list-approvals-none": lists.approvals([], 1, look),
        "trail-request": trail.trail(trailed(), "R-1042", look),
        "trail-address": trail.trail(trailed(two=True), ADDRESS, look),
        "trail-last": trail.trail(trailed(two=True, page=3), ADDRESS, look),
        "help": help_card(look),
        "welcome-personal": welcome("personal", look),
        "welcome-group": welcome("groupChat", replace(look, shared=True)),
        "welcome-channel": welcome("channel", replace(look, shared=True)),
    }


def _questions(look: Look) -> dict[str, dict[str, Any]]:
    """Return the form of an app that asks questions of its own, and what a line without answers gets."""
    form, missing = FormView, ProblemCode.QUESTION_MISSING
    answers = {"project": "Apollo", "area": "Kidneys"}
    chosen: dict[str, Any] = {"app_title": "Health Records", "access_title": access(GROUP, look)}
    wrong = (
        Problem(Field.QUESTION, ProblemCode.QUESTION_CHOICE, QUESTIONS[1].choices, QUESTIONS[1]),
        Problem(Field.QUESTION, ProblemCode.TOO_LONG, ("500",), QUESTIONS[2]),
    )
    new = [Problem(Field.QUESTION, ProblemCode.QUESTION_NEW, (), one) for one in QUESTIONS]
    typed = (Problem(Field.QUESTION, missing, (), QUESTIONS[0]), wrong[0])
    again = form(draft=replace(FORM, answers=answers), problems=wrong, questions=QUESTIONS, **chosen)
    more = form(draft=FORM, problems=new, questions=QUESTIONS, **chosen)
    record, line = pending(form_answers=ANSWERS), replace(NEAR_MISS, answers={"area": "Radiology"})
    return {
        "form-questions": request_form.form(again, look),
        "form-questions-new": request_form.form(more, look),
        "approver-answered-form": draw(record, f"approver/{ALEX.object_id}", look),
        "requestor-answered-form": draw(record, "requestor", look),
        "returned-questions": returned.returned(NEAR_MISS, typed, "sealed", look),
        "guess-invitation-answers": guess.invitation(line, "invite ana", look, asks_why=True),
    }


def trailed(*, two: bool = False, page: int = 1) -> Trail:
    """Return entries of R-1042, and of another request of the same guest: the newest, or the last page."""
    less = lessened().request
    request = replace(delivered().request, give=less.give, amendments=less.amendments)
    requests = {request.request_id: request}
    if two:
        other = failed(2, Cause.GROUP_CLOSED).request
        requests[RequestId("another")] = replace(other, number=1043)
    whats: list[tuple[str, ObjectId | None, dict[str, Any]]] = [
        ("request.submitted", MEGAN.object_id, {}),
        ("act.refused", LIDIA.object_id, {"act": "approve"}),
        ("question.asked", ALEX.object_id, {"question": 1}),
        ("question.answered", MEGAN.object_id, {"question": 1}),
        ("request.amended", ALEX.object_id, {"was": "90/None", "term": "30/None"}),
        (
            "request.amended",
            NIA.object_id,
            {"was": "30/None", "term": "30/None", "give_was": GROUP.key, "give": LESSER[0].key},
        ),
        ("act.refused", LIDIA.object_id, {"act": "amend"}),
        ("approvers.delegated", None, {"stand_ins": []}),
        (
            "approval.reseated",
            None,
            {"stage": 1, "by": LIDIA.object_id, "on_behalf_of": ALEX.object_id},
        ),
        ("stage.approved", LIDIA.object_id, {"stage": 1, "on_behalf_of": ALEX.object_id}),
        ("request.escalated", None, {"stage": 1, "to": []}),
        ("request.approved", ALEX.object_id, {}),
        ("request.waived", None, {"waiver": WAIVER.name}),
        ("step.begun", None, {"step": "invite"}),
        ("step.done", None, {"step": "invite", "request-id": "5c0d-0001"}),
        ("request.delivered", None, {}),
        ("audit.looked", NIA.object_id, {}),
        ("assignment.ending", MEGAN.object_id, {"why": "removed"}),
        ("assignment.warned", None, {"days": 14}),
        ("guest.warning", None, {"step": "warning"}),
        ("guest.warned", None, {"step": "warning", "request-id": "5c0d-0002"}),
        ("assignment.ending", None, {"why": "term"}),
        ("assignment.ended", None, {"left": "nothing"}),
    ]
    oldest: list[tuple[str, ObjectId | None, dict[str, Any]]] = [
        ("request.refused", MEGAN.object_id, {"refused": ["domain-denied"]}),
        ("stage.approved", ALEX.object_id, {"stage": 1}),
        ("request.escalated", None, {"stage": 1, "to": [NIA.object_id]}),
        ("step.failed", None, {"step": "give", "request-id": "5c0d-0002"}),
        ("reconcile.no-effect", None, {"act": "membership"}),
        ("reconcile.found-later", None, {"act": "membership"}),
        ("restore.effect-found", None, {"effect": "access"}),
        ("acceptance.reminded", None, {"days": 3}),
        ("guest.reminding", None, {"step": "reminder"}),
        ("guest.reminded", None, {"step": "reminder", "request-id": "5c0d-0002"}),
        ("assignment.lapsed", None, {"why": "inactive"}),
        ("assignment.kept", MEGAN.object_id, {}),
        ("assignment.recovered", None, {"why": "inactive"}),
        ("assignment.ending", None, {"why": "never-accepted"}),
        ("request.ordered", MEGAN.object_id, {"right": "owner"}),
        ("account.blocked", None, {}),
        ("account.restoring", MEGAN.object_id, {}),
        ("account.restored", None, {}),
        ("assignment.suspended", None, {}),
        ("assignment.resumed", None, {}),
    ]
    whats, apart = (whats, timedelta(minutes=1)) if page == 1 else (oldest, timedelta(hours=9))
    entries = [
        link(
            "",
            place,
            ASKED_AT + place * apart,
            AuditFact(
                what=what, actor=actor, detail=detail, request_id=list(requests)[place % len(requests)]
            ),
        )
        for place, (what, actor, detail) in enumerate(whats, start=1)
    ]
    names = {one.object_id: one.name for one in (MEGAN, ALEX, LIDIA, NIA)}
    return Trail(entries=entries[::-1], page=page, pages=3 if two else 1, requests=requests, names=names)


def _guesses(look: Look) -> dict[str, dict[str, Any]]:
    whole = replace(
        NEAR_MISS, name="Ana Ruiz", app="Sign in to Desk", access="Clinician", term="until 2027-03-31"
    )
    typed = "can ana@fabrikam.com get *Healt Record*? "
    waits, over = pending().request, delivered().request
    return {
        "guess-invitation": guess.invitation(
            replace(NEAR_MISS, app="Health Records", justification=""), typed, look, asks_why=True
        ),
        "guess-invitation-whole": guess.invitation(whole, typed * 3, look, asks_why=True),
        "guess-invitation-empty": guess.invitation(Draft(kind=Kind.ASSIGN), "asign", look, asks_why=False),
        "guess-approve": guess.about(waits, "approve", "", "aprove 1042", look),
        "guess-deny": guess.about(waits, "deny", "not *this* quarter", "deny r1042 not *this* quarter", look),
        "guess-number": guess.about(waits, "", "", "R-1042", look),
        "guess-number-over": guess.about(over, "approve", "", "/approve 1042", look),
        "guess-command": guess.command("approvals", "aprovals", look),
        "guess-nothing": guess.unclear("hello, *you* 👋", look),
        "guess-empty": guess.unclear(" ", look),
        "help-invite": guess.command("invite", "", look),
        "help-deny": guess.command("deny", "", look),
        "help-request": guess.topic(pending(), look),
        "help-request-asked": guess.topic(asked(), look),
        "help-request-failed": guess.topic(failed(2, Cause.GROUP_CLOSED), look),
        "help-request-over": guess.topic(delivered(), look),
    }


def _in_channel(look: Look) -> dict[str, dict[str, Any]]:
    """Return some of what also stands in a channel or group chat, as it is there."""
    look = replace(look, shared=True)
    waits, failed_ = pending(), failed(2, Cause.GROUP_CLOSED)
    will_not_work = WillNotWork(waits.request, Cause.APP_DISABLED)
    return {
        "channel-approver": draw(waits, f"approver/{ALEX.object_id}", look),
        "channel-requestor": draw(unreached(), "requestor", look),
        "channel-requestor-failed": draw(failed_, "requestor", look),
        "channel-start": start(Kind.INVITE, look),
        "channel-guess": guess.invitation(NEAR_MISS, "can ana get it?", look, asks_why=True),
        "channel-help-request": guess.topic(waits, look),
        "channel-help-deny": guess.command("deny", "", look),
        "channel-duplicate": answers.duplicate(failed_.request, look),
        "channel-will-not-work": answers.refused(will_not_work, "approve", look),
        "channel-unknown": answers.refused(UnknownRequest("R-7"), "view", look),
        "channel-lost": answers.refused(UnknownRequest("R-1050", BACKUP), "approve", look),
    }


def guest_file(*records: Record, **changes: Any) -> GuestFile:
    """Return Ana as she stands after R-1042 was delivered and mailed, with some things read otherwise."""
    known = Guest(GUEST_ID, "Ana Ruiz", ADDRESS, Redemption.PENDING)
    request = (records[0] if records else delivered()).request
    clues = Clues(
        guest=known,
        asked=ADDRESS,
        state=request.state,
        mail=request.mail,
        mailed_at=ASKED_AT + timedelta(minutes=19),
        domain_denied=False,
        holds=True,
        holders=(),
        shut_out=False,
        listed=False,
        later=None,
        sign_in=None,
    )
    read = replace(clues, **changes)
    return GuestFile(
        address=ADDRESS,
        name="Ana Ruiz",
        records=records or (delivered(),),
        main=records[0] if records else delivered(),
        diagnosis=diagnose(read),
        clues=read,
        may_act=True,
        holds=Has(may_change=True),
        read_at=ASKED_AT + timedelta(days=4),
    )


def guest_files() -> dict[str, GuestFile]:
    """Return a guest who waits, one who is in, and one for each way to be stuck."""
    at = ASKED_AT + timedelta(days=3)
    known = Guest(GUEST_ID, "Ana Ruiz", ADDRESS, Redemption.PENDING)
    inside = replace(known, redemption=Redemption.ACCEPTED)
    waits = {
        "shut_out": Unread.PERMISSION,
        "listed": Unread.PERMISSION,
        "later": Unread.AWAY,
        "sign_in": Unread.LICENCE,
    }
    begun = pending()
    nothing_yet = GuestFile(
        address=ADDRESS,
        name="Ana Ruiz",
        records=(begun,),
        main=None,
        diagnosis=not_invited(),
        read_at=at,
    )
    return {
        "guest-waiting": guest_file(),
        "guest-unread": guest_file(**waits, holds=Unread.AWAY, holders=Unread.PERMISSION),
        "guest-not-invited": nothing_yet,
        "guest-accepted": guest_file(accepted(), denied(), guest=inside, sign_in=SignIn(at, 0)),
        "guest-ended": guest_file(ended(), guest=inside, ended=True),
        "guest-gone": guest_file(guest=None),
        "guest-disabled": guest_file(guest=replace(known, enabled=False)),
        "guest-failed": guest_file(failed(3, Cause.GROUP_GONE)),
        "guest-no-mail": guest_file(mail_failed()),
        "guest-queued": guest_file(mail=MailState.QUEUED, mailed_at=None),
        "guest-denied": guest_file(domain_denied=True),
        "guest-listed": guest_file(listed=True),
        "guest-blocked": guest_file(shut_out=True),
        "guest-collides": guest_file(holders=(Holder(HolderKind.CONTACT, "Ana Ruiz (Fabrikam)"),)),
        "guest-alias": guest_file(guest=replace(known, address="ana.ruiz@fabrikam.com")),
        "guest-replaced": guest_file(later=LaterInvitation(at, "Isaiah Langer"), shut_out=Unread.PERMISSION),
        "guest-no-access": guest_file(accepted(), guest=inside, holds=False),
        "guest-other-account": guest_file(accepted(), guest=inside, sign_in=SignIn(at, 50020)),
        "guest-conditional": guest_file(accepted(), guest=inside, sign_in=SignIn(at, 53003)),
        "guest-second-factor": guest_file(sign_in=SignIn(at, 50076)),
        "guest-terms-of-use": guest_file(accepted(), guest=inside, sign_in=SignIn(at, 50158)),
        "guest-consent": guest_file(sign_in=SignIn(at, 65001)),
        "guest-refused": guest_file(accepted(), guest=inside, sign_in=SignIn(at, 700016)),
        "guest-by-microsoft": guest_file(mail=MailState.BY_MICROSOFT, mailed_at=None),
    }


def _relinked(look: Look) -> dict[str, dict[str, Any]]:
    """Return what is answered to whoever wants a new link: made, accepting anew, and each refusal."""
    replaced, stuck = guest_files()["guest-replaced"], guest_files()["guest-other-account"]
    made = Relinked(MEGAN, replaced.read_at)
    shown = {
        "guest-relinked": Answered(replaced, reset=False, done=made),
        "guest-reset": Answered(stuck, reset=True, done=replace(made, reset=True)),
    }
    for why in WhyNoLink:
        file = _elsewhere(replaced) if why is WhyNoLink.MOVED else replaced
        shown[f"guest-no-link-{why}"] = Answered(file, reset=False, refused=why)
    cards = {name: guest.draw(answer.file, look, answer) for name, answer in shown.items()}
    cards |= leaving.guests(replace(stuck, main=accepted(), records=(accepted(),)), delivered().request, look)
    cards["guest-may-not"] = guest.draw(replace(replaced, may_act=False, holds=Has()), look)
    return cards


def _elsewhere(file: GuestFile) -> GuestFile:
    """Return a guest whose address an admin has changed in the directory."""
    assert file.clues is not None
    assert file.clues.guest is not None
    guest = replace(file.clues.guest, address="ana.ruiz@fabrikam.com")
    clues = replace(file.clues, guest=guest)
    return replace(file, address=guest.address, clues=clues, diagnosis=diagnose(clues))


def guest_page(wanted: Wanted, count: int = 12, **changes: Any) -> GuestPage:
    """Return a page of guests of whom each second one came past Guestlist, as the clinic's owner sees it."""
    request, at = delivered().request, delivered().request.changed_at
    states = (Redemption.ACCEPTED, Redemption.PENDING, Redemption.UNKNOWN)
    every = [
        Guest(
            ObjectId(f"00000000-0000-4000-8000-0000000001{number:02}"),
            ("[Ana](https://evil.example) *Ruiz*", "Nia Chen", "Lidia Holloway", "")[number % 4],
            ADDRESS,
            states[number % 3],
            enabled=number % 6 != 5,
        )
        for number in range(count)
    ]
    ends = {one.object_id: timedelta(days=7 * number - 1) for number, one in enumerate(every)}
    ours = [replace(request, guest_id=one, ends_at=at + after) for one, after in list(ends.items())[::2]]
    rows = guests_listed([Held(one, frozenset({request.give.key})) for one in every], ours, at)
    found = chosen(rows, wanted, at)
    shown, page, pages = cut(found, wanted.page)
    made = GuestPage(
        app=HEALTH_RECORDS,
        wanted=wanted,
        rows=shown,
        page=page,
        pages=pages,
        found=len(found),
        tally=tally(rows),
        ending=sum(row.standing == "ending" for row in rows),
        signed_in={one.object_id: at - timedelta(days=3) for one in every[::3]},
        sponsors={
            one.object_id: ("Megan Bowen", "Alex Wilber")[: number % 3] for number, one in enumerate(every)
        },
        read_at=at,
    )
    return replace(made, **changes)


def _guest_lists(look: Look) -> dict[str, dict[str, Any]]:
    """Return lists of guests: the first page, the last, of some alone, what is not known, and the apps."""
    some = Wanted(only=Only.PENDING, domain="fabrikam.com", order=Order.NAME)
    pages = {
        "guests": guest_page(Wanted()),
        "guests-last": guest_page(Wanted(page=3)),
        "guests-some": guest_page(some, signed_in=Unread.LICENCE),
        "guests-none-of-those": guest_page(replace(some, domain="nobody.example"), signed_in={}),
        "guests-unread": guest_page(Wanted(order=Order.END), signed_in=Unread.PERMISSION, sponsors={}),
        "guests-none": guest_page(Wanted(), 0),
    }
    whole = guest_page(Wanted())
    members = tuple(replace(row, guest=replace(row.guest, is_member=True)) for row in whole.rows)
    pages["guests-members"] = replace(whole, rows=members)
    shared = tuple(replace(row, app=HEALTH_RECORDS) for row in whole.rows)
    every = App(ObjectId(ALL_APPS), ALL_APPS)
    pages["guests-together"] = replace(whole, rows=shared, app=every, together=3)
    pages["guests-together-none"] = replace(guest_page(Wanted(), 0), app=every, together=3)
    named = ("Health Records", "Case Review", "[Ana](https://evil.example) *Ruiz*")
    counted = tuple((replace(HEALTH_RECORDS, name=name), count) for count, name in enumerate(named))
    at = guest_page(Wanted(), 0).read_at
    choice = AppPage(apps=counted, wanted=Wanted(page=2), page=2, pages=3, total=11, read_at=at)
    few = replace(choice, page=1, pages=1, total=3, wanted=Wanted(), together=True)
    cards = {name: guest_list.guests(page, look) for name, page in pages.items()}
    none = {
        f"guests-no-file-{why}": guest_sheet.none(why, some, "Health Records", look) for why in WhyNotSaved
    }
    return {
        **cards,
        **none,
        "guests-apps": guest_apps.apps(choice, look),
        "guests-apps-few": guest_apps.apps(few, look),
    }


def _adopting(look: Look) -> dict[str, dict[str, Any]]:
    """Return what could be adopted, and what was, with an end and without."""
    request, at = delivered().request, delivered().request.changed_at
    guest = Guest(ObjectId("jo"), "[Ana](https://evil.example) *Ruiz*", ADDRESS, Redemption.ACCEPTED)
    found = Adoptable(guest, HEALTH_RECORDS, (request.give,), at)
    adopted = replace(
        request,
        adopted=True,
        assignment=ACTIVE,
        review=None,
        reviews=(),
        justification="",
        message="",
        term=Term(),
        ends_at=None,
        mail=MailState.NONE,
        awaits_acceptance=False,
    )
    ending = replace(adopted, term=Term(days=90), ends_at=at + timedelta(days=90))
    several = (request.give, Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader"))
    return {
        "adopt-offer": adopting.offer(found, look),
        "adopt-form-several": adopting.offer(replace(found, gives=several), look),
        "adopted": adopting.adopted(Record(request=ending, jobs={}), look),
        "adopted-no-end": adopting.adopted(Record(request=adopted, jobs={}), look),
        "requestor-adopted": draw(Record(request=ending, jobs={}), "requestor", look),
        "thread-adopted": draw(Record(request=adopted, jobs={}), "thread", look),
    }


@cache
def cards(look: Look) -> dict[str, dict[str, Any]]:
    """Return every card by name, as this reader sees it."""
    by_microsoft = delivered()
    own = replace(by_microsoft.request, mail=MailState.BY_MICROSOFT)
    special = draw(Record(request=own, jobs=by_microsoft.jobs), "requestor", look)
    return {
        **_views(look),
        "requestor-by-microsoft": special,
        **_refusals(look),
        **_rest(look),
        **_guesses(look),
        **_in_channel(look),
        **_delegating(look),
        **{name: guest.draw(file, look) for name, file in guest_files().items()},
        **_relinked(look),
        **_guest_lists(look),
        **leaving.cards(delivered().request, look),
        **settings_cards(look),
        **check_cards(look),
        **foreknown.cards(pending(), look, ALEX.object_id),
        **protection_cards(look),
        **brought_cards(look),
        **changing.cards(delivered().request, look),
        **_adopting(look),
        **setup_cards(look),
        **bulk_lists.list_cards(look),
        **guard_cards(look),
        **gallery_renewals.drawn(look),
        **gallery_undo.drawn(look),
    }


NAMES = tuple(cards(LOOK))
