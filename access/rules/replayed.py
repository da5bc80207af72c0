"""What trying another policy on a past request can say: it goes the same, differently, or nobody knows."""

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    SAME = "same"
    DIFFERENTLY = "differently"
    UNDECIDABLE = "undecidable"


class What(StrEnum):
    """What would be otherwise; the first eight end a request before anybody is asked."""

    DOMAIN = "domain"
    REQUESTOR = "requestor"
    TERM = "term"
    JUSTIFICATION = "justification"
    QUESTION = "question"
    ACCESS = "access"
    APPROVERS = "approvers"
    WAIVER = "waiver"
    STAGES = "stages"
    QUORUM = "quorum"
    PEOPLE = "people"
    ESCALATION = "escalation"
    DECISION = "decision"
    CLOSING = "closing"
    LANDING = "landing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would be otherwise, in a sentence; of the guest it says no more than the domain."""

    what: What
    words: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What is otherwise for certain, and which facts were missing to say more."""

    differences: tuple[Difference, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.differences:
            return Outcome.DIFFERENTLY
        return Outcome.UNDECIDABLE if self.missing else Outcome.SAME


@dataclass(slots=True)
class Findings:
    """Gathers what is found, each thing once."""

    differences: dict[Difference, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)

    def differs(self, what: What, words: str) -> None:
        self.differences[Difference(what, words)] = None

    def lacks(self, *facts: str) -> None:
        self.missing |= dict.fromkeys(facts)

    def replayed(self) -> Replayed:
        return Replayed(tuple(self.differences), tuple(self.missing))
