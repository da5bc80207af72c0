"""The command as an operator types it: every one there is, and what it says on both streams."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from bot import cli
from bot.commands import typed as typed_
from tests.backups import Database

ROOT = Path(__file__).parent.parent.parent
TENANT = "07c51642-1aa2-593c-8685-29f12285f84f"
GROUPS = typer.main.get_command(typed_.app)
NEEDED = {
    "policy explain": ("R-1001",),
    "forget": ("ana@fabrikam.com",),
    "db backup": ("copy.db",),
    "requests show": ("R-1001",),
    "db move": (__file__,),
    "move": (__file__,),
}
"""What a command cannot do without."""


@dataclass(frozen=True, slots=True)
class Said:
    ended: int | None
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Return the one document that was written; two, or a word beside it, are no JSON."""
        return json.loads(self.out)


def commands(group: Any = GROUPS, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command by what is typed for it, also those that help does not list."""
    for name, one in group.commands.items():
        path = f"{before} {name}".strip()
        if hasattr(one, "commands"):
            yield from commands(one, path)
        if not hasattr(one, "commands") or one.invoke_without_command:
            yield path, one


EVERY = dict(commands())


def settings(database: str, folder: Path, **more: str) -> Mapping[str, str]:
    (folder / "policy.toml").touch()
    values = {"APP_ID": TENANT, "TENANT_ID": TENANT, "POLICY_FILE": str(folder / "policy.toml")}
    values |= {"DATABASE_URL": database, **more}
    return {f"GUESTLIST_{name}": value for name, value in values.items()}


def here(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run a command in this process, for what needs no other: a tenth of the time."""
    capsys.readouterr()
    ended = cli.main(words)
    return Said(ended, *capsys.readouterr())


async def typed(*words: str, environ: Mapping[str, str] | None = None, folder: Path = ROOT) -> Said:
    """Run a command with these settings alone; return how it ended."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", *words),
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), **(environ or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Said(process.returncode, out.decode(), err.decode())


async def beside(database: Database, folder: Path, *words: str, **more: str) -> Said:
    """Run a command on this database."""
    return await typed(*words, environ=settings(database.url, folder, **more))
