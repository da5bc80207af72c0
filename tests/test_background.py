"""What runs beside the turns: it ends when told, and does not end unseen."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import app
from access.ports import Pending, Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, RequestId
from bot.readers import every
from tests.clinic import INVITE, PATIENCE, open_clinic, until


class StoreBetween:
    """The real store, but for what a test makes of it."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Broken(StoreBetween):
    async def next_due_at(self) -> datetime | None:
        raise RuntimeError("a bug")


class Expecting(StoreBetween):
    async def awaited(self, limit: int, after: str = "") -> Sequence[ObjectId]:  # noqa: ARG002 - the port's
        return [ObjectId("g")]

    async def pending_among(self, guests: Sequence[ObjectId]) -> Sequence[Pending]:
        return [Pending(RequestId("r"), one) for one in guests]


class Hung(StoreBetween):
    """A store that answers no more once somebody has asked for something."""

    async def change(self, *_: Any) -> None:
        await asyncio.Event().wait()

    close = change


class Silent(StoreBetween):
    """A directory that never answers who a guest is."""

    asked = False

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> None:  # noqa: ARG002 - the port's
        self.asked = True
        await asyncio.Event().wait()


async def test_a_worker_that_ends_by_a_bug_is_noticed(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, app.Overrides(store=Broken)) as clinic:
        with pytest.raises(RuntimeError, match="a bug"):
            await asyncio.wait_for(clinic.guestlist.ended(), PATIENCE)


async def test_a_long_reading_of_guests_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    between: list[Silent] = []

    def silent(directory: Any) -> Silent:
        between.append(Silent(directory))
        return between[0]

    async def asked() -> bool:
        return between[0].asked

    async with open_clinic(tmp_path, app.Overrides(store=Expecting, directory=silent)) as clinic:
        await until(asked, "the guests are being read")
        await asyncio.wait_for(clinic.guestlist.stop(), 15)


async def test_a_store_that_hangs_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, app.Overrides(store=Hung)) as clinic:
        await clinic.say("megan", INVITE, "channel")

        async def hangs() -> bool:
            return bool(clinic.guestlist.worker._tasks)

        await until(hangs, "a job hangs in the store")
        clinic.guestlist.grace = 0.1
        await asyncio.wait_for(clinic.guestlist.stop(), 25)


async def test_an_installation_for_a_person_is_in_the_audit_before_it_is_done(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, installPermission=True) as clinic:
        await clinic.say("megan", INVITE, "channel")

        async def installed() -> list[dict[str, Any]]:
            return [one for one in await clinic.ledger("graph.call") if _installs(one)]

        await until(installed, "the app is installed for an approver")
        told = [entry.fact.what async for entry in clinic.guestlist.store.audit_entries()]
        assert "app.installing" in told


def _installs(call: dict[str, Any]) -> bool:
    detail: dict[str, str] = call["detail"]
    return detail["method"] == "POST" and detail["path"].endswith("/teamwork/installedApps")


async def test_trouble_of_a_periodic_task_is_logged_when_it_begins_and_not_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes = [True, False, False, False, True, False, False]
    over = asyncio.Event()

    async def act() -> None:
        if not outcomes:
            over.set()
        elif not outcomes.pop(0):
            raise Unknown(Cause.UNAVAILABLE)

    doing = asyncio.create_task(every(0.001, act, "index"))
    await asyncio.wait_for(over.wait(), PATIENCE)
    doing.cancel()
    assert [record.message for record in caplog.records] == ["A periodic task met trouble"] * 2
