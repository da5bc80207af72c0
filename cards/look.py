"""For whom a card is drawn."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cards.texts import ENGLISH, Texts, texts_for

MENTION = "@Guestlist"
"""The app by its name, as its package has it: what Teams turns into a mention."""
_LONGEST_ZONE = 64


@dataclass(frozen=True, slots=True)
class Look:
    """The reader's time zone and language and, in a thread, whose own view Teams fetches.

    `personal` means that `zone` is the reader's own, so that its name need not stand beside each time.
    `shared` means that it stands in a channel or group chat, where Guestlist hears only what mentions it.
    """

    zone: ZoneInfo
    refresh: tuple[str, ...] = ()
    personal: bool = False
    texts: Texts = ENGLISH
    shared: bool = False
    house: ZoneInfo | None = None
    """The zone in which days are typed and accesses end, where the reader's own is another."""

    @property
    def language(self) -> str:
        return self.texts.language

    @property
    def ends_in(self) -> ZoneInfo:
        return self.house or self.zone

    def of(self, locale: str, zone: str) -> "Look":
        """Return the look of a person, who may have told neither; what is not known is as in this one."""
        texts, own = texts_for(locale, self.texts), zone_of(zone)
        read, house = own or self.zone, self.house or self.zone
        return Look(read, personal=own is not None, texts=texts, house=None if read == house else house)

    def typed(self, line: str) -> str:
        """Return a command as it has to be typed where this stands."""
        return f"{MENTION} {line}" if self.shared else line

    def say(self, text: str, /, **values: object) -> str:
        return self.texts.say(text, **values)

    def say_as(self, context: str, text: str, /, **values: object) -> str:
        return self.texts.say_as(context, text, **values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self.texts.count(one, many, number, **values)

    def number(self, number: int) -> str:
        return self.texts.number(number)


def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of an IANA name; None for anything else, as it comes from outside."""
    if not name or len(name) > _LONGEST_ZONE:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: `America` is a folder
        return None
