"""For whom a card is drawn."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cards.texts import ENGLISH, Texts


@dataclass(frozen=True, slots=True)
class Look:
    """The reader's time zone and language and, in a thread, whose own view Teams fetches.

    `personal` means that `zone` is the reader's own, so that its name need not stand beside each time.
    """

    zone: ZoneInfo
    refresh: tuple[str, ...] = ()
    personal: bool = False
    texts: Texts = ENGLISH

    @property
    def language(self) -> str:
        return self.texts.language

    def say(self, text: str, /, **values: object) -> str:
        return self.texts.say(text, **values)

    def say_as(self, context: str, text: str, /, **values: object) -> str:
        return self.texts.say_as(context, text, **values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self.texts.count(one, many, number, **values)
