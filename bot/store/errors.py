"""What a database's trouble is called, without a statement's parameters: they hold addresses."""

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from access.ports import AccessError
from access.ports.errors import Unconfirmed
from access.rules.causes import Cause

TROUBLE = (SQLAlchemyError, PostgresError, InterfaceError, OSError)
"""What the drivers raise when the database fails; a time-out is an OSError."""

_WORDS = {
    "disk is full": "The disk with the database is full; nothing was written. Free some space",
    "database is locked": "Another program holds the database locked; nothing was written. Close it",
    "readonly database": "The database cannot be written to. Give Guestlist the right to write to its folder",
    "not a database": "The file is no Guestlist database. Point GUESTLIST_DATABASE_URL at another path",
    "malformed": "The database is damaged. Restore it from a backup",
    "unable to open": "The database cannot be opened. See that its folder exists and may be written to",
}
_STATES = {
    "25006": "The database is only read from: it is a standby. Name the primary in GUESTLIST_DATABASE_URL",
    "28P01": "The database refuses the password. Put the right one into GUESTLIST_DATABASE_URL",
    "28": "The database does not let this user in. See the user in GUESTLIST_DATABASE_URL, and pg_hba.conf",
    "3D": "The database does not exist. Create it, or name another in GUESTLIST_DATABASE_URL",
    "42501": "The database's user lacks a right; make it the owner of the database",
    "53100": "The disk of the database's server is full; nothing was written. Free some space",
    "53300": "The database's server has no connection left. Raise its max_connections, or run fewer replicas",
    "55P03": "Somebody holds a lock in the database; nothing was written. pg_stat_activity says who",
    "57014": "The database took too long; nothing was written. See what keeps its server busy",
    "57P": "The database's server is shutting down or starting; nothing was written. It is asked again",
    "08": "The connection to the database was lost; nothing was written. It is opened again",
}
_LOST = ("08", "25P03", "57P01", "57P02", "57P05")
"""The states with which a server ends a connection."""
_UNREACHABLE = "The database cannot be reached. See that its server runs and what GUESTLIST_DATABASE_URL says"
_BUSY = "Every connection to the database is busy; nothing was written. See what keeps its server busy"


class StoreError(AccessError):
    """The database failed; the text says how and what to do, and what was asked for was not written."""

    def __init__(self, text: str) -> None:
        super().__init__(Cause.UNAVAILABLE, text)


class CommitLost(Unconfirmed, StoreError):
    """The answer to a commit was lost: it may have been written or not."""

    def __init__(self) -> None:
        super().__init__("The database's answer was lost: it is not known whether it was written. Look, or repeat.")


def explained(error: Exception) -> StoreError:
    """Return the error in words that an operator can act on."""
    if isinstance(error, NoConnectionFreeError):
        return StoreError(f"{_BUSY}.")
    if isinstance(error, OSError):
        return StoreError(f"{_UNREACHABLE} ({error or type(error).__name__}).")
    state = state_of(error)
    if state or is_lost(error):
        return _explained(state or "08", error)
    told = str(_first(error).orig) if isinstance(error, DBAPIError) else type(error).__name__
    known = next((words for part, words in _WORDS.items() if part in told), "The database failed")
    return StoreError(f"{known} ({told}).")


def is_lost(error: Exception) -> bool:
    """Tell whether the connection is gone, or may be: nothing more can be asked on it."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OSError | InterfaceError) or state_of(error).startswith(_LOST)


def state_of(error: Exception) -> str:
    """Return PostgreSQL's five characters for an error, empty where there are none."""
    of_driver = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(of_driver, "sqlstate", None) or "")


def _explained(state: str, error: Exception) -> StoreError:
    """Return PostgreSQL's error; its own words are told only where they hold no values."""
    known = next((words for part, words in _STATES.items() if state.startswith(part)), "")
    of_driver = error.orig if isinstance(error, DBAPIError) else error
    told = str(of_driver.args[0]) if known and of_driver and of_driver.args else state
    return StoreError(f"{known or 'The database failed'} ({told}).")


def _first(error: DBAPIError) -> DBAPIError:
    """Return what went wrong first: a full disk takes savepoints with it, and their end fails too."""
    first, context = error, error.__context__
    while context is not None:
        first = context if isinstance(context, DBAPIError) else first
        context = context.__context__
    return first
