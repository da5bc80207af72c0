"""Reads each hostile file in a process of its own, and prints what it is refused for and what that cost."""

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from access.rules.list_rows import Unreadable
from access.service.read_list import read_file
from bot.sheets import Workbooks
from tests.lists.books import HOSTILE_WORKBOOKS
from tests.lists.making import HOSTILE_TEXTS

HOSTILE = {f"text: {name}": one for name, one in HOSTILE_TEXTS.items()} | {
    f"workbook: {name}": one for name, one in HOSTILE_WORKBOOKS.items()
}
"""By what is wrong with each."""


def most_memory() -> int:
    """Return the most bytes that this process has ever had, or has since that was last forgotten."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found
    return int(found[1]) * 1024


def forget_memory() -> int:
    """Begin to look for the most memory anew; return how much there is now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return most_memory()


def apart(act: Callable[[], object]) -> None:
    """Do something in a process that has only what this one has, and leaves nothing in it."""
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
        return
    act()
    sys.stdout.flush()
    os._exit(0)


def make(name: str, file: Path) -> None:
    file.write_bytes(HOSTILE[name].made())


def read(name: str, file: Path) -> None:
    content = file.read_bytes()
    before, began = forget_memory(), time.process_time()
    found = read_file(content, Workbooks())
    told = {"why": found.why, "row": found.row} if isinstance(found, Unreadable) else {"why": "", "row": 0}
    spent = time.process_time() - began
    cost = {"name": name, **told, "s": round(spent, 2), "bytes": most_memory() - before}
    sys.stdout.write(f"{json.dumps(cost)}\n")


def costs(names: Iterable[str], file: Path) -> None:
    for name in names:
        apart(partial(make, name, file))
        apart(partial(read, name, file))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        costs(sys.argv[1:] or HOSTILE, Path(folder) / "hostile")
