"""Why a guest is not in yet, as far as it can be read, and the one act that helps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from access.rules.accounts import Has
from access.rules.clues import Clues, LaterInvitation, SignIn, Unread
from access.rules.departing import UnderWay
from access.rules.model import MailState, Record, Redemption, State
from access.rules.snags import REFUSED_AS, Snag


class Helps(StrEnum):
    """The one act that helps."""

    NOTHING = "nothing"
    WAIT = "wait"
    RETRY = "retry"
    RESEND = "resend"
    """A new link, by mail; the old one dies."""
    RESET = "reset"
    """The guest accepts anew, with the account that they have now; object id and access stay."""
    CHANGE_ADDRESS = "change-address"
    TELL_GUEST = "tell-guest"
    ASK_ADMIN = "ask-admin"
    ASK_POLICY = "ask-policy"
    INVITE_AGAIN = "invite-again"
    ASK_ANEW = "ask-anew"
    """What has ended is given again by a new request alone."""


class Stands(StrEnum):
    """How it stands with the guest, in one word."""

    NOT_INVITED = "not-invited"
    WAITING = "waiting"
    STUCK = "stuck"
    ACCEPTED = "accepted"
    ENDED = "ended"
    """The access is over, or being taken away: nothing is in anybody's way any more."""


@dataclass(frozen=True, slots=True)
class Check:
    """One cause that was looked for: found or not, or why that is not known."""

    snag: Snag
    found: bool | Unread
    at: datetime | None = None
    who: str = ""
    """Whoever or whatever is behind it, where that is known: a person, a contact, a code."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked for, in order; `cause` is the first that was found, if any was."""

    stands: Stands
    checks: tuple[Check, ...]
    cause: Check | None
    helps: Helps


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestFile:
    """One guest as somebody may see them: the requests about them, newest first, and how it stands."""

    address: str
    name: str
    records: tuple[Record, ...]
    main: Record | None
    """The newest of them that was delivered, and that an act belongs to."""
    diagnosis: Diagnosis
    clues: Clues | None = None
    may_act: bool = False
    removal: UnderWay | None = None
    holds: Has = field(default_factory=Has)
    """What the directory says that they have, as far as it is this person's to know."""
    sponsors: tuple[str, ...] = ()
    """As the directory has them; none where that was not read."""
    read_at: datetime


@dataclass(frozen=True, slots=True)
class NoGuest:
    """There is no such guest, or none that this person may see: nobody can tell which."""


_BY_SIGN_IN = (
    Snag.OTHER_ACCOUNT,
    Snag.CONDITIONAL_ACCESS,
    Snag.SECOND_FACTOR,
    Snag.TERMS_OF_USE,
    Snag.CONSENT,
    Snag.SIGN_IN_REFUSED,
)
_BEFORE_ACCEPTING = frozenset(
    {
        Snag.DOMAIN_DENIED,
        Snag.DOMAIN_LISTED,
        Snag.MAIL_FAILED,
        Snag.MAIL_QUEUED,
        Snag.MAIL_NOT_OURS,
        Snag.COLLIDES,
        Snag.ALIAS,
        Snag.LINK_REPLACED,
    }
)
"""What keeps nobody out who has accepted."""
_NOT_STUCK = frozenset({Snag.DELIVERING, Snag.MAIL_QUEUED, Snag.MAIL_NOT_OURS})
"""What is found, and keeps nobody out by itself."""
_HELPS: Mapping[Snag, Helps] = {
    Snag.GONE: Helps.INVITE_AGAIN,
    Snag.DISABLED: Helps.ASK_ADMIN,
    Snag.DELIVERING: Helps.WAIT,
    Snag.DELIVERY_FAILED: Helps.RETRY,
    Snag.MAIL_FAILED: Helps.RETRY,
    Snag.MAIL_QUEUED: Helps.WAIT,
    Snag.DOMAIN_DENIED: Helps.ASK_POLICY,
    Snag.DOMAIN_LISTED: Helps.ASK_ADMIN,
    Snag.CROSS_TENANT: Helps.ASK_ADMIN,
    Snag.COLLIDES: Helps.ASK_ADMIN,
    Snag.ALIAS: Helps.CHANGE_ADDRESS,
    Snag.LINK_REPLACED: Helps.RESEND,
    Snag.NOT_ASSIGNED: Helps.ASK_ADMIN,
    Snag.OTHER_ACCOUNT: Helps.RESET,
    Snag.CONDITIONAL_ACCESS: Helps.ASK_ADMIN,
    Snag.SECOND_FACTOR: Helps.TELL_GUEST,
    Snag.TERMS_OF_USE: Helps.TELL_GUEST,
    Snag.CONSENT: Helps.ASK_ADMIN,
    Snag.SIGN_IN_REFUSED: Helps.ASK_ADMIN,
    Snag.MAIL_NOT_OURS: Helps.RESEND,
}
_BY_LINK = frozenset({Snag.MAIL_FAILED, Snag.LINK_REPLACED, Snag.OTHER_ACCOUNT, Snag.MAIL_NOT_OURS})
"""What another link helps against."""
_WHILE_PENDING: Mapping[Snag, Helps] = {
    Snag.OTHER_ACCOUNT: Helps.CHANGE_ADDRESS,
    Snag.CONSENT: Helps.TELL_GUEST,
}
"""Where it helps something else as long as the guest has not accepted."""


def not_invited() -> Diagnosis:
    """Return how it stands where nothing of a request has been carried out."""
    return Diagnosis(Stands.NOT_INVITED, (), None, Helps.NOTHING)


def diagnose(clues: Clues) -> Diagnosis:
    """Look for each cause in order; the first that is found is the one to do something about."""
    accepted = clues.guest is not None and clues.guest.redemption is not Redemption.PENDING
    found = [_LOOKS[snag](clues, snag) for snag in Snag]
    if clues.guest is None:
        found = found[:1]  # nothing else can be said of an account that is not there
    elif accepted:
        found = [check for check in found if check.snag not in _BEFORE_ACCEPTING]
    if not clues.linked:
        found = [check for check in found if check.snag is not Snag.LINK_REPLACED]
    if clues.guest is not None and clues.ended:
        account = [check for check in found if check.snag is Snag.DISABLED]
        return Diagnosis(Stands.ENDED, tuple(account), None, Helps.ASK_ANEW)
    cause = next((check for check in found if check.found is True), None)
    helps = _helps(cause, accepted=accepted)
    if _alias(clues, Snag.ALIAS).found and (cause is None or cause.snag in _BY_LINK):
        helps = Helps.CHANGE_ADDRESS  # no link goes where nobody has approved one
    return Diagnosis(_stands(cause, accepted=accepted), tuple(found), cause, helps)


def _stands(cause: Check | None, *, accepted: bool) -> Stands:
    if cause is None or cause.snag in _NOT_STUCK:
        return Stands.ACCEPTED if accepted else Stands.WAITING
    return Stands.STUCK


def _helps(cause: Check | None, *, accepted: bool) -> Helps:
    if cause is None:
        return Helps.NOTHING if accepted else Helps.RESEND
    if not accepted and cause.snag in _WHILE_PENDING:
        return _WHILE_PENDING[cause.snag]
    return _HELPS[cause.snag]


def _gone(clues: Clues, snag: Snag) -> Check:
    return Check(snag, clues.guest is None)


def _disabled(clues: Clues, snag: Snag) -> Check:
    return Check(snag, clues.guest is not None and not clues.guest.enabled)


def _delivery(state: State) -> "Looking":
    return lambda clues, snag: Check(snag, clues.state is state)


def _mail(state: MailState) -> "Looking":
    return lambda clues, snag: Check(snag, clues.mail is state, clues.mailed_at)


def _domain(clues: Clues, snag: Snag) -> Check:
    return Check(snag, clues.domain_denied)


def _listed(clues: Clues, snag: Snag) -> Check:
    return Check(snag, clues.listed)


def _cross_tenant(clues: Clues, snag: Snag) -> Check:
    """Go by what was refused at a sign-in before what the settings say of all."""
    if _refused_as(clues, snag):
        return Check(snag, found=True)
    return Check(snag, clues.shut_out)


def _collides(clues: Clues, snag: Snag) -> Check:
    if isinstance(clues.holders, Unread):
        return Check(snag, clues.holders)
    first = next(iter(clues.holders), None)
    return Check(snag, first is not None, who=f"{first.kind}:{first.name}" if first else "")


def _alias(clues: Clues, snag: Snag) -> Check:
    """Tell whether the guest is known by another address than the one that was invited."""
    known = clues.guest.address if clues.guest else ""
    return Check(snag, bool(known) and known.casefold() != clues.asked.casefold(), who=known)


def _replaced(clues: Clues, snag: Snag) -> Check:
    later = clues.later
    if isinstance(later, LaterInvitation):
        return Check(snag, found=True, at=later.at, who=later.by)
    return Check(snag, later if isinstance(later, Unread) else False)


def _not_assigned(clues: Clues, snag: Snag) -> Check:
    if isinstance(clues.holds, Unread):
        return Check(snag, _refused_as(clues, snag) or clues.holds)
    return Check(snag, not clues.holds)


def _by_sign_in(clues: Clues, snag: Snag) -> Check:
    """Go by the newest sign-in alone: one that went through ends what went before."""
    last = clues.sign_in
    if isinstance(last, Unread):
        return Check(snag, last)
    if last is None or not _refused_as(clues, snag):
        return Check(snag, found=False, at=last.at if last else None)
    return Check(snag, found=True, at=last.at, who=str(last.code))


def _refused_as(clues: Clues, snag: Snag) -> bool:
    if not isinstance(clues.sign_in, SignIn) or not clues.sign_in.code:
        return False
    as_ = REFUSED_AS.get(clues.sign_in.code, Snag.SIGN_IN_REFUSED)
    if as_ is Snag.DISABLED and clues.guest is not None and clues.guest.enabled:
        as_ = Snag.SIGN_IN_REFUSED  # at home, or here until somebody enabled it
    return as_ is snag


Looking = Callable[[Clues, Snag], Check]
_LOOKS: Mapping[Snag, Looking] = {
    Snag.GONE: _gone,
    Snag.DISABLED: _disabled,
    Snag.DELIVERING: _delivery(State.DELIVERING),
    Snag.DELIVERY_FAILED: _delivery(State.DELIVERY_FAILED),
    Snag.MAIL_FAILED: _mail(MailState.FAILED),
    Snag.MAIL_QUEUED: _mail(MailState.QUEUED),
    Snag.MAIL_NOT_OURS: _mail(MailState.BY_MICROSOFT),
    Snag.DOMAIN_DENIED: _domain,
    Snag.DOMAIN_LISTED: _listed,
    Snag.CROSS_TENANT: _cross_tenant,
    Snag.COLLIDES: _collides,
    Snag.ALIAS: _alias,
    Snag.LINK_REPLACED: _replaced,
    Snag.NOT_ASSIGNED: _not_assigned,
    **dict.fromkeys(_BY_SIGN_IN, _by_sign_in),
}
