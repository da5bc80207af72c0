"""Compares a span of the directory's own log with the audit chain, and writes nothing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from access.ports import ActivityLog, Clock
from access.rules.approved_steps import Approved, Older, approved, begins, ended, stopped
from access.rules.audit import AuditEntry
from access.rules.model import AuditFact, Record, RequestId, Restore, Subject
from access.rules.reconcile import AROUND, Comparison
from access.rules.reconciled import FOUND, FOUND_LATER, ON_POLICIES, Act, Finding, Gap, Report, Unseen
from access.rules.stalled import Standing, has_its_turn

KEPT = timedelta(days=7)
"""What every tenant's log holds; whether it holds 30 days, its oldest entry says."""
_SLICE = timedelta(hours=6)
"""How much is held in memory at a time: its approvals, and the hour around them."""


_ENDS = {"step.done": ended, "step.failed": stopped}


class Chain(Protocol):
    """What is read of the store, whoever may write there."""

    def audit_entries(self, after: int = 0) -> AsyncIterator[AuditEntry]: ...

    async def record(self, request_id: RequestId) -> Record | None: ...

    async def restores(self) -> Sequence[Restore]: ...

    async def subject(self, address: str) -> Subject: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """From when on the log can tell, and what it cannot."""

    since: datetime
    unseen: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparing:
    """Reads the chain once and forward, the log in slices of time."""

    chain: Chain
    log: ActivityLog
    clock: Clock

    async def compare(self, since: datetime, until: datetime) -> Report:
        """Compare a span that somebody asks for, from where this chain begins."""
        since = max(since, await self.begun() or until)
        if since >= until:
            # Whoever asks hears that the log is refused, also before there is anything to compare.
            await self.log.oldest()
        return await self.between(await self.seen(since, since), until, 0, resume=until)

    async def begun(self) -> datetime | None:
        """Return when the chain begins: of what was done before, it can explain nothing."""
        async for entry in self.chain.audit_entries():
            return entry.at
        return None

    async def between(self, seen: Seen, until: datetime, after: int, *, resume: datetime) -> Report:
        """Compare from where the log can tell; `after` is an audit entry before which none is needed.

        `resume` is when the next comparison begins: the report says after which entry that one reads on.
        """
        approvals = Approvals(self.chain, after, resume)
        restores, findings, deeds, count = await self.chain.restores(), list[Finding](), 0, 0
        effected, begin = set[str](), seen.since
        while begin < until:
            end = min(begin + _SLICE, until)
            around = await approvals.read(begin - AROUND, end + AROUND)
            comparison = Comparison(begin, end, around, restores)
            async for deed in self.log.deeds(begin - AROUND, end + AROUND):
                comparison.see(deed, await self.chain.subject(deed.address) if deed.address else None)
            findings += comparison.findings()
            effected |= comparison.effected
            deeds, count, begin = deeds + comparison.deeds, count + comparison.approvals, end
        await approvals.finish()
        findings += [one async for one in self._stalled(approvals.standing, seen.since, until)]
        effected |= approvals.standing.moved
        return Report(
            since=seen.since,
            until=until,
            findings=tuple(findings),
            unseen=seen.unseen,
            known=approvals.found,
            late=tuple(one for key, one in approvals.missing.items() if key in effected),
            deeds=deeds,
            approvals=count,
            after=approvals.after,
            head=approvals.head,
        )

    async def _stalled(self, standing: Standing, since: datetime, until: datetime) -> AsyncIterator[Finding]:
        for one in standing.found(since, until):
            record = await self.chain.record(one.request_id) if one.request_id else None
            if not has_its_turn(one, record, self.clock.now()):
                yield one

    async def labels(self, findings: Sequence[Finding]) -> dict[str, str]:
        """Return the numbers of the requests that findings name."""
        ids = {one.request_id for one in findings if one.request_id is not None}
        records = [(request_id, await self.chain.record(request_id)) for request_id in ids]
        return {request_id: record.request.label for request_id, record in records if record is not None}

    async def seen(self, since: datetime, new: datetime) -> Seen:
        """Return from when on the log tells; of the days before, those from `new` on were never named.

        A week of it is always there.
        """
        kept = self.clock.now() - KEPT
        if since - AROUND >= kept:
            return Seen(since)
        oldest = await self.log.oldest()
        first = max(since, min(oldest or kept, kept) + AROUND)
        return Seen(first, (Unseen(new, first, "retention"),) if new + AROUND < first else ())


class Approvals:
    """Reads the chain once, forward: the approvals of a span of time, and which findings it has already."""

    def __init__(self, chain: Chain, after: int, resume: datetime) -> None:
        self._chain = chain
        self._entries = chain.audit_entries(after)
        self._ahead: AuditEntry | None = None
        self._open: dict[tuple[str, int, str], Approved] = {}
        self._resume, self._passed = resume - AROUND, False
        self._since: datetime | None = None
        self.standing = Standing()
        self.after, self.head = after, after
        self.found: dict[str, int] = {}
        self.missing: dict[str, Finding] = {}

    async def read(self, since: datetime, until: datetime) -> list[Approved]:
        """Return the approvals of a span; what began before is forgotten."""
        self._since = since
        self._open = {key: one for key, one in self._open.items() if one.begun_at >= since}
        await self._read(until)
        return [each for one in self._open.values() for each in one.each]

    async def finish(self) -> None:
        """Read the rest of the chain, for the findings in it."""
        self._since, self._open = None, {}
        await self._read(None)

    async def _read(self, until: datetime | None) -> None:
        while (entry := self._ahead or await anext(self._entries, None)) is not None:
            self._ahead = entry
            if until is not None and entry.at > until:
                return
            self._ahead = None
            await self._take(entry)

    async def _take(self, entry: AuditEntry) -> None:
        fact, self.head = entry.fact, entry.seq
        self.standing.take(entry)
        self._passed = self._passed or entry.at >= self._resume
        self.after = self.after if self._passed else entry.seq
        key = (str(fact.request_id), int(str(fact.detail.get("fence", 0))), str(fact.detail.get("step")))
        if begins(fact) and self._since is not None and entry.at >= self._since:
            self._open[key] = one = approved(
                entry, None if "give" in fact.detail else await self._older(entry)
            )
            self._name_earlier(one)
        elif fact.what in _ENDS and key in self._open:
            self._open[key] = one = _ENDS[fact.what](self._open[key], entry)
            self._name_earlier(one)
        elif fact.what.startswith(FOUND) and "key" in fact.detail:
            self._take_finding(fact, entry.seq)

    def _name_earlier(self, one: Approved) -> None:
        """Name what a set-up or a protection made also for earlier tries, whose answers were lost."""
        for key, other in self._open.items():
            if (other.act, other.request_id) != (one.act, one.request_id):
                continue
            if one.act in ON_POLICIES:
                self._open[key] = replace(other, policies=other.policies | one.policies)
            elif one.act is Act.GROUP and other.guest is None:
                self._open[key] = replace(other, guest=one.guest)

    def _take_finding(self, fact: AuditFact, seq: int) -> None:
        """Know a finding from now on, or no more where it was taken back."""
        key = str(fact.detail["key"])
        if fact.what == FOUND_LATER:
            self.found.pop(key, None)
            self.missing.pop(key, None)
            return
        self.found.setdefault(key, seq)
        if fact.what == f"{FOUND}{Gap.NO_EFFECT}":
            self.missing[key] = Finding.read(fact)
            self.standing.know(self.missing[key])

    async def _older(self, entry: AuditEntry) -> Older | None:
        request_id = entry.fact.request_id
        record = await self._chain.record(request_id) if request_id else None
        if record is None:
            return None
        request = record.request
        return Older(request.guest_id, request.app.object_id, request.give.key)
