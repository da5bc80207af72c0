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
