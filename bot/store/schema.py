"""Brings a database's tables up to date when Guestlist starts."""

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.store.errors import StoreError

log = logging.getLogger(__name__)

HEAD = "0005"
"""The newest migration; known here, so that a start that has nothing to migrate need not load Alembic."""
_MIGRATIONS = Path(__file__).parent / "migrations"


Step = Callable[[int, int | None], None]


def upgrade(connection: Connection, step: Step = lambda _done, _of: None) -> str | None:
    """Run the migrations that are missing, all or none; refuse tables of a newer Guestlist.

    Return the version before; `step` hears how many have run, of how many.
    """
    found = revision(connection)
    if found == HEAD:
        return found
    # Loaded only where it is needed: it would be a fifth of a second of every start.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - likewise
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - likewise

    scripts = [script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()][::-1]
    if found is not None and found not in scripts:
        raise StoreError(
            f"The database was written by a newer Guestlist (schema {found}, this one knows up to {HEAD}). "
            "Start that version, or point GUESTLIST_DATABASE_URL at another database."
        )
    log.info("The tables are being brought up to date", extra={"before": found, "to": HEAD})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["applied"] = lambda **told: step(
        scripts.index(told["step"].up_revision_id) + 1, len(scripts)
    )
    command.upgrade(config, "head")
    return found


def see_that_it_is_current(connection: Connection) -> None:
    """Refuse tables of another version; a start and `db upgrade` alone bring them up to date."""
    found = see_that_it_is_ours(connection)
    if found != HEAD:
        raise StoreError(
            f"The database has the tables of another Guestlist (schema {found}, this one uses {HEAD}). "
            "Use the version that serves it; or, of an older one, back it up and type guestlist db upgrade."
        )


def see_that_it_is_ours(connection: Connection) -> str:
    """Return the version of the tables; refuse a database that has none of ours."""
    if (found := revision(connection)) is None:
        raise StoreError("This is no Guestlist database. Name the right one in GUESTLIST_DATABASE_URL.")
    return found


def revision(connection: Connection) -> str | None:
    """Return the newest migration that these tables have seen; None where they are none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
