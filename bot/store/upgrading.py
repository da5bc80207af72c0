"""Bringing the tables up to date on their own, ahead of a start."""

import asyncio
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.credential import Credential
from bot.store import schema
from bot.store.errors import explained
from bot.store.sqlite import _engine, _locked


async def upgrade(
    path: Path | None, url: str, credential: Credential | None, step: schema.Step
) -> str | None:
    """Run what is missing, all or nothing, and return the version before; raises `StoreError`.

    A file must be in use by nobody; of several who upgrade a PostgreSQL, one does.
    """
    if path is not None:
        return await asyncio.to_thread(_file, path, step)
    from bot.store.postgres import migrate  # noqa: PLC0415 - asyncpg is loaded only where it is used
    from bot.store.postgres_book import on_server  # noqa: PLC0415 - likewise

    return await on_server(url, credential, lambda connection: migrate(connection, step), writes=True)


def _file(path: Path, step: schema.Step) -> str | None:
    lock, engine = _locked(path.resolve()), _engine(path, "BEGIN IMMEDIATE")
    try:
        with engine.begin() as connection:
            return schema.upgrade(connection, step)
    except SQLAlchemyError as error:
        raise explained(error) from error
    finally:
        engine.dispose()
        lock.close()
