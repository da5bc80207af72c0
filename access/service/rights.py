"""By which right somebody acts on a guest's account, as directory and policy say at this moment."""

from dataclasses import dataclass

from access.ports import Accounts, Directory, PolicySource
from access.rules import removal_plan, removing
from access.rules.accounts import Holdings, Right
from access.rules.causes import Cause
from access.rules.model import ON_ACCOUNTS, Kind, ObjectId, Request
from access.service.deciders import ADMINS
from access.service.own_apps import own_apps
from access.service.prospect import able
from access.service.roster import Roster
from access.service.ways_in import WaysIn


@dataclass(frozen=True, slots=True)
class Rights:
    """Says who may; who had the right when an act was asked for may have lost it since."""

    directory: Directory
    roster: Roster
    policy: PolicySource
    accounts: Accounts
    ways: WaysIn

    async def to_remove(
        self, held: Holdings, person_id: ObjectId, made_for: ObjectId | None = None
    ) -> Right | None:
        """Return by which right somebody may act on an account: by every app and group of it, or as an admin.

        Whoever owns an app can assign it any group of the tenant, which makes that none of theirs. Nobody
        else has a right to whoever holds a role over the directory. An account that was `made_for` an app,
        and has nothing at all, is of whoever owns that app.
        """
        if not able(await self.directory.person(person_id)):
            return None
        policy = self.policy.current()
        if await self.roster.has_role(policy, ADMINS, person_id):
            return Right.ADMIN
        apps = {one.object_id for one in held.apps}
        if made_for is not None and not (apps or held.groups):
            apps = {made_for}
        if held.roles or not apps or not apps <= await own_apps(self.directory, policy, person_id):
            return None
        for group in held.groups:
            carried = held.carried.get(group.object_id, frozenset())
            if not await self.ways.is_theirs(policy, group.object_id, person_id, carried):
                return None
        return Right.OWNER

    async def to_change(self, held: Holdings, person_id: ObjectId) -> Right | None:
        """Return by which right somebody may: as an admin, or by one app of theirs that the guest has now.

        Whoever holds a role over the directory is an admin's alone.
        """
        if not able(await self.directory.person(person_id)):
            return None
        policy = self.policy.current()
        if await self.roster.has_role(policy, ADMINS, person_id):
            return Right.ADMIN
        if held.roles:
            return None
        own = await own_apps(self.directory, policy, person_id)
        return Right.OF_AN_APP if await self.ways.by_theirs(policy, held, person_id, own) else None

    async def to_retry(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether somebody may have an act on an account taken up, whoever asked for it at first.

        What only gives back or looks is its requestor's too. Of an account that is not there counts what it
        had, and of one that was made for an app and has nothing, that app.
        """
        if removing.takes_nothing(request) and person_id == request.requestor.object_id:
            return True
        held = await self.accounts.holdings(request.guest_id) if request.guest_id else None
        if held is not None:
            if request.kind is Kind.CHANGE:
                return await self.to_change(held, person_id) is not None
            made_for = removal_plan.made_for(request)
            return await self.to_remove(held, person_id, made_for) is not None
        apps = removal_plan.whose(request)
        return bool(apps) and apps <= await own_apps(self.directory, self.policy.current(), person_id)

    async def may_take_up(self, request: Request, person_id: ObjectId) -> bool:
        """Tell whether an act on an account has stopped, and somebody may go on with it.

        Where the guest has been given more since, an admin alone may.
        """
        cause = removing.stopped_by(request)
        if request.kind not in ON_ACCOUNTS or not cause:
            return False
        if not able(await self.directory.person(person_id)):
            return False
        if await self.roster.has_role(self.policy.current(), ADMINS, person_id):
            return True
        return cause != Cause.HOLDS_MORE and await self.to_retry(request, person_id)
