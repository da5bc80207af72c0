"""The doctor's look at the database: reachable, of which version, writable, and what time it has."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from bot.commands.examined import Item, Stands, broken, not_checked, note, ok
from bot.credential import Credential
from bot.settings import DatabaseAuth, Settings
from bot.store import schema
from bot.store.condition import is_there
from bot.store.errors import StoreError
from bot.store.probing import Probe, probe

APART = timedelta(seconds=30)
"""By which two clocks may differ: less is what a slow answer looks like, ten times as much ends sign-ins."""

_BELIEVED = {
    "require": "with sslmode=require any server that answers is taken for it",
    "verify-ca": "with sslmode=verify-ca any server of the same authority is taken for it",
    "disable": "with sslmode=disable it is spoken to as anybody on the way can read",
}


async def examined(
    settings: Settings, credential: Credential, host: Callable[[], datetime]
) -> Sequence[Item]:
    path = settings.database_path
    by_token = credential if settings.database_auth is DatabaseAuth.ENTRA else None
    try:
        if path is not None and not is_there(path):
            made = note("database", f"there is no file {path} yet; Guestlist makes it when it starts")
            return [made, not_checked("database-clock", "a file has no clock")]
        seen = await probe(path, settings.database_url, by_token)
    except StoreError as error:
        because, _, remedy = str(error).rstrip(".").partition(". ")
        lost = broken("database", because, remedy or "See what the server or the disk says")
        return [lost, not_checked("database-clock", "the database could not be asked")]
    return [_believed(_tables(seen), settings.database_url), _clock(seen, host())]


def _believed(seen: Item, url: str) -> Item:
    """Say what the address leaves open of who answers there."""
    mode = dict(parse_qsl(urlsplit(url).query)).get("sslmode", "")
    if seen.stands is not Stands.OK or mode not in _BELIEVED:
        return seen
    return note(seen.name, f"{seen.said}; {_BELIEVED[mode]}", "Write sslmode=verify-full in its address")


def _tables(seen: Probe) -> Item:
    if seen.tables is None:
        return note("database", "it can be reached and is empty; Guestlist puts its tables in when it starts")
    if seen.tables == schema.HEAD:
        return ok("database", f"it can be reached and written to, with the tables of version {seen.tables}")
    if seen.tables < schema.HEAD:
        said = f"its tables are of version {seen.tables}; Guestlist brings them to {schema.HEAD} at its start"
        return note("database", said, "Back it up before you start this version")
    because = f"a newer Guestlist has written it (tables {seen.tables}, this one knows {schema.HEAD})"
    return broken("database", because, "Start that version, or name another in GUESTLIST_DATABASE_URL")


def _clock(seen: Probe, now: datetime) -> Item:
    if seen.now is None:
        return not_checked("database-clock", "a file has no clock")
    apart = abs(seen.now - now)
    if apart > APART:
        because = f"the server's clock and this computer's are {apart.total_seconds():,.0f} s apart"
        return broken(
            "database-clock",
            because,
            "Have both follow a time server (NTP): what is due goes by the server",
        )
    return ok("database-clock", f"it agrees with this computer's within {APART.seconds} s")
