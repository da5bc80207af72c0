"""A standby that becomes the primary under a store that is open: noticed without a new start."""

import os

import pytest

from bot.store import StoreError
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.store.making import added


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # asyncpg's, cut off by the server
async def test_a_failover_is_noted_as_a_restore_while_the_store_is_open_and_a_standby_as_none() -> None:
    if "GUESTLIST_TEST_DATABASE_URL" in os.environ:
        pytest.skip("Stops a server, and begins a new timeline in it.")
    server = postgres.server.__wrapped__()  # one that no other test uses
    await postgres.run(server.url, "CREATE DATABASE guestlist")
    store = await PostgresStore.open(postgres.named(server.url, "guestlist"), lambda _: None)
    await added(store)
    assert await store.restores() == []
    until = await store.known_until()

    server.control("stop", "-m", "fast")
    (server.folder / "standby.signal").touch()
    server.control("start")
    with pytest.raises(StoreError):
        await store.restores()
    server.control("promote")

    [restore] = await store.restores()
    assert (restore.to, restore.next) == (until, 11_101)
    assert await store.restores() == [restore]
    await store.close()
    server.control("stop", "-m", "fast")
