"""`guestlist forget`, `restored` and `move`: what an operator does with the database."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from access.ports import Store
from access.rules.addresses import read_address
from access.rules.model import Restore
from access.rules.refusals import Problem
from bot.commands.opening import opened, signed_in
from bot.settings import Settings

_JUST_NOW = timedelta(days=1)


def register(commands: Any) -> None:
    erase = commands.add_parser("forget", help="erase the name, address and texts of a guest")
    erase.add_argument("address")
    erase.set_defaults(run=_forget)
    backup = commands.add_parser("restored", help="say that the database was restored from a backup")
    backup.add_argument("time", nargs="?", default="", help="of the backup; else of the newest audit entry")
    backup.set_defaults(run=_restored)
    moving = commands.add_parser("move", help="copy a file of SQLite into an empty PostgreSQL")
    moving.add_argument("file", type=_existing)
    moving.set_defaults(run=_move)


async def forget(store: Store, text: str) -> int:
    """Erase what is known of an address; its entries in the audit chain stay, without its name."""
    address = read_address(text)
    if isinstance(address, Problem):
        sys.stderr.write(f"{text!r} is no address. Write it as in the request, such as ana@fabrikam.com\n")
        return 2
    count = await store.forget(await store.subject(address))
    sys.stdout.write(f"Erased from {count} request(s). The audit chain keeps their entries without a name.\n")
    return 0


async def restored(store: Store, text: str) -> int:
    """Say what Guestlist could not notice: that the database was restored, and what time it knows until."""
    try:
        until = datetime.fromisoformat(text).astimezone(UTC) if text else await store.known_until()
    except (ValueError, OverflowError):
        sys.stderr.write(f"{text!r} is no time. Write it such as 2026-11-21T10:00+01:00\n")
        return 2
    noticed = await store.restores()
    just_now = bool(noticed) and datetime.now(UTC) - noticed[-1].at < _JUST_NOW
    if just_now and not text:  # by the opening of the store, or by an earlier word
        restore: Restore | None = noticed[-1]
    else:
        restore = await store.restore(until) if until else None
    if restore is None:
        sys.stdout.write(
            "Nothing to note: it was noticed before, or there is nothing from before that time.\n"
        )
        return 1
    sys.stdout.write(
        f"Noted: the database knows nothing after {restore.to:%Y-%m-%d %H:%M:%S} UTC. Numbers go on with "
        f"R-{restore.next}. While it runs, Guestlist looks at directory and mailbox and reports.\n"
    )
    return 0


async def _forget(settings: Settings, options: argparse.Namespace) -> int:
    async with opened(settings) as store:
        return await forget(store, options.address)


async def _restored(settings: Settings, options: argparse.Namespace) -> int:
    async with opened(settings) as store:
        return await restored(store, options.time)


async def _move(settings: Settings, options: argparse.Namespace) -> int:
    """Take everything along from a file of SQLite to PostgreSQL."""
    if settings.database_path:
        sys.stderr.write("Name in GUESTLIST_DATABASE_URL the PostgreSQL to move to: postgresql://…\n")
        return 2
    from bot.store.moving import move  # noqa: PLC0415 - asyncpg is loaded only where it is used

    async with signed_in(settings) as credential:
        count = await move(options.file, settings.database_url, credential)
    sys.stdout.write(f"{count} request(s) moved. Start no Guestlist on {options.file} any more.\n")
    return 0


def _existing(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)
