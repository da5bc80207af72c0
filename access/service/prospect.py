"""What would become of a request if it were approved now: its plan, or why it would lead nowhere."""

from dataclasses import dataclass

from access.ports import Directory, Missing
from access.rules import guard_plans, renewing
from access.rules.causes import Cause
from access.rules.gives import can_hold
from access.rules.model import (
    App,
    Extends,
    Give,
    GiveKind,
    Guard,
    Guest,
    Person,
    Plan,
    Request,
    Setup,
)
from access.rules.people import may_ask
from access.rules.plan import plan_renewal
from access.rules.setup_plans import make_plan, still_holds
from access.service.list_prospect import ListProspect
from access.service.request import Requests


@dataclass(frozen=True, slots=True)
class Prospect:
    """Plans a request by directory and policy as they are at this moment."""

    directory: Directory
    requests: Requests

    @property
    def lists(self) -> ListProspect:
        return ListProspect(self.requests)

    async def plan(self, request: Request) -> Plan | Cause:
        """Return what would be done now, or why it would lead nowhere."""
        if request.setup is not None:
            return await self._setup(request, request.setup)
        if request.guard is not None:
            return await self._guard(request, request.guard)
        return await self._of_guest(request)

    async def still(self, request: Request) -> App | Cause:
        """Return the app of a request, or why its access leads nowhere for any guest at this moment."""
        app = await self.directory.app(request.app.object_id)
        if app is None:
            return Cause.APP_GONE
        if not app.enabled:
            return Cause.APP_DISABLED
        if left := await self._left(request):
            return left
        if request.extends:
            return app
        now = self.requests.check.clock.now()
        ends_at = request.ends_at or request.term.ends_at(now, self.requests.check.zone)
        if ends_at <= now:  # of what was given before, the end that renewals have moved
            return Cause.TERM_OVER
        return await self._cannot_give(request.give, app) or app

    async def _of_guest(self, request: Request) -> Plan | Cause:
        if not request.of_no_guest and self.requests.bars(request):
            return Cause.DOMAIN_DENIED
        app = await self.still(request)
        if isinstance(app, Cause):
            return app
        if request.extends:
            return await self._renewal(request, request.extends, app)
        if request.bulk is not None:
            return await self.lists.plan(request, app)
        found = await self.directory.find_by_address(request.address)
        if isinstance(found, Person):
            return Cause.ADDRESS_TAKEN
        guest = found if isinstance(found, Guest) else None
        rules = self.requests.rules_for(request)
        return self.requests.plan(guest, app, request.give, request.term, rules, request.sponsor)

    async def _setup(self, request: Request, setup: Setup) -> Plan | Cause:
        """Return what would be done for an app that is to have a group for its guests."""
        if left := await self._left(request):
            return left
        try:
            facts = await self.requests.self_service.look(request.app.object_id)
        except Missing:
            return Cause.APP_GONE
        if not facts.app.enabled:
            return Cause.APP_DISABLED
        if not still_holds(setup, facts):
            return Cause.SETUP_MOVED
        return make_plan(setup, facts, self.requests.rules_for(request).text)

    async def _guard(self, request: Request, guard: Guard) -> Plan | Cause:
        """Return what would be made to protect an app; it only reports, so the guests are no matter yet."""
        if left := await self._left(request):
            return left
        if guard.scope.app_id and await self.directory.app(request.app.object_id) is None:
            return Cause.APP_GONE
        if not guard_plans.still_holds(guard, self.requests.policy.current().protect.spared):
            return Cause.GUARD_MOVED
        return guard_plans.make_plan(guard, self.requests.rules_for(request).text)

    async def _renewal(self, request: Request, extends: Extends, app: App) -> Plan | Cause:
        """Return the plan of a renewal, if what it renews is as it was and the guest still has it."""
        first = await self.requests.store.record(extends.request_id)
        now = self.requests.check.clock.now()
        given = renewing.active(first.request) if first else None
        if first is None or given is None:
            return Cause.ACCESS_OVER
        if given.halted is not None:
            return Cause.BEING_REMOVED
        if first.request.ends_at != extends.was:
            return Cause.END_MOVED
        if extends.was <= now:  # it is only not taken away yet
            return Cause.ACCESS_OVER
        if extends.to <= now:
            return Cause.TERM_OVER
        guest = await self.directory.guest(first.request.guest_id) if first.request.guest_id else None
        if guest is None:
            return Cause.GUEST_GONE
        if not await self.directory.has(guest.object_id, app.object_id, request.give):
            return Cause.ACCESS_LOST
        rules = self.requests.rules_for(request)
        return plan_renewal(
            guest=guest.object_id,
            app=app,
            give=request.give,
            extends=extends,
            term=request.term,
            rule=rules.text,
            landing=self.requests.landing(rules, app),
        )

    async def _left(self, request: Request) -> Cause | None:
        requestor = await self.directory.person(request.requestor.object_id)
        if requestor is None or not requestor.enabled:
            return Cause.REQUESTOR_LEFT
        if request.sponsor and not able(await self.directory.person(request.sponsor.object_id)):
            return Cause.SPONSOR_LEFT
        return None

    async def _cannot_give(self, give: Give, app: App) -> Cause | None:
        if give.kind is GiveKind.GROUP:
            group = await self.directory.group(give.object_id)
            if group is None:
                return Cause.GROUP_GONE
            return Cause.GROUP_CLOSED if group.closed_because else None
        return None if can_hold(app, give) else Cause.ROLE_GONE


def able(person: Person | None) -> bool:
    """Tell whether somebody may decide or stand for a guest: a guest and a disabled account may not."""
    return person is not None and may_ask(person)
