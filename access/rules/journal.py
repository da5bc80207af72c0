"""The rows by which work is done once: the journal's steps and timers, the outbox's cards and notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from access.rules.people import Json, RequestId


class JobKind(StrEnum):
    STEP = "step"
    TIMER = "timer"
    CARD = "card"
    NOTICE = "notice"
    WATCH = "watch"
    """Looks after a request that waits: whom to remind, and when to escalate."""
    QUESTION = "question"
    """Looks after an open question: whether whoever asked is still to decide."""
    REMINDER = "reminder"
    TERM = "term"
    """Looks after an access: when it ends, and whom to warn."""
    ACCEPTANCE = "acceptance"
    """Looks after a guest who was invited: when to remind, and what becomes of who never accepts."""
    LETTER = "letter"
    """A mail to the guest that belongs to no delivery."""
    REMOVAL = "removal"
    """A step of an end, of a kind that versions without ends leave alone."""
    RETURN = "return"
    """A step that gives again what was taken away."""
    ACCOUNT = "account"
    """A step of an act on a guest's account."""
    SETUP = "setup"
    """A step that gives an app a group of its own for guests."""
    PROTECT = "protect"
    """A step that makes, enforces or removes policies of Conditional Access."""
    TRIAL = "trial"
    """Asks what is to become of policies that have only reported for long enough."""
    ENTRY = "entry"
    """Looks whether the policy gives that group."""
    CHECK = "check"
    """Looks whether a request that waits will work."""
    ROW = "row"
    """A step of the delivery of a request that stands in a list: nobody waits for it alone."""
    LIST = "list"
    """Runs a list: makes its rows, and counts them."""


DELIVERS = frozenset({JobKind.STEP, JobKind.ROW})
"""The steps of a delivery to a guest."""
STEPS = DELIVERS | {JobKind.REMOVAL, JobKind.RETURN, JobKind.ACCOUNT, JobKind.SETUP, JobKind.PROTECT}
"""What changes the directory or reads it back, each with an entry before it."""


class JobStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


class MailState(StrEnum):
    NONE = "none"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BY_MICROSOFT = "by-microsoft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the journal (steps, timers) or of the outbox (cards, notices).

    `key` is `request/cycle/name`. `started` above 1 on a claimed job means that somebody may have
    called before; `fence` grows with each claim, and only the holder of the newest may finish.
    """

    key: str
    request_id: RequestId
    kind: JobKind
    name: str
    status: JobStatus
    due_at: datetime
    position: int = 0
    fence: int = 0
    started: int = 0
    tries: int = 0
    lease_until: datetime | None = None
    body: Mapping[str, Json] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    """The redeem link, from the invitation until the mail is sent; never logged, never on a card."""
