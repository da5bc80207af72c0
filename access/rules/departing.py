"""What is answered to whoever wants a guest removed from the directory, before anything is done."""

from dataclasses import dataclass

from access.rules.accounts import Holdings, Right, Unfit
from access.rules.model import Plan, Request
from access.rules.refusals import Unreadable


@dataclass(frozen=True, slots=True)
class NotTheirs:
    """There is no such guest, or none whose account is this person's to act on: nobody can tell which."""


@dataclass(frozen=True, slots=True)
class Untouchable:
    """Guestlist acts on no such account, whoever asks."""

    why: Unfit


@dataclass(frozen=True, slots=True)
class Asked:
    """What a removal would take from a guest, as the directory says it; nothing has been done.

    `moved` says that it is another than what was shown, so that somebody has to look again.
    """

    held: Holdings
    plan: Plan
    days: int
    right: Right
    justification: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The account is removed already, by this request."""

    request: Request


NotAsked = NotTheirs | Untouchable | Standing | Unreadable
