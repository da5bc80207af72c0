"""A delegation: an approver has somebody decide for them for a while; made, ended, and read from words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from access.rules.authority import FACTS_HOLD
from access.rules.model import AuditFact, Json, Named, ObjectId, Term

MADE, ENDED = "delegation.made", "delegation.ended"
"""What the audit calls them; they are about no request."""
LONGEST = timedelta(days=90)
AHEAD = timedelta(days=365)
"""How far from now a delegation may begin."""
RARELY = timedelta(minutes=15)
"""How long at the most until cards try to follow again one that has no effect yet."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """Who decides for whom and how long; an approver has one at a time.

    At `due_at` the cards of what waits have to follow it; it is None when they have for good.
    """

    by: Named
    to: Named
    begins_at: datetime
    ends_at: datetime
    made_at: datetime
    due_at: datetime | None = None
    stopped: bool = False
    """It was ended before its time."""

    def holds(self, now: datetime) -> bool:
        return self.begins_at <= now < self.ends_at

    def is_on_cards(self, now: datetime) -> bool:
        """Tell whether cards may name its delegate, or whoever was it before."""
        return self.due_at is not None and not now < self.due_at == self.begins_at

    @property
    def edges(self) -> tuple[datetime, ...]:
        """When who decides may have changed by it: as it took another's place, began and ended."""
        return tuple(sorted({self.made_at, self.begins_at, self.ends_at}))


@dataclass(frozen=True, slots=True)
class Entrusted:
    """A delegation to keep in the place of what the approver had, and what the audit says of it."""

    delegation: Delegation
    audit: tuple[AuditFact, ...] = ()
    replaced: Delegation | None = None
    """What had not ended, and has by this."""


@dataclass(frozen=True, slots=True)
class Delegated:
    """Who decides for a person, and for whom they do, as far as it has not ended `at` this moment."""

    at: datetime
    own: Delegation | None = None
    for_others: tuple[Delegation, ...] = ()
    replaced: Delegation | None = None
    """What this has just taken the place of, or what was just ended."""


class NotDelegated(StrEnum):
    """Why nothing was delegated."""

    NOBODY = "nobody"
    SEVERAL = "several"
    UNABLE = "unable"
    """They are a guest, or their account is not active."""
    YOURSELF = "yourself"
    YOU_UNABLE = "you-unable"
    TIME_UNREADABLE = "time-unreadable"
    TIME_MISSING = "time-missing"
    OVER = "over"
    TOO_LONG = "too-long"
    TOO_FAR = "too-far"
    NONE_THERE = "none-there"


Delegating = Callable[[Delegation | None, datetime], Entrusted | NotDelegated | None]
"""A pure function of what an approver has, ended or not, and the store's time; None changes nothing."""


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when, as a person said it: whole days, or a length; from now where no day is said."""

    begins: date | None
    length: Term

    def times(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the times: a day begins at its midnight, and the last one ends at 23:59."""
        begins = now
        if self.begins is not None:
            midnight = datetime(self.begins.year, self.begins.month, self.begins.day, tzinfo=zone)
            begins = max(midnight.astimezone(now.tzinfo), now) if self.begins >= _day(now, zone) else midnight
        return begins, self.length.ends_at(begins, zone)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def make(by: Named, to: Named, period: Period, zone: ZoneInfo) -> Delegating:
    """Have `to` decide for `by`; one that has not ended is ended by that."""

    def transition(known: Delegation | None, now: datetime) -> Entrusted | NotDelegated:
        begins, ends = period.times(now, zone)
        if wrong := _wrong(begins, ends, now, zone):
            return wrong
        open_still = known if known is not None and now < known.ends_at else None
        # Whoever decided until now is off the cards at once, also where the next begins later.
        due = now if known is not None and known.is_on_cards(now) else begins
        made = Delegation(by, to, begins, ends, now, due)
        before = (_entry(ENDED, open_still, by.object_id),) if open_still else _own_end(known)
        return Entrusted(made, (*before, _entry(MADE, made, by.object_id)), open_still)

    return transition


def _wrong(begins: datetime, ends: datetime, now: datetime, zone: ZoneInfo) -> NotDelegated | None:
    if ends <= now or ends <= begins or _day(begins, zone) < _day(now, zone):
        return NotDelegated.OVER
    if begins > now + AHEAD:
        return NotDelegated.TOO_FAR
    # Counted in days, as people do: the last day is whole, and a clock that is put back adds none.
    too_long = (_day(ends, zone) - _day(begins, zone)) > LONGEST
    return NotDelegated.TOO_LONG if too_long else None


def end(by: ObjectId) -> Delegating:
    """End it before its time."""

    def transition(known: Delegation | None, now: datetime) -> Entrusted | NotDelegated:
        if known is None or known.ends_at <= now:
            return NotDelegated.NONE_THERE
        due = now if known.is_on_cards(now) else None
        ended = replace(known, begins_at=min(known.begins_at, now), ends_at=now, due_at=due, stopped=True)
        return Entrusted(ended, (_entry(ENDED, known, by),), known)

    return transition


def followed(seen: Delegation, *, has_effect: bool = True) -> Delegating:
    """Note that the cards of what waits follow it, as it was `seen`; its own end is an entry.

    They do so once more when nobody writes any more what they read of the delegations before that. Of one
    that holds and has no effect, for who is in it may do nothing, they try so again, ever more rarely.
    """

    def transition(known: Delegation | None, now: datetime) -> Entrusted | None:
        if known != seen or seen.due_at is None or now < seen.due_at:
            return None
        edge = max(at for at in seen.edges if at <= seen.due_at)
        times = [*seen.edges, edge + FACTS_HOLD]
        if not has_effect:
            times.append(now + min(max(now - edge, FACTS_HOLD), RARELY))
        next_ = sorted(at for at in times if at > seen.due_at)
        by_itself = seen.due_at == seen.ends_at and not seen.stopped
        entries = (_entry(ENDED, seen),) if by_itself else ()
        return Entrusted(replace(seen, due_at=next(iter(next_), None)), entries)

    return transition


def _own_end(known: Delegation | None) -> tuple[AuditFact, ...]:
    """Return the entry that one has ended by itself, where it is not written: no cards have followed that."""
    if known is None or known.stopped or known.due_at is None or known.due_at > known.ends_at:
        return ()
    return (_entry(ENDED, known),)


def _entry(what: str, one: Delegation, actor: ObjectId | None = None) -> AuditFact:
    detail: dict[str, Json] = {
        "by": one.by.object_id,
        "to": one.to.object_id,
        "from": one.begins_at.isoformat(),
        "until": one.ends_at.isoformat(),
    }
    return AuditFact(what=what, actor=actor, detail=detail)
