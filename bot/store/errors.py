"""What a database's trouble is called, without a statement's parameters: they hold addresses."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from access.ports import NotKept, Unconfirmed
from access.rules.causes import Cause

_WORDS = {
    "disk is full": "The disk with the database is full; nothing was written. Free some space",
    "database is locked": "Another program holds the database locked; nothing was written. Close it",
    "readonly database": "The database cannot be written to. Give Guestlist the right to write to its folder",
    "not a database": "The file is no Guestlist database. Point GUESTLIST_DATABASE_URL at another path",
    "malformed": "The database is damaged. Restore it from a backup",
    "unable to open": "The database cannot be opened. See that its folder exists and may be written to",
}


class StoreError(NotKept):
    """The database failed; the text says how and what to do, and what was asked for was not written."""

    def __init__(self, text: str) -> None:
        super().__init__(Cause.UNAVAILABLE, text)


class WrittenByNewer(StoreError):
    """A newer version of Guestlist has left something in a request that this one cannot read."""

    def __init__(self) -> None:
        super().__init__(
            "A newer version of Guestlist has written this request, and this version leaves it alone. "
            "Ask again once every replica runs the newer one."
        )


class CommitLost(Unconfirmed):
    """The answer to a commit was lost: it may have been written or not."""

    def __init__(self) -> None:
        super().__init__(
            Cause.UNAVAILABLE,
            "The database's answer was lost: whether it was written is not known. Ask again.",
        )


@dataclass(slots=True)
class Raised:
    """As a context, keeps what is raised, whatever it is, so that it harms nobody but whose it is."""

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error if isinstance(error, Exception) else None
        return self.error is not None


def explained(error: Exception) -> StoreError:
    """Return SQLite's error in words that an operator can act on."""
    told = str(_first(error).orig) if isinstance(error, DBAPIError) else type(error).__name__
    known = next((words for part, words in _WORDS.items() if part in told), "The database failed")
    return StoreError(f"{known} ({told}).")


def _first(error: DBAPIError) -> DBAPIError:
    """Return what went wrong first: a full disk takes savepoints with it, and their end fails too."""
    first, context = error, error.__context__
    while context is not None:
        first = context if isinstance(context, DBAPIError) else first
        context = context.__context__
    return first
