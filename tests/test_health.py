"""What probes are told: whether a restart helps, whether turns may come, and what is not as it should be."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from access.rules.model import Job
from bot.credential import Standing
from bot.health import LATE
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


async def test_a_delta_that_was_not_read_for_long_is_told_and_stops_no_turn(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, changed={"GUESTLIST_DELTA_SECONDS": "3600"}) as clinic:

        async def answered() -> bool:
            return bool((await probe(clinic, "readyz"))[1]["status"] == "ready")

        await until(answered, "it is ready")
        clinic.guestlist.readers._followed_at -= 36_001
        status, body = await probe(clinic, "readyz")
        assert (status, body["status"], body["checks"]["delta"]["status"]) == (200, "degraded", "degraded")
