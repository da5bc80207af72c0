"""Every command there is: one document of JSON where that is asked for, and a documented exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.answers import CHANGE_FIRST, DONE, ENDS, FINDING, Answer
from tests.commands.typing import EVERY, NEEDED, ROOT, here, settings, typed


@pytest.mark.parametrize("command", EVERY)
def test_every_command_can_answer_with_json(command: str) -> None:
    assert "--json" in {option for one in EVERY[command].params for option in one.opts}


@pytest.mark.parametrize("command", EVERY)
def test_every_command_says_what_it_does(command: str) -> None:
    assert EVERY[command].get_short_help_str().endswith((".", "..."))


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GUESTLIST_")]:
        monkeypatch.delenv(name)


def words_of(command: str) -> tuple[str, ...]:
    """Return what is typed; a server would take the place of this process."""
    return *command.split(), *NEEDED.get(command, ()), *(("--check",) if command == "run" else ())


@pytest.mark.parametrize("command", sorted(set(EVERY) - {"package", "doctor"}))
def test_without_settings_every_command_says_in_one_document_what_to_change(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = here(capsys, *words_of(command), "--json")
    assert said.ended == said.document["exit"] == CHANGE_FIRST
    assert "GUESTLIST_APP_ID" in said.document["error"]
    told = here(capsys, *words_of(command))
    assert (told.ended, told.out) == (CHANGE_FIRST, "")
    assert "GUESTLIST_APP_ID" in told.err


@pytest.mark.parametrize("command", EVERY)
def test_what_is_typed_wrongly_is_said_in_one_document_or_in_a_sentence(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = here(capsys, *command.split(), "--nonsense", "--json")
    assert said.ended == said.document["exit"] == CHANGE_FIRST
    assert "--nonsense" in said.document["error"]
    told = here(capsys, *command.split(), "--nonsense")
    assert (told.ended, told.out) == (CHANGE_FIRST, "")
    assert f"guestlist {command} --help says what can be typed." in told.err


@pytest.mark.parametrize("words", [(), ("nonsense",), ("policy",), ("db", "nonsense")])
def test_no_command_is_something_to_change_first(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    said = here(capsys, *words)
    assert (said.ended, said.out) == (CHANGE_FIRST, "")
    assert "--help says what can be typed." in said.err
    assert here(capsys, *words, "--json").document["exit"] == CHANGE_FIRST


_NO_NAME = "x" * 300
"""Longer than a name of a file can be."""


@pytest.mark.parametrize(
    "database",
    [
        *("sqlite:///{}/none/guestlist.db", "postgresql://x:hush@127.0.0.1:9/x"),
        *(f"sqlite:///{{}}/{_NO_NAME}", f"sqlite:///{{}}/{_NO_NAME}/guestlist.db"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        *("policy replay", "audit verify", "audit export", "audit reconcile", "forget", "db restored"),
        *("db status", "db upgrade", "requests", "requests show"),
    ],
)
def test_a_database_that_cannot_be_had_is_one_document(
    command: str,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in settings(database.format(tmp_path), tmp_path).items():
        monkeypatch.setenv(name, value)
    said = here(capsys, *words_of(command), "--json")
    assert said.ended == said.document["exit"] == CHANGE_FIRST
    told = here(capsys, *words_of(command))
    assert (told.ended, told.out) == (CHANGE_FIRST, "")
    assert told.err.strip() == said.document["error"]
    assert "hush" not in told.err
    assert _NO_NAME not in database or _NO_NAME in told.err


@pytest.mark.parametrize("option", ["policy check --file", "policy explain --file", "policy replay --policy"])
def test_a_policy_that_cannot_be_read_is_no_finding(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in settings(f"sqlite:///{tmp_path}/guestlist.db", tmp_path).items():
        monkeypatch.setenv(name, value)
    more = ("R-1001",) if "explain" in option else ()
    for file in (tmp_path / "none.toml", tmp_path):
        said = here(capsys, *option.split(), str(file), *more, "--json")
        assert said.ended == said.document["exit"] == CHANGE_FIRST
        assert said.document["error"].startswith(str(file))
    (tmp_path / "broken.toml").write_text("colour = 1\n", encoding="utf-8")
    said = here(capsys, *option.split(), str(tmp_path / "broken.toml"), *more, "--json")
    assert said.ended == said.document["exit"] == (FINDING if "check" in option else CHANGE_FIRST)


@pytest.mark.parametrize("option", ["policy check --file", "policy explain --file", "policy replay --policy"])
def test_a_file_stands_instead_of_the_one_that_is_named_also_where_that_is_not_there(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = settings(f"sqlite:///{tmp_path}/guestlist.db", tmp_path, POLICY_FILE=f"{tmp_path}/none.toml")
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "other.toml").write_text("colour = 1\n", encoding="utf-8")
    more = ("R-1001",) if "explain" in option else ()
    said = here(capsys, *option.split(), str(tmp_path / "other.toml"), *more, "--json")
    assert "colour" in said.document["mistakes"][0]
    assert "GUESTLIST_POLICY_FILE" in here(capsys, *option.split()[:-1], *more, "--json").document["error"]


def test_no_name_acts_on_the_terminal_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = "guest_name  Ana\x1b[2J\rBo\x9b1A\u202e\t.\nends  2026\n"
    assert Answer(text, {"guest_name": text}).tell() == DONE
    assert capsys.readouterr().out == "guest_name  Ana\\x1b[2J\\rBo\\x9b1A\\u202e\t.\nends  2026\n"
    assert Answer(text, {"guest_name": text}).tell(as_json=True) == DONE
    assert json.loads(capsys.readouterr().out) == {"guest_name": text}


async def test_the_help_says_every_exit_code() -> None:
    said = await typed("--help")
    whole = " ".join(said.out.split())
    assert said.ended == 0
    assert all(f"{code}: {meaning}" in whole for code, meaning in ENDS.items())


async def test_what_was_once_typed_without_db_still_is_and_help_lists_it_no_more() -> None:
    for old in ("restored", "move"):
        assert [one.opts for one in EVERY[old].params] == [one.opts for one in EVERY[f"db {old}"].params]
    assert not {"restored", "move"} & set((await typed("--help")).out.split())


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Help, completion and a start would else wait for it: SQLAlchemy alone takes longer than all of this."""
    heavy = (
        "rich",
        "sqlalchemy",
        "alembic",
        "asyncpg",
        "msgraph",
        "botbuilder",
        "babel",
        "aiohttp",
        "access",
    )
    script = f"import sys, bot.commands.typed; print([one for one in {heavy} if one in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
