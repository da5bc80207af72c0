"""The request, its plan and its jobs; the nouns around them come from `people` and are named here too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from access.rules.accounts import Account, AccountState, Ordered
from access.rules.assignments import (
    Assignment,
    AssignmentState,
    End,
    EndCause,
    EndFailure,
    Halted,
    Left,
    Returned,
)
from access.rules.bulk import Bulk, Listed, Progress, Sample
from access.rules.checked import Checked
from access.rules.facts import Facts
from access.rules.form_questions import FormAnswer
from access.rules.guards import Guard
from access.rules.journal import Job, JobKind, JobStatus, MailState
from access.rules.kinds import ON_ACCOUNTS, Kind, StepKind
from access.rules.lapses import Lapse, Lapsed
from access.rules.people import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    App,
    AppRole,
    Give,
    GiveKind,
    Group,
    GroupKind,
    Guest,
    Json,
    Named,
    ObjectId,
    Person,
    PersonKind,
    Place,
    Redemption,
    RequestId,
    Subject,
    TenantId,
    Term,
)
from access.rules.profiles import Detail, Edit
from access.rules.questions import Amendment, Question
from access.rules.relinked import Relinked
from access.rules.renewals import Extends, NotRenewed
from access.rules.restored import Effect, Restore
from access.rules.reviews import Escalation, Panel, ReviewResult, StandIn
from access.rules.setups import Setup
from access.rules.waived import NotWaived, Waived, WhyNot

__all__ = [
    "DEFAULT_ACCESS",
    "DEFAULT_NAME",
    "ERASED",
    "ON_ACCOUNTS",
    "OPEN",
    "Account",
    "AccountState",
    "Amendment",
    "App",
    "AppRole",
    "Assignment",
    "AssignmentState",
    "AuditFact",
    "Change",
    "Detail",
    "Edit",
    "Effect",
    "End",
    "EndCause",
    "EndFailure",
    "Escalation",
    "Extends",
    "Failure",
    "FormAnswer",
    "Give",
    "GiveKind",
    "Group",
    "GroupKind",
    "Guard",
    "Guest",
    "Job",
    "JobKind",
    "JobStatus",
    "Json",
    "Kind",
    "Lapse",
    "Lapsed",
    "Left",
    "MailState",
    "Named",
    "NotRenewed",
    "NotWaived",
    "ObjectId",
    "Panel",
    "Person",
    "PersonKind",
    "Place",
    "Plan",
    "Question",
    "Record",
    "Redemption",
    "Relinked",
    "Request",
    "RequestId",
    "Restore",
    "Returned",
    "ReviewResult",
    "Setup",
    "StandIn",
    "State",
    "StepKind",
    "Subject",
    "TenantId",
    "Term",
    "Waived",
    "WhyNot",
]


class State(StrEnum):
    """Graph's `accessPackageRequestState` words, plus `expired`."""

    SUBMITTED = "submitted"
    PENDING_APPROVAL = "pendingApproval"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "deliveryFailed"
    DENIED = "denied"
    CANCELED = "canceled"
    EXPIRED = "expired"


OPEN = frozenset({State.SUBMITTED, State.PENDING_APPROVAL, State.DELIVERING, State.DELIVERY_FAILED})
"""States in which the same thing is asked already; what was delivered is looked up in the directory."""

ERASED = "(erased)"
"""What stands where a forgotten guest's name and address stood."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed: the step, a cause from `access.rules.causes`, and names that its words need."""

    step: StepKind
    cause: str
    detail: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, and the hash that an approval is bound to (DESIGN §3, authority 5).

    `parts` are what is hashed, by the names of `access.rules.plan`, so that a difference can be told.
    """

    steps: tuple[StepKind, ...]
    guest_id: ObjectId | None
    redemption: Redemption | None
    hash: str
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    request_id: RequestId
    number: int
    version: int
    state: State
    kind: Kind
    requestor: Named
    subject: Subject
    address: str
    guest_name: str
    app: Named
    give: Give
    term: Term
    justification: str
    message: str
    place: Place
    submitted_at: datetime
    closes_at: datetime
    approvers: tuple[Named, ...] = ()
    """Who may decide at the present stage."""
    fallback_used: bool = False
    stages: tuple[Panel, ...] = ()
    unreached: tuple[Named, ...] = ()
    ask_first: tuple[Named, ...] = ()
    sponsor: Named | None = None
    """Who stands for the guest, where that is not the requestor."""
    rule: str = ""
    landing: str = ""
    plan: Plan | None = None
    cycle: int = 1
    review: ReviewResult | None = None
    """What decided it: the last approval that it needed, or the denial."""
    reviews: tuple[ReviewResult, ...] = ()
    waived: Waived | None = None
    """What approved it where nobody was asked."""
    ordered: Ordered | None = None
    not_waived: NotWaived | None = None
    """Set where a waiver would have, and had been used too often."""
    restarted_at: datetime | None = None  # when approvals were void, and the first stage came again
    form_answers: tuple[FormAnswer, ...] = ()
    """What was answered to the policy's questions in the form."""
    questions: tuple[Question, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    lesser: tuple[Give, ...] = ()
    """What was less by the policy's order when it was planned, the least first: a card offers it."""
    escalations: tuple[Escalation, ...] = ()
    failure: Failure | None = None
    waiting_for: str = ""
    """A cause from `access.rules.causes` while the delivery waits for the world, else empty."""
    waits_for: str = ""
    """The label of the request that came first, where one had to be waited for."""
    guest_id: ObjectId | None = None
    awaits_acceptance: bool = False
    accepted_at: datetime | None = None
    gone_at: datetime | None = None  # when the guest was found deleted before they had accepted
    mail: MailState = MailState.NONE
    relinked: Relinked | None = None
    anew_at: datetime | None = None  # since when the guest has to accept anew, by the newest reset
    delivered_at: datetime | None = None
    ends_at: datetime | None = None
    adopted: bool = False
    """Whether its access was given past Guestlist; its requestor, who adopted it, asked nobody."""
    halted: Halted | None = None
    """Set where the guest's account was removed from the directory before the delivery was over."""
    group_gone_at: datetime | None = None  # when its end met no group, which can be restored
    assignment: Assignment | None = None
    """What its delivery left behind; None before that, and where an older version has just delivered it."""
    lapses: tuple[Lapsed, ...] = ()
    """Why nobody may need its access any more, as far as somebody was shown it; of each the newest."""
    account: Account | None = None
    """What has become of the account, once a removal from the directory has blocked it."""
    edits: tuple[Edit, ...] = ()
    setup: Setup | None = None
    """What a request of that kind is about, instead of a guest, and so the two that follow."""
    guard: Guard | None = None
    bulk: Bulk | None = None
    listed: Listed | None = None
    extends: Extends | None = None
    restored: Restore | None = None
    """Set where the database was restored while this had not ended: its effects may have happened."""
    effects: tuple[Effect, ...] = ()  # found of it after the restore without a stored approval
    checked: Checked | None = None
    facts: Facts | None = None  # what another policy can be tried on; an older version kept none
    changed_at: datetime
    _carried: Mapping[str, Json] = field(default_factory=dict, repr=False, hash=False)

    @property
    def carried(self) -> Mapping[str, Json]:
        """What a newer version has noted of it, which this one does not know and keeps as it is."""
        return self._carried

    @property
    def of_no_guest(self) -> bool:
        return self.setup is not None or self.guard is not None or self.bulk is not None

    @property
    def label(self) -> str:
        return f"R-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFact:
    """What an audit entry says; `detail` holds object ids and codes, never a name, address or link."""

    what: str
    request_id: RequestId | None = None
    actor: ObjectId | None = None
    subject: Subject | None = None
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A request with its jobs, by name of their keys; of a list on a card some guests, or how far it is."""

    request: Request
    jobs: Mapping[str, Job]
    samples: tuple[Sample, ...] = ()
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a transition wants written, all or nothing: the request, jobs (new or replaced by key), audit."""

    request: Request
    jobs: tuple[Job, ...] = ()
    audit: tuple[AuditFact, ...] = ()
