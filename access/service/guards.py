"""`/protect` with a wish: what would be made for guests alone, what that changes, and the request for it."""

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from access.ports import AccessError, Footing, Missing, NotKept, tried
from access.rules import guard_plans, sending, watch
from access.rules.accounts import NO_APP
from access.rules.clues import Unread
from access.rules.conditional_access import Protection
from access.rules.guard_plans import (
    SECURITY,
    WRITES,
    GuardProblem,
    GuardShown,
    Unsent,
    Wanted,
    WhyNoGuard,
    drafts_of,
    read_places,
    read_platforms,
)
from access.rules.guard_plans import rules_of as guard_rules
from access.rules.guards import Guard, Scope, Wish
from access.rules.guest_list import NoSuchApp
from access.rules.model import (
    App,
    Change,
    Give,
    GiveKind,
    Guest,
    Kind,
    Named,
    ObjectId,
    Person,
    PersonKind,
    Place,
    Record,
    Request,
    RequestId,
    State,
    Term,
)
from access.rules.protecting import in_the_way
from access.rules.refusals import Duplicate, Unreadable
from access.service.faced import Faces
from access.service.guest_lists import Mine
from access.service.outlooks import Outlooks
from access.service.visitors import Tenant

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTHING = Protection(())
_OF_NO_GUEST: Mapping[str, Any] = {
    "address": "",
    "guest_name": "",
    "term": Term(days=0),
    "justification": "",
    "message": "",
}


@dataclass(slots=True)
class Guards:
    """Who may ask is read at that moment: owners for an app of theirs, admins of either kind for more."""

    faces: Faces
    outlooks: Outlooks
    footing: Footing

    async def look(
        self, wanted: Wanted, person_id: ObjectId
    ) -> GuardShown | GuardProblem | NoSuchApp | Unreadable:
        """Return what is drafted; nothing is written, here or in the tenant."""
        return await self._readable(wanted, person_id, anew=False)

    async def _readable(
        self, wanted: Wanted, person_id: ObjectId, *, anew: bool
    ) -> GuardShown | GuardProblem | NoSuchApp | Unreadable:
        try:
            return await self._look(wanted, person_id, anew=anew)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def send(
        self, wanted: Wanted, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate | GuardShown | GuardProblem | NoSuchApp | Unreadable:
        """Send the request to the security admins, unless something stands against it."""
        shown = await self._readable(wanted, person_id, anew=True)
        if not isinstance(shown, GuardShown) or shown.unsent is not None:
            return shown
        try:
            return await self._asked(shown, person_id, place, personal=personal)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def _look(
        self, wanted: Wanted, person_id: ObjectId, *, anew: bool
    ) -> GuardShown | GuardProblem | NoSuchApp:
        mine = await self.faces.mine(person_id)
        found = mine.called(wanted.app) if wanted.app else ()
        if wanted.is_empty or (wanted.app and len(found) != 1) or (wanted.is_wide and not mine.is_admin):
            await self.faces.lists.refused("protect", wanted.app, person_id)
            return NoSuchApp()
        tenant = await self.outlooks.visitors.tenant(anew=anew)
        app = found[0] if found else None
        guard = await self._guard(wanted, app, tenant.protection if isinstance(tenant, Tenant) else _NOTHING)
        if isinstance(guard, GuardProblem):
            return guard
        drafts = drafts_of(guard)
        outlook = await self.outlooks.of(guard, drafts, self._apps(mine, app), tenant)
        unsent, of = await self._unsent(guard, tenant, person_id)
        if not isinstance(outlook, Unread):
            guard = replace(guard, sums=outlook.sums)
        now = self.faces.lists.decisions.now()
        return GuardShown(
            wanted=wanted,
            guard=guard,
            drafts=drafts,
            outlook=outlook,
            read_at=now,
            unsent=unsent,
            of=of,
            by_admin=mine.is_admin,
        )

    def _apps(self, mine: Mine, app: App | None) -> Sequence[App]:
        return [app] if app is not None else mine.every()

    async def _guard(self, wanted: Wanted, app: App | None, protection: Protection) -> Guard | GuardProblem:
        """Read what was typed; the first thing that is not known is the answer."""
        rules = self.faces.lists.policy.current().protect
        platforms = read_platforms(wanted.platforms)
        places, terms = read_places(wanted.locations, protection), _terms(wanted.terms, rules.terms)
        scope = await self._scope(wanted, app)
        for one in (scope, platforms, places, terms):
            if isinstance(one, GuardProblem):
                return one
        assert not isinstance(scope, GuardProblem)
        assert not isinstance(platforms, GuardProblem)
        assert not isinstance(places, GuardProblem)
        assert not isinstance(terms, GuardProblem)
        wish = Wish(
            mfa=wanted.mfa,
            terms=frozenset(one.object_id for one in terms),
            platforms=platforms,
            locations=frozenset(one.object_id for one in places),
        )
        if wish.is_empty:
            return GuardProblem(WhyNoGuard.NOTHING_WANTED)
        return Guard(
            scope=scope,
            wish=wish,
            spared=rules.spared,
            places=places,
            terms=terms,
            watch_days=rules.watch.days,
            defaults=protection.security_defaults,
        )

    async def _scope(self, wanted: Wanted, app: App | None) -> Scope | GuardProblem:
        directory = self.faces.lists.decisions.directory
        if app is not None:
            if not app.app_id:
                return GuardProblem(WhyNoGuard.NO_CLIENT, app.name)
            return Scope(app_id=app.app_id, app_name=app.name, local=True)
        if wanted.guest:
            found = await directory.find_by_address(wanted.guest.casefold())
            if not isinstance(found, Guest) or found.is_member:
                return GuardProblem(WhyNoGuard.NO_SUCH_GUEST, wanted.guest)
            subject = await self.faces.lists.decisions.store.subject(wanted.guest.casefold())
            return Scope(guest_id=found.object_id, whom=found.name or found.address, subject=subject)
        return await self._group(wanted.group) if wanted.group else Scope(local=True)

    async def _group(self, text: str) -> Scope | GuardProblem:
        """Return a group of guests alone: a policy takes all who are in it, and in the groups within."""
        directory = self.faces.lists.decisions.directory
        if not _GUID.fullmatch(text.lower()):
            return GuardProblem(WhyNoGuard.NO_SUCH_GROUP, text)
        group = await directory.group(ObjectId(text.lower()))
        if group is None:
            return GuardProblem(WhyNoGuard.NO_SUCH_GROUP, text)
        people = await directory.everybody_in(group.object_id)
        if not people:
            return GuardProblem(WhyNoGuard.GROUP_EMPTY, group.name)
        if not are_guests(people):
            return GuardProblem(WhyNoGuard.GROUP_HOLDS_MEMBERS, group.name)
        return Scope(group_id=group.object_id, whom=group.name)

    async def _unsent(
        self, guard: Guard, tenant: Tenant | Unread, person_id: ObjectId
    ) -> tuple[Unsent | None, str]:
        """Return what stands against sending it, the first of what somebody has to mend."""
        decisions = self.faces.lists.decisions
        policy = self.faces.lists.policy.current()
        if isinstance(tenant, Unread):
            return Unsent.NOT_READ, ""
        if there := in_the_way(tenant.protection, drafts_of(guard)):
            return Unsent.THERE, there[0].name
        if guard.spared.names_nobody:
            return Unsent.NO_BREAK_GLASS, ""
        if gone := await self.gone(guard):
            return Unsent.BREAK_GLASS_GONE, gone
        panels = await decisions.roster.panels(
            policy, guard_rules(policy), app_id=NO_APP.object_id, give=_give(guard), requestor=person_id
        )
        if not [one for one in panels[0].approvers if one.object_id != person_id]:
            return Unsent.NO_SECURITY_ADMIN, SECURITY
        held = await tried(self.footing.permissions())
        if not isinstance(held, Unread) and WRITES not in held:
            return Unsent.NO_PERMISSION, WRITES
        return None, ""

    async def gone(self, guard: Guard) -> str:
        """Return a break-glass account that the directory does not know, or a group with nobody in it."""
        directory = self.faces.lists.decisions.directory
        users, groups = sorted(guard.spared.users), sorted(guard.spared.groups)
        people = await asyncio.gather(*(directory.person(ObjectId(one)) for one in users))
        found = await asyncio.gather(*(self._are_in(ObjectId(one)) for one in groups))
        both = zip((*users, *groups), (*people, *found), strict=True)
        return next((one for one, there in both if not there), "")

    async def _are_in(self, group_id: ObjectId) -> Sequence[Person]:
        try:
            return await self.faces.lists.decisions.directory.everybody_in(group_id)
        except Missing:
            return ()

    async def _asked(
        self, shown: GuardShown, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate:
        decisions, guard = self.faces.lists.decisions, shown.guard
        policy = self.faces.lists.policy.current()
        rules, give, app = guard_rules(policy), _give(guard), await self._app(shown, person_id)
        panels = await decisions.roster.panels(
            policy, rules, app_id=app.object_id, give=give, requestor=person_id
        )
        person = await decisions.directory.person(person_id)
        subject = await decisions.store.subject("")

        def make(number: int, now: datetime) -> Change:
            request = Request(
                request_id=RequestId(secrets.token_hex(16)),
                number=number,
                version=0,
                state=State.SUBMITTED,
                kind=Kind.PROTECT,
                requestor=Named(person_id, person.name if person else ""),
                subject=subject,
                app=app,
                give=give,
                place=place,
                submitted_at=now,
                closes_at=now + rules.closes_after,
                approvers=panels[0].approvers,
                stages=panels,
                rule=rules.name,
                plan=guard_plans.make_plan(guard, rules.text),
                guard=guard,
                changed_at=now,
                **_OF_NO_GUEST,
            )
            return watch.begun(sending.send(request, now, personal=personal), rules)

        return await decisions.store.add(make)

    async def _app(self, shown: GuardShown, person_id: ObjectId) -> Named:
        if not shown.wanted.app:
            return NO_APP
        [app] = (await self.faces.mine(person_id)).called(shown.wanted.app)
        return Named(app.object_id, app.name)


def are_guests(members: Sequence[Person]) -> bool:
    """Tell whether all are guests by the directory, which knows members from other organisations, too."""
    return all(one.kind is PersonKind.GUEST and not one.is_member for one in members)


def _give(guard: Guard) -> Give:
    """Return what stands where others give something: of one scope one request is open at a time."""
    return Give(GiveKind.GROUP, ObjectId(guard_plans.mark_for(guard)), "")


def _terms(words: Sequence[str], known: Sequence[Named]) -> tuple[Named, ...] | GuardProblem:
    """Return terms of use as the policy names them, or by their object id: Graph tells no app of them."""
    found = []
    for word in words:
        named = next((one for one in known if word.casefold() in {one.name.casefold(), one.object_id}), None)
        if named is None and not _GUID.fullmatch(word.lower()):
            return GuardProblem(WhyNoGuard.NO_SUCH_TERMS, word)
        found.append(named or Named(ObjectId(word.lower()), word.lower()))
    return tuple(found)
