"""The Lists port over SQL, as part of the store."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from access.rules.list_files import RowOutcome
from access.rules.list_run import Counts
from access.rules.lists import GuestList
from access.rules.model import ObjectId, Record, Request, RequestId, Subject
from bot.store import lists, rows

T = TypeVar("T")


class SqlLists(ABC):
    """Keeps lists beside the requests, and counts the rows of each that became requests."""

    @abstractmethod
    async def _write(self, work: Callable[[Connection, datetime], T], *, spares_requests: bool = False) -> T:
        """Run `work` in a transaction with the store's time; return after the commit, or raise.

        What `spares_requests` surely writes neither requests nor jobs, which may be remembered.
        """

    @abstractmethod
    async def _read(self, work: Callable[[Connection, datetime], T]) -> T:
        """Run `work` on one snapshot, with the store's time."""

    async def _ask(self, work: Callable[[Connection, datetime], T]) -> T:
        """Run `work`, whose statements may each see a snapshot of their own."""
        return await self._read(work)

    @abstractmethod
    def _subject_of(self, address: str) -> Subject: ...

    async def keep_list(self, made: GuestList) -> None:
        await self._write(lambda connection, now: lists.keep(connection, made, now), spares_requests=True)

    async def keep_list_until(self, list_id: str, until: datetime) -> None:
        await self._write(
            lambda connection, _: lists.keep_until(connection, list_id, until), spares_requests=True
        )

    async def drop_lists(self) -> None:
        await self._write(lists.drop, spares_requests=True)

    async def guest_list(self, list_id: str) -> GuestList | None:
        return await self._ask(lambda connection, now: lists.found(connection, list_id, now))

    async def list_called(self, code: str) -> GuestList | None:
        return await self._ask(lambda connection, now: lists.called(connection, code, now))

    async def asked_for(
        self,
        app_id: ObjectId,
        give_key: str,
        addresses: Collection[str],
        aside: Callable[[Record, datetime], bool],
    ) -> Mapping[str, int]:
        asking = (app_id, give_key, addresses, self._subject_of)

        def asked(connection: Connection, now: datetime) -> Mapping[str, int]:
            return lists.asked_for(connection, *asking, lambda record: aside(record, now))

        return await self._ask(asked)

    async def row_counts(self, list_id: str) -> Counts:
        return await self._read(lambda connection, _: rows.counts(connection, list_id))

    async def mails_of_rows(self) -> int:
        return await self._ask(lambda connection, _: rows.mails(connection))

    async def outcomes_of(self, list_id: str) -> Sequence[RowOutcome]:
        return await self._ask(lambda connection, _: rows.outcomes(connection, list_id))

    async def rows_made(self, list_id: str, after: int) -> Collection[int]:
        return await self._ask(lambda connection, _: rows.made(connection, list_id, after))

    async def rows_failed(
        self, list_id: str, until: datetime, after: int, limit: int
    ) -> Sequence[tuple[int, RequestId]]:
        return await self._ask(lambda connection, _: rows.failed(connection, list_id, until, after, limit))

    async def given_to(self, subject: Subject, app_id: ObjectId, give_key: str) -> Sequence[Request]:
        return await self._ask(lambda connection, _: rows.given_to(connection, subject, app_id, give_key))

    async def first_active(self, list_id: str, *, waits: bool = False) -> int | None:
        return await self._ask(lambda connection, _: rows.first_active(connection, list_id, waits=waits))
