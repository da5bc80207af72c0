"""What Guestlist says where it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.clinic import environment

ROOT = Path(__file__).parent.parent


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = environment("http://127.0.0.1:9", tmp_path / "guestlist.db", port)
        ended = subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 2
    assert f"Guestlist cannot start. http://127.0.0.1:{port} cannot be listened on" in ended.stderr
    assert "GUESTLIST_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
