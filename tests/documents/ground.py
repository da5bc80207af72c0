"""Where the documents' commands are executed: a copy of the checkout, a tenant, a Guestlist with a past."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.processes import free_port
from bot.settings import Settings
from tests import postgres
from tests.clinic import environment, guestlist_in, open_sandbox, until
from tests.documents.blocks import ROOT, Block
from tests.journeys.acts import ana_is_given_health_records

OTHER_SERVER = "postgresql://guestlist:PASSWORD@db.example.com/guestlist?sslmode=verify-full"
"""What the documents call the address of a PostgreSQL; here is one without TLS, on a socket."""
SERVES = {
    "make run": "PORT",
    ".venv/bin/guestlist run": "GUESTLIST_PORT",
    ".venv/bin/python -m sandbox --port 8765 --bot-url http://127.0.0.1:3978/api/messages": "SANDBOX_PORT",
}
"""What goes on until it is stopped, and where it says that it is there."""
_STARTED, _DONE, _STOPPED = 90.0, 300.0, 40.0
_LONG_AGO = (1_000_000_000, 1_000_000_000)
_COMMENT = re.compile(r"\s{2,}#.*$")


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder with everything that is in the repository, and the settings of its operator."""

    folder: Path
    environ: Mapping[str, str]
    instead: Mapping[str, str]

    async def execute(self, block: Block) -> list[str]:
        """Execute a block as it stands; return each command that did not end with 0, with what it said."""
        found: list[str] = []
        together: list[str] = []
        for line in _lines(block):
            if line in SERVES:
                found += [*await self._shell(together), *await self._serve(line)]
                together = []
            else:
                together.append(line)
        return [*found, *await self._shell(together)]

    async def _shell(self, lines: Sequence[str]) -> list[str]:
        """Run lines in one shell, so that what one exports the next has."""
        if not lines:
            return []
        script = "\n".join(f'{line}\necho "EXIT $? of: {_quoted(line)}" >&2' for line in lines)
        # As in sh, but a pipe fails with whatever of it fails.
        process = await self._start("bash", "-o", "pipefail", "-c", self._here(script))
        said, _ = await asyncio.wait_for(process.communicate(), _DONE)
        ends = re.findall(r"^EXIT (\d+) of: (.*)$", said.decode(errors="replace"), re.MULTILINE)
        wrong = [f"{line} ended with {code}" for code, line in ends if code != "0"]
        wrong += [] if len(ends) == len(lines) else [f"{len(ends)} of {len(lines)} commands ended"]
        return [*wrong, said.decode(errors="replace")[-3000:]] if wrong else []

    def _here(self, script: str) -> str:
        """Return a script with what is here in the place of what the documents name."""
        for what, real in self.instead.items():
            script = script.replace(what, real)
        return script

    async def _serve(self, line: str) -> list[str]:
        """Start what serves, wait until it answers, and stop it by Ctrl-C."""
        process = await self._start(*self._here(line).split())
        answered = f"http://127.0.0.1:{self.environ[SERVES[line]]}/"

        async def answers() -> bool:
            if process.returncode is not None:
                return True
            try:
                async with aiohttp.ClientSession() as http, http.get(answered):
                    return True
            except aiohttp.ClientConnectionError:
                return False

        await until(answers, f"{line} answers", _STARTED)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)
        said, _ = await asyncio.wait_for(process.communicate(), _STOPPED)
        # Ctrl-C ends make, too, which then says that its recipe was interrupted.
        fine = process.returncode == 0 or (line.startswith("make") and process.returncode in (2, -2, 130))
        return (
            [] if fine else [f"{line} ended with {process.returncode}", said.decode(errors="replace")[-3000:]]
        )

    async def _start(self, *command: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=dict(self.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )


def _lines(block: Block) -> list[str]:
    """Return the commands of a block, those over several lines as one, without comments."""
    whole = re.sub(r"\\\n\s*", " ", block.text)
    lines = (_COMMENT.sub("", line).strip() for line in whole.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _quoted(line: str) -> str:
    return re.sub(r'(["\\$`])', r"\\\1", line)


@asynccontextmanager
async def open_ground(folder: Path) -> AsyncIterator[Ground]:
    """Let Ana be given Health Records and another guest be asked for, and stop Guestlist again."""
    checkout = folder / "guestlist"
    _copy(checkout)
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, checkout / "guestlist.db")
        settings = Settings.read(environ)
        assert isinstance(settings, Settings), settings
        async with guestlist_in(clinic, settings):
            await ana_is_given_health_records(clinic)
            for who in ("kai", "cleo"):
                line = f"/invite {who}@fabrikam.com to Health Records for 30d because of the audit"
                await clinic.say("megan", line)
            await clinic.say("megan", "/cancel R-1003")
        url, port = await postgres.new_database(), str(free_port())
        own = postgres.server().own
        yield Ground(
            checkout,
            {
                **{name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")},
                **environ,
                "GUESTLIST_PORT": str(free_port()),
                "PORT": str(free_port()),
                "SANDBOX_PORT": port,
                "TESTS": "tests/test_clock.py",
                "WORKERS": "1",
                "PATH": os.pathsep.join([*([str(own.bin_path)] if own else []), os.environ["PATH"]]),
            },
            {OTHER_SERVER: url, "--port 8765": f"--port {port}"},
        )
        await postgres.drop(url)


def _copy(checkout: Path) -> None:
    """Copy what is in the repository, as it is now, beside the environment that is set up already."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and name != ".venv":
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
    (checkout / ".venv").symlink_to((ROOT / ".venv").resolve())
    shutil.copytree(
        ROOT / "sandbox" / "page" / "vendor", checkout / "sandbox" / "page" / "vendor", dirs_exist_ok=True
    )
    # Older than the environment, so that make has nothing to set up anew.
    for name in ("pyproject.toml", "uv.lock", "sandbox/package-lock.json"):
        os.utime(checkout / name, _LONG_AGO)
