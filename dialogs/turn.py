"""What comes in from a channel and what goes back, without a word of any vendor's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from access.rules.attached import Attached
from access.rules.model import ObjectId, Place, TenantId

Card = dict[str, Any]


class Scope(StrEnum):
    PERSONAL = "personal"
    GROUP_CHAT = "groupChat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from the validated activity alone: object id and tenant decide, the rest is for reading."""

    object_id: ObjectId
    tenant_id: TenantId
    name: str
    locale: str = ""
    zone: str = ""
    """The locale and the IANA name of the time zone as the channel told them, or empty: untrusted text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One activity; `activity` is its id, by which a repeated delivery is known.

    `message` is what it answers: of a press, the message whose card was pressed.
    """

    actor: Actor
    place: Place
    scope: Scope
    activity: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Turn):
    """A message: the text without the bot's mention, white space folded."""

    text: str
    alone: bool = False
    """It was said to the bot alone, wherever it was, and nobody else reads the answer."""
    files: tuple[Attached, ...] = ()
    """What was sent along, in a chat with the app; there may be files without a word of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Turn):
    """A button: its verb, its data and the card's inputs. All of it is a hint, never an authority.

    The answer takes the card's place for the presser or, from an old client's press, is posted `anew`.
    """

    verb: str
    data: Mapping[str, Any]
    refresh: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Turn):
    """A button or a command that opens a dialog."""

    verb: str
    data: Mapping[str, Any]
    quoted: str = ""
    """What somebody wrote, where the command was chosen on a message."""
    away: bool = False
    """What is asked for is shown elsewhere: in the person's own chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(Turn):
    """A dialog sent: the verb of its button and everything that was filled in."""

    verb: str
    data: Mapping[str, Any]
    away: bool = False
    """As in `Opened`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched(Turn):
    """Typeahead: a dataset, what was typed, and the other inputs where the card sends them.

    At most `most` rows are wanted, after those that are to be skipped: somebody leafs on.
    """

    dataset: str
    text: str
    inputs: Mapping[str, Any]
    most: int = 15
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Turn):
    """The app was added to a conversation or for a person."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where a person made room for a file: `url` shows it to them, `upload_url` takes it and is a secret."""

    name: str
    url: str
    upload_url: str = field(repr=False)
    unique_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Turn):
    """The answer to a file that was offered: `room` for it, or none where it is not wanted.

    Its `activity` is that of the offer, for one is answered once; verb and data are hints, as a button's.
    """

    verb: str
    data: Mapping[str, Any]
    room: Room | None


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with plain text (to a message: in the same thread; to a button: shown to the presser alone)."""

    text: str


@dataclass(frozen=True, slots=True)
class Show:
    """Answer with a card: to a message, posted; to a button, the presser's next view of that card."""

    card: Card


@dataclass(frozen=True, slots=True)
class Whisper:
    """Answer what was typed before others for its person alone, in their own chat."""

    reply: Say | Show


@dataclass(frozen=True, slots=True)
class Dialog:
    """Open a dialog, or show it again."""

    title: str
    card: Card


@dataclass(frozen=True, slots=True)
class Close:
    """Close the dialog, with a sentence when there is something to say."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows for a typeahead: (title, value)."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Answer with nothing: the outbox shows what changed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Offer a file of about `size` bytes, in the own chat of who acts alone: nothing is made before a yes."""

    name: str
    about: str
    size: int
    verb: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filed:
    """Answer a yes with the file, which takes the place of its offer; as a card does that is shown."""

    room: Room


@dataclass(frozen=True, slots=True)
class Beside:
    """Answer at once with a card in the chat of who acts alone, and put what `work` draws in its place.

    A dialog closes with it. The work may take longer than a turn; what it meets of the world it draws, too.
    """

    card: Card
    work: Callable[[], Awaitable[Card]] | None = None


Reply = Say | Show | Whisper | Dialog | Close | Found | Nothing | Offer | Filed | Beside


class Flows(Protocol):
    """Answers a turn; the shell knows no more of the flows than this."""

    async def answer(self, turn: Turn) -> Reply: ...
