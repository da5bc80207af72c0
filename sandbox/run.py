"""Start Guestlist beside the sandbox, two processes, and end both together: `python -m sandbox.run`.

The tenant lives in memory, so every start begins the story anew with an empty database; `KEEP=1` keeps the
last one, to look at what was stored. `PORT` moves the page, `GUESTLIST_PORT` the bot.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import aiohttp

HERE = Path(__file__).parent
ROOT = HERE.parent
HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that a first start may take on a slow computer, bytecode and all."""

READY = """
  Guestlist is running beside its sandbox: a small Teams and a small Entra tenant on this computer.

    Open    {page}
    Type    @Guestlist /invite ana@fabrikam.com to Health Records for 90d because she runs the March audit
    Then    become Alex Wilber and press Approve; become Ana Ruiz, open the mail and accept

    Logs    {data}
    Stop    Ctrl-C
"""


class Trouble(Exception):
    """What keeps the two from running, with what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One start: where the two listen, where they write, and Guestlist's settings."""

    page_port: int
    bot_port: int
    data: Path
    settings: Mapping[str, str]

    @property
    def page(self) -> str:
        return f"http://{HOST}:{self.page_port}"

    @property
    def bot(self) -> str:
        return f"http://{HOST}:{self.bot_port}"


def read_run(environ: Mapping[str, str]) -> Run:
    """Fill in `guestlist.env`; of the caller's own GUESTLIST_ variables only the port counts."""
    page_port = _port(environ, "PORT", "8765")
    data = ROOT / ".sandbox" / str(page_port)
    names = {"SANDBOX": f"http://{HOST}:{page_port}", "DATA": str(data), "HERE": str(HERE)}
    lines = Template((HERE / "guestlist.env").read_text(encoding="utf-8")).substitute(names).splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    bot_port = _port(environ, "GUESTLIST_PORT", settings["GUESTLIST_PORT"])
    others = {name: value for name, value in environ.items() if not name.startswith("GUESTLIST_")}
    own = {"GUESTLIST_PORT": str(bot_port), "GUESTLIST_PUBLIC_URL": f"http://{HOST}:{bot_port}"}
    return Run(page_port, bot_port, data, {**others, **settings, **own})


def _port(environ: Mapping[str, str], name: str, default: str) -> int:
    """Return a port that is free at this moment."""
    value = environ.get(name) or default
    try:
        port = int(value)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except (ValueError, OverflowError):
        raise Trouble(f"{name}={value} is no port; use a number from 1024 to 65535.") from None
    except OSError as error:
        raise Trouble(
            f"Port {port} is not free ({error.strerror}). Try: {name}={port + 1} make run"
        ) from error
    return port


def prepare(run: Run, *, keep: bool) -> None:
    """Begin with an empty folder unless the last run's database is to be kept."""
    if not keep:
        shutil.rmtree(run.data, ignore_errors=True)
    run.data.mkdir(parents=True, exist_ok=True)


async def _start(run: Run, name: str, *command: str) -> asyncio.subprocess.Process:
    with (run.data / f"{name}.log").open("ab") as log:
        # Their own session: Ctrl-C reaches this process alone, which then ends both in order.
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=ROOT,
            env=run.settings,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _ready(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(url) as response:
                    if response.status == 200:  # noqa: PLR2004 - HTTP's OK
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


async def _watch(run: Run, processes: Mapping[str, asyncio.subprocess.Process]) -> None:
    """Return never: raise as soon as one of the processes has ended."""
    waits = {asyncio.create_task(process.wait()): name for name, process in processes.items()}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    task = done.pop()
    log = run.data / f"{waits[task]}.log"
    last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
    raise Trouble(
        f"The process {waits[task]} has ended with code {task.result()}. Its last words ({log}):\n{last}"
    )


async def _announce(run: Run) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(_ready(f"{run.page}/sandbox/state"), _ready(f"{run.bot}/readyz"))
    except TimeoutError:
        raise Trouble(f"Not ready within {PATIENCE:.0f} s. The logs are in {run.data}.") from None
    sys.stdout.write(READY.format(page=f"{run.page}/", data=f"{run.data.relative_to(ROOT)}/") + "\n")
    sys.stdout.flush()


async def _end(processes: Mapping[str, asyncio.subprocess.Process]) -> None:
    """Ask both to stop, Guestlist first so that it can still say what it has begun; then insist."""
    for process in processes.values():
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


async def serve(run: Run) -> None:
    """Run both until a signal comes or one of them ends; raises `Trouble` for the latter."""
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    processes: dict[str, asyncio.subprocess.Process] = {}
    pending: set[asyncio.Task[object]] = set()
    try:
        processes["guestlist"] = await _start(run, "guestlist", "app.py")
        arguments = ("--port", str(run.page_port), "--bot-url", f"{run.bot}/api/messages")
        processes["sandbox"] = await _start(run, "sandbox", "-m", "sandbox", *arguments)
        stop: asyncio.Task[object] = asyncio.create_task(stopping.wait())
        pending = {stop, asyncio.create_task(_watch(run, processes)), asyncio.create_task(_announce(run))}
        while not stop.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in pending:
            task.cancel()
        await _end(processes)


def main() -> int:
    """Return 0 after a signal, 1 where something was in the way."""
    try:
        run = read_run(os.environ)
        prepare(run, keep=bool(os.environ.get("KEEP")))
        asyncio.run(serve(run))
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
