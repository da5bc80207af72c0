"""The guests of an app as a list: how it stands with each, which are wanted, in which order, which page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from access.rules.clues import Unread
from access.rules.finding import folded
from access.rules.lapses import Lapse
from access.rules.lapsing import can_lapse, lapsed
from access.rules.model import (
    AccountState,
    App,
    AssignmentState,
    Guest,
    Kind,
    ObjectId,
    Redemption,
    Request,
)

T = TypeVar("T")

ROWS = 5
"""Rows on a page."""
SOON = timedelta(days=14)
"""How long before its end an access is said to end soon."""
ALL_APPS = "all"
"""What is typed for all of one's apps together, in the place of a name."""
TOGETHER = 10
"""Of how many apps at most the guests are one list: each of them is read for it."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Standing(StrEnum):
    """How it stands with a guest; those whom somebody has to look at come first."""

    ENDING = "ending"
    PENDING = "pending"
    UNKNOWN = "unknown"
    """The directory does not say whether the guest has accepted."""
    REMOVING = "removing"
    """A removal of ours has blocked the account, which is to be deleted."""
    DISABLED = "disabled"
    ACCEPTED = "accepted"


class Only(StrEnum):
    """Which guests alone are wanted."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    ENDING = "ending"
    ENDLESS = "endless"
    """Of whose access no end is known."""
    DISABLED = "disabled"
    REMOVING = "removing"
    INACTIVE = "inactive"
    """By the newest daily look, of the accesses that Guestlist gave; so is the next."""
    SPONSORLESS = "sponsorless"


class Order(StrEnum):
    NEED = "need"
    END = "end"
    NAME = "name"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose guests somebody wants to see, and how; `typed` is the whole line: it may be an app's name."""

    app: str = ""
    only: Only | None = None
    domain: str = ""
    order: Order = Order.NEED
    page: int = 1
    typed: str = ""
    as_file: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A guest who holds an app by the directory, and the keys of what gives it to them."""

    guest: Guest
    gives: frozenset[str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A guest of an app; `requests` are ours that gave it, and `ends_at` is when nothing of it is left."""

    guest: Guest
    standing: Standing
    requests: tuple[Request, ...]
    ends_at: datetime | None
    deleted_on: datetime | None = None
    """When the account is deleted, which a removal of ours has blocked."""
    app: App | None = None
    """The app that the guest has, in a list of several."""

    @property
    def request(self) -> Request | None:
        """The one that ends last."""
        return self.requests[-1] if self.requests else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPage:
    """A page of the guests of an app, as somebody may see them."""

    app: App
    wanted: Wanted
    rows: tuple[Listed, ...]
    page: int
    pages: int
    found: int
    """How many are wanted, of all that there are."""
    tally: Mapping[Standing, int]
    ending: int
    signed_in: Mapping[ObjectId, datetime] | Unread
    """Who is not in it has no sign-in on record."""
    sponsors: Mapping[ObjectId, tuple[str, ...]]
    read_at: datetime
    together: int = 0
    """Of how many apps this is, where of several: each row names its own."""

    def app_of(self, row: Listed) -> App:
        return row.app or self.app

    @property
    def total(self) -> int:
        return sum(self.tally.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPage:
    """A page of the apps whose guests somebody may see, with how many guests each has."""

    apps: tuple[tuple[App, int], ...]
    wanted: Wanted
    page: int
    pages: int
    total: int
    read_at: datetime
    together: bool = False
    """Whether the guests of all that are theirs can be one list."""


@dataclass(frozen=True, slots=True)
class NoSuchApp:
    """There is no such app, or none whose guests this person may see: nobody can tell which."""


def leaving(removals: Iterable[Request]) -> Mapping[ObjectId, datetime]:
    """Return when the accounts are deleted that are blocked until then."""
    found = ((one.guest_id, one.account) for one in removals if one.kind is Kind.REMOVE)
    blocked = AccountState.BLOCKED
    return {who: given.delete_at for who, given in found if who and given and given.state is blocked}


def listed(
    held: Iterable[Held],
    requests: Iterable[Request],
    now: datetime,
    goes: Mapping[ObjectId, datetime] | None = None,
) -> list[Listed]:
    """Return the guests of an app, each with the request that gave it to them, as far as one did.

    Of those whom a removal has blocked, `goes` says when the account is deleted.
    """
    by_guest: dict[tuple[ObjectId | None, str], Request] = {}
    for request in sorted(filter(_stands, requests), key=_end_of):
        by_guest[request.guest_id, request.give.key] = request
    rows = [_listed(one, by_guest, now) for one in held]
    return [_removed(row, (goes or {}).get(row.guest.object_id)) for row in rows]


def _removed(row: Listed, deleted_on: datetime | None) -> Listed:
    if deleted_on is None or row.guest.enabled:  # whom somebody has let in again is asked about elsewhere
        return row
    return replace(row, standing=Standing.REMOVING, deleted_on=deleted_on)


def _listed(held: Held, by_guest: Mapping[tuple[ObjectId | None, str], Request], now: datetime) -> Listed:
    """Go by what ends last, for the guest has the app until then; what is not ours ends no one knows when."""
    found = [by_guest.get((held.guest.object_id, give)) for give in held.gives]
    ours = sorted((one for one in found if one is not None), key=_end_of)
    ends = ours and len(ours) == len(found) and all(map(_takes_away, ours))
    ends_at = ours[-1].ends_at if ends else None
    return Listed(held.guest, _standing(held.guest, ends_at, now), tuple(ours), ends_at)


def _stands(request: Request) -> bool:
    """Tell whether what a request gave has not ended: what is held after that is not ours."""
    if request.extends is not None:
        return False
    return request.assignment is None or request.assignment.state is not AssignmentState.ENDED


def _takes_away(request: Request) -> bool:
    """Tell whether the end of a request ends the access, which it does not where that was there before."""
    return request.assignment is None or not request.assignment.was_there


def _end_of(request: Request) -> tuple[datetime, int]:
    return request.ends_at or _NEVER, request.number


def _standing(guest: Guest, ends_at: datetime | None, now: datetime) -> Standing:
    if not guest.enabled:
        return Standing.DISABLED
    if ends_soon(ends_at, now):
        return Standing.ENDING
    match guest.redemption:
        case Redemption.PENDING:
            return Standing.PENDING
        case Redemption.ACCEPTED:
            return Standing.ACCEPTED
    return Standing.UNKNOWN


def ends_soon(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is not None and ends_at - now <= SOON


def tally(rows: Sequence[Listed]) -> dict[Standing, int]:
    """Return how many stand how, those to look at first; what there is none of is left out."""
    counts = {one: sum(row.standing is one for row in rows) for one in Standing}
    return {one: count for one, count in counts.items() if count}


def chosen(rows: Iterable[Listed], wanted: Wanted, now: datetime) -> list[Listed]:
    """Return the guests that are wanted, in the order that is wanted; in each they lie still by name."""
    tests: Mapping[Only | None, Callable[[Listed], bool]] = {
        None: lambda _: True,
        Only.PENDING: lambda row: row.guest.redemption is Redemption.PENDING,
        Only.ACCEPTED: lambda row: row.guest.redemption is Redemption.ACCEPTED,
        Only.ENDING: lambda row: ends_soon(row.ends_at, now),
        Only.ENDLESS: lambda row: row.ends_at is None,
        Only.DISABLED: lambda row: not row.guest.enabled,
        Only.REMOVING: lambda row: row.standing is Standing.REMOVING,
        Only.INACTIVE: lambda row: _lapsed(row, Lapse.INACTIVE, now),
        Only.SPONSORLESS: lambda row: _lapsed(row, Lapse.SPONSORLESS, now),
    }
    of_domain = f"@{wanted.domain.lower()}"
    found = [
        row
        for row in rows
        if tests[wanted.only](row) and (not wanted.domain or row.guest.address.lower().endswith(of_domain))
    ]
    return sorted(found, key=_ORDERS[wanted.order])


def _lapsed(row: Listed, what: Lapse, now: datetime) -> bool:
    """Tell whether somebody is asked about one of its accesses: what is kept rests."""
    found = [lapsed(one, what) for one in row.requests if can_lapse(one)]
    return any(one is not None and (one.kept_until is None or one.kept_until <= now) for one in found)


def _name(row: Listed) -> tuple[str, str]:
    return folded(row.guest.name or row.guest.address), row.guest.object_id


_PLACES = {one: place for place, one in enumerate(Standing)}
_ORDERS: Mapping[Order, Callable[[Listed], tuple[object, ...]]] = {
    Order.NEED: lambda row: (_PLACES[row.standing], row.ends_at or _NEVER, *_name(row)),
    Order.END: lambda row: (row.ends_at or _NEVER, *_name(row)),
    Order.NAME: _name,
    Order.STATE: lambda row: (_PLACES[row.standing], *_name(row)),
}


def cut(rows: Sequence[T], page: int) -> tuple[tuple[T, ...], int, int]:
    """Return the rows of a page, the page as it exists, and how many there are."""
    pages = max(1, -(-len(rows) // ROWS))
    page = min(max(page, 1), pages)
    return tuple(rows[(page - 1) * ROWS : page * ROWS]), page, pages
