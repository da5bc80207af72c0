"""Compares the directory's own log with the audit chain: daily by the running process, or when asked.

A day's run goes back over the day before, for what the log told late. It tells a finding once: as an audit
entry first, then as an alarm, then it moves the watermark. Whoever dies in between has it rung again.
"""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Self

from access.ports import AccessError, Clock, Refused, Store
from access.rules.model import AuditFact, Json
from access.rules.reconcile import GRACE
from access.rules.reconciled import FOUND, Gap, Report, Unseen
from access.service.comparing import Comparing
from access.service.reconcile_words import called_off, told

log = logging.getLogger(__name__)

MARK = "reconcile/mark"
"""The note of how far it was compared, while somebody tells with a claim in it."""
LONGEST_KEPT = timedelta(days=30)
_DAY = timedelta(days=1)
_MOST = timedelta(days=7)
"""How much is compared before the watermark moves."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """From when on and how far the log was compared; before the audit entry `after` none is needed any more.

    While somebody tells, `by` claims it, and what the audit has after `head` may not have been rung.
    """

    begun: str
    until: str
    after: int = 0
    by: str = ""
    head: int = 0
    blind: bool = False

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.until)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a mark; what a newer version has noted in it is left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in json.loads(text).items() if name in known})

    def written(self) -> str:
        return json.dumps(asdict(self))


@dataclass(slots=True)
class Reconciliations:
    """Any number of processes may be asked; of those that tell, the claim in the note lets one."""

    store: Store
    comparing: Comparing
    clock: Clock
    alarm: Callable[[str], None]
    _said: str = ""
    """The trouble that was logged last, so that it is said once."""

    async def daily(self) -> None:
        """Compare what is a day old by now and was not compared; trouble with the log is said once."""
        noted, until = await self.store.note(MARK), self.clock.now() - GRACE
        mark = _Mark.read(noted) if noted else await self._first_mark(until)
        if mark is None or (noted and until - mark.at < _DAY):
            return
        since = max(mark.at - _DAY, datetime.fromisoformat(mark.begun))
        try:
            seen = await self.comparing.seen(since, mark.at)
            until = min(until, max(seen.since, mark.at) + _MOST)
            report = await self.comparing.between(seen, until, mark.after, resume=until - _DAY)
        except AccessError as error:
            await self._blind(noted, mark, until, error)
            return
        self._said = ""
        await self._tell(noted, mark, report)

    async def _first_mark(self, until: datetime) -> _Mark | None:
        begun = await self.comparing.begun()
        first = max(begun or until, until - LONGEST_KEPT).isoformat()
        return _Mark(first, first) if begun and begun < until else None

    async def _tell(self, noted: str | None, mark: _Mark, report: Report) -> None:
        """Write what the audit has not, ring what may not have been rung, move the mark, under a claim."""
        claim = replace(mark, by=secrets.token_hex(8), head=mark.head if mark.by else report.head).written()
        if not await self.store.replace_note(MARK, noted, claim):
            return
        unsure = mark.head if mark.by else report.head
        findings = [one for one in report.findings if one.gap is not Gap.LOST]
        ringing = [one for one in findings if report.known.get(one.key, unsure + 1) > unsure]
        facts = [one.fact for one in findings if one.key not in report.known]
        facts += [one.taken_back for one in report.late]
        for fact in (*facts, _looked(report)):
            if not await self._stands(claim):
                return
            await self.store.write_audit(fact)
        if (ringing or report.unseen) and await self._stands(claim):
            self.alarm(told(ringing, report.unseen, await self.comparing.labels(ringing)))
        if report.late and await self._stands(claim):
            self.alarm(called_off(report.late, await self.comparing.labels(report.late)))
        moved = _Mark(mark.begun, report.until.isoformat(), report.after)
        await self.store.replace_note(MARK, claim, moved.written())

    async def _stands(self, claim: str) -> bool:
        return await self.store.note(MARK) == claim

    async def _blind(self, noted: str | None, mark: _Mark, until: datetime, error: AccessError) -> None:
        """Say which days cannot be seen: in the log once, and once by alarm where they could be before.

        What passes is tried again within a minute; what is refused, in an hour.
        """
        unseen = Unseen(mark.at, until, error.cause)
        if self._said != error.cause:
            self._said = error.cause
            days = f"{unseen.since:%Y-%m-%d} to {unseen.until:%Y-%m-%d}"
            log.warning(
                "The directory's audit log cannot be read", extra={"days": days, "cause": error.cause}
            )
        if not isinstance(error, Refused):
            raise error
        blind = replace(mark, blind=True).written()
        if noted and not mark.blind and await self.store.replace_note(MARK, noted, blind):
            await self.store.write_audit(AuditFact(what=f"{FOUND}unseen", detail=_days(unseen)))
            self.alarm(told((), (unseen,), {}))


def _looked(report: Report) -> AuditFact:
    detail: dict[str, Json] = {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "deeds": report.deeds,
        "approvals": report.approvals,
        "findings": len(report.findings),
        "unseen": [_days(one) for one in report.unseen],
    }
    return AuditFact(what=f"{FOUND}looked", detail=detail)


def _days(unseen: Unseen) -> dict[str, Json]:
    return {"since": unseen.since.isoformat(), "until": unseen.until.isoformat(), "why": unseen.why}
