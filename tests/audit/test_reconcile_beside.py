"""What the command reads of a database that somebody else writes to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from access.rules.model import AuditFact, ObjectId
from access.rules.reconcile import Deed
from access.rules.reconciled import Act
from access.service.comparing import Comparing
from bot.clock import SteadyClock
from bot.commands.reconcile import BookChain
from bot.store.book import Book
from bot.store.sql_store import SqlStore
from tests.store.making import ANA, added

GUEST = ObjectId("guest")


class Log:
    """Tells of an invitation by its address alone."""

    async def deeds(self, since: datetime, until: datetime) -> AsyncIterator[Deed]:
        for entry, address in (("e1", ANA), ("e2", "nobody@fabrikam.com")):
            deed = Deed(entry, datetime.now(UTC), Act.INVITATION, GUEST, address=address)
            if since <= deed.at <= until:
                yield deed

    async def oldest(self) -> datetime | None:
        return None


async def test_addresses_restores_and_requests_are_read_as_the_store_has_them(
    store: SqlStore, book: Book
) -> None:
    record = await added(store)
    request = record.request
    begun = AuditFact(
        what="step.begun",
        request_id=request.request_id,
        subject=await store.subject(ANA),
        detail={"step": "invite", "fence": 1},
    )
    await store.write_audit(begun)
    chain = BookChain(book)
    assert await chain.subject(ANA) == await store.subject(ANA)
    assert await chain.record(request.request_id) == record
    assert list(await chain.restores()) == list(await store.restores())
    now = datetime.now(UTC)
    comparing = Comparing(chain, Log(), SteadyClock())
    report = await comparing.compare(now - timedelta(days=1), now + timedelta(minutes=1))
    assert [one.key for one in report.findings] == ["e2"], "the other was approved, by an older version"
    assert await comparing.labels(report.findings) == {}
