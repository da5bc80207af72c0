"""What probes are told: whether a restart helps, whether turns may come, and what is not as it should be."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import Job
from bot.credential import Standing
from bot.health import LATE
from bot.readers import FOLLOWED
from tests.clinic import INVITE, QUICK, TOKEN, Clinic, open_clinic, until
from tests.journeys.acts import approve


class Stuck:
    """The real store, in which a job has been due for an hour that nobody finds."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def next_due_at(self) -> datetime | None:
        at: datetime | None = await self._store.next_due_at()
        return at - timedelta(hours=1) if at else None

    async def due(self, _: int) -> Sequence[Job]:
        return ()


async def probe(clinic: Clinic, path: str) -> tuple[int, dict[str, Any]]:
    async with clinic.http.get(f"{clinic.bot}/{path}") as answer:
        return answer.status, await answer.json()


async def test_it_is_ready_and_says_what_it_stands_on_without_a_word_of_anybody(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)
        await clinic.card("diego", "Delivered", "channel")
        status, body = await probe(clinic, "readyz")
        assert (status, body["status"]) == (200, "ready")
        assert {name: one["status"] for name, one in body["checks"].items()} == dict.fromkeys(
            ("database", "queue", "credential", "delta"), "ok"
        )
        assert await probe(clinic, "healthz") == (200, {"status": "alive"})
        for secret in ("ana@", "fabrikam", "audit", TOKEN, "megan"):
            assert secret not in str(body).lower()


@pytest.mark.parametrize(
    ("standing", "status", "word"),
    [
        (Standing.NEVER, 503, "the credential is refused"),
        (Standing.REFUSED, 200, "degraded"),
        (Standing.UNREACHABLE, 200, "degraded"),
        (Standing.UNASKED, 200, "ready"),
    ],
)
async def test_only_who_was_never_signed_in_takes_no_turns(
    tmp_path: Path, standing: Standing, status: int, word: str
) -> None:
    async with open_clinic(tmp_path) as clinic:
        clinic.guestlist.standing = lambda: standing

        async def answered() -> bool:
            return bool((await probe(clinic, "readyz"))[1]["status"] != "starting")

        await until(answered, "it has started")
        found, body = await probe(clinic, "readyz")
        assert (found, body["status"], body["checks"]["credential"]["standing"]) == (status, word, standing)
        assert (await probe(clinic, "healthz"))[0] == 200


async def test_due_jobs_that_do_not_begin_are_a_warning_first_and_then_need_a_restart(tmp_path: Path) -> None:
    overrides = app.Overrides(patience=QUICK, store=Stuck)
    async with open_clinic(tmp_path, overrides) as clinic:
        await clinic.say("megan", INVITE, "channel")

        async def late() -> bool:
            return bool((await probe(clinic, "readyz"))[1]["checks"]["queue"]["status"] == "degraded")

        await until(late, "a job is late")
        assert (await probe(clinic, "readyz"))[0] == 200
        assert (await probe(clinic, "healthz"))[0] == 200
        clinic.guestlist.worker.begun_at = time.monotonic() - LATE - 1
        assert await probe(clinic, "healthz") == (503, {"status": "due jobs do not begin"})
        assert (await probe(clinic, "readyz"))[0] == 503


class Unfollowed:
    """The real store, which tells nobody who is waited for, and lets others read."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def awaited(self, *_: Any) -> Any:
        raise Unknown(Cause.UNAVAILABLE)

    async def take_lease(self, *_: Any) -> bool:
        return False


async def delta(clinic: Clinic) -> tuple[str, str, float | None]:
    """Return the word of the probe, and how the reading of who has accepted is."""
    _, body = await probe(clinic, "readyz")
    found = body["checks"]["delta"]
    return body["status"], found["status"], found.get("unread_for")


async def noted(clinic: Clinic, ago: timedelta) -> None:
    """Have the store say that it was read so long ago, once it was."""

    async def read() -> bool:
        return bool(await clinic.guestlist.store.note(FOLLOWED))

    await until(read, "it was read, and noted when")
    at = clinic.guestlist.worker.clock.now() - ago
    await clinic.guestlist.store.keep_note(FOLLOWED, at.isoformat())


async def test_when_it_was_read_who_has_accepted_is_known_over_a_restart_that_reads_nothing(
    tmp_path: Path,
) -> None:
    async with open_clinic(tmp_path) as clinic:
        await noted(clinic, timedelta(hours=1))
        assert (await delta(clinic))[1] == "ok", "this one has read it"
    async with open_clinic(tmp_path, app.Overrides(patience=QUICK, store=Unfollowed)) as clinic:

        async def degraded() -> bool:
            return (await delta(clinic))[:2] == ("degraded", "degraded")

        await until(degraded, "nothing was read since")
        ago = (await delta(clinic))[2]
        assert ago is not None
        assert 3600 <= ago < 3700


async def test_a_delta_that_nobody_has_read_yet_is_not_known_and_not_for_ever(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, app.Overrides(patience=QUICK, store=Unfollowed)) as clinic:

        async def ready() -> bool:
            return (await probe(clinic, "readyz"))[0] == 200

        await until(ready, "it is ready")
        assert await delta(clinic) == ("ready", "unknown", None)
        clinic.guestlist.readers._born -= 901
        assert await delta(clinic) == ("degraded", "degraded", None)


async def test_a_replica_that_does_not_read_says_when_another_has(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await noted(clinic, timedelta(minutes=1))
        mine = clinic.guestlist.readers
        unknowing = {"_followed_at": float("-inf"), "store": Unfollowed(mine.store)}
        readers = replace(mine, shared=True, **unknowing)
        assert readers.unread_for is None
        reading = asyncio.create_task(readers.read())

        async def learned() -> bool:
            return readers.unread_for is not None

        await until(learned, "it has learned from the note")
        ago: Any = readers.unread_for
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert 60 <= ago < 120
