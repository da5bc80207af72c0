"""Replies into what the channel takes: an activity, or the body of an invoke's answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.teams.turns import marked_aside
from bot.teams.writer import CARD, Message, card_message, file_message, offer_message, text_message
from cards import plain
from cards.look import Look
from dialogs.turn import Beside, Card, Close, Dialog, Filed, Found, Nothing, Offer, Say, Show, Whisper
from dialogs.turn import Reply as Answer

Body = dict[str, Any] | None

_MESSAGE = "application/vnd.microsoft.activity.message"
_SEARCH = "application/vnd.microsoft.search.searchResponse"
_TITLE = "Guestlist"


def activity(answer: Answer, _: Look) -> Message | None:
    """Return the message that answers a message, or None where there is nothing to say."""
    match answer:
        case Show(card):
            return card_message(card)
        case Say(words) | Close(words) if words:
            return text_message(words)
        case Nothing() | Say() | Close():
            return None
        case Filed(room):
            return file_message(room.name, room.url, room.unique_id, room.kind)
        case Dialog() | Found() | Whisper() | Offer() | Beside():
            raise TypeError(f"{type(answer).__name__} answers no message")


def said(answer: Answer, look: Look) -> tuple[Message | None, bool]:
    """Return the message that answers what was said, and whether it is for who said it alone."""
    if isinstance(answer, Whisper):
        return activity(answer.reply, look), True
    return activity(answer, look), False


def shown(card: Card) -> Message:
    return card_message(card)


def offered(offer: Offer) -> Message:
    return offer_message(offer.name, offer.about, offer.size, {**offer.data, "verb": offer.verb})


def consented(answer: Answer, look: Look) -> tuple[Message | None, bool]:
    """Return the message that answers a yes or a no to a file, and whether it takes the offer's place."""
    return activity(answer, look), isinstance(answer, Filed | Show)


def aside(answer: Answer) -> Answer:
    """Return the answer with its card's buttons marked, where others do not see what it is an answer to."""
    match answer:
        case Show(card) | Dialog(_, card):
            return replace(answer, card=marked_aside(card))
        case _:
            return answer


def _pressed(answer: Answer, look: Look) -> Body:
    match answer:
        case Show(card):
            return {"statusCode": 200, "type": CARD, "value": card}
        case Say(words) | Close(words):
            return {"statusCode": 200, "type": _MESSAGE, "value": words or plain.done(look)}
        case Nothing():
            return {"statusCode": 200, "type": _MESSAGE, "value": plain.done(look)}
        case Dialog() | Found() | Whisper() | Offer() | Filed() | Beside():
            raise TypeError(f"{type(answer).__name__} answers no button")


def _opened(answer: Answer, look: Look) -> Body:
    return _dialog(answer) or _task_message(plain.done(look))


def _submitted(answer: Answer, _: Look) -> Body:
    return _dialog(answer)


def _dialog(answer: Answer) -> Body:
    """Return the next dialog or a sentence; None closes the dialog."""
    match answer:
        case Dialog(title, card):
            return _task_card(title, card)
        case Show(card):
            return _task_card(_TITLE, card)
        case Say(words) | Close(words):
            return _task_message(words) if words else None
        case Nothing():
            return None
        case Found() | Whisper() | Offer() | Filed() | Beside():
            raise TypeError(f"{type(answer).__name__} answers no dialog")


def _task_card(title: str, card: Card) -> Body:
    attachment = {"contentType": CARD, "content": card}
    shown = {"title": title, "height": "large", "width": "medium", "card": attachment}
    return {"task": {"type": "continue", "value": shown}}


def _task_message(words: str) -> Body:
    return {"task": {"type": "message", "value": words}}


def _searched(answer: Answer, _: Look) -> Body:
    rows = answer.rows if isinstance(answer, Found) else ()
    results = [{"title": title, "value": value} for title, value in rows]
    return {"statusCode": 200, "type": _SEARCH, "value": {"results": results}}


INVOKES: dict[str, Callable[[Answer, Look], Body]] = {
    "adaptiveCard/action": _pressed,
    "task/fetch": _opened,
    "task/submit": _submitted,
    "application/search": _searched,
    "composeExtension/fetchTask": _opened,
    "composeExtension/submitAction": _submitted,
}
"""How each invoke is answered, by name; `None` is an empty answer, which closes a dialog."""


def not_offered(name: str, look: Look) -> Body:
    """Return what Teams shows for what a message extension can do and ours does not, or None."""
    if not name.startswith("composeExtension/"):
        return None
    return {"composeExtension": {"type": "message", "text": plain.no_search(look)}}
