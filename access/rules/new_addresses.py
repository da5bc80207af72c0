"""A guest who has moved to another address: for each access a new request, with its own approval."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from access.rules.addresses import are_same
from access.rules.draft import Draft
from access.rules.model import ERASED, AssignmentState, Guest, Kind, ObjectId, Record, Request
from access.rules.refusals import Problem


class WhyNoAddress(StrEnum):
    """Why an address cannot be the guest's new one."""

    SAME = "same"
    """The guest has it already."""
    TAKEN = "taken"
    """Another account, a contact or a group has it."""
    NO_ACCESS = "no-access"
    """Guestlist gave the guest nothing in an app of theirs, so there is nothing to ask for again."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed of a new address; no justification asks for nothing yet."""

    address: str
    term: str = ""
    justification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """What would be asked for under a new address; `why` or `problem` is what stands against it."""

    guest: Guest
    typed: Typed
    accesses: tuple[Request, ...] = ()
    why: WhyNoAddress | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """What has come of asking anew for an access: the request, or everything that is against it."""

    first: Request
    request: Request | None = None
    problems: tuple[Problem, ...] = ()
    by_others: bool = False
    """Whether somebody else asks for the same, which has not ended."""


@dataclass(frozen=True, slots=True)
class AskedAnew:
    """A new address that was asked for, with each of the accesses."""

    asked: NewAddress
    found: tuple[Again, ...]


def accesses(records: Iterable[Record], apps: frozenset[ObjectId] | None) -> tuple[Request, ...]:
    """Return what a guest has by Guestlist in these apps, or in any; a renewal gives nothing by itself."""
    requests = (one.request for one in records)
    standing = (
        one
        for one in requests
        if one.assignment is not None and one.assignment.state is AssignmentState.ACTIVE
        if one.address != ERASED and (apps is None or one.app.object_id in apps)
    )
    newest = {(one.app.object_id, one.give.key): one for one in sorted(standing, key=lambda one: one.number)}
    return tuple(newest.values())


def for_others(found: tuple[Request, ...], guest: Guest, address: str) -> tuple[Request, ...]:
    """Return which of these were approved for another address than this, which the directory has by now."""
    if not are_same(guest.address, address):
        return ()
    return tuple(one for one in found if not are_same(one.address, address))


def draft(first: Request, asked: NewAddress, zone: ZoneInfo) -> Draft:
    """Return the request for the same access until the same day, for the new address."""
    ends = f"until {first.ends_at.astimezone(zone).date().isoformat()}" if first.ends_at else ""
    return Draft(
        kind=Kind.INVITE,
        address=asked.typed.address,
        name=asked.guest.name,
        app=first.app.object_id,
        access=first.give.key,
        term=asked.typed.term or ends,
        justification=asked.typed.justification,
        sponsor=first.sponsor.object_id if first.sponsor else "",
    )
