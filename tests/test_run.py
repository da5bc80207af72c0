"""`make run`: two processes that live and end together."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from bot.settings import Settings
from sandbox import run as runner

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((runner.HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def ports() -> Iterator[dict[str, str]]:
    """Give two free ports, and clear away what a run on them has written."""
    chosen = {"PORT": str(free_port()), "GUESTLIST_PORT": str(free_port())}
    yield chosen
    shutil.rmtree(ROOT / ".sandbox" / chosen["PORT"], ignore_errors=True)


@contextmanager
def started(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start both as `make run` does; whatever happens, nothing is left running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.run"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """Return the block that a person reads; it closes with how to stop."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    assert process.stderr
    raise AssertionError(said + process.stderr.read())


def children(process: subprocess.Popen[str]) -> dict[str, psutil.Process]:
    found = psutil.Process(process.pid).children()
    return {"guestlist" if "app.py" in child.cmdline() else "sandbox": child for child in found}


def test_a_start_says_what_to_open_and_type_and_a_signal_ends_both(ports: dict[str, str]) -> None:
    with started(ports) as process:
        said = read_until_ready(process)
        assert f"http://127.0.0.1:{ports['PORT']}/" in said
        assert "/invite ana@fabrikam.com to Health Records" in said
        both = children(process)
        assert set(both) == {"guestlist", "sandbox"}
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert not [child for child in both.values() if child.is_running()]


@pytest.mark.parametrize("victim", ["guestlist", "sandbox"])
def test_where_one_ends_the_other_ends_and_it_is_said_which(ports: dict[str, str], victim: str) -> None:
    with started(ports) as process:
        read_until_ready(process)
        both = children(process)
        both[victim].kill()
        _, said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert f"The process {victim} has ended with code -9" in said
        assert not [child for child in both.values() if child.is_running()]


@pytest.mark.parametrize("name", ["PORT", "GUESTLIST_PORT"])
def test_a_port_that_is_taken_is_named_with_a_way_out(ports: dict[str, str], name: str) -> None:
    with closing(socket.create_server((runner.HOST, 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(runner.Trouble, match=rf"Port {port} is not free .* {name}={port + 1} make run"):
            runner.read_run({**ports, name: str(port)})


@pytest.mark.parametrize("value", ["page", "-1", "99999"])
def test_what_is_no_port_is_said(value: str) -> None:
    with pytest.raises(runner.Trouble, match=f"PORT={value} is no port"):
        runner.read_run({"PORT": value})


def test_the_callers_own_settings_never_mix_with_the_sandboxs(ports: dict[str, str], tmp_path: Path) -> None:
    run = runner.read_run({**ports, "GUESTLIST_CLIENT_SECRET": "theirs", "HOME": str(tmp_path)})
    assert "GUESTLIST_CLIENT_SECRET" not in run.settings
    assert run.settings["HOME"] == str(tmp_path)


def test_the_settings_of_the_sandbox_are_accepted_by_guestlist(ports: dict[str, str]) -> None:
    run = runner.read_run(ports)
    runner.prepare(run, keep=False)
    settings = Settings.read(run.settings)
    assert isinstance(settings, Settings), str(settings)
    assert (settings.graph_url, settings.service_origins) == (run.page, (run.page,))
    assert settings.port == run.bot_port
    assert settings.public_url == run.bot


def test_a_start_begins_anew_unless_the_last_run_is_kept(ports: dict[str, str]) -> None:
    run = runner.read_run(ports)
    runner.prepare(run, keep=False)
    (run.data / "guestlist.db").touch()
    runner.prepare(run, keep=True)
    assert (run.data / "guestlist.db").exists()
    runner.prepare(run, keep=False)
    assert not (run.data / "guestlist.db").exists()
