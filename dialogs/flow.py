"""What a flow is made of: its commands, buttons, dialogs and searches, as tables that the router merges."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from cards.look import Look
from dialogs.turn import Joined, Opened, Pressed, Reply, Said, Scope, Searched, Submitted, Turn

Commanded = Callable[[Said, str], Awaitable[Reply | None]]
"""Answers a command and what follows it; None where that is not quite what can be typed."""
SaidBy = Callable[[Said], Awaitable[Reply]]
PressedBy = Callable[[Pressed], Awaitable[Reply]]
OpenedBy = Callable[[Opened], Awaitable[Reply]]
SubmittedBy = Callable[[Submitted], Awaitable[Reply]]
SearchedBy = Callable[[Searched], Awaitable[Reply]]
JoinedBy = Callable[[Joined], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """A flow's handlers by command, verb or dataset; `effects` are those that change something."""

    commands: Mapping[str, Commanded] = field(default_factory=dict)
    presses: Mapping[str, PressedBy] = field(default_factory=dict)
    opens: Mapping[str, OpenedBy] = field(default_factory=dict)
    submits: Mapping[str, SubmittedBy] = field(default_factory=dict)
    searches: Mapping[str, SearchedBy] = field(default_factory=dict)
    effects: frozenset[str] = frozenset()
    joins: JoinedBy | None = None
    """Greets whoever adds the app; one flow has it."""
    otherwise: SaidBy | None = None
    """Answers what is no command, or not quite one; one flow has it."""


def look_of(turn: Turn, house: Look) -> Look:
    """Return how the person who acts reads: in their own language and time zone where the channel said so.

    What is answered before others has the house's zone, with its name.
    """
    actor = turn.actor
    before_others = isinstance(turn, Said | Joined) and turn.scope is not Scope.PERSONAL
    return house.of(actor.locale, "" if before_others else actor.zone)
