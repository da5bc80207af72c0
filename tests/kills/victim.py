"""Guestlist as a process that kills itself at one boundary of the journal, once; started by the kill tests.

The plan comes in the environment: VICTIM_BOUNDARY (before-claim, after-claim, before-finish, after-finish,
or empty), VICTIM_STEP and VICTIM_NUMBER (of which request), VICTIM_MARKER (a file that says it has
happened), VICTIM_BLIND (the mutation: every look-up before a repeated call finds nothing).
"""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import app
from access.rules.model import Change, JobKind, JobStatus, Record
from access.service.deliver import Patience
from bot.settings import Settings
from bot.telemetry import configure_logging

QUICK = Patience(lease=timedelta(seconds=1), proof_tries=8, most=timedelta(seconds=1))


class KillingStore:
    """Stands between the use cases and the store, and pulls the plug at its boundary."""

    def __init__(self, inner: Any, boundary: str, step: str, number: int, marker: Path) -> None:
        self._inner = inner
        self._boundary, self._step, self._number, self._marker = boundary, step, number, marker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def change(self, request_id: Any, transition: Any) -> Any:
        passed: list[str] = []

        def watched(record: Record, now: datetime) -> Any:
            result = transition(record, now)
            if isinstance(result, Change) and result.request.number == self._number:
                passed.extend(self._passed(record, result))
                self._perhaps_die([f"before-{what}" for what in passed])
            return result

        outcome = await self._inner.change(request_id, watched)
        self._perhaps_die([f"after-{what}" for what in passed])
        return outcome

    def _passed(self, record: Record, change: Change) -> list[str]:
        """Return `claim` or `finish` where the change is one of this victim's step."""
        found = []
        for job in change.jobs:
            before = record.jobs.get(job.key)
            if before is None or job.kind is not JobKind.STEP or job.name != self._step:
                continue
            if job.fence > before.fence:
                found.append("claim")
            elif before.status is JobStatus.READY and job.status is JobStatus.DONE:
                found.append("finish")
        return found

    def _perhaps_die(self, reached: list[str]) -> None:
        if self._boundary in reached and not self._marker.exists():
            self._marker.write_text(self._boundary, encoding="utf-8")
            os.kill(os.getpid(), signal.SIGKILL)


class Blind:
    """The mutation: whoever looks before repeating a call sees nothing."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def find_by_address(self, address: str) -> None:
        """Find nobody."""

    async def find(self, key: str) -> None:
        """Find no mail."""

    async def has(self, *_: Any) -> bool:
        return False


async def run() -> None:
    settings = Settings.read(os.environ)
    if not isinstance(settings, Settings):
        sys.exit(str(settings))
    boundary, step = os.environ.get("VICTIM_BOUNDARY", ""), os.environ.get("VICTIM_STEP", "")
    number, marker = int(os.environ["VICTIM_NUMBER"]), Path(os.environ["VICTIM_MARKER"])
    blind = bool(os.environ.get("VICTIM_BLIND"))
    guestlist = await app.build(
        settings,
        app.Overrides(
            store=lambda store: KillingStore(store, boundary, step, number, marker),
            directory=Blind if blind else app.unchanged,
            mail=Blind if blind else app.unchanged,
            patience=QUICK,
        ),
    )
    await app.serve(guestlist)


if __name__ == "__main__":
    configure_logging()
    asyncio.run(run())
