"""The audit of a request or of a guest, shown to auditors, and to requestors of what they asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from access.ports import AccessError, PolicySource
from access.rules.audit import AuditEntry
from access.rules.model import AuditFact, Json, ObjectId, Record, Request, Subject
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.trail import ROWS, NothingFor, Trail
from access.service.decide import Decisions

_AUDITORS = "auditors"


@dataclass(slots=True)
class Trails:
    """Shows nobody more than they may see; who looked at what, and who was refused, is in the audit."""

    decisions: Decisions
    policy: PolicySource

    async def of_request(
        self, reference: str, person_id: ObjectId, page: int
    ) -> Trail | UnknownRequest | Unreadable:
        """Return the entries of one request; who may not see them hears what they would of no such number."""
        found = await self.decisions.find(reference)
        record = found if isinstance(found, Record) else None
        if record is not None and record.request.requestor.object_id == person_id:
            return await self._page([record], None, page, looks=False)
        try:
            may = await self._audits(person_id)
        except AccessError:
            return Unreadable()
        if record is None:
            return await self.decisions.unknown(reference)
        await self._note(person_id, page, record.request.subject, record.request, may=may)
        if not may:
            return await self.decisions.unknown(reference)
        return await self._page([record], None, page, looks=True)

    async def of_address(
        self, address: str, person_id: ObjectId, page: int
    ) -> Trail | NothingFor | Unreadable:
        """Return the entries about a guest: all of them to an auditor, else those of one's own requests."""
        store = self.decisions.store
        subject = await store.subject(address)
        records = await store.about(subject)
        try:
            may = await self._audits(person_id)
        except AccessError:
            return Unreadable()
        own = [record for record in records if record.request.requestor.object_id == person_id]
        if may or not own:
            await self._note(person_id, page, subject, may=may)
        if not (may or own):
            return NothingFor()
        trail = await self._page(records if may else own, subject if may else None, page, looks=may)
        return trail if trail.entries else NothingFor()

    async def _audits(self, person_id: ObjectId) -> bool:
        return await self.decisions.roster.has_role(self.policy.current(), _AUDITORS, person_id)

    async def _note(
        self, person_id: ObjectId, page: int, subject: Subject, request: Request | None = None, *, may: bool
    ) -> None:
        """Write who looks at whose audit, or was refused to, before anything is shown."""
        detail: dict[str, Json] = {"page": page} if may else {"act": "audit", "refused": "NotAnAuditor"}
        fact = AuditFact(
            what="audit.looked" if may else "act.refused",
            request_id=request.request_id if request else None,
            actor=person_id,
            subject=subject,
            detail=detail,
        )
        await self.decisions.store.write_audit(fact)

    async def _page(
        self, records: Sequence[Record], subject: Subject | None, page: int, *, looks: bool
    ) -> Trail:
        """Return a page; who looked, or was refused to, concerns auditors alone."""
        ids = [record.request.request_id for record in records]
        store, skip = self.decisions.store, (page - 1) * ROWS
        entries, count = await store.audit_about(ids, subject, looks=looks, skip=skip, most=ROWS)
        pages = max(1, -(-count // ROWS))
        if page > pages:
            return await self._page(records, subject, pages, looks=looks)
        requests = {record.request.request_id: record.request for record in records}
        names = await self._names(entries, records)
        return Trail(entries=entries, page=page, pages=pages, requests=requests, names=names)

    async def _names(
        self, entries: Sequence[AuditEntry], records: Sequence[Record]
    ) -> Mapping[ObjectId, str]:
        """Return who the actors are: by the requests, else by the directory, else not at all."""
        names: dict[ObjectId, str] = {}
        for request in (record.request for record in records):
            people = (request.requestor, *request.approvers, *([request.review.by] if request.review else []))
            names |= {one.object_id: one.name for one in people}
        acted = {entry.fact.actor for entry in entries}
        for name in ("by", "on_behalf_of"):
            acted |= {ObjectId(str(entry.fact.detail.get(name) or "")) for entry in entries}
        for actor in acted - names.keys() - {None, ObjectId("")}:
            try:
                person = await self.decisions.directory.person(ObjectId(str(actor)))
            except AccessError:
                continue
            if person is not None:
                names[person.object_id] = person.name
        return names
