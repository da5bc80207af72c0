"""`guestlist audit` as an operator types it, beside a Guestlist that has the database open."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.store.sql_store import SqlStore
from tests.audit.chains import tamper, written
from tests.backups import Database

TENANT = "07c51642-1aa2-593c-8685-29f12285f84f"


async def asked(database: Database, folder: Path, *words: str, **more: str) -> tuple[int | None, str, str]:
    """Run a command; return its exit code, and what it said on both streams."""
    (folder / "policy.toml").touch()
    values = {"APP_ID": TENANT, "TENANT_ID": TENANT, "POLICY_FILE": str(folder / "policy.toml")}
    values |= {"DATABASE_URL": database.url, **more}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "audit", *words),
        env={**os.environ, **{f"GUESTLIST_{name}": value for name, value in values.items()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_verify_ends_with_0_where_the_chain_holds_and_with_1_where_it_does_not(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await written(store, 5)
    head = await store.audit_head()
    assert head is not None
    file = tmp_path / "checkpoints.jsonl"
    line = (
        f'{{"seq": {head.seq}, "hash": "{head.hash}", "at": "2026-03-01T00:00:00Z", "tenant": "{TENANT}"}}\n'
    )
    file.write_text(f"{line}what is this\n", encoding="utf-8")
    typed = f"{head.seq:,}:{head.hash.upper()}"
    code, out, err = await asked(database, tmp_path, "verify", "--against", typed, CHECKPOINT_FILE=str(file))
    assert (code, err) == (0, "")
    assert "2 of 2 checkpoints agree" in out
    assert "line 2: no checkpoint: what is this" in out
    await tamper(database, "UPDATE audit SET what = 'x' WHERE seq = 2")
    code, out, err = await asked(database, tmp_path, "verify")
    assert (code, out) == (1, "")
    assert "The chain is broken at entry 2 " in err


@pytest.mark.parametrize("typed", ["5", "5:abc", "x:" + "a" * 64])
async def test_what_is_no_checkpoint_is_said_with_how_to_write_one(
    typed: str, database: Database, tmp_path: Path
) -> None:
    code, _, err = await asked(database, tmp_path, "verify", "--against", typed)
    assert code == 2
    assert "is no checkpoint. Write it as it was told" in err


async def test_a_file_of_checkpoints_that_is_not_there_is_no_answer(
    database: Database, tmp_path: Path
) -> None:
    code, _, err = await asked(database, tmp_path, "verify", "--checkpoints", str(tmp_path / "none"))
    assert code == 2
    assert "The checkpoints cannot be read" in err
