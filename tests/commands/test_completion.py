"""What a shell completes, asked as shells ask, and in a real bash."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.backups import File
from tests.commands.typing import ROOT
from tests.store.making import added

SCRIPT = Path(sys.executable).with_name("guestlist")


def completed(line: str, environ: dict[str, str], folder: Path = ROOT) -> set[str]:
    """Return what is offered for the last word of a line."""
    words = line.split(" ")
    asked = {"_GUESTLIST_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return set(run([sys.executable, "-m", "bot.cli"], {**environ, **asked}, folder).split())


def written(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in folder.iterdir()}


def run(command: list[str], environ: dict[str, str], folder: Path = ROOT) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
    said = subprocess.run(
        command,
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stderr == ""
    return said.stdout


def apps_in(shell: str, environ: dict[str, str]) -> str:
    """Return what a shell is given for the name of an app."""
    line = "guestlist requests --app Hea"
    asked = {
        "_GUESTLIST_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": "3",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "Hea",
    }
    return run([sys.executable, "-m", "bot.cli"], {**environ, **asked}).strip()


def test_commands_and_options_are_offered(tmp_path: Path) -> None:
    assert {"run", "db", "requests"} <= completed("guestlist ", {}, tmp_path)
    assert completed("guestlist a", {}, tmp_path) == {"audit"}
    assert completed("guestlist audit v", {}, tmp_path) == {"verify"}
    assert completed("guestlist audit export --f", {}, tmp_path) == {"--format"}
    assert completed("guestlist audit export --format j", {}, tmp_path) == {"jsonl"}


async def test_numbers_and_apps_are_offered_out_of_a_file_that_is_in_use(tmp_path: Path) -> None:
    at = File(tmp_path)
    kept = await at.open()
    await added(kept)
    environ = {"GUESTLIST_DATABASE_URL": at.url}
    before = written(tmp_path)
    with closing(sqlite3.connect(at.path)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        assert completed("guestlist requests show ", environ) == {"R-1001"}
        assert completed("guestlist requests show R-10", environ) == {"R-1001"}
        assert completed("guestlist requests show R-2", environ) == set()
        assert apps_in("bash", environ) == r"Health\ Records"
    after = written(tmp_path)
    await kept.close()
    assert [after[name] == before[name] for name in ("guestlist.db", "guestlist.db-wal")] == [True, True]


_COMMANDS = ("$(id)", "\\$(id)", "`id`", "; id", "& id", "* [a]", "'id'", '"id"', ":::id", "\n id", "(id)")


async def test_what_an_app_is_called_is_never_a_command_of_the_shell(tmp_path: Path) -> None:
    at = File(tmp_path)
    kept = await at.open()
    await added(kept)
    await kept.close()
    environ = {"GUESTLIST_DATABASE_URL": at.url}
    offered = {one: apps_in(one, environ) for one in ("zsh", "fish", "powershell")}
    assert offered["zsh"] == """_arguments '*: :(("Health Records"))'"""
    assert (offered["fish"], offered["powershell"]) == ("Health Records", "")
    for name in _COMMANDS:
        with closing(sqlite3.connect(at.path)) as writing, writing:
            query = "UPDATE requests SET body = json_set(body, '$.app.name', ?)"
            writing.execute(query, (f"Health {name}",))
        for shell in ("bash", "zsh", "fish", "powershell"):
            assert "Health" not in apps_in(shell, environ), name


@pytest.mark.parametrize("url", ["sqlite:///none.db", "postgresql://x:y@127.0.0.1:9/x", "nonsense"])
def test_where_nothing_can_be_read_nothing_is_offered_and_nothing_made(url: str, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"no database")
    for one in (url, f"sqlite:///{tmp_path}/other.db"):
        assert completed("guestlist requests show ", {"GUESTLIST_DATABASE_URL": one}, tmp_path) == set()
    assert [one.name for one in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_its_script(shell: str) -> None:
    asked = {"_GUESTLIST_COMPLETE": f"source_{shell}"}
    script = run([sys.executable, "-m", "bot.cli"], asked)
    assert "guestlist" in script
    assert f"complete_{shell}" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes_what_is_typed(tmp_path: Path) -> None:
    script = f"""
        eval "$(_GUESTLIST_COMPLETE=source_bash {SCRIPT})"
        COMP_WORDS=(guestlist policy re); COMP_CWORD=2
        name=$(complete -p guestlist | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$name" {SCRIPT}
        echo "${{COMPREPLY[@]}}"
    """
    assert run(["bash", "-c", script], {}, tmp_path) == "replay\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_it_is_installed_for_the_shell_in_which_it_is_typed(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    shown = run(["bash", "-c", f"{SCRIPT} --show-completion; true"], home)
    assert "complete_bash" in shown
    said = run(["bash", "-c", f"{SCRIPT} --install-completion; true"], home)
    assert "bash completion installed in" in said
    script = f"""
        . {tmp_path}/.bashrc
        COMP_WORDS=({SCRIPT} db st); COMP_CWORD=2
        name=$(complete -p guestlist | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$name" {SCRIPT}
        echo "${{COMPREPLY[@]}}"
    """
    assert run(["bash", "-c", script], home) == "status\n"
