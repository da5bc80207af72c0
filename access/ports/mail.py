"""Mails to guests: what one says, where it belongs, and the mailbox that sends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, Self

from access.rules.model import ObjectId, Request, RequestId, Subject


@dataclass(frozen=True, slots=True)
class Origin:
    """The request behind a mail, written on it, so that a database that lost the request can name it."""

    request_id: RequestId
    label: str
    app_id: ObjectId
    give_key: str
    subject: Subject

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return it; of a row the label is its list's: made anew it has the same id and another number."""
        app, give = request.app.object_id, request.give.key
        label = request.listed.label if request.listed else request.label
        return cls(request.request_id, label, app, give, request.subject)


@dataclass(frozen=True, slots=True)
class Reminds:
    """The mail with the link of which a letter reminds, and whom the guest asks for a new one."""

    since: date
    by_microsoft: bool
    ask: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to a guest. `key` finds its draft again; `link` is the redeem link or the app's page."""

    key: str
    origin: Origin
    to: str
    guest_name: str
    inviter: str
    app: str
    organisation: str
    message: str
    link: str = field(repr=False)
    is_invitation: bool
    ends: date | None = None
    """The last day of an access, of whose end this mail warns."""
    reminds: Reminds | None = None
    """Set where the guest has not accepted: this mail has no redeem link."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A mail that lies there, not sent yet; `trace` is Graph's `request-id`."""

    mail_id: str
    trace: str


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that went out."""

    origin: Origin
    to: str
    at: datetime


class Mail(Protocol):
    """One shared mailbox: a draft can be looked up, a sent mail cannot, so drafting and sending are two."""

    @property
    def configured(self) -> bool: ...

    async def find(self, key: str) -> str | None:
        """Return the id of the mail with this key, draft or sent, or None."""
        ...

    async def draft(self, letter: Letter) -> Drafted: ...

    async def is_draft(self, mail_id: str) -> bool:
        """Tell whether it is still a draft; raises `Missing` when the id is unknown."""
        ...

    async def send(self, mail_id: str) -> str:
        """Send a draft and return Graph's `request-id`."""
        ...

    async def went_out(self, origin: Origin, since: datetime) -> bool:
        """Tell whether a mail of this request was sent since then, whatever its key."""
        ...

    async def sent_since(self, at: datetime) -> Sequence[SentMail]:
        """Return the mails of every request that were sent since then."""
        ...
