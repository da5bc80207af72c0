"""One guest as somebody may see them, and why that guest is stuck, as far as it can be read."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.ports import AccessError, ClueReader, PolicySource, TenantPolicies
from access.rules.accounts import Has
from access.rules.addresses import domain_of
from access.rules.clues import Clues, Unread
from access.rules.coaching import Diagnosis, GuestFile, NoGuest, diagnose, not_invited
from access.rules.departing import UnderWay, under_way
from access.rules.main_request import is_lasting, main_of
from access.rules.model import (
    ERASED,
    ON_ACCOUNTS,
    AuditFact,
    Guest,
    Json,
    MailState,
    ObjectId,
    Record,
    Redemption,
    Request,
    State,
    StepKind,
    Subject,
)
from access.rules.readiness import Item, Stands, cross_tenant, domain_list
from access.rules.redemption import regain
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.removing import stopped_by
from access.rules.sight import party
from access.rules.stages import everybody
from access.service.accounts import AccountActs
from access.service.decide import Decisions
from access.service.journalled import steps_done
from access.service.patience import Patience, already
from access.service.prospect import able
from access.service.whose import requests_of, with_account

_ADMINS = "admins"
_PATIENCE = 8.0
"""Seconds after which a look ends without its clues; Graph gives five reports in ten to all together."""


@dataclass(frozen=True, slots=True)
class _Way:
    """By which right somebody sees a guest: the requests that are theirs, or all as an admin."""

    records: tuple[Record, ...]
    is_admin: bool
    owned: frozenset[ObjectId] = frozenset()


@dataclass(slots=True)
class Coach:
    """Shows nobody more than they may see; who looked as an admin, and who was refused, is in the audit."""

    decisions: Decisions
    policy: PolicySource
    clues: ClueReader
    tenant: TenantPolicies
    acts: AccountActs
    patience: float = _PATIENCE

    async def of_address(self, address: str, person_id: ObjectId) -> GuestFile | NoGuest | Unreadable:
        """Return the guest of an address, for who may see them."""
        try:
            every = await requests_of(self.decisions, address)
        except AccessError:
            return Unreadable()
        return await self._of(address, person_id, every, None)

    async def of_request(
        self, reference: str, person_id: ObjectId
    ) -> GuestFile | NoGuest | UnknownRequest | Unreadable:
        """Return the guest of a request; who may not see that hears what they would of no such number."""
        found = await self.decisions.find_access(reference)
        if isinstance(found, UnknownRequest):
            return found
        request = found.request
        if request.address == ERASED or request.of_no_guest:
            return await self.decisions.unknown(reference)
        every = await with_account(self.decisions, await self.decisions.store.about(request.subject))
        shown = await self._of(request.address, person_id, every, request)
        return await self.decisions.unknown(reference) if isinstance(shown, NoGuest) else shown

    async def why(self, record: Record, guest: Guest) -> Diagnosis:
        """Return what keeps a guest out of one access, for a card of it to those whose guest it is."""
        request = record.request
        every = await with_account(self.decisions, await self.decisions.store.about(request.subject))
        patience = Patience.of(self.patience)
        return diagnose(await self._read(record, every, guest, request.address, patience))

    async def _of(
        self, address: str, person_id: ObjectId, known: Sequence[Record], meant: Request | None
    ) -> GuestFile | NoGuest | Unreadable:
        patience = Patience.of(self.patience)
        subject = meant.subject if meant else await self.decisions.store.subject(address)
        every = [one for one in known if one.request.address != ERASED]
        about = meant.request_id if meant else None
        try:
            way = await self._way(every, person_id)
            guest, is_known = await self._guest(way, address, meant.guest_id if meant else None)
            way = await self._regained(way, guest)
            removal = await self._removal(every, person_id)
            may_act = await self._may_act(way, main_of(way.records, about), person_id)
        except AccessError:
            return Unreadable()
        if not (way.records or (way.is_admin and guest)):
            await self._note("act.refused", person_id, subject, {"act": "guest", "refused": "NotTheirGuest"})
            return NoGuest()
        if way.is_admin:
            await self._note("guest.looked", person_id, subject, {})
        records = tuple(sorted(way.records, key=lambda one: -one.request.number))
        main = main_of(records, about)
        patience = patience.left()
        clues, (holds, sponsors) = await asyncio.gather(
            self._read(main, every, guest, address, patience) if is_known else already(None),
            self._held(guest if is_known else None, person_id, patience),
        )
        return GuestFile(
            address=(guest.address if guest and is_known else "") or address,
            name=guest.name if guest else next((one.request.guest_name for one in records), address),
            records=records,
            main=main,
            diagnosis=diagnose(clues) if clues else not_invited(),
            clues=clues,
            may_act=may_act,
            removal=removal if is_known else None,
            holds=holds if removal is None else replace(holds, may_remove=False),
            sponsors=sponsors,
            read_at=self.decisions.now(),
        )

    async def _held(
        self, guest: Guest | None, person_id: ObjectId, wait: Patience
    ) -> tuple[Has, tuple[str, ...]]:
        """Return what a guest has, and the names of the sponsors; neither where it cannot be read now."""
        if guest is None:
            return Has(), ()
        holds, sponsors = await asyncio.gather(
            wait.soon(self.acts.seen(guest.object_id, person_id)),
            wait.soon(self.decisions.directory.sponsors(guest.object_id)),
        )
        names = () if isinstance(sponsors, Unread) else tuple(one.name for one in sponsors)
        return Has() if isinstance(holds, Unread) else holds, names

    async def _way(self, every: Sequence[Record], person_id: ObjectId) -> _Way:
        """Return what of a guest's requests is somebody's: what they asked, decided or may decide."""
        if not able(await self.decisions.directory.person(person_id)):
            return _Way((), is_admin=False)
        if await self.decisions.roster.has_role(self.policy.current(), _ADMINS, person_id):
            return _Way(tuple(every), is_admin=True)
        owned = await self.decisions.directory.apps_owned_by(person_id)
        own = [one for one in every if await self._is_theirs(one, person_id, owned)]
        return _Way(tuple(own), is_admin=False, owned=owned)

    async def _removal(self, every: Sequence[Record], person_id: ObjectId) -> UnderWay | None:
        record = under_way(every)
        if record is None:
            return None
        request = record.request
        stopped = bool(stopped_by(request))
        return UnderWay(
            record,
            may_restore=await self.acts.may_restore(request, person_id),
            may_retry=stopped and await self.decisions.rights.may_take_up(request, person_id),
        )

    async def _is_theirs(self, record: Record, person_id: ObjectId, owned: frozenset[ObjectId]) -> bool:
        request = record.request
        if request.kind in ON_ACCOUNTS:
            return await self.acts.may_restore(request, person_id)
        if party(request, person_id) or request.app.object_id in owned:
            return True
        panels = await self.decisions.deciders.panels(request)
        return person_id in {one.object_id for one in everybody(panels)}

    async def _may_act(self, way: _Way, record: Record | None, person_id: ObjectId) -> bool:
        """Tell whether somebody may act under a request: who asked, may decide on it or owns its app."""
        if way.is_admin or record is None:
            return way.is_admin
        if record.request.requestor.object_id == person_id or record.request.app.object_id in way.owned:
            return True
        panels = await self.decisions.deciders.panels(record.request)
        return person_id in {one.object_id for one in everybody(panels)}

    async def _guest(self, way: _Way, address: str, meant: ObjectId | None) -> tuple[Guest | None, bool]:
        """Return the account, and whether this person may know of it: a mere request tells of none."""
        given = [one.request.guest_id for one in way.records if one.request.guest_id]
        if not (given or way.is_admin):
            return None, False
        directory = self.decisions.directory
        first = [meant] if meant in given else []
        for guest_id in dict.fromkeys([*first, *given]):
            if found := await directory.guest(guest_id):
                return found, True
        found_by = await directory.find_by_address(address)
        return (found_by if isinstance(found_by, Guest) else None), bool(given) or isinstance(found_by, Guest)

    async def _regained(self, way: _Way, guest: Guest | None) -> _Way:
        """Lift the mark from what took the guest for deleted, whom somebody has put back."""
        if guest is None or guest.redemption is not Redemption.PENDING:
            return way
        records = list(way.records)
        for place, one in enumerate(records):
            if one.request.gone_at is None:
                continue
            back = await self.decisions.store.change(one.request.request_id, regain(guest.object_id))
            records[place] = back if isinstance(back, Record) else one
        return replace(way, records=tuple(records))

    async def _read(
        self, main: Record | None, every: Sequence[Record], guest: Guest | None, address: str, wait: Patience
    ) -> Clues:
        """Read what may say why, side by side; what cannot be read says so and keeps nothing else back."""
        request = main.request if main else None
        address = request.address if request else address
        guest_id = guest.object_id if guest else ObjectId("")
        linked_at, mailed_at = await self._sent(main, every)
        stands = main is not None and is_lasting(main)
        directory, clues, soon = self.decisions.directory, self.clues, wait.soon
        holds, holders, shut_out, listed, later, sign_in = await asyncio.gather(
            soon(directory.has(guest_id, request.app.object_id, request.give))
            if guest and request and stands
            else already(value=True),
            soon(clues.holders(address, guest_id)),
            self._shut_out(domain_of(address), wait),
            self._listed(domain_of(address), wait),
            soon(clues.invited_since(guest_id, linked_at)) if guest and linked_at else already(None),
            soon(clues.last_sign_in(guest_id, request.app.object_id if request else None))
            if guest
            else already(None),
        )
        return Clues(
            guest=guest,
            asked=address,
            state=request.state if request else State.DELIVERED,
            mail=request.mail if request else MailState.NONE,
            mailed_at=mailed_at,
            domain_denied=request is not None and self.decisions.requests.bars(request),
            holds=holds,
            holders=holders,
            shut_out=shut_out,
            listed=listed,
            later=later,
            ended=request is not None and request.state is State.DELIVERED and not stands,
            linked=linked_at is not None,
            sign_in=sign_in,
        )

    async def _shut_out(self, domain: str, wait: Patience) -> bool | Unread:
        """Tell whether cross-tenant settings keep guests of a domain out.

        Whose tenant it is has to be asked only where some tenant has settings of its own, or the default
        keeps people out, which is said of those who have a tenant.
        """
        settings = await wait.soon(self.tenant.cross_tenants())
        asks = not isinstance(settings, Unread) and (settings.partners or settings.keeps_out)
        tenant = await wait.soon(self.tenant.tenant_of(domain)) if asks else ""
        return _fails(cross_tenant(settings, tenant, ""))

    async def _listed(self, domain: str, wait: Patience) -> bool | Unread:
        return _fails(domain_list(await wait.soon(self.tenant.domain_list()), domain))

    async def _sent(
        self, main: Record | None, every: Sequence[Record]
    ) -> tuple[datetime | None, datetime | None]:
        """Return when our newest link was made, for any request, and when the mail of this one was sent."""
        ids = [one.request.request_id for one in every if one.request.kind not in ON_ACCOUNTS]
        own = main.request.request_id if main else None
        linked_at = mailed_at = None
        async for one in steps_done(self.decisions.store, ids):
            step = one.fact.detail.get("step")
            if step == StepKind.INVITE:
                linked_at = linked_at or one.at
            elif step == StepKind.MAIL and one.fact.request_id == own:
                mailed_at = mailed_at or one.at
            if linked_at and (mailed_at or own is None):
                break
        return linked_at, mailed_at

    async def _note(
        self, what: str, person_id: ObjectId, subject: Subject, detail: Mapping[str, Json]
    ) -> None:
        """Write who looks at a guest that is not theirs, or was refused to, before anything is shown."""
        fact = AuditFact(what=what, actor=person_id, subject=subject, detail=detail)
        await self.decisions.store.write_audit(fact)


def _fails(item: Item) -> bool | Unread:
    return item.unread or item.stands is Stands.FAILS
