"""What a bug, a stop and a stranger's bytes are told as: in time, as what they are, and without a name."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

import app
from bench.processes import free_port
from bot.measuring.lines import LogLines
from bot.settings import Settings
from tests.clinic import INVITE, QUICK, Clinic, environment, guestlist_in, open_clinic, open_sandbox, until
from tests.measuring.collector import QUICKLY, Collector, labels, open_collector

ROOT = Path(__file__).parent.parent.parent
NAME = "Ana Lindqvist"
"""Of somebody over whom a bug stumbles."""
BROKEN = f"""
import asyncio, os, app
from bot.process import serve
from bot.settings import Settings
from bot.telemetry import configure_logging

class Broken:
    asked = 0

    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)

    async def awaited(self, *asked, **how):
        Broken.asked += 1
        if Broken.asked > 3:
            raise KeyError("{NAME}")
        return await self.store.awaited(*asked, **how)

async def main():
    await serve(await app.build(Settings.read(os.environ), app.Overrides(store=Broken)))

configure_logging()
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICKLY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def collector(tmp_path: Path) -> AsyncIterator[Collector]:
    """Where the Guestlist of this process tells itself."""
    async with open_collector() as collector:
        changed = {"GUESTLIST_OTLP_URL": collector.url}
        async with open_clinic(tmp_path, app.Overrides(patience=QUICK), changed=changed):
            yield collector


async def line(collector: Collector, words: str) -> Any:
    async def look() -> Any:
        return next((one for one in collector.lines if words in one.body.string_value), None)

    return await until(look, f"{words!r} was told")


async def test_that_a_background_task_ended_by_a_bug_is_told_before_the_end(tmp_path: Path) -> None:
    async with open_collector() as collector, open_sandbox() as clinic:
        settings = environment(clinic.url, tmp_path / "guestlist.db", free_port())
        told = {"GUESTLIST_OTLP_URL": collector.url, "PYTHONPATH": "."}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", BROKEN),
            cwd=ROOT,
            env={**os.environ, **settings, **told},
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 1
        assert b" CRITICAL guestlist: A background task ended by a bug" in said
        found = await line(collector, "A background task ended by a bug")
        assert found.severity_text == "FATAL"
        assert "in awaited" in labels(found)["exception.stacktrace"], "the place, though it came in a group"
        assert "KeyError" in labels(found)["exception.stacktrace"]
        assert NAME not in collector.everything()


async def _bug() -> None:
    raise KeyError(NAME)


async def test_a_bug_of_a_task_that_nobody_waits_for_is_told_without_what_it_quotes(
    collector: Collector,
) -> None:
    task = asyncio.create_task(_bug())
    await asyncio.wait({task})
    del task
    asyncio.get_running_loop().call_soon(int, NAME)
    await asyncio.sleep(0)
    gc.collect()
    found = await line(collector, "Task exception was never retrieved")
    assert "in _bug" in labels(found)["exception.stacktrace"]
    await line(collector, "Exception in callback")
    assert NAME not in collector.everything()


class Unspeakable:
    def __str__(self) -> str:
        raise AttributeError(NAME)

    __repr__ = __str__


def record(words: str, *args: Any, error: BaseException | None = None, **fields: Any) -> logging.LogRecord:
    how = (type(error), error, None) if error else None
    made = logging.LogRecord("a.vendor", logging.ERROR, __file__, 1, words, args, how)
    vars(made).update(fields)
    return made


def test_a_line_that_cannot_be_told_fails_nobody_and_is_said_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    provider = LoggerProvider()
    kept = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # its vendor gives it no types
    provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
    lines = LogLines(provider)
    round_about = ValueError(NAME)
    round_about.__cause__ = round_about
    try:
        for one in (
            record("A slip of %s", Unspeakable()),
            record("A slip", whom=Unspeakable()),
            record("It led to itself", error=round_about),
        ):
            lines.handle(one)
    finally:
        lines.stop()
    said = capsys.readouterr().err
    assert said.count("A line of a.vendor could not be written: test_lines_of_trouble:1") == 2
    (told,) = kept.get_finished_logs()
    assert (told.log_record.body, dict(told.log_record.attributes or {})["exception.type"]) == (
        "It led to itself",
        "ValueError",
    )
    assert NAME not in f"{said}{told.to_json()}"


async def test_a_turn_that_the_stop_cuts_off_is_no_bug(tmp_path: Path) -> None:
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, tmp_path / "guestlist.db")
        settings = Settings.read({**environ, "GUESTLIST_METRICS_PORT": "0"})
        assert isinstance(settings, Settings)
        async with guestlist_in(clinic, settings) as guestlist:
            scraped: Any = guestlist.telemetry
            await clinic.fault(match={"method": "GET", "path": "^/v1.0/"}, do="hold", times=50)
            asking = asyncio.create_task(clinic.say("megan", INVITE.removeprefix("@Guestlist ")))
            await until(lambda: _held(clinic), "the turn waits for Graph")
            took: list[Any] = []
            inner = scraped._instruments.took

            def counted(*told: Any) -> None:
                took.append(told)
                inner(*told)

            scraped._instruments.took = counted
        await clinic.post("/sandbox/faults/clear")
        await clinic.post("/sandbox/held/release")
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert [told[2] for told in took if told[0] == "guestlist.turn.duration"] == [
        {"kind": "said", "outcome": "cut off"}
    ]


async def _held(clinic: Clinic) -> bool:
    return bool(await clinic.get("/sandbox/held"))
