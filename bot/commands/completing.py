"""What a shell offers while something is typed, out of a file of SQLite: at once, and reading alone."""

import os
import re
import sqlite3
from contextlib import closing
from urllib.parse import quote

_FILE = "sqlite:///"
_NUMBERS = "SELECT 'R-' || number FROM requests WHERE 'R-' || number LIKE ? ORDER BY number DESC LIMIT 50"
_APPS = (
    "SELECT DISTINCT json_extract(body, '$.app.name') FROM (SELECT body FROM requests ORDER BY number DESC"
    " LIMIT 2000) WHERE json_extract(body, '$.app.name') LIKE ? LIMIT 50"
)

_PLAIN = re.compile(r"\w[\w .-]*")
_QUOTING = frozenset({"zsh", "fish"})
"""Shells that quote what they put in."""


def requests(incomplete: str) -> list[str]:
    """Return the newest numbers; of PostgreSQL none, for connecting takes longer than typing."""
    return _read(_NUMBERS, incomplete)


def apps(incomplete: str) -> list[str]:
    """Return the names of apps that were asked for of late, as the shell wants them written.

    Whoever names an app is not whoever types here: what a shell could take for a command is not offered.
    """
    found = [name for name in _read(_APPS, incomplete) if _PLAIN.fullmatch(name)]
    shell = os.environ.get("_GUESTLIST_COMPLETE", "").removeprefix("complete_")
    if shell == "bash":  # which puts in what it is given
        return [name.replace(" ", "\\ ") for name in found]
    return found if shell in _QUOTING else [name for name in found if " " not in name]


def _read(query: str, incomplete: str) -> list[str]:
    url = os.environ.get("GUESTLIST_DATABASE_URL", f"{_FILE}guestlist.db")
    if not url.startswith(_FILE):
        return []
    address = f"file:{quote(url.removeprefix(_FILE))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0.1)) as connection:
            return [str(name) for (name,) in connection.execute(query, (f"{incomplete}%",)) if name]
    except sqlite3.Error:
        return []
