"""The store, opened with its queue and clock: in a file of this process, or in a database of many."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from access.ports import Budget, Clock
from bot.agenda import Agenda
from bot.clock import SteadyClock
from bot.credential import Credential
from bot.queue.embedded import EmbeddedQueue
from bot.settings import DatabaseAuth, Settings
from bot.store import SqliteStore


@dataclass(frozen=True, slots=True)
class Kept:
    """The store, and what comes with it: who wakes the worker, what time it is, who shares the budget."""

    store: Any
    queue: EmbeddedQueue
    agenda: Agenda
    clock: Clock
    budget: Budget | None = None

    @property
    def shared(self) -> bool:
        """Whether other replicas work on the same store."""
        return self.budget is not None


async def _open_sqlite(path: Path, host: Callable[[], datetime]) -> Kept:
    clock = SteadyClock(host)
    queue = EmbeddedQueue(clock)
    agenda = Agenda(queue.wake, clock.now)
    return Kept(await SqliteStore.open(path, clock, agenda.made), queue, agenda, clock)


async def _open_postgresql(url: str, credential: Credential | None) -> Kept:
    # Loaded only where it is used: it would be a tenth of a second of every start.
    from bot.queue.shared import SharedQueue  # noqa: PLC0415 - see above
    from bot.store.postgres import PostgresStore  # noqa: PLC0415 - likewise

    queue: SharedQueue  # made after the store, whose clock it goes by
    agenda: Agenda
    store = await PostgresStore.open(
        url,
        lambda due: agenda.made(due),  # noqa: PLW0108 - see above
        lambda connection, times: queue.enqueue(connection, times),  # noqa: PLW0108 - likewise
        credential,
    )
    queue = SharedQueue(store.clock, url, credential=credential)
    agenda = Agenda(queue.wake, store.clock.now)
    return Kept(store, queue, agenda, store.clock, store.budget)


async def open_kept(settings: Settings, host: Callable[[], datetime], credential: Credential) -> Kept:
    if path := settings.database_path:
        return await _open_sqlite(path, host)
    by_token = credential if settings.database_auth is DatabaseAuth.ENTRA else None
    return await _open_postgresql(settings.database_url, by_token)
