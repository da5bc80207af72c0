"""What approvers have asked back and what the requestor answered, and what approvers made less."""

from dataclasses import dataclass
from datetime import datetime

from access.rules.people import Give, Named, ObjectId, Term


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the requestor; until it has ended the time to decide stands still.

    It ends with its answer, or unanswered with the decision of whoever asked or for whom, or of their stage;
    and once neither of them is to decide any more.
    """

    by: Named
    text: str
    asked_at: datetime
    answer: str = ""
    ended_at: datetime | None = None
    for_whom: Named | None = None
    """The approver whose delegate asked."""
    ahead_of: str = ""
    """The hash of the plan, where it was asked by a policy that has changed since that was made."""

    @property
    def seat(self) -> ObjectId:
        return (self.for_whom or self.by).object_id


@dataclass(frozen=True, slots=True)
class Amendment:
    """Who made it less, when, and what it was before."""

    by: Named
    at: datetime
    was: Term
    for_whom: Named | None = None
    """The approver whose delegate made it less."""
    was_give: Give | None = None
    """None where the access stayed."""
    left_out: tuple[str, ...] = ()
    """The domains of a list that were excepted; the term stayed."""
