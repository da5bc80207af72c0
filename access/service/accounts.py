"""Acts on a guest's account: who may is asked of directory and policy at that moment."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from access.ports import AccessError, Accounts, PolicySource
from access.rules import account_requests, putting_back, removal_plan, removing
from access.rules.accounts import REMOVED, Has, Right, is_early, on_account
from access.rules.departing import Asked, NotAsked, NotTheirs, Standing, Untouchable, under_way
from access.rules.model import (
    AccountState,
    AuditFact,
    Change,
    Kind,
    Named,
    ObjectId,
    Place,
    Record,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)
from access.rules.refusals import Duplicate, NotYours, Stale, TooLate, UnknownRequest, Unreadable
from access.rules.together import Along, Together
from access.rules.waiving import Uses, Waivable
from access.service.acting import Informed, Refusal
from access.service.decide import Decisions
from access.service.made_for import app_of
from access.service.own_apps import own_apps
from access.service.prospect import able
from access.service.whose import account_of, requests_of

_LISTED = timedelta(hours=1)
"""After how long the directory surely lists an account that it has deleted."""


@dataclass(slots=True)
class AccountActs:
    """An owner acts on guests all of whose apps are theirs, an admin on every guest; both are noted."""

    decisions: Decisions
    policy: PolicySource
    accounts: Accounts

    async def found(
        self, address: str, person_id: ObjectId, act: str = "remove-guest"
    ) -> ObjectId | NotTheirs | Unreadable:
        """Return the guest of an address; who may act on them is asked later."""
        try:
            guest_id = await account_of(self.decisions, address)
        except AccessError:
            return Unreadable()
        if guest_id is not None:
            return guest_id
        await self.refused(await self.decisions.store.subject(address), person_id, act)
        return NotTheirs()

    async def ask(
        self,
        guest_id: ObjectId,
        person_id: ObjectId,
        justification: str = "",
        *,
        made_for: ObjectId | None = None,
    ) -> Asked | NotAsked:
        """Return what a removal would take, for who may have it done; who may not is noted.

        That is not done where somebody asks for what goes with it: the account was `made_for` an app. Of a
        guest who has nothing by now, that is found out.
        """
        try:
            held = await self.accounts.holdings(guest_id)
            rights = self.decisions.rights
            own = made_for or (await app_of(self.decisions.store, held) if held is not None else None)
            right = await rights.to_remove(held, person_id, own) if held is not None else None
        except AccessError:
            return Unreadable()
        if held is None or right is None:
            subject = await self.decisions.store.subject(held.guest.address) if held is not None else None
            if made_for is None:
                await self.refused(subject, person_id)
            return NotTheirs()
        if held.unfit is not None:
            return Untouchable(held.unfit)
        for record in await self.decisions.store.of_guest(guest_id):
            request = record.request
            given = request.account
            failed = request.kind is Kind.REMOVE and request.state is State.DELIVERY_FAILED
            if (given is not None and given.state in REMOVED) or (failed and made_for is None):
                return Standing(request)
        after = self.policy.current().directory.delete_after
        plan = removal_plan.plan(held, after, own if right is Right.OWNER else None)
        return Asked(held, plan, after.days, right, justification)

    async def seen(self, guest_id: ObjectId, person_id: ObjectId) -> Has:
        """Return what of a guest's apps and groups is somebody's to know, and note nothing.

        Who may act on the account sees all of it, anybody else the apps that are their own; what cannot be
        read is left out, and is no right.
        """
        try:
            held = await self.accounts.holdings(guest_id)
            if held is None:
                return Has()
            own_app = await app_of(self.decisions.store, held)
            right = await self.decisions.rights.to_remove(held, person_id, own_app)
            changes = await self.decisions.rights.to_change(held, person_id)
            own = await own_apps(self.decisions.directory, self.policy.current(), person_id)
        except AccessError:
            return Has()
        apps = tuple(one.name for one in held.apps if right or one.object_id in own)
        groups = tuple(one.name for one in (*held.groups, *held.by_rule)) if right else ()
        fit = not held.unfit
        return Has(apps, groups, may_remove=right is not None and fit, may_change=changes is not None and fit)

    async def remove(
        self,
        guest_id: ObjectId,
        person_id: ObjectId,
        justification: str,
        place: Place,
        *,
        seen: str | None,
        personal: bool,
    ) -> Record | Duplicate | Asked | NotAsked:
        """Begin the removal that was `seen`, by the hash of its plan; None for a typed command."""
        asked = await self.ask(guest_id, person_id, justification)
        if not isinstance(asked, Asked):
            return asked
        if seen is not None and seen != asked.plan.hash:
            return replace(asked, moved=True)
        make = await self._ordering(asked, person_id, place, personal=personal)
        before = under_way(await self.decisions.store.of_guest(guest_id))
        return await self.decisions.store.add(_unless_removed(make, before.request) if before else make)

    async def remove_along(
        self, asked: Asked, by: Named, justification: str, along: Along
    ) -> Record | Duplicate | Stale:
        """Begin a removal that was asked for a moment ago together with what it goes `along` with."""
        asked = replace(asked, justification=justification)
        make = await self._ordering(asked, by.object_id, Place(""), personal=False)
        return await self.decisions.store.add_along(Together(make, along))

    async def _ordering(
        self, asked: Asked, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Callable[[int, datetime], Change]:
        """Return what makes the request, by right of who asks."""
        person = await self.decisions.directory.person(person_id)
        by = Named(person_id, person.name if person else "")
        subject = await self.decisions.store.subject(asked.held.guest.address)

        where = place if personal else Place("")

        def make(number: int, now: datetime) -> Change:
            request = _request(asked, by, subject, where, number, now)
            return removing.order(request, asked.right, now, personal=personal)

        return make

    async def restore(self, reference: str, person_id: ObjectId) -> Record | Refusal | TooLate:
        """Put back the account that a request has removed."""
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await self.decisions.nothing(found, person_id, "restore")
        return await self._restored(found.request, person_id)

    async def restore_guest(
        self, address: str, person_id: ObjectId
    ) -> Record | Refusal | TooLate | NotTheirs:
        """Put back the account of an address that was removed last, of those that are theirs to put back."""
        subject = await self.decisions.store.subject(address)
        try:
            removals = [
                one
                for one in await requests_of(self.decisions, address)
                if one.request.kind is Kind.REMOVE
                and (one.request.account is not None or removing.is_blocked(one))
            ]
            theirs = [one for one in removals if await self.may_restore(one.request, person_id)]
        except AccessError:
            return Unreadable()
        if not theirs:
            await self.refused(subject, person_id, "restore")
            return NotTheirs()
        last = max(theirs, key=lambda one: one.request.number)
        return await self._restored(last.request, person_id)

    async def _restored(self, first: Request, person_id: ObjectId) -> Record | Refusal | TooLate:
        async def read(request: Request) -> Informed | NotYours:
            actor, others = await self._who(request, person_id)
            gone = await self.is_gone(request)
            if actor is None:
                return NotYours(request, others)
            return Informed(putting_back.restore(actor, others, gone=gone))

        result = await self.decisions.acted(first, person_id, "restore", read, ended=True)
        if not isinstance(result, Record):
            return result
        given = result.request.account
        if given is None or given.state is not AccountState.DELETED:
            return result
        return await self.decisions.refused(TooLate(result.request), first, person_id, "restore")

    async def is_gone(self, request: Request) -> bool:
        """Tell whether the directory has let go of an account that was deleted, whatever our clock says."""
        given, now = request.account, self.decisions.now()
        if given is None or request.guest_id is None:
            return False
        if not is_early(given, now):
            since = given.deleted_at
            if given.state not in REMOVED or since is None or now - since < _LISTED:
                return False
        seen = await self.accounts.look(request.guest_id)
        return not seen.there and not seen.deleted

    async def may_restore(self, request: Request, person_id: ObjectId) -> bool:
        actor, others = await self._who(request, person_id)
        may = (request.requestor, *others)
        return actor is not None and actor.object_id in {one.object_id for one in may}

    async def _who(self, request: Request, person_id: ObjectId) -> tuple[Named | None, tuple[Named, ...]]:
        """Return who acts, None for who has left, and who may besides the requestor.

        An admin may, and whoever owns every app that the guest had when the removal was asked for, or, where
        it had nothing and an owner removed it, the one that the account was made for.
        """
        directory = self.decisions.directory
        person, (actor, panels) = (
            await directory.person(person_id),
            await self.decisions.deciders.who(request, person_id),
        )
        others = panels[0].approvers
        apps = removal_plan.whose(request)
        if apps and apps <= await own_apps(directory, self.policy.current(), person_id):
            others = (*others, actor)
        return (actor if able(person) else None), others

    async def refused(self, subject: Subject | None, person_id: ObjectId, act: str = "remove-guest") -> None:
        """Write that somebody was refused an act on a guest who is there or is not."""
        detail = {"act": act, "refused": "NotTheirs"}
        fact = AuditFact(what="act.refused", actor=person_id, subject=subject, detail=dict(detail))
        await self.decisions.store.write_audit(fact)


def _unless_removed(make: Callable[[int, datetime], Change], before: Request) -> Waivable:
    """Make a removal unless the one `before` it, locked meanwhile, has taken the account by then."""

    def made(number: int, now: datetime, uses: Uses) -> Change | Duplicate:
        given = uses.about.request.account if uses.about is not None else None
        if uses.about is not None and given is not None and given.state in REMOVED:
            return Duplicate(uses.about.request)
        return make(number, now)

    return Waivable((), made, about=before.request_id)


def _request(asked: Asked, by: Named, subject: Subject, place: Place, number: int, now: datetime) -> Request:
    guest = asked.held.guest
    return account_requests.about(
        guest,
        Kind.REMOVE,
        on_account(guest.object_id),
        asked.plan,
        request_id=RequestId(secrets.token_hex(16)),
        number=number,
        by=by,
        subject=subject,
        place=place,
        now=now,
        term=Term(days=asked.days),
        justification=asked.justification,
    )
