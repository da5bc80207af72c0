"""A folder that may not be entered, as that of the service's own account is for whoever looks after it."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.commands.test_ends_early import run
from tests.commands.typing import ROOT, settings

_AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Takes from root what lets it into every folder."""
_PYTHON = (*(() if os.getuid() else _AS_ANYBODY), sys.executable)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "guestlist.db").touch()
    (folder / "policy.toml").touch()
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("command", ["db status", "requests", "audit verify", "forget ana@fabrikam.com"])
async def test_a_database_in_it_is_one_document_that_names_the_file(
    command: str, closed: Path, tmp_path: Path
) -> None:
    environ = settings(f"sqlite:///{closed}/guestlist.db", tmp_path)
    ended, out, err = await typed(environ, "-m", "bot.cli", *command.split(), "--json")
    said = json.loads(out)
    assert (ended, said["exit"], err) == (2, 2, b"")
    assert f"The file {closed}/guestlist.db cannot be looked at: Permission denied." in said["error"]


async def test_the_doctor_says_so_and_looks_at_the_rest(closed: Path, tmp_path: Path) -> None:
    nobody = {
        "CREDENTIAL": "static",
        "STATIC_TOKEN": "x",
        **dict.fromkeys(("GRAPH_URL", "LOGIN_URL", "CHANNEL_OPENID_URL", "SERVICE_ORIGINS"), _NOWHERE),
    }
    environ = settings(f"sqlite:///{closed}/guestlist.db", tmp_path, **nobody)
    ended, out, _ = await typed(environ, "-m", "bot.cli", "doctor", "--json")
    items = {one["name"]: one for one in json.loads(out)["items"]}
    assert (ended, items["policy"]["stands"], items["database"]["stands"]) == (1, "ok", "broken")
    assert items["database"]["said"].endswith("cannot be looked at: Permission denied")


@pytest.mark.parametrize("command", ["run --check", "db status", "doctor"])
async def test_a_policy_in_it_is_a_problem_of_the_settings(
    command: str, closed: Path, tmp_path: Path
) -> None:
    environ = settings("sqlite:///guestlist.db", tmp_path, POLICY_FILE=f"{closed}/policy.toml")
    ended, out, err = await typed(environ, "-m", "bot.cli", *command.split(), "--json")
    found = json.loads(out)
    problems = found["items"][0]["details"] if command == "doctor" else found["problems"]
    assert (ended, err) == (1 if command == "doctor" else 2, b"")
    assert [one.partition(";")[0] for one in problems] == [
        f"GUESTLIST_POLICY_FILE: {closed}/policy.toml cannot be looked at: Permission denied"
    ]


async def test_a_start_says_so_without_a_traceback(closed: Path, tmp_path: Path) -> None:
    environ = settings("sqlite:///guestlist.db", tmp_path, POLICY_FILE=f"{closed}/policy.toml")
    ended, _, err = await typed(environ, "app.py")
    assert ended == 2
    assert err.startswith(b"Guestlist cannot start. What to change:\n- GUESTLIST_POLICY_FILE: ")


_NOWHERE = "http://127.0.0.1:9"


async def typed(environ: Mapping[str, str], *words: str) -> tuple[int | None, bytes, bytes]:
    return await run(*_PYTHON, *words, environ={**os.environ, "PYTHONPATH": str(ROOT), **environ})
