"""What is answered to whoever wants a guest removed from the directory, before anything is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from access.rules import removing
from access.rules.accounts import REMOVED, Holdings, Right, Unfit
from access.rules.model import OPEN, Kind, Plan, Record, Request, State
from access.rules.refusals import Unreadable


@dataclass(frozen=True, slots=True)
class NotTheirs:
    """There is no such guest, or none whose account is this person's to act on: nobody can tell which."""


@dataclass(frozen=True, slots=True)
class Untouchable:
    """Guestlist acts on no such account, whoever asks."""

    why: Unfit


@dataclass(frozen=True, slots=True)
class Asked:
    """What a removal would take from a guest, as the directory says it; nothing has been done.

    `moved` says that it is another than what was shown, so that somebody has to look again, `unjustified`
    that somebody meant it and gave no justification.
    """

    held: Holdings
    plan: Plan
    days: int
    right: Right
    justification: str = ""
    moved: bool = False
    unjustified: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The account is removed already, by this request."""

    request: Request


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A removal that has begun and has not been undone, and what whoever looks may do about it."""

    record: Record
    may_restore: bool
    may_retry: bool = False

    @property
    def request(self) -> Request:
        return self.record.request


def under_way(records: Iterable[Record]) -> Record | None:
    """Return the newest removal of a guest that is under way, or has taken the account."""
    found = [one for one in records if one.request.kind is Kind.REMOVE and _holds(one.request)]
    return max(found, key=lambda one: one.request.number, default=None)


def _holds(request: Request) -> bool:
    given = request.account
    return request.state in OPEN if given is None else given.state in REMOVED


def keeps_out(records: Iterable[Record]) -> Request | None:
    """Return the newest removal that keeps a guest out, or is about to: then they are given nothing.

    One that failed before anything was done keeps nobody out.
    """
    removals = [one.request for one in records if one.request.kind is Kind.REMOVE and _keeps_out(one)]
    return max(removals, key=lambda one: one.number, default=None)


def _keeps_out(record: Record) -> bool:
    given, state = record.request.account, record.request.state
    if given is not None:
        return given.state in REMOVED
    return state is State.DELIVERING or (state is State.DELIVERY_FAILED and removing.is_blocked(record))


NotAsked = NotTheirs | Untouchable | Standing | Unreadable
