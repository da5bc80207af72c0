"""The operator's commands. They open the database themselves: a file of SQLite must not be in use then."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from access.ports import AccessError, Store
from access.rules.addresses import read_address
from access.rules.audit import AuditEntry, verify
from access.rules.model import Restore
from access.rules.refusals import Problem
from bot.clock import SteadyClock
from bot.settings import Settings, SettingsError
from bot.store import SqliteStore

_JUST_NOW = timedelta(days=1)


async def forget(store: Store, text: str) -> int:
    """Erase what is known of an address; its entries in the audit chain stay, without its name."""
    address = read_address(text)
    if isinstance(address, Problem):
        sys.stderr.write(f"{text!r} is no address. Write it as in the request, such as ana@fabrikam.com\n")
        return 2
    count = await store.forget(await store.subject(address))
    sys.stdout.write(f"Erased from {count} request(s). The audit chain keeps their entries without a name.\n")
    return 0


async def verify_audit(store: Store) -> int:
    """Walk the chain and say whether anything was edited, removed or reordered."""
    entries: list[AuditEntry] = [entry async for entry in store.audit_entries()]
    broken = verify(entries)
    if broken is not None:
        sys.stderr.write(f"The chain is broken at entry {broken}.\n")
        return 1
    sys.stdout.write(f"{len(entries)} entries, the chain holds.\n")
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


async def move(settings: Settings, file: Path) -> int:
    """Take everything along from a file of SQLite to PostgreSQL."""
    if settings.database_path:
        sys.stderr.write("Name in GUESTLIST_DATABASE_URL the PostgreSQL to move to: postgresql://…\n")
        return 2
    from bot.store.moving import move as copy  # noqa: PLC0415 - asyncpg is loaded only where it is used

    count = await copy(file, settings.database_url)
    sys.stdout.write(f"{count} request(s) moved. Start no Guestlist on {file} any more.\n")
    return 0


def _existing(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


async def _open(settings: Settings) -> Store:
    if path := settings.database_path:
        return await SqliteStore.open(path, SteadyClock(), lambda _: None)
    from bot.store.postgres import PostgresStore  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return await PostgresStore.open(settings.database_url, lambda _: None)


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    if options.command == "move":
        return await move(settings, options.file)
    store = await _open(settings)
    try:
        if options.command == "forget":
            return await forget(store, options.address)
        if options.command == "restored":
            return await restored(store, options.time)
        return await verify_audit(store)
    finally:
        await store.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is done, 1 is a finding, 2 is something to change first."""
    parser = argparse.ArgumentParser(prog="guestlist", description="Commands for Guestlist's operator.")
    commands = parser.add_subparsers(dest="command", required=True)
    erase = commands.add_parser("forget", help="erase the name, address and texts of a guest")
    erase.add_argument("address")
    backup = commands.add_parser("restored", help="say that the database was restored from a backup")
    backup.add_argument("time", nargs="?", default="", help="of the backup; else of the newest audit entry")
    moving = commands.add_parser("move", help="copy a file of SQLite into an empty PostgreSQL")
    moving.add_argument("file", type=_existing)
    commands.add_parser("verify", help="verify the audit chain")
    options = parser.parse_args(arguments)
    settings = Settings.read(os.environ)
    if isinstance(settings, SettingsError):
        sys.stderr.write(f"What to change in the settings:\n{settings}\n")
        return 2
    try:
        return asyncio.run(_run(settings, options))
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
