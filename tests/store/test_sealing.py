"""The contract of every Store: what it seals, nobody but this installation reads or makes up."""

from pathlib import Path

import pytest

from bot.store import SqliteStore
from bot.store.sql_store import SqlStore
from tests.store.making import TurnedClock

WORDS = '{"address": "ana@fabrikam.com", "name": "Ána"}'


async def test_what_was_sealed_comes_back_and_says_nothing_meanwhile(store: SqlStore) -> None:
    sealed = store.seal(WORDS)
    assert store.unseal(sealed) == WORDS
    assert store.seal(WORDS) != sealed, "that the same was typed twice is nobody's business either"
    assert "fabrikam" not in sealed


@pytest.mark.parametrize("forged", ["", "x", "gAAAAAB", WORDS, "é", "=" * 9000])
async def test_what_was_not_sealed_is_nothing(store: SqlStore, forged: str) -> None:
    assert store.unseal(forged) is None
    assert store.unseal(f"{store.seal(WORDS)[:-8]}{forged[:4]}") is None


async def test_a_restart_knows_what_was_sealed_and_another_installation_does_not(
    file: Path, clock: TurnedClock
) -> None:
    first = await SqliteStore.open(file, clock, lambda _: None)
    sealed = first.seal(WORDS)
    await first.close()
    again = await SqliteStore.open(file, clock, lambda _: None)
    assert again.unseal(sealed) == WORDS
    await again.close()
    another = await SqliteStore.open(file.with_name("another.db"), clock, lambda _: None)
    assert another.unseal(sealed) is None
    await another.close()
