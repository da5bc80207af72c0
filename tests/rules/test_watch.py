"""What is due while a request waits, by one function of the request and the policy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from access.rules import amending, asking, deciding, jobs, replanning, watch
from access.rules import waiting as waiting_rules
from access.rules.changing import newer
from access.rules.model import Change, Job, JobKind, JobStatus, Named, ObjectId, Panel, Record, State, Term
from access.rules.policy import Rules, Source, SourceKind, Stage
from access.rules.quiet import QuietHours
from access.rules.refusals import Stale
from access.rules.restored import Restore
from access.rules.waiting import LAST, calendar
from tests.rules.making import (
    ALEX,
    LEASE,
    MEGAN,
    NIA,
    NOW,
    STRANGER,
    ZONE,
    change_of,
    done,
    facts,
    pending,
    plan,
)

LIDIA = Named(ObjectId("lidia"), "Lidia Holloway")
OWNERS, ADMINS = Source(SourceKind.APP_OWNERS), Source(SourceKind.ROLE, "admins")
LOUD = QuietHours(time(0), time(0), weekend=False)
DAY = timedelta(days=1)


def rules(*days: int, escalate: int | None = None, quiet: QuietHours = LOUD, stages: int = 1) -> Rules:
    escalation = (ADMINS,) if escalate else ()
    stage = Stage((OWNERS,), escalation=escalation, escalate_after=DAY * escalate if escalate else None)
    return Rules(
        name="defaults",
        stages=(stage,) * stages,
        remind_after=tuple(DAY * day for day in days),
        quiet_hours=quiet,
    )


def waiting(known: Rules, *, stages: int = 1) -> Record:
    """Return a request that waits under its watch, with a card in the chat of each approver."""
    record = pending()
    record = replace(record, request=replace(record.request, stages=(Panel((ALEX, NIA)),) * stages))
    begun = watch.begun(Change(request=record.request), known)
    rows = {job.key: job for job in begun.jobs}
    cards = {key: posted(job) for key, job in record.jobs.items() if job.kind is JobKind.CARD}
    return Record(request=record.request, jobs={**record.jobs, **cards, **rows})


def posted(job: Job) -> Job:
    return replace(job, status=JobStatus.DONE, body={**job.body, jobs.MESSAGE: f"message {job.name}"})


def row(record: Record) -> Job:
    return next(job for job in record.jobs.values() if job.kind is JobKind.WATCH)


def told_of(*approvers: Named, known: Rules, stage: int = 1, called: tuple[Named, ...] = ()) -> watch.Facts:
    people = (*approvers, *called) or (ALEX, NIA)
    panel = Panel(people, escalated=tuple(one.object_id for one in called))
    zones = {one.object_id: ZONE for one in people}
    return watch.Facts(known, stage, panel, zones, escalates=True)


def looked(record: Record, known: Rules, after: timedelta, said: watch.Facts | None = None) -> Record:
    """Claim the watch at a time at which it is due, and look."""
    at = NOW + after
    key = row(record).key
    record = done(record, jobs.claim(key, LEASE), at)
    look = watch.look(key, row(record).fence, said or told_of(ALEX, NIA, known=known))
    return done(record, look, at)


def reminded(record: Record) -> list[str]:
    found = (job for job in record.jobs.values() if job.kind is JobKind.REMINDER)
    return sorted(job.name for job in found if job.status is JobStatus.READY)


# --- the calendar ---------------------------------------------------------------------------------------


def test_reminders_come_later_each_time_and_the_last_says_so() -> None:
    found = calendar(pending().request, rules(1, 3, 7))
    assert [(one.at - NOW, one.number) for one in found] == [(DAY, "1"), (3 * DAY, "2"), (7 * DAY, LAST)]


def test_nothing_is_due_once_the_request_closes() -> None:
    found = calendar(pending().request, rules(1, 13, 14, 20, escalate=15))
    assert [(one.at - NOW, one.number) for one in found] == [(DAY, "1"), (13 * DAY, LAST)]


def test_who_is_reminded_of_nothing_and_escalates_nowhere_has_no_watch() -> None:
    assert watch.begun(Change(request=pending().request), rules()).jobs == ()


def test_a_stage_waits_since_the_one_before_it_was_approved() -> None:
    record = waiting(rules(1, stages=2), stages=2)
    two = deciding.Facts((Panel((ALEX, NIA)),) * 2, record.request.plan, "defaults")
    record = done(record, deciding.approve(ALEX, two, None), NOW + 5 * DAY)
    (due,) = calendar(record.request, rules(1, stages=2))
    assert (due.stage, due.at - NOW) == (2, 6 * DAY)


def two_stages(record: Record, *, landing: str = "https://records.example") -> deciding.Facts:
    return deciding.Facts(record.request.stages, plan(landing=landing), "defaults")


@pytest.mark.parametrize("again", ["the plan moved", "the term was shortened"])
def test_a_first_stage_that_comes_again_waits_since_its_approvals_were_void(again: str) -> None:
    known = rules(1, 3, 7, escalate=3, stages=2)
    record = waiting(known, stages=2)
    record = done(record, deciding.approve(ALEX, two_stages(record), None), NOW + DAY / 2)
    moved, term = two_stages(record, landing="https://other.example"), Term(days=30)
    replan, amend = replanning.replan(moved), amending.amend(NIA, moved, term, ZONE)
    record = done(record, replan if again == "the plan moved" else amend, NOW + 8 * DAY)
    assert [(one.stage, one.at - NOW) for one in calendar(record.request, known)] == [
        (1, after * DAY) for after in (9, 11, 11)
    ]
    record = looked(record, known, 8 * DAY, told_of(ALEX, NIA, known=known, called=(LIDIA,)))
    assert (reminded(record), record.request.escalations) == ([], ())


def test_a_plan_that_moves_before_anybody_approved_begins_nothing_anew() -> None:
    record = done(
        waiting(rules(3)), replanning.replan(facts(now=plan(landing="https://other.example"))), NOW + DAY
    )
    assert [one.at - NOW for one in calendar(record.request, rules(3))] == [3 * DAY]


# --- reminders ------------------------------------------------------------------------------------------


def test_the_watch_sleeps_until_something_is_due_and_wakes_for_nothing_else() -> None:
    record = waiting(rules(1, 3))
    assert row(record).due_at == NOW + DAY
    record = looked(record, rules(1, 3), DAY)
    assert (row(record).due_at, row(record).status) == (NOW + 3 * DAY, JobStatus.READY)
    assert row(looked(record, rules(1, 3), 3 * DAY)).status is JobStatus.DONE


def test_everybody_who_is_asked_is_reminded_once() -> None:
    record = looked(waiting(rules(1)), rules(1), DAY)
    assert reminded(record) == ["reminder/1/last/approver/alex", "reminder/1/last/approver/nia"]


def test_looking_again_reminds_nobody_again() -> None:
    record = looked(waiting(rules(1, 3)), rules(1, 3), DAY)
    jobs_after = {**record.jobs, row(record).key: replace(row(record), due_at=NOW + DAY)}
    again = looked(Record(request=record.request, jobs=jobs_after), rules(1, 3), DAY + timedelta(hours=1))
    assert reminded(again) == reminded(record)


def test_of_several_reminders_that_were_missed_only_the_last_comes() -> None:
    record = looked(waiting(rules(1, 3, 7)), rules(1, 3, 7), 8 * DAY)
    assert reminded(record) == ["reminder/1/last/approver/alex", "reminder/1/last/approver/nia"]


def test_a_second_look_at_the_same_moment_finds_nothing_to_hold() -> None:
    record = waiting(rules(1))
    key = row(record).key
    record = done(record, jobs.claim(key, LEASE), NOW + DAY)
    assert isinstance(jobs.claim(key, LEASE)(record, NOW + DAY), Stale)
    look = watch.look(key, row(record).fence, told_of(known=rules(1)))
    assert isinstance(look(done(record, look, NOW + DAY), NOW + DAY), Stale)


@pytest.mark.parametrize("missing", ["card", "given up", "left", "not posted"])
def test_nobody_is_reminded_who_has_no_card_or_may_not_decide_any_more(missing: str) -> None:
    record, said = waiting(rules(1)), told_of(ALEX, NIA, known=rules(1))
    key = jobs.key_of(record.request.request_id, 0, "approver/nia")
    card = record.jobs[key]
    other = {
        "card": {one: job for one, job in record.jobs.items() if one != key},
        "given up": {**record.jobs, key: replace(card, status=JobStatus.DROPPED)},
        "not posted": {**record.jobs, key: replace(card, body={**card.body, jobs.MESSAGE: ""})},
    }
    if missing == "left":
        said = told_of(ALEX, known=rules(1))
    record = Record(request=record.request, jobs=other.get(missing, record.jobs))
    assert reminded(looked(record, rules(1), DAY, said)) == ["reminder/1/last/approver/alex"]


def test_whoever_has_approved_is_not_reminded_that_others_have_not() -> None:
    record = waiting(rules(1))
    quorum = Panel((ALEX, NIA), quorum=2)
    record = replace(record, request=replace(record.request, stages=(quorum,)))
    both = deciding.Facts((quorum,), record.request.plan, "defaults")
    record = done(record, deciding.approve(ALEX, both, None), NOW)
    assert row(record).due_at == NOW, "others may be next, so it is looked after anew"
    record = looked(record, rules(1), DAY)
    assert reminded(record) == ["reminder/1/last/approver/nia"]


def test_who_may_decide_unasked_is_reminded_of_nothing() -> None:
    record = waiting(rules(1))
    silent = Panel((ALEX, NIA), silent=(NIA.object_id,))
    record = replace(record, request=replace(record.request, stages=(silent,)))
    assert reminded(looked(record, rules(1), DAY)) == ["reminder/1/last/approver/alex"]


@pytest.mark.parametrize("end", ["approve", "deny", "cancel", "time out"])
def test_with_the_decision_the_watch_and_what_was_still_to_be_said_end(end: str) -> None:
    record = looked(waiting(rules(1, 3)), rules(1, 3), DAY)
    if end == "time out":
        closes = jobs.key_of(record.request.request_id, 1, jobs.CLOSES)
        record = done(record, jobs.claim(closes, LEASE), NOW + 14 * DAY)
        act: object = deciding.time_out(closes, record.jobs[closes].fence)
    else:
        act = {
            "approve": deciding.approve(ALEX, facts(), None),
            "deny": deciding.deny(ALEX, facts().panels, "no"),
            "cancel": deciding.cancel(MEGAN.object_id),
        }[end]
    record = done(record, act, NOW + 14 * DAY)  # type: ignore[arg-type]  # each is a transition
    assert reminded(record) == []
    assert row(record).status is JobStatus.DROPPED


def test_a_reminder_that_comes_too_late_has_nothing_to_say() -> None:
    record = looked(waiting(rules(1)), rules(1), DAY)
    job = next(one for one in record.jobs.values() if one.name.endswith("last/approver/alex"))
    assert watch.concerns(record, job)
    approved = replace(record, request=replace(record.request, state=State.DELIVERING))
    assert not watch.concerns(approved, job)
    later_stage = replace(job, name="reminder/2/last/approver/alex")
    assert not watch.concerns(record, later_stage)


def test_a_reminder_waits_for_the_morning_of_whoever_gets_it_and_gives_way_to_the_next() -> None:
    known = rules(1, 2, quiet=QuietHours())  # NOW is a Saturday
    said = told_of(ALEX, NIA, known=known)
    said = replace(said, zones={ALEX.object_id: ZONE, NIA.object_id: ZoneInfo("Asia/Tokyo")})
    record = looked(waiting(known), known, DAY, said)
    mornings = {job.name[-4:]: job.due_at for job in record.jobs.values() if job.kind is JobKind.REMINDER}
    assert mornings["alex"] == datetime(2026, 11, 23, 8, tzinfo=ZONE)
    assert mornings["/nia"] == datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Tokyo"))
    record = looked(record, known, 2 * DAY - timedelta(hours=0), said)
    assert reminded(record) == ["reminder/1/last/approver/alex", "reminder/1/last/approver/nia"]


def test_what_was_due_before_a_restore_is_not_told_again() -> None:
    record = waiting(rules(1, 3))
    restore = Restore(seq=1, to=NOW, at=NOW + 2 * DAY, last=1, next=10_101)
    record = replace(record, request=replace(record.request, restored=restore))
    record = looked(record, rules(1, 3), 2 * DAY)
    assert reminded(record) == []
    assert len(reminded(looked(record, rules(1, 3), 3 * DAY))) == 2


def test_an_approval_while_the_directory_was_asked_is_looked_at_anew() -> None:
    record = waiting(rules(1))
    key = row(record).key
    record = done(record, jobs.claim(key, LEASE), NOW + DAY)
    look = watch.look(key, row(record).fence, told_of(ALEX, NIA, known=rules(1), stage=2))
    change = change_of(record, look, NOW + DAY)
    (job,) = change.jobs
    assert (job.status, job.due_at) == (JobStatus.READY, NOW + DAY)


def test_a_plan_that_moves_has_the_request_looked_after_anew() -> None:
    record = looked(waiting(rules(1)), rules(1), DAY)
    assert row(record).status is JobStatus.DONE
    record = done(record, replanning.replan(facts(now=plan(landing="https://other.example"))), NOW + 2 * DAY)
    assert (row(record).status, row(record).due_at) == (JobStatus.READY, NOW + 2 * DAY)


# --- escalation -----------------------------------------------------------------------------------------


def escalated(*to: Named, quiet: QuietHours = LOUD) -> tuple[Record, Change]:
    known = rules(escalate=3, quiet=quiet)
    record = waiting(known)
    key = row(record).key
    record = done(record, jobs.claim(key, LEASE), NOW + 3 * DAY)
    look = watch.look(key, row(record).fence, told_of(ALEX, NIA, known=known, called=to))
    return record, change_of(record, look, NOW + 3 * DAY)


def test_the_escalation_approvers_get_cards_and_decide_with_the_others() -> None:
    before, change = escalated(LIDIA)
    request = change.request
    assert [one.name for one in request.approvers] == [ALEX.name, NIA.name, LIDIA.name]
    assert request.escalations[0].to == (LIDIA,)
    assert any(job.name == "approver/lidia" and job.key not in before.jobs for job in change.jobs)
    assert {"thread", "approver/alex", "approver/nia"} <= {job.name for job in change.jobs}


def test_an_escalation_is_in_the_audit_with_whom_it_calls_in() -> None:
    _, change = escalated(LIDIA)
    (fact,) = change.audit
    assert (fact.what, fact.detail["stage"], fact.detail["to"]) == ("request.escalated", 1, ["lidia"])


def test_a_stage_is_escalated_once() -> None:
    _, change = escalated(LIDIA)
    assert calendar(change.request, rules(escalate=3)) == []


def test_a_stage_that_comes_again_is_escalated_once_it_has_waited_again() -> None:
    known = rules(escalate=3, stages=2)
    record = waiting(known, stages=2)
    for stage, at in ((1, NOW + 3 * DAY), (2, NOW + 7 * DAY)):
        said = told_of(ALEX, NIA, known=known, called=(LIDIA,), stage=stage)
        record = looked(record, known, at - NOW, said)
        assert waiting_rules.escalated(record.request, known) == set(range(1, stage + 1))
        if stage == 1:
            record = done(record, deciding.approve(ALEX, two_stages(record), None), NOW + 4 * DAY)
    moved = two_stages(record, landing="https://other.example")
    record = done(record, replanning.replan(moved), NOW + 8 * DAY)
    assert waiting_rules.escalated(record.request, known) == set()
    assert [(one.stage, one.at - NOW) for one in calendar(record.request, known)] == [(1, 11 * DAY)]
    record = done(record, deciding.approve(ALEX, moved, None), NOW + 9 * DAY)
    assert waiting_rules.escalated(record.request, known) == set()
    assert [(one.stage, one.at - NOW) for one in calendar(record.request, known)] == [(2, 12 * DAY)]


def test_a_plan_that_moves_before_anybody_approved_leaves_a_stage_escalated() -> None:
    known, called = rules(escalate=3), Panel((ALEX, NIA, LIDIA), escalated=(LIDIA.object_id,))
    _, change = escalated(LIDIA)
    record = Record(request=change.request, jobs={job.key: job for job in change.jobs})
    record = done(record, replanning.replan(deciding.Facts((called,), MOVED, "defaults")), NOW + 4 * DAY)
    assert waiting_rules.escalated(record.request, known) == {1}
    assert calendar(record.request, known) == []


def test_a_policy_that_escalates_later_by_now_has_the_stage_wait_as_long() -> None:
    _, change = escalated(LIDIA)
    assert waiting_rules.escalated(change.request, rules(escalate=3)) == {1}
    assert waiting_rules.escalated(change.request, rules(escalate=5)) == set()
    assert [one.at - NOW for one in calendar(change.request, rules(escalate=5))] == [5 * DAY]
    assert waiting_rules.escalated(change.request, rules()) == set()


def test_a_question_after_an_escalation_takes_nothing_back_of_it() -> None:
    _, change = escalated(LIDIA)
    record = Record(request=change.request, jobs={job.key: job for job in change.jobs})
    record = done(record, asking.ask(ALEX, facts().panels, "Why Reader?", None), NOW + 4 * DAY)
    record = done(record, asking.answer(MEGAN.object_id, "To read", None), NOW + 9 * DAY)
    assert waiting_rules.escalated(record.request, rules(escalate=3)) == {1}


@pytest.mark.parametrize("others", [False, True])
def test_a_rule_that_calls_others_in_has_the_stage_escalated_anew(*, others: bool) -> None:
    known = rules(escalate=3)
    _, change = escalated(LIDIA)
    record = Record(request=change.request, jobs={job.key: job for job in change.jobs})
    called = STRANGER if others else LIDIA
    panel = Panel((ALEX, NIA, called), escalated=(called.object_id,))
    assert record.request.plan is not None
    by_another = replace(
        record.request.plan, hash="other", parts={**record.request.plan.parts, "rule": "another"}
    )
    record = done(record, replanning.replan(deciding.Facts((panel,), by_another, "defaults")), NOW + 4 * DAY)
    assert waiting_rules.escalated(record.request, known) == (set() if others else {1})
    due = [one.at - NOW for one in calendar(record.request, known)]
    assert due == ([3 * DAY] if others else []), "at once"


def test_an_escalation_that_reaches_nobody_is_noted_and_the_request_goes_on_waiting() -> None:
    _, change = escalated()
    assert (change.request.state, change.request.escalations[0].to) == (State.PENDING_APPROVAL, ())


def test_a_card_by_escalation_waits_for_the_morning_whatever_happens_at_night() -> None:
    before, change = escalated(LIDIA, quiet=QuietHours(time(9), time(11), weekend=False))
    record = Record(request=change.request, jobs={**before.jobs, **{job.key: job for job in change.jobs}})
    card = next(job for job in record.jobs.values() if job.name == "approver/lidia")
    assert card.due_at == datetime(2026, 11, 24, 11, tzinfo=ZONE)
    shown = jobs.show_again(record.jobs, newer(record.request, NOW + 3 * DAY), NOW + 3 * DAY)
    assert next(job for job in shown if job.name == "approver/lidia").due_at == card.due_at
    denied = done(record, deciding.deny(ALEX, facts().panels, "no"), NOW + 3 * DAY)
    assert not watch.concerns(denied, next(job for job in denied.jobs.values() if job.key == card.key))


def test_a_stage_that_comes_to_its_escalation_while_others_were_asked_for_is_looked_at_anew() -> None:
    known = rules(1, escalate=3)
    record = waiting(known)
    key = row(record).key
    record = done(record, jobs.claim(key, LEASE), NOW + 3 * DAY)
    said = replace(told_of(ALEX, NIA, known=known), escalates=False)
    change = change_of(record, watch.look(key, row(record).fence, said), NOW + 3 * DAY)
    (job,) = change.jobs
    assert (job.status, job.due_at) == (JobStatus.READY, NOW + 3 * DAY)
    assert (change.request.escalations, change.audit) == ((), ())


def test_a_card_that_had_nothing_to_say_in_the_morning_comes_once_its_receiver_is_asked_again() -> None:
    before, change = escalated(LIDIA, quiet=QuietHours(time(9), time(11), weekend=False))
    record = Record(request=change.request, jobs={**before.jobs, **{job.key: job for job in change.jobs}})
    key = jobs.key_of(record.request.request_id, 0, "approver/lidia")
    at = NOW + 4 * DAY
    record = done(record, jobs.claim(key, LEASE), at)
    record = done(record, watch.not_needed(key, record.jobs[key].fence), at)
    assert jobs.approver_cards(record.request, record.jobs, at) == (), "the watch asks them, in their hours"
    (card,) = jobs.approver_cards(record.request, record.jobs, at, called=True)
    assert (card.key, card.status, card.due_at) == (key, JobStatus.READY, at)
    assert card.fence == record.jobs[key].fence
    assert watch.concerns(record, card)
    unreached = replace(record.request, unreached=(LIDIA,))
    again = jobs.approver_cards(unreached, record.jobs, at, called=True)
    assert again == (), "who cannot be messaged is named instead"
    shown = {**record.jobs, key: posted(card)}
    assert jobs.approver_cards(record.request, shown, at, called=True) == ()


def called_in(*people: Named) -> Panel:
    return Panel((ALEX, NIA, *people), escalated=tuple(one.object_id for one in people))


def by_plan(record: Record, panel: Panel) -> Record:
    return done(record, replanning.replan(deciding.Facts((panel,), MOVED, "defaults")), NOW + 4 * DAY)


def by_approval(record: Record, panel: Panel) -> Record:
    two = replace(panel, quorum=2)
    record = replace(record, request=replace(record.request, stages=(two,)))
    approve = deciding.approve(ALEX, deciding.Facts((two,), record.request.plan, "defaults"), None)
    return done(record, approve, NOW + 4 * DAY)


def by_term(record: Record, panel: Panel) -> Record:
    now = deciding.Facts((panel,), plan(term=Term(days=30)), "defaults")
    return done(record, amending.amend(ALEX, now, Term(days=30), ZONE), NOW + 4 * DAY)


@pytest.mark.parametrize("happens", [by_plan, by_approval, by_term])
def test_whoever_the_directory_adds_to_an_escalation_is_asked_in_their_hours(
    happens: Callable[[Record, Panel], Record],
) -> None:
    known = rules(escalate=3, quiet=QuietHours(time(9), time(11), weekend=False))
    before, change = escalated(LIDIA, quiet=known.quiet_hours)
    record = Record(request=change.request, jobs={**before.jobs, **{job.key: job for job in change.jobs}})
    record = happens(record, called_in(LIDIA, STRANGER))
    assert "approver/diego" not in {job.name for job in record.jobs.values()}, "nobody looked at their clock"
    assert watch.uncalled(record) == (STRANGER.object_id,)
    assert row(record).due_at == NOW + 4 * DAY
    unread = looked(record, known, 4 * DAY, watch.Facts(known, 1))
    assert (row(unread).status, row(unread).due_at) == (JobStatus.READY, NOW + 4 * DAY), "looks anew"
    record = looked(record, known, 4 * DAY, watch.Facts(known, 1, zones={STRANGER.object_id: ZONE}))
    card = next(job for job in record.jobs.values() if job.name == "approver/diego")
    assert (card.due_at, jobs.is_held(card)) == (datetime(2026, 11, 25, 11, tzinfo=ZONE), True)
    assert watch.uncalled(record) == ()


def test_people_asked_first_are_joined_by_those_whom_the_escalation_calls_in() -> None:
    record = waiting(rules(escalate=3))
    record = replace(record, request=replace(record.request, ask_first=(ALEX,)))
    record = looked(
        record, rules(escalate=3), 3 * DAY, told_of(ALEX, NIA, known=rules(escalate=3), called=(LIDIA,))
    )
    assert jobs.asked(record.request) == (ALEX, LIDIA)


# --- while a question stands open -----------------------------------------------------------------------


def questioned(known: Rules) -> Record:
    return done(waiting(known), asking.ask(ALEX, facts().panels, "Why Reader?", None), NOW + DAY / 2)


def test_while_a_question_is_open_nobody_is_reminded() -> None:
    record = questioned(rules(1))
    key = row(record).key
    assert isinstance(jobs.claim(key, LEASE)(record, NOW + 2 * DAY), Stale)
    told = looked(waiting(rules(1)), rules(1), DAY)
    reminder = next(job for job in told.jobs.values() if job.kind is JobKind.REMINDER)
    assert not watch.concerns(record, reminder)


def test_after_the_answer_reminders_come_later_by_as_long_as_the_question_stood() -> None:
    record = questioned(rules(1, 3))
    record = done(record, asking.answer(MEGAN.object_id, "To read", None), NOW + 5 * DAY / 2)
    assert (row(record).due_at, row(record).status) == (NOW + 3 * DAY, JobStatus.READY)
    assert [one.at for one in calendar(record.request, rules(1, 3))] == [NOW + 3 * DAY, NOW + 5 * DAY]
    assert len(reminded(looked(record, rules(1, 3), 3 * DAY))) == 2


NIGHTS = QuietHours(weekend=False)
EVENING = timedelta(hours=12)


@pytest.mark.parametrize("known", [rules(1, 3, quiet=NIGHTS), rules(1, quiet=NIGHTS)], ids=["first", "last"])
def test_a_reminder_that_a_question_met_before_the_morning_comes_after_the_answer(known: Rules) -> None:
    record = looked(waiting(known), known, DAY + EVENING)
    kept = reminded(record)
    assert len(kept) == 2
    record = done(record, asking.ask(ALEX, facts().panels, "Why Reader?", None), NOW + DAY + EVENING)
    assert reminded(record) == []
    answered = NOW + 2 * DAY + EVENING
    record = done(record, asking.answer(MEGAN.object_id, "To read", None), answered)
    assert row(record).due_at == answered
    record = looked(record, known, 2 * DAY + EVENING)
    assert reminded(record) == kept
    due = {job.due_at for job in record.jobs.values() if job.name in kept}
    assert due == {known.quiet_hours.over(answered, ZONE)}, "in the morning after the answer"
    assert min(due) > answered


def test_with_a_decision_a_reminder_that_a_question_keeps_ends_too() -> None:
    known = rules(1, quiet=NIGHTS)
    record = looked(waiting(known), known, DAY + EVENING)
    record = done(record, asking.ask(ALEX, facts().panels, "Why Reader?", None), NOW + DAY + EVENING)
    record = done(record, deciding.deny(ALEX, facts().panels, "No"), NOW + DAY + EVENING)
    found = {job.status for job in record.jobs.values() if job.kind is JobKind.REMINDER}
    assert found == {JobStatus.DROPPED}


MOVED = plan(landing="https://other.example")


@pytest.mark.parametrize("watch_is", ["asleep", "done", "missing"])
def test_who_looks_anew_while_a_question_is_open_waits_for_its_answer(watch_is: str) -> None:
    known = rules(1, escalate=30)
    record = waiting(known)
    if watch_is == "missing":
        record = replace(record, jobs={key: job for key, job in record.jobs.items() if job != row(record)})
    elif watch_is == "done":
        record = looked(record, rules(1), DAY)
    record = done(record, asking.ask(ALEX, facts().panels, "Why Reader?", None), NOW + 2 * DAY)
    record = done(record, replanning.replan(facts(now=MOVED)), NOW + 40 * DAY)
    assert isinstance(jobs.claim(row(record).key, LEASE)(record, NOW + 60 * DAY), Stale)
    record = done(record, asking.answer(MEGAN.object_id, "To read", None), NOW + 62 * DAY)
    assert (row(record).due_at, row(record).status) == (NOW + 62 * DAY, JobStatus.READY)


def test_an_approval_that_ends_stage_and_question_has_the_next_stage_looked_after_at_once() -> None:
    record = waiting(rules(7, stages=2), stages=2)
    two = two_stages(record)
    record = done(record, asking.ask(ALEX, two.panels, "Why Reader?", None), NOW + DAY)
    record = done(record, deciding.approve(NIA, two, None), NOW + 3 * DAY)
    assert (row(record).due_at, row(record).status) == (NOW + 3 * DAY, JobStatus.READY)


def test_an_approval_that_leaves_a_question_open_leaves_the_watch_asleep() -> None:
    record = waiting(rules(1))
    both = deciding.Facts((Panel((ALEX, NIA), quorum=2),), record.request.plan, "defaults")
    record = done(record, asking.ask(ALEX, both.panels, "Why Reader?", None), NOW + DAY / 2)
    record = done(record, deciding.approve(NIA, both, None), NOW + 2 * DAY)
    assert row(record).status is JobStatus.WAITING


def test_a_first_stage_that_comes_again_reminds_of_its_own_and_nobody_twice() -> None:
    known, quorum = rules(1, 30), Panel((ALEX, NIA), quorum=2)
    record = waiting(known)
    record = replace(record, request=replace(record.request, stages=(quorum,)))
    first = deciding.Facts((quorum,), plan(), "defaults")
    record = looked(done(record, deciding.approve(ALEX, first, None), NOW), known, DAY)
    assert reminded(record) == ["reminder/1/last/approver/nia"]
    again = replace(first, plan=MOVED)
    record = done(record, replanning.replan(again), NOW + 2 * DAY)
    record = looked(record, known, 3 * DAY)
    assert reminded(record) == ["reminder/1/last/approver/alex", "reminder/1/last/approver/nia"]
    told = {job.key for job in record.jobs.values() if job.kind is JobKind.REMINDER}
    record = looked(done(record, deciding.approve(ALEX, again, None), NOW + 4 * DAY), known, 4 * DAY)
    assert {job.key for job in record.jobs.values() if job.kind is JobKind.REMINDER} == told
