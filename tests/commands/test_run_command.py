"""`guestlist run`: the server as `app.py` starts it, and the look whether it could."""

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.clinic import environment, open_sandbox, until
from tests.commands.typing import ROOT, settings, typed
from tests.test_run import free_port

GUESTLIST = Path(sys.executable).with_name("guestlist")


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_it_serves_in_this_process_until_told_to_stop(tmp_path: Path, *, elsewhere: bool) -> None:
    """Elsewhere the packages are installed, and the file lies in the folder, as in an image."""
    port, folder, packages = free_port(), ROOT, ROOT
    if elsewhere:
        folder, packages = tmp_path, tmp_path / "site"
        packages.mkdir()
        for name in ("access", "bot", "cards", "dialogs"):
            (packages / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "app.py", folder)
    async with open_sandbox() as clinic, aiohttp.ClientSession() as http:
        environ = environment(clinic.url, tmp_path / "guestlist.db", port)
        command = (sys.executable, "-m", "bot.cli", "run", *(() if elsewhere else ("--json",)))
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**os.environ, **environ, "PYTHONPATH": str(packages)},
            stdout=asyncio.subprocess.PIPE,
        )

        async def ready() -> bool:
            assert process.returncode is None
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    return answer.ok
            except aiohttp.ClientConnectorError:
                return False

        try:
            await until(ready, "it serves", 120)
            assert (tmp_path / "guestlist.db-lock").read_text(encoding="ascii") == str(process.pid)
            process.send_signal(signal.SIGTERM)
            out, _ = await process.communicate()
            assert process.returncode == 0
            assert out == b"" if elsewhere else json.loads(out)["port"] == port
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_its_script_is_the_same_command() -> None:
    process = await asyncio.create_subprocess_exec(
        *(GUESTLIST, "--help"),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert (process.returncode, out.decode()) == (0, (await typed("--help")).out)


async def test_another_projects_file_of_that_name_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    for name in ("access", "cards"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "app.py").write_text("print('somebody else')\n", encoding="utf-8")
    said = await typed("run", folder=tmp_path, environ={"PYTHONPATH": str(tmp_path)})
    assert (said.ended, said.out) == (2, "")
    assert "There is no app.py of Guestlist in" in said.err


async def test_what_stands_in_the_way_of_a_start_ends_as_the_start_itself(tmp_path: Path) -> None:
    environ = {**settings("sqlite:///x.db", tmp_path), "GUESTLIST_PORT": "nonsense"}
    said = await typed("run", environ=environ)
    assert (said.ended, said.out) == (2, "")
    assert "Guestlist cannot start. What to change:" in said.err


async def test_a_check_looks_at_settings_and_policy_and_starts_nothing(tmp_path: Path) -> None:
    environ = settings(f"sqlite:///{tmp_path}/guestlist.db", tmp_path)
    said = await typed("run", "--check", environ=environ)
    assert (said.ended, said.out, said.err) == (0, "The settings and the policy can be used.\n", "")
    found = (await typed("run", "--check", "--json", environ=environ)).document
    assert found["database"] == "sqlite"
    assert not (tmp_path / "guestlist.db").exists()

    (tmp_path / "policy.toml").write_text("[defaults]\ncolour = 1\n", encoding="utf-8")
    said = await typed("run", "--check", environ=environ)
    assert (said.ended, said.out) == (2, "")
    assert "the policy has mistakes" in said.err
    for words in (("run", "--check", "--json"), ("run", "--json")):
        said = await typed(*words, environ=environ)
        assert said.ended == said.document["exit"] == 2
        assert "colour" in said.document["mistakes"][0]
