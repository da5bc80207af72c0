"""What people have decided on a request, and who may decide at each of its stages."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from access.rules.facts import Meant, Seen
from access.rules.people import Named, ObjectId

APPROVE = "Approve"
DENY = "Deny"


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """Who decided what and when; `result` is `Approve` or `Deny`, Graph's words.

    `plan` is the hash of what it was decided on: an approval of another plan counts no more. `for_whom` is
    the approver whose delegate decided; their seat is taken by that, as long as it has to be theirs.
    """

    by: Named
    result: str
    at: datetime
    justification: str = ""
    stage: int = 1
    plan: str = ""
    meant: tuple[Meant, ...] = ()
    """Whom words of the policy meant at the press, where that was otherwise than before."""
    for_whom: Named | None = None
    or_for: tuple[Named, ...] = ()
    """The other approvers whose delegate they were: where one of a seat approves, it counts for another."""

    @property
    def seat(self) -> ObjectId:
        return (self.for_whom or self.by).object_id

    @property
    def whose(self) -> tuple[Named, ...]:
        """For whom it may count, one at a time; nobody but themselves, in one's own right."""
        return (self.for_whom, *self.or_for) if self.for_whom else (self.by,)

    def moved_to(self, seat: ObjectId) -> "ReviewResult":
        """Return it as it counts for another of those for whom it was given, or in their own right."""
        if seat == self.seat:
            return self
        if seat == self.by.object_id:
            return replace(self, for_whom=None, or_for=())
        whom = next(one for one in self.whose if one.object_id == seat)
        return replace(self, for_whom=whom, or_for=tuple(one for one in self.whose if one != whom))


@dataclass(frozen=True, slots=True)
class StandIn:
    """A delegate, and for whom of the approvers they decide until when."""

    by: Named
    for_whom: Named
    until: datetime


@dataclass(frozen=True, slots=True)
class Panel:
    """Who may decide at one stage, as the directory last said, and how many of them must approve."""

    approvers: tuple[Named, ...]
    """Delegates as well, who have no seat of their own."""
    quorum: int = 1
    fallback_used: bool = False
    silent: tuple[ObjectId, ...] = ()
    """Those of them who may decide and are asked by no card."""
    escalated: tuple[ObjectId, ...] = ()
    """Those of them whom the escalation of the stage calls in."""
    delegated: tuple[StandIn, ...] = ()
    """Who decides for which of them at this moment."""
    _seen: Seen | None = field(default=None, repr=False, compare=False)

    @property
    def seen(self) -> Seen | None:
        """What the directory was asked for it; where it is stored it holds this no more."""
        return self._seen

    @property
    def asked(self) -> tuple[Named, ...]:
        return tuple(one for one in self.approvers if one.object_id not in self.silent)

    @property
    def lacks(self) -> int:
        """Return how many people it lacks to be passed; one at least where nobody would be asked."""
        missing = max(self.quorum - len(self.seats), 0)
        return missing if self.asked else max(missing, 1)

    @property
    def seats(self) -> tuple[Named, ...]:
        """The approvers in their own right: each counts once, whoever decides for them."""
        delegates = {one.by.object_id for one in self.delegated}
        return tuple(one for one in self.approvers if one.object_id not in delegates)

    def seats_of(self, person: ObjectId) -> tuple[Named, ...]:
        """Return whose approval somebody can give: their own, or else of those for whom they decide."""
        own = tuple(one for one in self.seats if one.object_id == person)
        return own or tuple(one.for_whom for one in self.delegated if one.by.object_id == person)


@dataclass(frozen=True, slots=True)
class Escalation:
    """That a stage waited too long, and who was called in; nobody, where there was nobody left to call."""

    stage: int
    at: datetime
    to: tuple[Named, ...] = ()
