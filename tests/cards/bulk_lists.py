"""Cards of a list of guests that is approved once, made by the real rules."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import deciding, excepting
from access.rules.bulk import Progress, Run, Verdict
from access.rules.causes import Cause
from access.rules.checked import Checked
from access.rules.list_plan import make_plan
from access.rules.lists import GuestList, bulk_of, samples_of
from access.rules.model import Kind, Record, Request, State
from access.rules.policy import Rules
from access.rules.refusals import NotExcepted, NotPossible, PlanMoved, WillNotWork, WouldFail
from access.rules.sheet import WhyNotSaved
from access.rules.verdicts import Judged
from cards import answers, bulk_sent, list_file
from cards.draw import draw
from cards.look import Look
from tests.cards import gallery

_NAMES = ("Ana Ruiz", "Bo Larsen", "Chidi Okafor", "Dee Novak", "Ève Martin", "[Fay](https://evil.example)")


def rows(*domains: tuple[str, int]) -> tuple[Judged, ...]:
    """Return so many rows of each domain, and some that do not go."""
    going = [
        Judged(
            number=0,
            written="",
            address=f"guest.{place}@{domain}",
            name=_NAMES[place % len(_NAMES)],
            verdict=Verdict.GUEST if place % 4 == 3 else Verdict.NEW,
        )
        for domain, count in domains
        for place in range(count)
    ]
    stays = (Verdict.HAS_ACCESS, Verdict.DUPLICATE, Verdict.DUPLICATE, Verdict.DENIED, Verdict.NOT_AN_ADDRESS)
    others = [Judged(number=0, written="x", verdict=one) for one in (*stays, Verdict.SUSPICIOUS)]
    return tuple(replace(one, number=number) for number, one in enumerate([*going, *others], start=2))


FEW = rows(("fabrikam.com", 140), ("adatum.com", 61), ("contoso-partners.example", 3))
MANY = rows(*((f"partner-{place:02}.example", 30 - place % 7) for place in range(30)))
ONE = rows(("fabrikam.com", 12))


def _plan(request: Request, made: GuestList, *left_out: str) -> deciding.Facts:
    bulk, usual = bulk_of(made, left_out), Rules(name="defaults")
    known = {domain: usual for domain, _ in bulk.domains}
    plan = make_plan(request, bulk, gallery.HEALTH_RECORDS, known, mailbox=True)
    return deciding.Facts(gallery.OWNERS, plan, "defaults", bulk=bulk)


def listed(of: tuple[Judged, ...], **changes: Any) -> tuple[Record, GuestList]:
    """Return R-1042 as it waits for Alex or Nia, with its list."""
    asked = gallery.pending().request
    made = GuestList(
        list_id=asked.request_id,
        owner=gallery.MEGAN.object_id,
        file="partners 2026.csv",
        app=asked.app,
        give=asked.give,
        term=asked.term,
        justification=asked.justification,
        message=asked.message,
        deciders=(gallery.ALEX, gallery.NIA),
        rows=of,
        made_at=gallery.ASKED_AT,
        kept_until=asked.closes_at,
    )
    facts = _plan(asked, made)
    about = {"kind": Kind.BULK, "bulk": facts.bulk, "plan": facts.plan, "address": "", "guest_name": ""}
    record = gallery.pending(**about, **changes)
    return replace(record, samples=samples_of(made)), made


def waiting(of: tuple[Judged, ...] = FEW) -> Record:
    return listed(of)[0]


def lessened() -> Record:
    record, made = listed(FEW)
    facts = _plan(record.request, made, "adatum.com")
    less = gallery.after(record, 9, excepting.leave_out(gallery.ALEX, facts, ""))
    return replace(less, samples=samples_of(made, ("adatum.com",)))


def approved(**changes: Any) -> Record:
    record, made = listed(FEW)
    facts = _plan(record.request, made)
    done = gallery.after(record, 17, deciding.approve(gallery.ALEX, facts, None))
    assert done.request.bulk is not None
    return replace(done, request=replace(done.request, bulk=replace(done.request.bulk, **changes)))


def foreseen(*fails: str) -> Record:
    """Return a list of which two checks of one domain fail, or these."""
    of = ("domain-list:domain-blocked@adatum.com", "sign-in:sign-in-blocked@adatum.com")
    found = Checked(gallery.ASKED_AT, waiting().request.give.key, fails or of, unread=1)
    return listed(FEW, checked=found)[0]


def denied() -> Record:
    no = deciding.deny(gallery.NIA, gallery.OWNERS, "Only those who read case files.")
    return gallery.after(waiting(), 12, no)


def delivered() -> Record:
    record = approved(made=204)
    over = replace(record.request, state=State.DELIVERED, delivered_at=record.request.changed_at)
    return replace(record, request=over)


def counted(progress: Progress, state: State = State.DELIVERING, **changes: Any) -> Record:
    """Return a list whose run has been counted, 40 minutes after its approval."""
    record = approved(**{"made": 204 - progress.waiting, **changes})
    at = record.request.changed_at + timedelta(minutes=40, seconds=40)
    over = None if state is State.DELIVERING else at
    request = replace(record.request, state=state, changed_at=at, delivered_at=over)
    return replace(record, request=request, progress=progress)


RUNNING = Progress(
    delivered=120,
    failed=4,
    under_way=12,
    skipped=2,
    waiting=66,
    mails_sent=75,
    mails_waiting=44,
    mails_failed=1,
    accepted=9,
    rate=41.6,
    left=timedelta(seconds=95),
    mails_left=timedelta(hours=15, minutes=1),
    causes=((Cause.ADDRESS_REFUSED, 3), (Cause.GUEST_GONE, 1), (Cause.DOMAIN_DENIED, 1)),
)
NEARLY = replace(RUNNING, under_way=0, waiting=0, delivered=198, rate=40.0, left=None)
SKIPPED = ((7, Cause.DOMAIN_DENIED), (9, "R-1039"))


RECORDS: dict[str, Callable[[], Record]] = {
    "list-waiting": waiting,
    "list-many-domains": lambda: waiting(MANY),
    "list-one-domain": lambda: waiting(ONE),
    "list-fails-for-some": foreseen,
    "list-fails": lambda: foreseen("invites:invites-off"),
    "list-lessened": lessened,
    "list-denied": denied,
    "list-under-way": lambda: approved(made=40),
    "list-paused": lambda: approved(made=40, run=Run.PAUSED, why=Cause.INVITATIONS_BLOCKED),
    "list-stopped": lambda: approved(made=40, run=Run.STOPPED),
    "list-delivered": delivered,
    "list-running": lambda: counted(RUNNING, skipped=SKIPPED),
    "list-still": lambda: counted(replace(RUNNING, left=None, mails_left=None), still=True),
    "list-held-up": lambda: counted(RUNNING, why=Cause.DAILY_LIMIT),
    "list-halted": lambda: counted(
        replace(RUNNING, failed=0, skipped=0, waiting=72, causes=()),
        run=Run.PAUSED,
        why=Cause.INVITATIONS_BLOCKED,
    ),
    "list-term-over": lambda: counted(
        Progress(delivered=40, waiting=164, mails_sent=40), run=Run.PAUSED, why=Cause.TERM_OVER
    ),
    "list-resting": lambda: counted(Progress(delivered=40, waiting=164, mails_sent=40), run=Run.PAUSED),
    "list-stopping": lambda: counted(replace(RUNNING, rate=0.0), run=Run.STOPPED),
    "list-ended": lambda: counted(
        Progress(delivered=40, waiting=164, mails_sent=40), State.DELIVERED, run=Run.STOPPED
    ),
    "list-in-part": lambda: counted(NEARLY, State.DELIVERY_FAILED, skipped=SKIPPED),
    "list-mails-halted": lambda: counted(
        Progress(delivered=204, mails_sent=60, mails_waiting=144),
        State.DELIVERED,
        run=Run.PAUSED,
        why=Cause.SIGN_IN_REFUSED,
    ),
    "list-unmailed": lambda: counted(
        Progress(delivered=204, mails_sent=201, mails_failed=3, causes=((Cause.MAIL_REFUSED, 3),)),
        State.DELIVERED,
    ),
    "list-all-failed": lambda: counted(
        Progress(failed=204, causes=((Cause.GROUP_CLOSED, 204),)), State.DELIVERY_FAILED
    ),
    "list-given": lambda: counted(
        replace(NEARLY, delivered=204, failed=0, skipped=0, causes=(), mails_failed=0), State.DELIVERED
    ),
}


def list_cards(look: Look) -> dict[str, dict[str, Any]]:
    in_channel = replace(look, shared=True)
    found = {
        f"{audience.partition('/')[0]}-{name}": draw(
            make(), audience, in_channel if audience == "thread" else look
        )
        for name, make in RECORDS.items()
        for audience in ("thread", "requestor", f"approver/{gallery.ALEX.object_id}")
    }
    found["bulk-sent"] = bulk_sent.sent(waiting(), look)
    found["bulk-sent-before"] = bulk_sent.sent(denied(), look)
    request = waiting().request
    found |= _without_file(request, look)
    found["list-plan-moved"] = answers.refused(PlanMoved(request, ("list",)), "approve", look)
    found["list-policy-moved"] = answers.refused(WillNotWork(request, Cause.LIST_MOVED), "approve", look)
    some = WouldFail(foreseen().request, may_go_on=True)
    found["list-would-fail-for-some"] = answers.refused(some, "approve", look)
    found["list-not-excepted"] = answers.refused(NotExcepted(request, ("woodgrove.com",)), "except", look)
    found["list-nobody-left"] = answers.refused(NotExcepted(request, (), is_all=True), "except", look)
    found["list-not-amended"] = answers.refused(NotPossible(request, request.state), "amend", look)
    return found


def _without_file(request: Request, look: Look) -> dict[str, Any]:
    made = listed(FEW)[1]
    refused = answers.refused(NotPossible(request, request.state), "file", look)
    return {
        "list-file-declined": list_file.none(WhyNotSaved.DECLINED, made, request, look),
        "list-file-unsure": list_file.none(WhyNotSaved.UNSURE, made, None, look),
        "list-file-over": refused,
    }
