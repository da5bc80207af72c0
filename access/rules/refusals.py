"""What a person or a caller can be refused, each a value that its words are written from."""

from dataclasses import dataclass
from enum import StrEnum

from access.rules.causes import Cause
from access.rules.form_questions import FormQuestion
from access.rules.model import Give, Named, Request, Restore, ReviewResult, State


@dataclass(frozen=True, slots=True)
class AlreadyDecided:
    """Somebody decided, canceled or ran out of time first; the request as it stands says who and when."""

    request: Request


@dataclass(frozen=True, slots=True)
class NotYours:
    """The presser may not do this; `may` are those who may."""

    request: Request
    may: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """Nobody decides their own request, nor one that benefits them."""

    request: Request
    may: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class NoApprover:
    """The approver set is empty at this moment, so nobody can decide."""

    request: Request


@dataclass(frozen=True, slots=True)
class AlreadyApproved:
    """The presser has approved, or in `spoken` whom they decide for or who decided for them; others must."""

    request: Request
    spoken: ReviewResult | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """The presser decides at a later stage than the request is at."""

    request: Request
    stage: int


@dataclass(frozen=True, slots=True)
class TooFewApprovers:
    """A stage needs more approvals than there are people who may give one, now or when it comes."""

    request: Request
    stage: int
    lacks: int


@dataclass(frozen=True, slots=True)
class QuestionOpen:
    """Another question waits for its answer."""

    request: Request


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """No question waits for an answer, or not the one that was answered."""

    request: Request


@dataclass(frozen=True, slots=True)
class NotLess:
    """What was to be made less would be as much as before or more, or nothing at all."""

    request: Request
    access: str | None = None
    """The access that was wanted, where it is that, empty for the present one; None where it is the term."""
    lesser: tuple[str, ...] = ()
    """The names of what would be less."""


@dataclass(frozen=True, slots=True)
class NotExcepted:
    """Nothing was excepted of a list: it has nobody of these domains, or where it `is_all`, nobody else."""

    request: Request
    domains: tuple[str, ...]
    is_all: bool = False


class Obstacle(StrEnum):
    """Why nobody could have asked for a lesser access in the first place."""

    TERM_TOO_LONG = "term-too-long"
    NOT_ALLOWED = "not-allowed"
    DOMAIN_DENIED = "domain-denied"
    HAS_ACCESS = "has-access"
    NO_APPROVER = "no-approver"
    SAME_OPEN = "same-open"


@dataclass(frozen=True, slots=True)
class NotInstead:
    """The lesser access cannot be asked for; the request stays as it is."""

    request: Request
    give: Give
    why: Obstacle
    hint: str = ""
    """The days of the longest term, or the number of the request that asks for the same, unless hidden."""


@dataclass(frozen=True, slots=True)
class PlanMoved:
    """What the approver saw is no longer what would be done; `request` carries the new plan."""

    request: Request
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WillNotWork:
    """Approving would lead nowhere: the app or group is gone, or the requestor has left."""

    request: Request
    cause: Cause


@dataclass(frozen=True, slots=True)
class WouldFail:
    """What would be approved will fail, as is known of it; whoever was shown that `may_go_on`, or nobody."""

    request: Request
    may_go_on: bool


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The state does not allow the act."""

    request: Request
    state: State


@dataclass(frozen=True, slots=True)
class NoAccess:
    """A guest has no access that the asker may end: there is no such guest, or they may not know of any."""


@dataclass(frozen=True, slots=True)
class SeveralAccesses:
    """A guest has more than one access that the asker may end; these are their requests."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class NoAppNamed:
    """A guest's access was not named whole, so it is shown and stays: the rest of the line may be missing."""

    request: Request


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The directory could not be read at the click, so nothing was decided and the card stays."""

    request: Request | None = None


@dataclass(frozen=True, slots=True)
class KeepsChanging:
    """Others changed what was read for the press, each time that it was read; nothing was decided."""

    request: Request


@dataclass(frozen=True, slots=True)
class UnknownRequest:
    """There is no such request, or it is none of the asker's business, or a restore has lost it."""

    label: str
    restore: Restore | None = None


@dataclass(frozen=True, slots=True)
class TooLate:
    """The guest was deleted so long ago that nobody can put the account back."""

    request: Request


@dataclass(frozen=True, slots=True)
class Stale:
    """The job is not (or no longer) the caller's to run: another claim, another state, not due."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same thing is already asked and not ended, or was just given; `first` is that request."""

    first: Request


class Field(StrEnum):
    """The fields of the request form; a problem stands under its field."""

    ADDRESS = "address"
    NAME = "name"
    APP = "app"
    ACCESS = "access"
    TERM = "term"
    UNTIL = "until"
    JUSTIFICATION = "justification"
    QUESTION = "question"
    MESSAGE = "message"
    SPONSOR = "sponsor"
    ASK_FIRST = "ask_first"
    WHOLE = ""


class ProblemCode(StrEnum):
    """What is wrong with an answer; `cards/words.py` says it in a sentence."""

    ADDRESS_MISSING = "address-missing"
    NOT_AN_ADDRESS = "not-an-address"
    PLUS_ADDRESS = "plus-address"
    REFUSED_CHARACTER = "refused-character"
    OWN_DOMAIN = "own-domain"
    DOMAIN_DENIED = "domain-denied"
    DOMAIN_DENIED_HERE = "domain-denied-here"
    IS_MEMBER = "is-member"
    NOT_A_GUEST_YET = "not-a-guest-yet"
    GUEST_DISABLED = "guest-disabled"
    GUEST_REMOVED = "guest-removed"
    """By a removal of Guestlist's own, which can be undone."""
    GUEST_LOOKED_FOR = "guest-looked-for"
    """By a removal whose account the directory has let go of early, which is not believed yet."""
    APP_MISSING = "app-missing"
    APP_UNKNOWN = "app-unknown"
    APP_AMBIGUOUS = "app-ambiguous"
    APP_DISABLED = "app-disabled"
    NOT_ALLOWED = "not-allowed"
    ACCESS_UNKNOWN = "access-unknown"
    ACCESS_MISSING = "access-missing"
    GROUP_CLOSED = "group-closed"
    OTHERS_GROUP = "others-group"
    TERM_MISSING = "term-missing"
    TERM_UNREADABLE = "term-unreadable"
    TERM_TOO_LONG = "term-too-long"
    TERM_PAST = "term-past"
    JUSTIFICATION_MISSING = "justification-missing"
    JUSTIFICATION_SHORT = "justification-short"
    JUSTIFICATION_WITHOUT = "justification-without"
    QUESTION_MISSING = "question-missing"
    QUESTION_CHOICE = "question-choice"
    QUESTION_NEW = "question-new"
    TOO_LONG = "too-long"
    HAS_ACCESS = "has-access"
    ACCESS_OVER = "access-over"
    ACCESS_FAILED = "access-failed"
    ACCESS_ENDLESS = "access-endless"
    ACCESS_HALTED = "access-halted"
    END_MOVED = "end-moved"
    ACCESS_LOST = "access-lost"
    NOT_RENEWABLE = "not-renewable"
    RENEWALS_USED_UP = "renewals-used-up"
    RENEWAL_SHORTER = "renewal-shorter"
    RENEWAL_TOO_LONG = "renewal-too-long"
    RENEWAL_TOTAL = "renewal-total"
    NO_SPONSOR = "no-sponsor"
    MAY_NOT_DECIDE = "may-not-decide"
    NO_APPROVER = "no-approver"
    TOO_FEW_APPROVERS = "too-few-approvers"
    UNREADABLE = "unreadable"
    UNCONFIRMED = "unconfirmed"
    NOT_KEPT = "not-kept"
    POLICY_CHANGING = "policy-changing"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to change in a draft; `hints` are names and values that the sentence needs.

    `question` is the one of the policy's that it is about, where its field is that.
    """

    field: Field
    code: ProblemCode
    hints: tuple[str, ...] = ()
    question: FormQuestion | None = None
