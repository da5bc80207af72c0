"""A database is looked at without a trace, beside whoever has it open, by who may write and who may not."""

from urllib.parse import urlsplit, urlunsplit

import pytest

from bot.store import schema
from bot.store.errors import StoreError
from bot.store.probing import probe
from tests import postgres
from tests.store.conftest import TurnedPostgresStore


async def test_a_server_tells_its_tables_and_its_time() -> None:
    url = await postgres.new_database()
    assert (await probe(None, url)).tables is None
    await (await TurnedPostgresStore.open(url, lambda _: None)).close()
    seen = await probe(None, url)
    assert seen.tables == schema.HEAD
    assert seen.now is not None
    assert seen.now.tzinfo is not None


async def test_a_user_who_may_only_read_is_told() -> None:
    url = await postgres.prepared_database()
    await postgres.run(url, "DROP ROLE IF EXISTS only_reads")
    await postgres.run(url, "CREATE ROLE only_reads LOGIN")
    await postgres.run(url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO only_reads")
    parts = urlsplit(url)
    reader = urlunsplit(parts._replace(netloc=f"only_reads@{parts.netloc.rpartition('@')[2]}"))
    try:
        with pytest.raises(StoreError, match="lacks a right"):
            await probe(None, reader)
    finally:
        await postgres.run(url, "DROP OWNED BY only_reads")
        await postgres.run(url, "DROP ROLE only_reads")
