"""What a form says of whether it will work: what is found in time of what it holds."""

import asyncio

from access.ports import AccessError
from access.rules import checking
from access.rules.checked import Checked
from access.rules.model import App, Give, Request
from access.service.readiness import Readiness

Foretold = tuple[Checked, tuple[str, ...]]


async def foretold(
    readiness: Readiness, address: str, app: App | None, give: Give | None, patience: float
) -> Foretold | None:
    """Return it with what is to be known of the app; what is read goes on for the next form."""
    if app is None:
        return None
    at = readiness.decisions.now()
    try:
        async with asyncio.timeout(patience):
            items = await readiness.of_draft(address, app, give)
    except (AccessError, TimeoutError):
        return None
    return checking.found(items, give.key if give else "", at), checking.notes(items)


async def foretold_of(readiness: Readiness, request: Request, patience: float) -> Checked | None:
    """Return it for the renewal of what a request gives to a guest who is there."""
    at = readiness.decisions.now()
    try:
        async with asyncio.timeout(patience):
            found = await readiness.seen_of(request, named=False, renews=True)
    except (AccessError, TimeoutError):
        return None
    return checking.found(found.items, request.give.key, at)
