"""What stands in the way of a start on PostgreSQL is said in a sentence, and never with the password."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from bot.store import StoreError
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.wire import laid

SECRET = "canary-password"
STRICT = "guestlist_strict"


@pytest.fixture
async def strict() -> AsyncIterator[str]:
    """Yield a role that needs its password; a server of our own lets everybody in unless told otherwise."""
    here = postgres.server()
    await postgres.run(here.url, f"CREATE ROLE {STRICT} LOGIN PASSWORD '{SECRET}'")
    rule = f"local all {STRICT} scram-sha-256\n"
    if here.own and rule not in (rules := here.folder / "pg_hba.conf").read_text(encoding="utf-8"):
        rules.write_text(rule + rules.read_text(encoding="utf-8"), encoding="utf-8")
        here.control("reload")
    yield STRICT
    await postgres.run(here.url, f"DROP ROLE {STRICT}")


@pytest.fixture
async def database(strict: str) -> AsyncIterator[str]:
    url = await postgres.new_database()
    yield url
    await postgres.drop(url)


async def refusal(url: str) -> str:
    """Return why a store does not open."""
    with pytest.raises(StoreError) as refused:
        await PostgresStore.open(url, lambda _: None)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def by(url: str, user: str, password: str) -> str:
    return re.sub("//[^/]*@", f"//{user}:{password}@", url)


async def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    told = await refusal(f"postgresql://guestlist:{SECRET}@127.0.0.1:1/guestlist")
    assert "cannot be reached" in told
    assert "GUESTLIST_DATABASE_URL" in told
    assert "127.0.0.1" in told


async def test_a_host_or_a_folder_that_is_not_there_is_told() -> None:
    assert "cannot be reached" in await refusal(f"postgresql://guestlist:{SECRET}@nowhere.invalid/guestlist")
    assert "cannot be reached" in await refusal(f"postgresql://g:{SECRET}@/guestlist?host=/nowhere")


async def test_a_server_that_hangs_up_is_told(database: str) -> None:
    async with laid(database) as wire:
        wire.refusing = True
        assert "cannot be reached" in await refusal(wire.url)


async def test_a_wrong_password_is_told(database: str) -> None:
    told = await refusal(by(database, STRICT, "not-the-password"))
    assert "refuses the password" in told
    assert "not-the-password" not in told


async def test_a_user_that_does_not_exist_is_told(database: str) -> None:
    assert re.search("this user|password", await refusal(by(database, "nobody_at_all", SECRET)))


async def test_a_database_that_does_not_exist_is_told(database: str) -> None:
    assert "does not exist. Create it" in await refusal(postgres.named(database, "no_such_database"))


async def test_a_user_who_may_not_create_tables_is_told(database: str) -> None:
    told = await refusal(by(database, STRICT, SECRET))
    assert "lacks a right; make it the owner of the database" in told
    await postgres.run(
        postgres.server().url, f"ALTER DATABASE {urlsplit(database).path[1:]} OWNER TO {STRICT}"
    )
    await (await PostgresStore.open(by(database, STRICT, SECRET), lambda _: None)).close()


@pytest.mark.parametrize("rest", ["localhost:many/guestlist", "localhost/guestlist?sslmode=perhaps"])
async def test_an_address_that_cannot_be_read_is_told(rest: str) -> None:
    told = await refusal(f"postgresql://guestlist:{SECRET}@{rest}")
    assert "postgresql://user:password@host:port/name" in told
