"""What PostgreSQL's trouble is called; loaded with its driver, which SQLite does without."""

from asyncpg import InterfaceError, InternalClientError, PostgresError
from sqlalchemy.exc import DBAPIError, IntegrityError, NotSupportedError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from bot.store.errors import StoreError

TROUBLE = (SQLAlchemyError, PostgresError, InterfaceError, InternalClientError, OSError)
"""What the drivers raise when the database fails; a time-out is an OSError.

asyncpg's internal error is that of a connection that was cut in the middle of something.
"""

_STATES = {
    "55000": "The database does not allow it: maybe a standby. Name the primary in GUESTLIST_DATABASE_URL",
    "25006": "The database is only read from: it is a standby. Name the primary in GUESTLIST_DATABASE_URL",
    "28P01": "The database refuses the password. Put the right one into GUESTLIST_DATABASE_URL, "
    "or, with GUESTLIST_DATABASE_AUTH=entra, make Guestlist's identity a role of it",
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
_GAVE_WAY = ("40001", "40P01")
_UNREACHABLE = "The database cannot be reached. See that its server runs and what GUESTLIST_DATABASE_URL says"
NO_URL = "GUESTLIST_DATABASE_URL is no PostgreSQL URL. Write postgresql://user:password@host:port/name."
_BUSY = "Every connection to the database is busy; nothing was written. See what keeps its server busy"


def explained(error: Exception) -> StoreError:
    """Return the error in words that an operator can act on; the server's own where they hold no values."""
    if isinstance(error, NoConnectionFreeError):
        return StoreError(f"{_BUSY}.")
    of_driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(of_driver and of_driver.__cause__, ValueError):
        return StoreError(NO_URL)
    if isinstance(of_driver, OSError):
        return StoreError(f"{_UNREACHABLE} ({str(of_driver) or type(of_driver).__name__}).")
    state = state_of(error) or ("08" if is_lost(error) else "")
    known = next((words for part, words in _STATES.items() if state.startswith(part)), "")
    told = (
        str(of_driver.args[0])
        if known and of_driver and of_driver.args
        else state or type(of_driver).__name__
    )
    return StoreError(f"{known or 'The database failed'} ({told}).")


def is_lost(error: Exception) -> bool:
    """Tell whether the connection is gone, or may be: nothing more can be asked on it."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cut = isinstance(error, OSError | InterfaceError | InternalClientError)
    return cut or state_of(error).startswith(_LOST)


def is_unwritable(error: Exception) -> bool:
    """Tell whether the database does not take what it was given, a duplicate or a value out of range."""
    return isinstance(error, IntegrityError) or state_of(error).startswith("22")


def is_undone(error: Exception) -> bool:
    """Tell whether the transaction was undone by what passes, so that it is worth another try at once.

    A lost connection, another transaction that came first, a table that another version is upgrading.
    """
    lost = is_lost(error) and not isinstance(error, OSError)
    return lost or isinstance(error, NotSupportedError) or state_of(error) in _GAVE_WAY


def state_of(error: Exception) -> str:
    """Return PostgreSQL's five characters for an error, empty where there are none."""
    of_driver = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(of_driver, "sqlstate", None) or "")
