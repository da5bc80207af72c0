"""A plain ledger of who pressed what on which plan, and who was allowed to, beside a request's own record.

It asks nothing of the rules under test: not which stage it is, which approvals count, nor for whom. It is
told the facts of the moment and what was pressed, and says whether what stands may be delivered.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from access.rules.lifecycle import TABLE, Event
from access.rules.model import (
    AuditFact,
    Change,
    Give,
    JobKind,
    JobStatus,
    ObjectId,
    Record,
    Request,
    ReviewResult,
    State,
    Term,
)

DECIDED = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})
LOOPS = frozenset(event for (source, event), target in TABLE.items() if source is target)
TOLD: Mapping[str, Event] = {
    "request.submitted": Event.APPROVAL_REQUIRED,
    "request.waived": Event.WAIVED,
    "stage.approved": Event.STAGE_APPROVED,
    "question.asked": Event.QUESTION_ASKED,
    "question.answered": Event.ANSWERED,
    "request.amended": Event.AMENDED,
    "request.approved": Event.APPROVED,
    "request.denied": Event.DENIED,
    "request.canceled": Event.CANCELED,
    "assignment.adopted": Event.ADOPTED,
    "request.expired": Event.APPROVAL_TIMED_OUT,
    "request.delivered": Event.DELIVERY_SUCCEEDED,
    "step.failed": Event.DELIVERY_FAILED,
    "delivery.retried": Event.DELIVERY_RETRIED,
}
"""By what the audit tells of each event of the table."""
ENDS_A_QUESTION = {"question.answered", "question.ended", "stage.approved", "request.amended", "plan.moved"}
Row = tuple[State, Event]


@cache
def most(choices: tuple[frozenset[ObjectId], ...], taken: frozenset[ObjectId] = frozenset()) -> int:
    """Return how many of these people can have a seat each, where `choices` are whose seats they may take."""
    if not choices:
        return 0
    first, rest = choices[0], choices[1:]
    seated = (1 + most(rest, taken | {seat}) for seat in first - taken)
    return max(most(rest, taken), *seated, 0)


@dataclass(frozen=True, slots=True)
class Vote:
    """An approval that was taken: of which plan, and whose seats it could count for at that moment."""

    by: ObjectId
    stage: int
    plan: str
    seats: frozenset[ObjectId]
    at: datetime


@dataclass(slots=True)
class Ledger:
    """What has been done with one request; `votes` are those since what is asked for last changed."""

    shown: str
    term: Term
    give: Give
    quorums: tuple[int, ...]
    closes: datetime
    since: datetime
    """When the first stage came, or came again."""
    votes: list[Vote] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    """The plans that were shown before."""
    waived: str = ""
    over: bool = False
    """It was denied or canceled, or its time was over."""
    asked: tuple[ObjectId, datetime] | None = None
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    escalated: list[tuple[int, datetime]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    # --- what counts ---

    def given(self, stage: int) -> list[Vote]:
        return [one for one in self.votes if one.stage == stage]

    def stage(self, quorums: Sequence[int] = ()) -> int:
        """Return the number of the first stage that lacks somebody, else of the last."""
        known = quorums or self.quorums
        short = [one for one, quorum in enumerate(known, start=1) if len(self.given(one)) < quorum]
        return short[0] if short else len(known)

    def choices(self, stage: int, sits: Collection[ObjectId]) -> tuple[frozenset[ObjectId], ...]:
        """Return whose seats each approval may count for; a delegate's for themselves, if they sit by now."""
        given = self.given(stage)
        return tuple(one.seats | {one.by} if one.by in sits else one.seats for one in given)

    def fits(
        self, who: ObjectId, stage: int, chairs: frozenset[ObjectId], sits: Collection[ObjectId]
    ) -> bool:
        """Tell whether one more has a seat of their own beside those who have approved at this stage."""
        choices = (*self.choices(stage, sits), chairs)
        return who not in {one.by for one in self.given(stage)} and most(choices) == len(choices)

    def has_turned(self, stage: int, sits: Collection[ObjectId]) -> bool:
        """Tell whether somebody approved here for another, and decides in their own right by now."""
        return any(one.by in sits and one.by not in one.seats for one in self.given(stage))

    def approved(self, vote: Vote, sits: Collection[ObjectId]) -> None:
        others = zip(self.given(vote.stage), self.choices(vote.stage, sits), strict=True)
        wider = {one.by: replace(one, seats=seats) for one, seats in others}
        self.votes = [wider[one.by] if one.stage == vote.stage else one for one in self.votes]
        self.votes.append(vote)

    def sanctioned(self) -> bool:
        """Tell whether what stands may be delivered. This is the one place that says by what.

        By a waiver; or by each stage's quorum of different people with different seats, all of this plan.
        """
        if self.over:
            return False
        if self.waived:
            return True
        numbers = range(1, len(self.quorums) + 1)
        whole = all(len(self.given(one)) >= self.quorums[one - 1] for one in numbers)
        return whole and {one.plan for one in self.votes} == {self.shown}

    def begins_anew(self, plan: str, quorums: tuple[int, ...], now: datetime) -> None:
        """Show another plan: nobody has approved anything of it."""
        self.since = now if self.votes else self.since
        self.older.append(self.shown)
        self.votes, self.shown, self.quorums = [], plan, quorums

    def waits_since(self, stage: int) -> datetime:
        return max((one.at for one in self.given(stage - 1)), default=self.since)

    def was_called(self, stage: int, after: timedelta) -> bool:
        """Tell whether a stage had waited for so long, questions left out, when somebody was called in."""
        since = self.waits_since(stage)
        for number, at in self.escalated:
            stood = sum(
                (end - max(begin, since) for begin, end in self.pauses if begin < at and end > since),
                0 * after,
            )
            if number == stage and at >= since + stood + after:
                return True
        return False

    # --- what is written ---

    def takes(self, before: Request, change: Change, now: datetime) -> Row | None:
        """Hold a change against the table; returns the row that it took, where it took one."""
        after, told = change.request, [one.what for one in change.audit]
        assert after == before or after.version == before.version + 1, "each change is one version"
        assert after == before or after.changed_at == now
        assert after.waived == before.waived or before.state is State.SUBMITTED, "waived once, when sent"
        events = [TOLD[one] for one in told if one in TOLD]
        if before.state is not after.state:
            assert events, "a change of state of which the audit does not tell"
            assert TABLE.get((before.state, events[-1])) is after.state, "a way that the table has not"
        elif events and not _is_of_the_mail(after, change.audit):
            assert events[-1] in LOOPS, f"{events[-1]} has no effect"
            assert (before.state, events[-1]) in TABLE
        else:
            events = []
        self._pauses(after, told, now)
        self.over = self.over or after.state in {State.DENIED, State.CANCELED, State.EXPIRED}
        return (before.state, events[-1]) if events else None

    def _pauses(self, after: Request, told: list[str], now: datetime) -> None:
        if self.asked and after.questions[-1].ended_at is not None:
            assert ENDS_A_QUESTION & set(told), "a question ended by nothing"
            self.question_ends(now)

    def question_ends(self, now: datetime) -> None:
        """Let the time to decide go on, which stood still since the question."""
        if self.asked:
            self.pauses.append((self.asked[1], now))
            self.closes += now - self.asked[1]
            self.asked = None

    # --- what always holds ---

    def judge(self, record: Record) -> None:
        request, stands = record.request, self.sanctioned()
        assert request.plan is not None
        assert request.plan.hash == self.shown
        assert (request.term, request.give) == (self.term, self.give)
        steps = [one for one in record.jobs.values() if one.kind is JobKind.STEP]
        assert (request.state in DECIDED) == stands, (
            "delivered by valid approvals or a waiver, and by no else"
        )
        assert bool(steps) == stands
        if stands and self.waived:
            assert request.waived is not None
            assert (request.waived.waiver, request.waived.plan) == (self.waived, self.shown)
            assert request.rule
            assert request.reviews == ()
        if not self.over:  # a denial by another policy counts none of those under the policy before
            self._votes_are_those_that_were_given(request)
        self._time_stands_still(record)

    def _votes_are_those_that_were_given(self, request: Request) -> None:
        counted = [one for one in request.reviews if one.result == "Approve" and one.plan]
        assert [_key(one) for one in counted] == [(one.by, one.stage, one.plan) for one in self.votes]
        for stored, vote in zip(counted, self.votes, strict=True):
            assert stored.seat in vote.seats, "it counts for whom it was given"
        for stage in range(1, len(self.quorums) + 1):
            here = [one.seat for one in counted if one.stage == stage]
            assert len(set(here)) == len(here), "a seat counts once"
            choices = tuple(one.seats for one in self.given(stage))
            assert most(choices) == len(choices) == len({one.by for one in self.given(stage)})

    def _time_stands_still(self, record: Record) -> None:
        request = record.request
        unended = [one for one in request.questions if one.ended_at is None]
        assert len(unended) == bool(self.asked), "one question at a time, and those that ended have ended"
        assert request.closes_at == self.closes, "the time that is left is what was left"
        if request.state is State.PENDING_APPROVAL:
            [timer] = [one for one in record.jobs.values() if one.kind is JobKind.TIMER]
            assert timer.status is (JobStatus.WAITING if self.asked else JobStatus.READY)
            assert self.asked or timer.due_at == self.closes


def _key(review: ReviewResult) -> tuple[ObjectId, int, str]:
    return review.by.object_id, review.stage, review.plan


def _is_of_the_mail(request: Request, audit: Sequence[AuditFact]) -> bool:
    """Tell whether a mail failed, or is tried again after the delivery: it has a lane of its own."""
    fact = audit[-1]
    mail = fact.detail.get("step") == "mail"
    return mail and (fact.what == "step.failed" or request.state is State.DELIVERED)


def says(fact: AuditFact) -> Iterator[str]:
    """Yield what an entry tells, and that it voids approvals, or that it was done for another."""
    yield fact.what
    if "void" in fact.detail:
        yield f"{fact.what} voids approvals"
    if "on_behalf_of" in fact.detail:
        yield f"{fact.what} on behalf"
