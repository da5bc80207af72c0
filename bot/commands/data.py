"""`guestlist forget`, `db restored` and `db move`: what an operator does with what is kept."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from access.ports import Store
from access.rules.addresses import read_address
from access.rules.model import Restore
from access.rules.refusals import Problem
from bot.commands.answers import FINDING, Answer, wrong
from bot.commands.how_far import HowFar
from bot.commands.opening import opened, signed_in
from bot.settings import Settings

_JUST_NOW = timedelta(days=1)


async def forget(store: Store, text: str) -> Answer:
    """Erase what is known of an address; its entries in the audit chain stay, without its name."""
    address = read_address(text)
    if isinstance(address, Problem):
        return wrong(f"{text!r} is no address. Write it as in the request, such as ana@fabrikam.com")
    subject = await store.subject(address)
    count = await store.forget(subject)
    if not count and (before := len(await store.about(subject))):
        said = f"It was erased from {before} request(s) before. What else was kept of it is erased.\n"
        return Answer(said, {"requests": 0, "before": before})
    if not count:
        said = "Nothing is known of this address in any request. What else was kept of it is erased.\n"
        return Answer(said, {"requests": 0}, FINDING)
    said = f"Erased from {count} request(s). The audit chain keeps their entries without a name.\n"
    return Answer(said, {"requests": count})


async def restored(store: Store, text: str) -> Answer:
    """Say what Guestlist could not notice: that the database was restored, and what time it knows until."""
    try:
        until = datetime.fromisoformat(text).astimezone(UTC) if text else await store.known_until()
    except (ValueError, OverflowError):
        return wrong(f"{text!r} is no time. Write it such as 2026-11-21T10:00+01:00")
    noticed = await store.restores()
    just_now = bool(noticed) and datetime.now(UTC) - noticed[-1].at < _JUST_NOW
    if just_now and not text:  # by the opening of the store, or by an earlier word
        restore: Restore | None = noticed[-1]
    else:
        restore = await store.restore(until) if until else None
    if restore is None:
        said = "Nothing to note: it was noticed before, or there is nothing from before that time.\n"
        return Answer(said, {"noted": False}, FINDING)
    said = (
        f"Noted: the database knows nothing after {restore.to:%Y-%m-%d %H:%M:%S} UTC. Numbers go on with "
        f"R-{restore.next}. While it runs, Guestlist looks at directory and mailbox and reports.\n"
    )
    return Answer(said, {"noted": True, "known_until": restore.to, "next": f"R-{restore.next}"})


def is_meant(address: str) -> bool:
    """Have the address typed again where somebody sits before a terminal: nothing brings it back."""
    if not sys.stdin.isatty():
        return True
    sys.stderr.write(f"What is known of {address} cannot be brought back. Type the address again: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() == address.strip().casefold()


async def forgotten(settings: Settings, address: str) -> Answer:
    async with opened(settings) as store:
        return await forget(store, address)


async def noted(settings: Settings, time: str) -> Answer:
    async with opened(settings) as store:
        return await restored(store, time)


async def moved(settings: Settings, far: HowFar, file: Path) -> Answer:
    """Take everything along from a file of SQLite to PostgreSQL."""
    if settings.database_path:
        return wrong("Name in GUESTLIST_DATABASE_URL the PostgreSQL to move to: postgresql://…")
    from bot.store.moving import move  # noqa: PLC0415 - asyncpg is loaded only where it is used

    async with signed_in(settings) as credential:
        with far.bar("Moving") as step:
            count = await move(file, settings.database_url, credential, step)
    said = f"{count} request(s) moved. Start no Guestlist on {file} any more.\n"
    return Answer(said, {"requests": count, "file": file})
