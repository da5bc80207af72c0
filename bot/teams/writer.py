"""Messages as the channel takes them."""

from typing import Any

import orjson
from botbuilder.schema import Activity

CARD = "application/vnd.microsoft.card.adaptive"

Message = dict[str, Any]
"""An activity of type `message`, in the channel's own names."""


class Answered(Activity):
    """Tells botbuilder the answer to an invoke; it copies that deeply, for which a card is too large."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Answered":
        mine = Answered.__new__(Answered)  # copy.copy asks a class how to, which takes ten times as long
        mine.__dict__.update(self.__dict__)
        return mine


def card_message(card: dict[str, Any]) -> Message:
    message = {"type": "message", "attachments": [{"contentType": CARD, "content": card}]}
    return {**message, "summary": card["fallbackText"]} if "fallbackText" in card else message


def text_message(words: str) -> Message:
    return {"type": "message", "text": words, "textFormat": "plain"}


def write(message: Message) -> bytes:
    return orjson.dumps(message)
