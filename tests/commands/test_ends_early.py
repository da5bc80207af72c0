"""What ends a command early: a reader who has read enough, and Ctrl-C."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.chains import written
from tests.backups import File
from tests.commands.typing import ROOT, settings


@pytest.fixture
async def environ(tmp_path: Path) -> dict[str, str]:
    database = File(tmp_path)
    store = await database.open()
    await written(store, 400)  # more than a pipe holds
    await store.close()
    return {**os.environ, "PYTHONPATH": str(ROOT), **settings(database.url, tmp_path)}


@pytest.mark.parametrize("words", [("audit", "export"), ("audit", "export", "--json"), ("--help",)])
async def test_a_reader_who_closes_the_pipe_has_read_enough(
    words: tuple[str, ...], environ: dict[str, str]
) -> None:
    def run() -> tuple[int, bytes]:
        command = [sys.executable, "-m", "bot.cli", *words]
        with subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            return process.wait(), process.stderr.read()

    assert await asyncio.to_thread(run) == (0, b"")


@pytest.mark.parametrize("words", [("audit", "export"), ("audit", "export", "--json"), ("db", "status")])
async def test_a_disk_that_is_full_is_said_in_a_sentence(
    words: tuple[str, ...], environ: dict[str, str]
) -> None:
    def run() -> tuple[int, bytes]:
        with Path("/dev/full").open("wb") as full:
            said = subprocess.run(
                [sys.executable, "-m", "bot.cli", *words],
                env=environ,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        return said.returncode, said.stderr

    assert await asyncio.to_thread(run) == (2, b"guestlist: No space left on device\n")


_FULL = [
    *(("nonsense --json", ">/dev/full"), ("nonsense", ">/dev/full 2>/dev/full")),
    *(("requests show R-7 --json", ">/dev/full"), ("requests show R-7", "2>/dev/full")),
    *(("audit export", ">/dev/full 2>/dev/full"), ("db status --json", ">/dev/full 2>/dev/full")),
]


@pytest.mark.parametrize(("words", "streams"), _FULL)
async def test_what_went_wrong_ends_the_same_where_it_cannot_be_written(
    words: str, streams: str, environ: dict[str, str]
) -> None:
    ended, out, err = await run_in_shell(words, streams, environ)
    assert (ended, out) == (2, b"")
    assert (err == b"") is ("2>" in streams)
    assert b"Traceback" not in err


@pytest.mark.parametrize("words", ["nonsense", "nonsense --json", "requests show R-7", "db backup README.md"])
async def test_who_reads_neither_stream_has_read_enough_of_what_went_wrong(
    words: str, environ: dict[str, str]
) -> None:
    def run() -> int:
        command = [sys.executable, "-m", "bot.cli", *words.split()]
        with subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            assert process.stdout
            process.stdout.close()
            return process.wait()

    assert await asyncio.to_thread(run) == 0


@pytest.mark.parametrize("words", [("audit", "export"), ("audit", "export", "--json")])
async def test_an_interrupt_ends_with_130_and_without_a_trace(
    words: tuple[str, ...], environ: dict[str, str]
) -> None:
    def run() -> tuple[int, bytes]:
        command = [sys.executable, "-m", "bot.cli", *words]
        with subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.read(1)  # it is at work, and will wait for us once the pipe is full
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            return process.wait(), process.stderr.read()

    assert await asyncio.to_thread(run) == (130, b"Interrupted.\n")


_INTERRUPTED_AT = """
import os, signal, sys
class At:
    def find_spec(self, name, *_):
        if name == os.environ["AT"]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, At())
from bot.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize("place", ["bot.commands.typed", "typer", "bot.settings", "sqlalchemy"])
async def test_an_interrupt_while_it_still_loads_ends_the_same(place: str, environ: dict[str, str]) -> None:
    said = await run(sys.executable, "-c", _INTERRUPTED_AT, "db", "status", environ=environ | {"AT": place})
    assert said == (130, b"", b"Interrupted.\n")


_BROKEN = """
import sys
from bot import cli
from bot.commands import database
def stands(settings):
    raise ValueError("ana@fabrikam.com")
database.stands = stands
sys.exit(cli.main())
"""


async def test_a_fault_of_our_own_is_no_finding_and_tells_no_address(environ: dict[str, str]) -> None:
    ended, out, err = await run(sys.executable, "-c", _BROKEN, "db", "status", environ=environ)
    assert (ended, out, b"fabrikam" in err) == (70, b"", False)
    assert err.startswith(b"Traceback")
    assert err.endswith(b"ValueError: ***address***\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "words", ["audit verify", "requests", "db status --json", "audit export", "forget ana@fabrikam.com"]
)
async def test_a_stream_that_is_closed_changes_no_end(
    closed: str, words: str, environ: dict[str, str]
) -> None:
    ends = int(words.startswith("forget"))
    said = await run_in_shell(words, closed, environ)
    assert said[0] == ends
    assert (said[1] == b"") is (">&-" in closed.split())
    assert said[2] == b"" or words == "audit export"


async def run_in_shell(words: str, streams: str, environ: dict[str, str]) -> tuple[int | None, bytes, bytes]:
    command = (sys.executable, "-m", "bot.cli", *words.split())
    return await run("sh", "-c", f'exec "$0" "$@" {streams}', *command, environ=environ)


async def run(*command: str, environ: dict[str, str]) -> tuple[int | None, bytes, bytes]:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, env=environ, stdout=pipe, stderr=pipe)
    out, err = await child.communicate()
    return child.returncode, out, err
