"""`guestlist db status`, `upgrade` and `backup`."""

from collections.abc import Mapping
from pathlib import Path

from bot.clock import SteadyClock
from bot.commands.answers import DONE, FINDING, Answer, wrong
from bot.commands.how_far import HowFar
from bot.commands.opening import opened, see_that_it_is_there, signed_in
from bot.settings import Settings
from bot.store import schema
from bot.store.backing_up import backup
from bot.store.condition import Condition, holder, look
from bot.store.upgrading import upgrade


async def stands(settings: Settings) -> Answer:
    """Return how the database is; 1 where its tables are not of this version."""
    path = settings.database_path
    see_that_it_is_there(path)
    async with signed_in(settings) as credential:
        seen = await look(path, settings.database_url, credential)
    server, late = holder(path) if path else "", None
    if seen.oldest_due_at is not None:
        late = max(0.0, (SteadyClock().now() - seen.oldest_due_at).total_seconds())
    document = {
        "kind": "sqlite" if path else "postgresql",
        "tables": seen.tables,
        "newest_tables": schema.HEAD,
        "bytes": seen.size,
        "serves": {"pid": server or None, "connections": seen.connections},
        "requests": seen.requests,
        "audit_entries": seen.entries,
        "due": seen.due,
        "later": seen.later,
        "oldest_due_at": seen.oldest_due_at,
        "oldest_due_seconds": late,
    }
    served = f"by process {server}" if server else "by nobody"
    lines = {
        "Database": path or "PostgreSQL",
        "Tables": _tables(seen),
        "Size": f"{seen.size / 1e6:,.1f} MB",
        "Served": served if path else f"over {seen.connections} other connection(s) of Guestlist",
        "Requests": _number(seen.requests),
        "Audit": _number(seen.entries, " entries"),
        "Due": f"{_counts(seen.due)}{f'; the oldest for {late:,.0f} s' if late is not None else ''}",
        "Later": _counts(seen.later),
    }
    text = "".join(f"{name:<10} {said}\n" for name, said in lines.items())
    return Answer(text, document, DONE if seen.tables == schema.HEAD else FINDING)


async def upgraded(settings: Settings, far: HowFar) -> Answer:
    """Bring the tables up to date, all or nothing."""
    async with signed_in(settings) as credential:
        with far.bar("Upgrading") as step:
            before = await upgrade(settings.database_path, settings.database_url, credential, step)
    async with opened(settings):  # puts in what a start does, too
        pass
    changed = before != schema.HEAD
    was = f"from version {before}" if before else "out of nothing"
    said = (
        f"The tables were brought {was} to {schema.HEAD}."
        if changed
        else f"They are of version {before} already."
    )
    return Answer(f"{said}\n", {"before": before, "tables": schema.HEAD, "changed": changed})


async def backed_up(settings: Settings, far: HowFar, file: Path) -> Answer:
    path = settings.database_path
    if path is None:
        return wrong(
            "A PostgreSQL is backed up by its own tool: "
            f'pg_dump --format=custom --file={file} "$GUESTLIST_DATABASE_URL"'
        )
    see_that_it_is_there(path)
    with far.bar("Copying") as step:
        size = await backup(path, file, step)
    said = f"{file} is the database as it is now, {size / 1e6:,.1f} MB. Keep it as secret as the database.\n"
    return Answer(said, {"file": file, "bytes": size})


def _tables(seen: Condition) -> str:
    if seen.tables == schema.HEAD:
        return f"version {seen.tables}, which this version uses"
    if seen.tables is None:
        return "none yet; guestlist db upgrade, or a start, puts them in"
    if seen.tables < schema.HEAD:
        return f"version {seen.tables}; guestlist db upgrade, or a start, brings them to {schema.HEAD}"
    return f"version {seen.tables}, of a newer Guestlist; this one uses {schema.HEAD}"


def _number(counted: int | None, of: str = "") -> str:
    return "not read" if counted is None else f"{counted:,}{of}"


def _counts(jobs: Mapping[str, int] | None) -> str:
    if jobs is None:
        return _number(None)
    each = ", ".join(f"{kind} {count:,}" for kind, count in jobs.items())
    return f"{sum(jobs.values()):,} job(s){f' ({each})' if each else ''}"
