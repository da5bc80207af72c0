"""What Guestlist says where it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.clinic import environment

ROOT = Path(__file__).parent.parent
SECRET = "s3cret-canary"


def said(folder: Path, port: int = 0, **changed: str) -> str:
    """Start it, and return what it said before it ended."""
    settings = environment("http://127.0.0.1:9", folder / "guestlist.db", port)
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **settings, **changed},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = said(tmp_path, port)
    assert f"Guestlist cannot start. http://127.0.0.1:{port} cannot be listened on" in words
    assert "GUESTLIST_PORT" in words


def test_a_database_that_cannot_be_reached_is_said_in_a_sentence_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://guestlist:{SECRET}@127.0.0.1:9/guestlist"
    words = said(tmp_path, GUESTLIST_DATABASE_URL=url)
    assert "Guestlist cannot start. The database cannot be reached." in words
    assert SECRET not in words


def test_a_port_for_metrics_that_is_taken_is_said_by_its_own_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = said(tmp_path, GUESTLIST_METRICS_PORT=port)
    assert f"http://127.0.0.1:{port} cannot be listened on" in words
    assert "Change GUESTLIST_METRICS_PORT or GUESTLIST_HOST." in words
