"""What the operator says of a restore, on both databases."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access.rules.audit import POLICY_CHANGED
from access.rules.model import AuditFact
from bot.commands import data
from bot.store import StoreError
from tests import backups
from tests.backups import Database
from tests.store.making import added


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = await backups.make(request.param, tmp_path)
    yield made
    await made.drop()


async def test_the_operator_says_it_once_and_reads_where_the_numbers_go_on(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    store = await database.open()
    assert (await data.restored(store, "")).tell() == 1, "nothing has happened yet"
    await added(store)
    assert (await data.restored(store, "yesterday")).tell() == 2
    assert "'yesterday' is no time" in capsys.readouterr().err
    assert (await data.restored(store, "2001-01-01T00:00+01:00")).tell() == 1
    capsys.readouterr()

    assert (await data.restored(store, "")).tell() == 0
    assert "R-11101" in capsys.readouterr().out
    [restore] = await store.restores()
    assert (await data.restored(store, "")).tell() == 0
    assert "R-11101" in capsys.readouterr().out, "it says the same again"
    assert (await data.restored(store, restore.to.isoformat())).tell() == 1
    assert "noticed before" in capsys.readouterr().out
    assert await store.restores() == [restore]
    await store.close()


async def test_a_time_to_come_is_refused_with_what_to_write_instead(database: Database) -> None:
    store = await database.open()
    await added(store)
    for text in ("2999-01-01", (datetime.now(UTC) + timedelta(minutes=2)).isoformat()):
        with pytest.raises(StoreError, match="is not yet: the database's clock says"):
            await data.restored(store, text)
    assert (await data.restored(store, "0001-01-01T00:00+01:00")).tell() == 2, "a time before all times"
    assert await store.restores() == []
    assert (await added(store, "b@fabrikam.com")).request.number == 1002
    await store.close()


async def test_the_command_ends_with_2_for_a_time_to_come(database: Database, tmp_path: Path) -> None:
    await (await database.open()).close()
    (tmp_path / "policy.toml").touch()
    ids = dict.fromkeys(("APP_ID", "TENANT_ID"), "07c51642-1aa2-593c-8685-29f12285f84f")
    values = {**ids, "POLICY_FILE": str(tmp_path / "policy.toml"), "DATABASE_URL": database.url}
    environ = {**os.environ, **{f"GUESTLIST_{name}": value for name, value in values.items()}}
    command = (sys.executable, "-m", "bot.cli", "restored", "2999-01-01T00:00+01:00")
    process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert (process.returncode, said.startswith(b"2998-12-31 23:00:00 UTC is not yet")) == (2, True)


async def test_a_policy_that_a_start_takes_up_after_a_restore_tells_nothing_of_what_the_database_knows(
    database: Database,
) -> None:
    store = await database.open()
    assert await store.known_until() is None
    await store.write_audit(AuditFact(what=POLICY_CHANGED, detail={"digest": "one", "before": ""}))
    assert await store.known_until() is None
    await added(store)
    known = await store.known_until()
    await store.write_audit(AuditFact(what=POLICY_CHANGED, detail={"digest": "two", "before": "one"}))
    assert known is not None
    assert await store.known_until() == known
    await store.close()
