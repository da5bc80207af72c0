"""Small file systems, mounted for a run and gone after it; only root may, and a run without says so."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZES = {"sqlite": "64m", "postgres": "800m"}


@contextmanager
def small_disk(database: str) -> Iterator[Path | None]:
    """Yield the folder where a small file system is mounted; None where that is not allowed."""
    folder = Path(tempfile.gettempdir()) / f"guestlist-torture-{database}"
    folder.mkdir(exist_ok=True)
    _unmount(folder)
    options = f"size={SIZES[database]},mode=755"
    asked = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(asked, capture_output=True, check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        _unmount(folder)
        folder.rmdir()


def _unmount(folder: Path) -> None:
    """Unmount what is mounted there, also what a run that was killed has left behind, with its server."""
    if not folder.is_mount():
        return
    for kept in folder.glob("*/postmaster.pid"):
        with contextlib.suppress(ProcessLookupError, ValueError):
            os.kill(int(kept.read_text().split()[0]), signal.SIGQUIT)
    asked = ["umount", "-l", str(folder)]
    subprocess.run(asked, capture_output=True, check=True)
