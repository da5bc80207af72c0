"""A terminal on which a command is typed: what it shows there, and what it writes elsewhere meanwhile."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.commands.typing import ROOT


def on_a_terminal(
    environ: Mapping[str, str], *words: str, keys: bytes = b"", folder: Path = ROOT
) -> tuple[int, str, str]:
    """Run a command whose standard error, and input where keys are given, is a terminal.

    Return how it ended, what it wrote to the standard output, and what the terminal showed.
    """
    ours, theirs = pty.openpty()
    own = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *words],
        cwd=folder,
        env={**own, "TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT), **environ},
        stdin=theirs if keys else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        if keys:
            os.write(ours, keys)
        assert process.stdout
        shown = _read(ours)
        out = process.stdout.read().decode()
    os.close(ours)
    return process.returncode, out, shown


def _read(terminal: int) -> str:
    """Return what is shown until nobody has the other end any more, which Linux calls an error."""
    shown = b""
    with suppress(OSError):
        while found := os.read(terminal, 65536):
            shown += found
    return shown.decode(errors="replace")
