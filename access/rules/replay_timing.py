"""When a past request was over, and when it would have been by another time to decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from access.rules.facts import Facts
from access.rules.model import Request, State
from access.rules.replayed import Findings, What
from access.rules.reviews import APPROVE
from access.rules.standing import stood


@dataclass(frozen=True, slots=True)
class Timing:
    """A request's time as it was, to be compared with `closes_after`; what waits has waited until `now`."""

    request: Request
    facts: Facts
    closes_after: timedelta
    now: datetime

    @property
    def until(self) -> datetime:
        """When it was over, or until when it has waited."""
        request = self.request
        if request.review is not None:
            return self.standing(request.review.at)
        if request.state is State.EXPIRED:
            return request.closes_at
        return self.standing(self.now if self._waits else request.changed_at)

    def standing(self, at: datetime) -> datetime:
        """Return how far its time had come: it stands still from a question on that nobody has ended."""
        last = self.request.questions[-1:]
        return min([at, *(one.asked_at for one in last if one.ended_at is None)])

    @property
    def closes_at(self) -> datetime:
        """When nobody could have decided any more, by the other time to decide."""
        if self._is_as_it_was:
            return self.request.closes_at
        since = self.request.submitted_at
        begun = (
            self.request.closes_at - timedelta(seconds=self.facts.closes_after) - stood(self.request, since)
        )
        return ripe(self.request, begun, self.closes_after)

    def compare(self, findings: Findings) -> None:
        """Find a request that another time to decide would have ended, or kept waiting."""
        was, would, until = self.request.closes_at, self.closes_at, self.until
        has_expired = self.request.state is State.EXPIRED
        if would < was and would <= until and not has_expired and not (self._waits and was <= until):
            findings.differs(What.CLOSING, f"It would have expired on {would:%Y-%m-%d}, {self._meanwhile}.")
        elif has_expired and was < would:
            findings.differs(What.CLOSING, f"It expired, and would have waited until {would:%Y-%m-%d}.")
        elif self._waits and was <= until and was < would:
            words = f"Its time to decide was over on {was:%Y-%m-%d}, and would be on {would:%Y-%m-%d}."
            findings.differs(What.CLOSING, words)

    @property
    def _waits(self) -> bool:
        return self.request.state in {State.SUBMITTED, State.PENDING_APPROVAL}

    @property
    def _is_as_it_was(self) -> bool:
        return self.closes_after == timedelta(seconds=self.facts.closes_after)

    @property
    def _meanwhile(self) -> str:
        """What it did instead of expiring."""
        if self._waits:
            return "and still waits"
        review = self.request.review
        if review is None:
            return "before it was canceled"
        return f"before it was {'approved' if review.result == APPROVE else 'denied'}"


def ripe(request: Request, since: datetime, after: timedelta) -> datetime:
    """Return when something is due that waits for so long since then; questions before that stand still."""
    at = since + after
    for one in request.questions:
        if one.ended_at is not None and since < one.ended_at and one.asked_at < at:
            at += one.ended_at - max(one.asked_at, since)
    return at
