"""A copy of a file of SQLite as it is at one moment, made beside whoever writes to it."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from bot.store.errors import StoreError

_PAGES = 500
"""Copied between two looks whether somebody interrupts."""
Step = Callable[[int, int | None], None]


async def backup(path: Path, target: Path, step: Step) -> int:
    """Copy the file to where there is none; return how many bytes. Raises `StoreError`, and leaves none."""
    stopped = threading.Event()
    try:
        return await asyncio.to_thread(_copied, path, target, step, stopped)
    except asyncio.CancelledError:
        stopped.set()
        raise


def _copied(path: Path, target: Path, step: Step, stopped: threading.Event) -> int:
    _made(target)
    try:
        with closing(_opened(path)) as source, closing(sqlite3.connect(target)) as copy:
            # Held until the end: a commit meanwhile neither shows in the copy nor has it begin anew.
            source.execute("BEGIN")
            source.execute("SELECT version_num FROM alembic_version").fetchone()

            source.backup(copy, pages=_PAGES, progress=_teller(step, stopped))
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        with target.open("rb") as written:
            os.fsync(written.fileno())
            return os.fstat(written.fileno()).st_size
    except sqlite3.Error as error:
        target.unlink()
        raise StoreError(f"No backup was made of {path}: {error}.") from error
    except (OSError, InterruptedError):
        target.unlink()
        raise


def _teller(step: Step, stopped: threading.Event) -> Callable[[int, int, int], None]:
    def told(_: int, left: int, total: int) -> None:
        if stopped.is_set():
            raise InterruptedError
        step(total - left, total)

    return told


def _made(target: Path) -> None:
    """Make the file, for its owner alone, where there is none."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise StoreError(f"There is something at {target} already. Name a file that is not there.") from error
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}.") from error


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5, isolation_level=None)
