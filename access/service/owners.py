"""Who is told of an access, and may end it, where nobody has pressed anything."""

from access.ports import Store
from access.rules.model import Named, Request
from access.rules.stages import everybody
from access.service.decide import Decisions
from access.service.prospect import able

_ADMINS = "admins"


async def owners_of(decisions: Decisions, request: Request) -> tuple[Named, ...]:
    """Return the requestor; where they have left whoever may decide now, and else the policy's admins."""
    requestor = request.requestor
    if able(await decisions.directory.person(requestor.object_id)):
        return (requestor,)
    if deciding := everybody(await decisions.deciders.panels(request)):
        return deciding
    policy = decisions.requests.policy.current()
    admins = policy.roles.get(_ADMINS, ())
    return await decisions.roster.people(policy, admins, app_id=request.app.object_id)


async def co_owners_of(decisions: Decisions, request: Request) -> tuple[Named, ...]:
    """Return who owns the app by the directory, to be told where none of those who should be can be."""
    owners = await decisions.directory.app_owners(request.app.object_id)
    return tuple(Named(one.object_id, one.name) for one in owners if able(one))


async def speaks(store: Store, request: Request, *, waits: bool = False) -> bool:
    """Tell whether owners are told something by this access: the first that lasts speaks for a whole list.

    Where it is said that guests do not accept, it is the first whose guest `waits`.
    """
    listed = request.listed
    return listed is None or await store.first_active(listed.list_id, waits=waits) == listed.row
