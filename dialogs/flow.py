"""What a flow is made of: its commands, buttons, dialogs and searches, as tables that the router merges."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from access.rules.model import ObjectId
from access.rules.refusals import UnknownRequest, Unreadable
from cards import answers
from cards.look import Look
from dialogs.turn import (
    Consented,
    Joined,
    Opened,
    Pressed,
    Reply,
    Said,
    Say,
    Scope,
    Searched,
    Show,
    Submitted,
    Turn,
    Whisper,
)

Commanded = Callable[[Said, str], Awaitable[Reply | None]]
"""Answers a command and what follows it; None where that is not quite what can be typed."""
SaidBy = Callable[[Said], Awaitable[Reply]]
PressedBy = Callable[[Pressed], Awaitable[Reply]]
OpenedBy = Callable[[Opened], Awaitable[Reply]]
SubmittedBy = Callable[[Submitted], Awaitable[Reply]]
SearchedBy = Callable[[Searched], Awaitable[Reply]]
ConsentedBy = Callable[[Consented], Awaitable[Reply]]
JoinedBy = Callable[[Joined], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """A flow's handlers by command, verb or dataset; `effects` are those that change something."""

    commands: Mapping[str, Commanded] = field(default_factory=dict)
    presses: Mapping[str, PressedBy] = field(default_factory=dict)
    opens: Mapping[str, OpenedBy] = field(default_factory=dict)
    submits: Mapping[str, SubmittedBy] = field(default_factory=dict)
    searches: Mapping[str, SearchedBy] = field(default_factory=dict)
    consents: Mapping[str, ConsentedBy] = field(default_factory=dict)
    effects: frozenset[str] = frozenset()
    joins: JoinedBy | None = None
    """Greets whoever adds the app; one flow has it."""
    otherwise: SaidBy | None = None
    """Answers what is no command, or not quite one; one flow has it."""
    files: SaidBy | None = None
    """Answers files that came with no command; one flow has it."""


def before_others(turn: Turn) -> bool:
    """Tell whether the answer to a turn is read by others than who acts."""
    alone = turn.scope is Scope.PERSONAL or (isinstance(turn, Said) and turn.alone)
    return isinstance(turn, Said | Joined) and not alone


def told(turn: Turn, reply: Say | Show, *, here: bool) -> Reply:
    """Answer about a request, before others only `here`, where the base card stands before them anyway."""
    return Whisper(reply) if before_others(turn) and not here else reply


def unseen(turn: Turn, refusal: UnknownRequest | Unreadable, act: str, look: Look) -> Reply:
    """Answer that there is no such request, or none that can be shown now: the same wherever it is asked."""
    if before_others(turn) or isinstance(refusal, Unreadable):
        return Say(answers.refused_text(refusal, act, look))
    return Show(answers.refused(refusal, act, look))


def guest_of(turn: Pressed) -> ObjectId:
    """Return the guest whom a button is about: a hint, as all that a card carries."""
    return ObjectId(str(turn.data.get("guest", "")))


def look_of(turn: Turn, house: Look, *, here: bool = True) -> Look:
    """Return how the person who acts reads: in their own language and time zone where the channel said so.

    What is answered before others has the house's zone, with its name; `here` is as in `told`.
    """
    actor = turn.actor
    look = house.of(actor.locale, "" if before_others(turn) else actor.zone)
    return replace(look, shared=True) if _stands_shared(turn, here=here) else look


def _stands_shared(turn: Turn, *, here: bool) -> bool:
    """Tell whether the answer stands in a channel or group chat, be it for one person alone.

    What is told aside, and what an old client's press is answered with, goes to the person's own chat.
    """
    in_own_chat = (before_others(turn) and not here) or (isinstance(turn, Pressed) and turn.anew)
    return turn.scope is not Scope.PERSONAL and not in_own_chat
