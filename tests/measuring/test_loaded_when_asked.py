"""Telemetry is loaded only where a setting asks for it, and never stands in the way."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bench.processes import free_port
from tests.clinic import INVITE, Clinic, environment, open_sandbox, until
from tests.journeys.acts import approve
from tests.measuring.collector import QUICKLY, open_collector

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf", "prometheus_client")
TELLS = """
import asyncio, os, sys
import app
from bot.settings import Settings

async def main():
    guestlist = await app.build(Settings.read(os.environ))
    await guestlist.start()
    print("\\n".join(sys.modules))
    await guestlist.stop()

asyncio.run(main())
"""
HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("{name}",)):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Hidden())
"""
AZURE = "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:9/"


def modules(folder: Path, **changed: str) -> set[str]:
    settings = environment("http://127.0.0.1:9", folder / "guestlist.db")
    ended = subprocess.run(
        [sys.executable, "-c", TELLS],
        cwd=ROOT,
        env={**os.environ, **settings, **changed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


def test_nothing_of_it_is_loaded_where_no_setting_asks_for_it(tmp_path: Path) -> None:
    assert not [one for one in modules(tmp_path) if one.startswith((*HEAVY, "azure.monitor"))]


def test_what_is_asked_for_is_loaded_and_no_more(tmp_path: Path) -> None:
    loaded = modules(tmp_path, GUESTLIST_METRICS_PORT="0")
    assert {"opentelemetry.sdk.metrics", "prometheus_client"} <= loaded
    assert not [one for one in loaded if one.startswith(("azure.monitor", "google.protobuf"))]


@pytest.mark.parametrize(
    ("name", "value", "hidden", "extra"),
    [
        ("OTLP_URL", "http://127.0.0.1:9", "opentelemetry.sdk", "telemetry"),
        ("OTLP_URL", "http://127.0.0.1:9", "opentelemetry.exporter.otlp", "telemetry"),
        ("METRICS_PORT", "0", "prometheus_client", "telemetry"),
        ("AZURE_MONITOR", AZURE, "azure.monitor", "azure-monitor"),
    ],
)
def test_a_setting_whose_extra_is_missing_says_what_to_install(
    tmp_path: Path, name: str, value: str, hidden: str, extra: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDDEN.replace("{name}", hidden), encoding="utf-8")
    settings = environment("http://127.0.0.1:9", tmp_path / "guestlist.db")
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **settings, f"GUESTLIST_{name}": value, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    wanted = f"GUESTLIST_{name} needs more than is installed: pip install 'guestlist[{extra}]'."
    assert ended.stderr.splitlines() == [f"Guestlist cannot start. {wanted}"]


@asynccontextmanager
async def running(folder: Path, clinic: Clinic, **changed: str) -> AsyncIterator[tuple[Path, int, object]]:
    """Start Guestlist as a process; its log is the file that is yielded first."""
    port, log = free_port(), folder / "stderr"
    settings = environment(clinic.url, folder / "guestlist.db", port)
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "app.py"),
            cwd=ROOT,
            env={**os.environ, **settings, **changed},
            stderr=stderr,
        )

    async def ready() -> bool:
        assert process.returncode is None, log.read_text(encoding="utf-8")
        return "Guestlist is ready" in log.read_text(encoding="utf-8")

    try:
        await until(ready, "Guestlist is ready", 120)
        await clinic.post("/teams/control", botUrl=f"http://127.0.0.1:{port}/api/messages")
        yield log, port, process
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 29) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_collector_that_is_away_stops_nothing_and_is_told_of_once(tmp_path: Path) -> None:
    async with open_collector() as collector, open_sandbox() as clinic:
        collector.away = True
        told = {"GUESTLIST_OTLP_URL": collector.url, **QUICKLY}
        async with running(tmp_path, clinic, **told) as (log, _, _):
            await clinic.say("megan", INVITE, "channel")
            await approve(clinic)
            await clinic.card("diego", "Delivered", "channel")

            async def told_of() -> bool:
                return collector.refused > 5 and "cannot be exported" in log.read_text(encoding="utf-8")

            await until(told_of, "exports were refused")
        lines = log.read_text(encoding="utf-8").splitlines()
        assert sum("Telemetry cannot be exported" in line for line in lines) == 1
        assert not [line for line in lines if "opentelemetry" in line or "urllib3" in line]


async def test_metrics_are_not_on_the_port_that_teams_reaches(tmp_path: Path) -> None:
    async with open_sandbox() as clinic:
        metrics = free_port()
        async with running(tmp_path, clinic, GUESTLIST_METRICS_PORT=str(metrics)) as (_, port, _):
            async with clinic.http.get(f"http://127.0.0.1:{port}/metrics") as page:
                assert page.status == 404
            async with clinic.http.get(f"http://127.0.0.1:{metrics}/metrics") as page:
                assert (page.status, page.content_type) == (200, "text/plain")
            async with clinic.http.get(f"http://127.0.0.1:{metrics}/api/messages") as page:
                assert page.status == 404


async def test_the_last_is_told_when_it_stops(tmp_path: Path) -> None:
    async with open_collector() as collector, open_sandbox() as clinic:
        late = {"OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_METRIC_EXPORT_INTERVAL": "600000"}
        async with running(tmp_path, clinic, GUESTLIST_OTLP_URL=collector.url, **late):
            await clinic.say("megan", "/help")
            await clinic.card("megan", "Guestlist")
        assert "turn said help" in {one.name for one in collector.spans}
        assert list(collector.points("guestlist.turn.duration"))


async def test_a_collector_that_never_answers_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with open_sandbox() as clinic:
        async with running(tmp_path, clinic, GUESTLIST_OTLP_URL=url, **QUICKLY) as (log, _, _):
            await clinic.say("megan", "/help")
            await clinic.card("megan", "Guestlist")
            begun = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - begun < 10
        assert "what='Running.close'" in log.read_text(encoding="utf-8")
    server.close()
