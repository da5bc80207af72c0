"""After a restored backup: look what stands in the world without a stored approval, and report it once.

Nothing is removed and nothing is repeated. Where nothing was lost, there is nothing to report.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from access.ports import Directory, Mail, Origin, Refused, SelfService, SentMail, Store
from access.rules.model import (
    ON_ACCOUNTS,
    AuditFact,
    Effect,
    Give,
    GiveKind,
    Guest,
    ObjectId,
    Record,
    RequestId,
    Restore,
)
from access.rules.restore import MARGIN, UNDECIDED, decided, found
from access.rules.setups import marker_of
from access.service.guards_restored import GuardLook

_LOOKED = "restore/looked"
"""The note that holds the time of the newest restore that was reported, or is: `_TELLS` and by whom."""
_TELLS = " told by "
_MOST_TOLD = 40


@dataclass(slots=True)
class _Report:
    """What was found, a line for each request or guest; `known` are the guests that lines name.

    `facts` are those for the audit that belong to no stored request.
    """

    lines: list[str] = field(default_factory=list)
    facts: list[AuditFact] = field(default_factory=list)
    known: set[ObjectId] = field(default_factory=set)


@dataclass(slots=True)
class Restores:
    """Notices a restore by the mailbox, and looks after every restore; one replica at a time does it."""

    store: Store
    directory: Directory
    mail: Mail
    self_service: SelfService
    guards: GuardLook
    alarm: Callable[[str], None]
    _until: datetime | None = None
    _asked: bool = False
    _seen: str = ""
    """The newest claim to tell that stood at the last look, or was made by it."""
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def suspect(self) -> None:
        """Compare the database with the mailbox, which no backup of ours takes back; once, before any step.

        A mail of this installation names a request that the database lacks, or has as undecided.
        """
        async with self._asking:
            if not self._asked:
                # What is known grows; what was known at the start must not, when the mailbox answers late.
                self._until = self._until or await self.store.known_until()
                await self._ask_mailbox(self._until)
                self._asked = True

    async def _ask_mailbox(self, until: datetime | None) -> None:
        if until is None or not self.mail.configured:
            return
        restores = await self.store.restores()
        since = max(until - MARGIN, restores[-1].at + MARGIN) if restores else until - MARGIN
        for mail in await self.mail.sent_since(since):
            if await self._is_ours(mail):
                record = await self.store.record(mail.origin.request_id)
                if record is None or not decided(record.request):
                    await self.store.restore(until)
                    return

    async def look(self) -> None:
        """Look and report, if there is a restore that was not reported; what was cut short begins again.

        Any number may look at once, since looking changes nothing twice; one of them tells.
        """
        await self.suspect()
        restores, noted = await self.store.restores(), await self.store.note(_LOOKED)
        restore = _untold(restores, noted)
        if restore is None:
            return
        claims = f"{restore.at.isoformat()}{_TELLS}"
        if noted is not None and noted.startswith(claims) and noted != self._seen:
            self._seen = noted  # it may be telling now; by the next look it has, or it never will
            return
        report = await self._looked(restore)
        self._seen = claim = claims + secrets.token_hex(8)
        if await self.store.replace_note(_LOOKED, noted, claim):
            await self._tell(restore, report, claim)

    async def _tell(self, restore: Restore, report: _Report, claim: str) -> None:
        """Write what an earlier one has not written, and raise the alarm, while the claim stands."""
        entries = [entry async for entry in self.store.audit_entries(restore.seq)]
        written = [entry.fact for entry in entries]
        missing = [fact for fact in report.facts if fact not in written]
        looked = AuditFact(
            what="restore.looked", detail={"effects": len(report.lines), "after_entry": restore.seq}
        )
        if not any(entry.fact.what == looked.what and entry.at >= restore.at for entry in entries):
            missing.append(looked)
        for fact in missing:
            if await self._stands(claim):
                await self.store.write_audit(fact)
        # The alarm goes first: whoever dies between the two has it raised once more by the next one, a
        # minute later. The other way round nobody would ever read the report.
        if await self._stands(claim):
            self.alarm(_told(restore, report.lines))
            await self.store.replace_note(_LOOKED, claim, restore.at.isoformat())

    async def _stands(self, claim: str) -> bool:
        """Tell whether nobody took the report over, as happens to a process that was stopped for long."""
        return await self.store.note(_LOOKED) == claim

    async def _looked(self, restore: Restore) -> _Report:
        report, since = _Report(), restore.to - MARGIN
        mails = await self.mail.sent_since(since) if self.mail.configured else ()
        ours = [mail for mail in mails if await self._is_ours(mail)]
        guests = await self.directory.guests_since(since)
        for request_id in json.loads(await self.store.note(UNDECIDED) or "[]"):
            mailed = [mail.origin for mail in ours if mail.origin.request_id == request_id]
            await self._undecided(request_id, mailed, report)
        new = {guest.object_id for guest in guests}
        for mail in ours:
            if await self.store.record(mail.origin.request_id) is None:
                await self._lost(mail, new, report)
        for guest in guests:
            await self._unknown(guest, report)
        report.lines += await self.guards.look(restore)
        return report

    async def _undecided(self, request_id: RequestId, mailed: Sequence[Origin], report: _Report) -> None:
        """Look for the effects of a request that has no stored approval.

        An approver may have given less than is stored: its mails say what.
        """
        record = await self.store.record(request_id)
        if record is None or decided(record.request) or record.request.kind in ON_ACCOUNTS:
            return  # an act on an account is stored with the right to it
        request = record.request
        if request.guard is not None:
            return  # of which the policies tell
        if request.bulk is not None:
            return  # it does nothing itself: what its rows have done is found by theirs
        if request.setup is not None:
            await self._made(record, report)
            return
        effects, guest_id = [Effect.MAIL] if mailed else [], None
        guest = await self.directory.find_by_address(request.address)
        if isinstance(guest, Guest):
            guest_id = guest.object_id
            report.known.add(guest_id)
            if request.plan is not None and request.plan.guest_id is None:
                effects.append(Effect.GUEST)
            gives = {one.key: one for one in (*map(_give_of, mailed), request.give)}
            if request.extends is None and any(
                [await self.directory.has(guest_id, request.app.object_id, one) for one in gives.values()]
            ):
                effects.append(Effect.ACCESS)
        written = await self.store.change(request_id, found(effects, guest_id))
        now = written if isinstance(written, Record) else record
        if now.request.effects:
            report.lines.append(_line(now.request.label, now.request.effects, guest_id))

    async def _made(self, record: Record, report: _Report) -> None:
        """Look for the group of a set-up that has no stored approval; approved once more, it is used."""
        request_id = record.request.request_id
        try:
            group_id = await self.self_service.find(marker_of(request_id))
        except Refused:
            return  # whoever may not read groups cannot have made one
        if group_id is not None:
            await self.store.change(request_id, found([Effect.GROUP], group_id))
            report.lines.append(f"{record.request.label}: group {group_id}")

    async def _lost(self, mail: SentMail, new: set[ObjectId], report: _Report) -> None:
        """Report a request that is lost, as far as its mail tells of it."""
        origin = mail.origin
        guest = await self.directory.find_by_address(mail.to)
        effects, guest_id = [Effect.MAIL], None
        if isinstance(guest, Guest):
            guest_id = guest.object_id
            report.known.add(guest_id)
            if guest_id in new:
                effects.append(Effect.GUEST)
            if await self.directory.has(guest_id, origin.app_id, _give_of(origin)):
                effects.append(Effect.ACCESS)
        facts = [_lost_fact(origin, effect, guest_id) for effect in effects]
        report.facts += [fact for fact in facts if fact not in report.facts]
        report.lines.append(f"{_line(origin.label, effects, guest_id)}; the request is lost")

    async def _unknown(self, guest: Guest, report: _Report) -> None:
        """Report a guest who was made since and of whom no stored request knows why."""
        if guest.object_id in report.known:
            return
        about = await self.store.about(await self.store.subject(guest.address))
        if any(decided(record.request) for record in about):
            return
        fact = AuditFact(
            what="restore.effect-found", detail={"effect": Effect.GUEST, "guest": guest.object_id}
        )
        report.facts.append(fact)
        report.lines.append(f"guest {guest.object_id}: made since, by Guestlist or by others")

    async def _is_ours(self, mail: SentMail) -> bool:
        """Tell our mails from another installation's: the digest is keyed by our database."""
        return await self.store.subject(mail.to) == mail.origin.subject


def _untold(restores: Sequence[Restore], noted: str | None) -> Restore | None:
    """Return the newest restore, reaching back to where the oldest that was not reported begins."""
    if noted is not None:
        at, tells, _ = noted.partition(_TELLS)
        last = datetime.fromisoformat(at)
        restores = [one for one in restores if one.at > last or (tells and one.at == last)]
    return replace(restores[-1], to=restores[0].to, seq=restores[0].seq) if restores else None


def _give_of(origin: Origin) -> Give:
    kind, _, object_id = origin.give_key.partition(":")
    return Give(GiveKind(kind), ObjectId(object_id), "")


def _lost_fact(origin: Origin, effect: Effect, guest_id: ObjectId | None) -> AuditFact:
    return AuditFact(
        what="restore.effect-found",
        request_id=origin.request_id,
        subject=origin.subject,
        detail={
            "effect": effect,
            "request": origin.label,
            "guest": guest_id,
            "app": origin.app_id,
            "give": origin.give_key,
        },
    )


def _line(label: str, effects: Sequence[Effect], guest_id: ObjectId | None) -> str:
    return f"{label}: {', '.join(effects)}" + (f" of guest {guest_id}" if guest_id else "")


def _told(restore: Restore, lines: Sequence[str]) -> str:
    """Return the operator's report: labels and object ids, no name and no address."""
    known = f"{restore.to:%Y-%m-%d %H:%M:%S} UTC (audit entry {restore.seq})"
    start = f"The database was restored or moved: it knows nothing after {known}. "
    if not lines:
        return f"{start}Nothing was found that has no stored approval."
    more = f" and {len(lines) - _MOST_TOLD} more, in the audit" if len(lines) > _MOST_TOLD else ""
    listed = "; ".join(lines[:_MOST_TOLD])
    return f"{start}Found without a stored approval: {listed}{more}. Nothing was removed or repeated."
