"""Whether a failed delivery may still be taken up, by right and policy as they are at the press."""

from access.rules.causes import Cause
from access.rules.guard_plans import SECURITY, still_holds
from access.rules.model import ON_ACCOUNTS, Named, Request, State
from access.rules.refusals import NotYours, WillNotWork
from access.rules.retrying import too_late
from access.service.deciders import ADMINS
from access.service.request import Requests

_WIDE = (ADMINS, SECURITY)
"""Who may ask to protect more than an app of theirs."""


async def stopped(
    requests: Requests, request: Request, actor: Named, approvers: tuple[Named, ...]
) -> NotYours | WillNotWork | None:
    """Return why a retry is refused to somebody; None where nothing stands against it.

    Whoever may decide on it by now may retry; who only asked for it has to be let ask for it still. What
    has been delivered stays, and so does its mail.
    """
    if request.state is not State.DELIVERY_FAILED or request.kind in ON_ACCOUNTS:
        return None
    decides = actor.object_id in {one.object_id for one in approvers}
    if not decides and actor.object_id != request.requestor.object_id:
        return NotYours(request, (request.requestor, *approvers))
    if not decides and (refused := await _may_not_ask(requests, request, approvers)):
        return refused
    if request.guard is not None and not still_holds(request.guard, requests.policy.current().protect.spared):
        return WillNotWork(request, Cause.GUARD_MOVED)
    if too_late(request, requests.check.clock.now(), requests.check.zone) is Cause.TERM_OVER:
        return WillNotWork(request, Cause.TERM_OVER)
    denied = not request.of_no_guest and requests.bars(request)
    return WillNotWork(request, Cause.DOMAIN_DENIED) if denied else None


async def _may_not_ask(
    requests: Requests, request: Request, approvers: tuple[Named, ...]
) -> NotYours | WillNotWork | None:
    policy, directory, roster = requests.policy.current(), requests.directory, requests.roster
    if request.guard is not None and not request.guard.scope.app_id:
        held = [await roster.has_role(policy, role, request.requestor.object_id) for role in _WIDE]
        return None if any(held) else NotYours(request, approvers)
    person = await directory.person(request.requestor.object_id)
    app = await directory.app(request.app.object_id)
    if app is None:
        return WillNotWork(request, Cause.APP_GONE)
    if request.setup is not None:
        own = app.object_id in await directory.apps_owned_by(request.requestor.object_id)
        may = own or await roster.has_role(policy, ADMINS, request.requestor.object_id)
        return None if may else NotYours(request, approvers)
    if person is None or not await roster.may_request(policy, app, person):
        return NotYours(request, approvers)
    within = await roster.is_within(policy, requests.rules_for(request), app, request.give, person)
    return None if within else NotYours(request, approvers)
