"""Undoing: what a request did is taken back within a window, by whoever answers for the access."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from access.ports import AccessError, PolicySource
from access.rules import ending, halfway, opposing, putting_back, returning, staying, still_used, undoing
from access.rules.authority import are_fresh
from access.rules.causes import Cause
from access.rules.changing import refused
from access.rules.departing import Asked, NotTheirs, Standing, Untouchable, under_way
from access.rules.model import (
    AuditFact,
    Named,
    ObjectId,
    Record,
    Request,
    State,
)
from access.rules.overtaken import is_void
from access.rules.refusals import NoAccess, UnknownRequest, Unreadable
from access.rules.together import Along
from access.rules.undoing import NotUndone, Stays, Undoable, Undoes, Why
from access.service import changed_back
from access.service.accounts import AccountActs
from access.service.change import GuestChanges
from access.service.decide import Decisions
from access.service.made_for import has_made
from access.service.own_apps import own_apps
from access.service.prospect import able
from access.service.search import is_called
from access.service.sponsor_steps import of_undo
from access.service.who_undoes import WhoUndoes
from access.service.whose import requests_of

_MOST_READ = 4
"""How often an undo is judged, where others change the request meanwhile."""
NotAsked = NotUndone | UnknownRequest | Unreadable


@dataclass(slots=True)
class Undoing:
    """Who may is asked of policy and directory at that moment; nobody learns of what is not theirs."""

    decisions: Decisions
    policy: PolicySource
    changes: GuestChanges

    async def mine(self, person_id: ObjectId) -> Sequence[Undoable] | Unreadable:
        """Return what somebody has asked for, or was done in their apps, and can be undone; newest first."""
        store, directory = self.decisions.store, self.decisions.directory
        try:
            if not able(await directory.person(person_id)):
                return []
            policy = self.policy.current()
            own = await own_apps(directory, policy, person_id)
            since = self.decisions.now() - policy.longest_undo
            requests = await store.done_since(since, person_id, own)
            found = [await self._judged(one, person_id) for one in requests]
            undoable = [one for one in found if isinstance(one, Undoable)]
            stand = await asyncio.gather(*(self._stands(one, person_id, own) for one in undoable))
            theirs = [one for one, stands in zip(undoable, stand, strict=True) if stands]
        except AccessError:
            return Unreadable()
        return sorted(theirs, key=lambda one: one.doing.since, reverse=True)

    async def _stands(self, one: Undoable, person_id: ObjectId, own: Collection[ObjectId]) -> bool:
        """Tell whether an undo is somebody's, and of a change whether there is still something to undo."""
        if one.doing.undoes is Undoes.CHANGED:
            may = await self.who.may(one.request, person_id)
            return may and isinstance(await self._read(one, person_id), Undoable)
        return one.request.app.object_id in own or await self.who.may(one.request, person_id)

    async def of_address(
        self, address: str, app: str, person_id: ObjectId
    ) -> Sequence[Request] | NoAccess | Unreadable:
        """Return the requests about a guest that are this person's to undo, what was done last first."""
        subject = await self.decisions.store.subject(address)
        try:
            about = [
                one.request
                for one in await requests_of(self.decisions, address)
                if not app or is_called(one.request.app.name, app)
            ]
            theirs = [one for one in about if await self.who.may(one, person_id)]
            theirs.sort(key=lambda one: -one.number)
            judged = [await self._judged(one, person_id) for one in theirs]
        except AccessError:
            return Unreadable()
        if not theirs:
            detail = {"act": "undo", "refused": "NoAccess"}
            fact = AuditFact(what="act.refused", actor=person_id, subject=subject, detail=dict(detail))
            await self.decisions.store.write_audit(fact)
            return NoAccess()
        can = [one for one in judged if isinstance(one, Undoable)]
        can.sort(key=lambda one: one.doing.since, reverse=True)
        return [one.request for one in (can or judged)]

    async def ask(self, reference: str, person_id: ObjectId) -> Undoable | NotAsked:
        """Return what an undo would do, for who may have it done; nothing is done yet."""
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "undo")
        request = found.request
        try:
            if not await self.who.may(request, person_id):
                hidden = await self.decisions.unknown(reference)
                await self.decisions.refused(hidden, request, person_id, "undo")
                return hidden
            asked = await self._judged(request, person_id)
            if isinstance(asked, Undoable):
                return await self._read(asked, person_id)
            return replace(asked, gave=halfway.has_access(found))
        except AccessError:
            return Unreadable(request)

    async def undo(
        self, reference: str, person_id: ObjectId, seen: str | None
    ) -> Record | Undoable | NotAsked:
        """Undo what was `seen`, by its hash; None for a typed command. Anything else is shown first."""
        for _ in range(_MOST_READ):
            asked_at, policy = self.decisions.now(), self.policy.current()
            asked = await self.ask(reference, person_id)
            if isinstance(asked, Undoable) and seen is not None and seen != asked.hash:
                if not opposing.is_opposite(asked, seen):
                    return replace(asked, moved=True)
                asked = NotUndone(asked.request, Why.MEANWHILE)
            if not isinstance(asked, Undoable):
                if isinstance(asked, NotUndone):
                    fact = refused(asked.request, "undo", asked.why, person_id)
                    await self.decisions.store.write_audit(fact)
                return asked
            person = await self.decisions.directory.person(person_id)
            actor = Named(person_id, person.name if person else "")
            if self.policy.current() is not policy or not are_fresh(asked_at, self.decisions.now()):
                continue
            if isinstance(done := await self._do(asked, actor), Record):
                return done
        return Unreadable()

    @property
    def accounts(self) -> AccountActs:
        return self.changes.acts

    @property
    def who(self) -> WhoUndoes:
        return WhoUndoes(self.decisions, self.policy, self.changes)

    async def _do(self, asked: Undoable, actor: Named) -> Record | None:
        """Begin what undoes it; None where the request is another by now. Who may was asked a moment ago."""
        request = asked.request
        if asked.doing.undoes is Undoes.REMOVED:
            return await self._restore(asked, actor)
        if asked.doing.undoes is Undoes.CHANGED:
            return await changed_back.begin(self.changes, asked, actor)
        begin = returning.begin(actor, request.version)
        if asked.doing.undoes is not Undoes.TAKEN:
            undo = halfway.undo if asked.doing.undoes is Undoes.HALFWAY else ending.undo
            # Whom another request needs by now they leave to the step: that one may be undone meanwhile, too.
            begin = undo(
                actor, request.version, sponsor=bool(asked.sponsor or Stays.SPONSOR_NEEDED in asked.stays)
            )
        if asked.account is not None:
            return await self._with_account(
                asked.account, actor, Along(request.request_id, begin), request.label
            )
        done = await self.decisions.store.change(request.request_id, begin)
        return done if isinstance(done, Record) else None

    async def _restore(self, asked: Undoable, actor: Named, *, gone: bool = False) -> Record | None:
        """Put the account back as `/restore` does, or have it looked whether it is `gone`."""
        change = putting_back.restore(actor, (actor,), gone=gone)
        done = await self.decisions.store.change(asked.request.request_id, change)
        return done if isinstance(done, Record) else None

    async def _with_account(self, account: Asked, actor: Named, along: Along, label: str) -> Record | None:
        """Begin to remove the account together with the end of the access: both are written, or neither.

        None where the account or the request is another by now.
        """
        begun = await self.accounts.remove_along(account, actor, f"Undo of {label}", along)
        return await self.decisions.store.record(along.request_id) if isinstance(begun, Record) else None

    async def _judged(self, request: Request, person_id: ObjectId) -> Undoable | NotUndone:
        """Judge by what is stored; who only asked overrules nobody who took the access away."""
        extends, store = request.extends, self.decisions.store
        first = await store.record(extends.request_id) if extends else None
        window = self.decisions.requests.rules_for(request).undo
        found = undoing.judge(request, first.request if first else None, window, self.decisions.now())
        if not isinstance(found, Undoable) or not undoing.was_taken_by_another(request, person_id):
            return found
        asked = person_id == request.requestor.object_id
        overruled = asked and not await self.who.answers(request, person_id)
        return NotUndone(request, Why.BY_ANOTHER) if overruled else found

    async def _read(self, asked: Undoable, person_id: ObjectId) -> Undoable | NotUndone | Unreadable:
        """Add what only the directory knows: of a change, what is still as that made it."""
        if asked.doing.undoes is Undoes.CHANGED:
            return await changed_back.read(self.changes, asked, person_id)
        return await self._read_access(asked, person_id)

    async def _read_access(self, asked: Undoable, person_id: ObjectId) -> Undoable | NotUndone | Unreadable:
        """Add whether the account goes with the access, and whether that may be given again."""
        request, undoes = asked.request, asked.doing.undoes
        if undoes is Undoes.REMOVED and await self.accounts.is_gone(request):
            done = await self._restore(asked, Named(person_id, ""), gone=True)
            return NotUndone(done.request if done else request, Why.TOO_LATE)
        asked, stays = await self._stored(asked)
        account: Asked | Stays | Standing | Unreadable | None = None
        if undoes is Undoes.TAKEN:
            plan = await self.decisions.prospect.plan(request)
            if isinstance(plan, Cause):
                return NotUndone(request, Why.REFUSED, cause=plan)
            if plan.guest_id != request.guest_id:
                there = request.guest_id and await self.decisions.directory.guest(request.guest_id)
                moved = NotUndone(request, Why.REFUSED, cause=Cause.ADDRESS_MOVED)
                return moved if there else NotUndone(request, Why.GUEST_DELETED)
        if undoes is Undoes.LENGTHENED:
            about = [one.request for one in await self.decisions.store.about(request.subject)]
            asked = replace(asked, voids=tuple(one.label for one in about if is_void(one, request)))
        if undoes is Undoes.GIVEN or (undoes is Undoes.HALFWAY and request.guest_id is not None):
            account = await self._account(request, person_id)
        if isinstance(account, Unreadable):
            return Unreadable(request)
        if isinstance(account, Stays):
            stays.append(account)
        if isinstance(account, Standing):
            stays.append(Stays.ACCOUNT_REMOVED)
            asked = replace(asked, removal=account.request.label)
        sponsor = await self._sponsor(request, stays, account)
        stays.sort(key=list(Stays).index)
        asked = replace(asked, sponsor=sponsor)
        return replace(asked, stays=tuple(stays), account=account if isinstance(account, Asked) else None)

    async def _stored(self, asked: Undoable) -> tuple[Undoable, list[Stays]]:
        """Return what stays by what is stored, and with what is undone whether it gave an access."""
        request, undoes = asked.request, asked.doing.undoes
        stays = staying.stays_of(request, asked.doing)
        gives = undoes in {Undoes.GIVEN, Undoes.HALFWAY}
        record = await self.decisions.store.record(request.request_id) if gives else None
        if record is None:
            return asked, stays
        if undoes is Undoes.HALFWAY:
            done = halfway.done_by(record)
            stays, asked = staying.stays_of_halfway(request, done), replace(asked, gave=done.gave)
        perhaps = halfway.may_have_mailed(record) and Stays.MAIL not in stays
        return asked, [Stays.PERHAPS_MAIL, *stays] if perhaps else stays

    async def _sponsor(self, request: Request, stays: list[Stays], account: object) -> Named | None:
        """Return the sponsor who goes with the undo, or else add why they stay; neither if the guest goes."""
        if Stays.SPONSOR not in stays:
            return None
        stays.remove(Stays.SPONSOR)
        if isinstance(account, Asked | Standing):
            return None
        decisions = self.decisions
        was_there, accounts = Stays.WAS_THERE in stays, self.accounts.accounts
        found = await of_undo(decisions.store, decisions.directory, accounts, request, was_there=was_there)
        if isinstance(found, Stays):
            stays.append(found)
        return found if isinstance(found, Named) else None

    async def _account(self, request: Request, person_id: ObjectId) -> Asked | Stays | Standing | Unreadable:
        """Return what the account's removal would take, if it goes with the access, or else why it stays."""
        store, guest_id = self.decisions.store, request.guest_id
        if guest_id is None or not await has_made(store, request):
            return Stays.ACCOUNT_BEFORE
        asked = await self.accounts.ask(guest_id, person_id, made_for=request.app.object_id)
        if isinstance(asked, Untouchable):
            return Stays.ACCOUNT_UNFIT
        if isinstance(asked, NotTheirs):
            return Stays.ACCOUNT_RIGHT
        if isinstance(asked, Standing | Unreadable):
            return asked
        others = [*await store.of_guest(guest_id), *await store.about(request.subject)]
        removal = under_way(others)
        if removal is not None:
            failed = removal.request.state is State.DELIVERY_FAILED
            return Stays.ACCOUNT_FAILED if failed else Standing(removal.request)
        if still_used.rests_on_account(others, request) or not still_used.is_alone(asked.held, request):
            return Stays.ACCOUNT_USED
        return asked
