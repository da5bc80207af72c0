"""`guestlist audit reconcile`: what Entra's log and our approvals say of each other; no alarm, no note."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from access.ports import AccessError
from access.rules.addresses import read_address
from access.rules.audit import AuditEntry
from access.rules.model import Record, RequestId, Restore, Subject
from access.rules.reconcile import GRACE
from access.rules.reconciled import Report, Unseen
from access.service.comparing import Comparing
from access.service.reconcile_words import line, unseen_line
from bot.clock import SteadyClock
from bot.commands.answers import CHANGE_FIRST, DONE, FINDING, Answer, Document, wrong
from bot.commands.exporting import NotExported, time_of
from bot.commands.opening import graph_of, opened_to_read
from bot.settings import Settings
from bot.store import reading
from bot.store.book import Book


async def reconcile(work: Comparing, now: datetime, begin: datetime) -> Answer:
    """Return what was found; 0 where both agree, 1 where not, 2 where not all could be seen, or nothing."""
    until = now - GRACE
    try:
        report = await work.compare(begin, until)
    except AccessError as error:
        report = Report(since=begin, until=until, unseen=(Unseen(begin, until, error.cause),))
    if report.since >= report.until and not report.unseen:
        said = (
            f"Nothing can be compared yet: it begins at {report.since:%Y-%m-%d %H:%M} UTC, and Entra's log "
            f"is asked until {report.until:%Y-%m-%d %H:%M} UTC, as it tells late. Ask again later.\n"
        )
        nothing = _document(replace(report, until=report.since), {})
        return Answer(said, nothing, CHANGE_FIRST, aside=True)
    labels = await work.labels(report.findings)
    ends = FINDING if report.findings else CHANGE_FIRST if report.unseen else DONE
    return Answer(_table(report, labels), _document(report, labels), ends)


def _table(report: Report, labels: Mapping[str, str]) -> str:
    head = (
        f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC: {report.deeds} deeds of "
        f"Guestlist in Entra's log, {report.approvals} approved steps that began, "
        f"{len(report.findings)} findings."
    )
    found = [
        f"{one.gap:<15} {'told' if one.key in report.known else 'new':<5} {line(one, labels)}"
        for one in report.findings
    ]
    return "\n".join([head, *found, *map(unseen_line, report.unseen), ""])


def _document(report: Report, labels: Mapping[str, str]) -> Document:
    return {
        "since": report.since,
        "until": report.until,
        "deeds": report.deeds,
        "approvals": report.approvals,
        "findings": [
            {**asdict(one), "request": labels.get(str(one.request_id)), "told": report.known.get(one.key)}
            for one in report.findings
        ],
        "unseen": [asdict(one) for one in report.unseen],
    }


@dataclass(frozen=True, slots=True)
class BookChain:
    """The chain of a database that somebody else may be writing to."""

    book: Book

    async def audit_entries(self, after: int = 0) -> AsyncIterator[AuditEntry]:
        async for entry in self.book.entries():
            if entry.seq > after:
                yield entry

    async def record(self, request_id: RequestId) -> Record | None:
        return await self.book.ask(lambda connection: reading.record(connection, request_id))

    async def restores(self) -> Sequence[Restore]:
        return await self.book.restores()

    async def subject(self, address: str) -> Subject:
        read = read_address(address)
        return self.book.subject(read if isinstance(read, str) else address.strip().lower())


async def reconciled(settings: Settings, since: str) -> Answer:
    clock = SteadyClock()
    try:
        begin = time_of(since, settings.time_zone, clock.now())
    except NotExported as error:
        return wrong(str(error))
    async with opened_to_read(settings) as book, graph_of(settings) as graph:
        comparing = Comparing(BookChain(book), graph.activity, clock)
        return await reconcile(comparing, clock.now(), begin)
