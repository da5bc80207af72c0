"""Whose a group is, by policy, set-ups and the directory at this moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from access.ports import Missing, Store
from access.rules import ways_in
from access.rules.accounts import Holdings
from access.rules.draft import Draft
from access.rules.model import App, Give, GiveKind, Kind, Named, ObjectId, Panel, Request
from access.rules.people import may_ask
from access.rules.policy import Policy, Waiver
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.unsent import to_ask_first
from access.service.check import Checked
from access.service.roster import Roster

_ADMINS = "admins"
_GIVES = frozenset({Kind.INVITE, Kind.ASSIGN, Kind.BULK})


@dataclass(frozen=True, slots=True)
class WaysIn:
    """An app's own group is one that the policy or a set-up gives for it; any other is its owners'."""

    store: Store
    roster: Roster

    async def is_apps(self, policy: Policy, app_id: ObjectId, group_id: ObjectId) -> bool:
        """Tell whether the policy names the group for the app, or admins had it set up."""
        if ways_in.names(policy, app_id, group_id):
            return True
        of_no_guest = await self.store.about(await self.store.subject(""))
        return any(ways_in.is_set_up(one.request, app_id, group_id) for one in of_no_guest)

    async def owners(self, group_id: ObjectId) -> tuple[Named, ...]:
        """Return who owns a group in the directory and may act; nobody of one that is gone."""
        try:
            found = await self.roster.directory.group_owners(group_id)
        except Missing:
            return ()
        return tuple(Named(one.object_id, one.name) for one in found if may_ask(one))

    async def is_theirs(
        self, policy: Policy, group_id: ObjectId, person_id: ObjectId, own: Collection[ObjectId]
    ) -> bool:
        """Tell whether a group is the own one of somebody's apps, of those given, or they own it."""
        for app_id in sorted(own):
            if await self.is_apps(policy, app_id, group_id):
                return True
        return person_id in {one.object_id for one in await self.owners(group_id)}

    async def by_theirs(
        self, policy: Policy, held: Holdings, person_id: ObjectId, own: Collection[ObjectId]
    ) -> frozenset[ObjectId]:
        """Return which of somebody's `own` apps a guest has, not counting others' groups."""
        found = held.direct & set(own)
        for group_id, apps in held.carried.items():
            if apps & set(own) and await self.is_theirs(policy, group_id, person_id, apps & set(own)):
                found |= apps & set(own)
        return found

    async def vouchers(self, policy: Policy, app_id: ObjectId, give: Give) -> frozenset[ObjectId] | None:
        """Return whose word it takes to give a group: its owners and the admins; None where nobody's."""
        if give.kind is not GiveKind.GROUP or await self.is_apps(policy, app_id, give.object_id):
            return None
        admins = await self.roster.people(policy, policy.roles.get(_ADMINS, ()), app_id=app_id)
        return frozenset(one.object_id for one in (*await self.owners(give.object_id), *admins))

    async def of_request(self, policy: Policy, request: Request) -> frozenset[ObjectId] | None:
        """Return whose word it takes to approve a request; what it only lengthens was given before."""
        if request.kind not in _GIVES or request.extends is not None:
            return None
        return await self.vouchers(policy, request.app.object_id, request.give)

    async def sendable(
        self,
        policy: Policy,
        draft: Draft,
        checked: Checked,
        panels: Sequence[Panel],
        waivers: tuple[Waiver, ...],
        requestor: ObjectId,
    ) -> tuple[tuple[Named, ...], tuple[Waiver, ...], bool] | Problem:
        """Return whom to ask first, by which of these waivers it goes, and whether it takes another's word.

        Or what keeps it from going.
        """
        first = to_ask_first(draft, panels, checked.app)
        if isinstance(first, Problem):
            return first
        open_ones = await self.waivers(policy, checked.app, checked.give, requestor, panels, waivers)
        if isinstance(open_ones, Problem):
            return open_ones
        vouchers = await self.vouchers(policy, checked.app.object_id, checked.give)
        return first, open_ones, vouchers is not None and requestor not in vouchers

    async def waivers(
        self,
        policy: Policy,
        app: App,
        give: Give,
        requestor: ObjectId,
        panels: Sequence[Panel],
        waivers: tuple[Waiver, ...],
    ) -> tuple[Waiver, ...] | Problem:
        """Return by which of these waivers something may be given, or why it may not be asked for.

        A group that is not the app's own takes the word of somebody whose it is: who asks, or may decide.
        """
        vouchers = await self.vouchers(policy, app.object_id, give)
        if vouchers is None or requestor in vouchers:
            return waivers
        if vouchers.isdisjoint(one.object_id for panel in panels for one in panel.seats):
            owners = [one.name for one in await self.owners(give.object_id)]
            hints = (give.name, app.name, *owners) if owners else ()
            return Problem(Field.ACCESS, ProblemCode.OTHERS_GROUP, hints)
        return ()
