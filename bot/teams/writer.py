"""Messages as the channel takes them."""

from typing import Any

import orjson
from botbuilder.schema import Activity

CARD = "application/vnd.microsoft.card.adaptive"
FILE_CONSENT = "application/vnd.microsoft.teams.card.file.consent"
FILE_INFO = "application/vnd.microsoft.teams.card.file.info"

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


def offer_message(name: str, about: str, size: int, data: dict[str, Any]) -> Message:
    """Return the offer of a file, which Teams draws with its own buttons, in personal chats alone."""
    content = {"description": about, "sizeInBytes": size, "acceptContext": data, "declineContext": data}
    offer = {"contentType": FILE_CONSENT, "name": name, "content": content}
    return {"type": "message", "attachments": [offer], "summary": name}


def file_message(name: str, url: str, unique_id: str, kind: str) -> Message:
    content = {"uniqueId": unique_id, "fileType": kind}
    file = {"contentType": FILE_INFO, "contentUrl": url, "name": name, "content": content}
    return {"type": "message", "attachments": [file], "summary": name}


def write(message: Message) -> bytes:
    return orjson.dumps(message)
