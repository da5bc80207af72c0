"""How far long work is: shown on a terminal, and to nobody else."""

import asyncio
from pathlib import Path

import pytest

from tests import postgres
from tests.audit.chains import written
from tests.backups import File
from tests.commands.terminal import on_a_terminal
from tests.commands.typing import settings, typed
from tests.store.making import added

BAR = "━"
CASES = {
    ("audit", "verify"): "Entries",
    ("audit", "export"): "Entries",
    ("policy", "replay"): "Requests",
    ("db", "backup", "copy.db"): "Copying",
    ("db", "upgrade"): "Upgrading",
}


@pytest.fixture
async def environ(tmp_path: Path) -> dict[str, str]:
    """Return the settings of a file that nobody has open."""
    database = File(tmp_path)
    store = await database.open()
    await added(store)
    await written(store, 3)
    await store.close()
    return dict(settings(database.url, tmp_path))


@pytest.mark.parametrize("words", CASES)
async def test_a_bar_is_on_the_terminal_alone_and_gone_in_the_end(
    words: tuple[str, ...], environ: dict[str, str], tmp_path: Path
) -> None:
    ended, out, shown = await asyncio.to_thread(on_a_terminal, environ, *words, folder=tmp_path)
    assert ended in (0, 3)
    assert CASES[words] in shown
    assert BAR in shown
    assert BAR not in out
    assert out
    assert "\x1b[2K" in shown.rpartition(BAR)[2], "the line was cleared"
    (tmp_path / "copy.db").unlink(missing_ok=True)
    ended, out, shown = await asyncio.to_thread(on_a_terminal, environ, *words, "--json", folder=tmp_path)
    assert ended in (0, 3)
    assert shown == ""


async def test_who_reads_through_a_pipe_is_shown_none(environ: dict[str, str]) -> None:
    said = await typed("audit", "verify", environ=environ)
    assert (said.ended, said.err, BAR in said.out) == (0, "", False)


async def test_a_move_shows_its_bar(tmp_path: Path) -> None:
    database = File(tmp_path)
    store = await database.open()
    await written(store, 3)
    await store.close()
    url = await postgres.new_database()
    environ = settings(url, tmp_path)
    ended, out, shown = await asyncio.to_thread(
        on_a_terminal, environ, "db", "move", str(database.path), folder=tmp_path
    )
    await postgres.drop(url)
    assert (ended, out.startswith("0 request(s) moved.")) == (0, True)
    assert "Moving" in shown


async def test_who_forgets_on_a_terminal_types_the_address_twice(environ: dict[str, str]) -> None:
    for keys, code, told in (
        (b"ben@fabrikam.com\n", 2, "That is another address. Nothing was erased."),
        (b"\x04", 2, "Nothing was erased."),
        (b"Ana@fabrikam.com\n", 1, "Type the address again: "),
    ):
        ended, out, shown = await asyncio.to_thread(
            on_a_terminal, environ, "forget", "ana@fabrikam.com", keys=keys
        )
        assert (ended, told in shown) == (code, True)
        assert out.startswith("Nothing is known of this address") is (code == 1)
    ended, out, _ = await asyncio.to_thread(
        on_a_terminal, environ, "forget", "ana@fabrikam.com", "--yes", keys=b"nothing\n"
    )
    assert (ended, out.startswith("Nothing is known of this address")) == (1, True)
