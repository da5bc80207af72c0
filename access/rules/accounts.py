"""An act on a guest's account, which is of no app: who had it done, and what a removal leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from access.rules.assignments import EndFailure
from access.rules.people import Give, GiveKind, Guest, Named, ObjectId

NO_APP = Named(ObjectId(""), "")
"""What stands where other requests have their app."""
RESTORABLE = timedelta(days=30)
"""How long Entra keeps a deleted user."""
LOOKS, EACH_LOOK = 3, timedelta(minutes=5)
"""How often a look that an account is gone before its time is not believed, and how long until the next."""


class Right(StrEnum):
    """By which right somebody has an act done on an account."""

    OWNER = "owner"
    """Every app and group that the guest has is theirs."""
    OF_AN_APP = "owner-of-an-app"
    """An app that the guest has is theirs: enough for what nobody loses anything by."""
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Ordered:
    """That somebody had it done by their own right, and what was to be done, by the hash of its plan."""

    by: Named
    at: datetime
    plan: str
    right: Right


class AccountState(StrEnum):
    BLOCKED = "blocked"
    """The guest cannot sign in; the account is deleted at `delete_at`."""
    DELETED = "deleted"
    """It can be restored until `gone_at`."""
    RESTORING = "restoring"
    RESTORED = "restored"
    GONE = "gone"
    """Nobody can restore it any more."""


REMOVED = frozenset({AccountState.BLOCKED, AccountState.DELETED, AccountState.RESTORING})
"""While one of these holds, the account is a removal's, and no other begins."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Who wanted the account back, and when."""

    by: Named
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What has become of an account that was removed from the directory."""

    state: AccountState
    delete_at: datetime
    was_blocked: bool = False
    """Whether it could not sign in before: then it cannot after it was put back, either."""
    deleted_at: datetime | None = None
    gone_at: datetime | None = None
    put_back: PutBack | None = None
    restored_at: datetime | None = None
    failure: EndFailure | None = None


def kept(given: Account) -> Account:
    """Return a deleted account with the end of the time in which Entra keeps it."""
    since = given.deleted_at or given.gone_at
    return replace(given, deleted_at=since, gone_at=since + RESTORABLE) if since else given


def is_early(given: Account, now: datetime) -> bool:
    """Tell whether the directory alone has said that an account is gone, whose time is not over."""
    until = kept(given).gone_at
    if given.state not in {AccountState.DELETED, AccountState.GONE} or given.gone_at is None or until is None:
        return False
    return given.gone_at < until and now < until


def looked_for_until(given: Account, now: datetime) -> datetime | None:
    """Return until when it is looked whether an account is gone of which the directory alone says so."""
    if given.state is not AccountState.DELETED or given.gone_at is None or not is_early(given, now):
        return None
    return max(given.gone_at + LOOKS * EACH_LOOK, now + EACH_LOOK)


def can_return(given: Account, now: datetime) -> bool:
    """Tell whether an account that a removal has taken may be back yet: another would stand beside it."""
    over = given.gone_at is not None and given.gone_at <= now
    return given.state in REMOVED and (not over or looked_for_until(given, now) is not None)


class Unfit(StrEnum):
    """Why Guestlist does not touch an account, whoever asks."""

    SYNCED = "synced"
    """Another directory is its master."""
    NOT_INVITED = "not-invited"
    """It was never invited: a member, or an account that somebody made by hand."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """A guest and all that the directory says they have: what is lost with the account."""

    guest: Guest
    apps: tuple[Named, ...] = ()
    """Those assigned to the guest, and those of the guest's groups."""
    direct: frozenset[ObjectId] = frozenset()
    """Of the apps those assigned to the guest."""
    carried: Mapping[ObjectId, frozenset[ObjectId]] = field(default_factory=dict)
    """By group, the apps to which that is assigned."""
    groups: tuple[Named, ...] = ()
    by_rule: tuple[Named, ...] = ()
    """Beside the groups those without an app that hold the guest by a rule: nobody gave or owns that."""
    roles: tuple[Named, ...] = ()
    """Roles over the directory, and what else the guest is in but groups and administrative units."""
    unfit: Unfit | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """What somebody may see of what a guest has, and whether they may have the guest removed."""

    apps: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    may_remove: bool = False
    may_change: bool = False


def on_account(guest_id: ObjectId) -> Give:
    """Return what stands where other requests have what they give: the account itself."""
    return Give(GiveKind.ACCOUNT, guest_id, "")
