"""What a form's draft names, as far as it is found while somebody waits for the form."""

import asyncio

from access.ports import AccessError
from access.rules.draft import Draft
from access.rules.gives import chosen_of
from access.rules.model import App, Give, ObjectId
from access.service.request import Requests
from access.service.search import Searches


async def chosen(
    requests: Requests, searches: Searches, person: ObjectId, draft: Draft, patience: float
) -> tuple[App | None, Give | None]:
    """Return what the draft names, of what the person may see, or the access that is usual.

    What is one of several of a name is not chosen yet, and nothing is while the directory is down.
    """
    if not draft.app:
        return None, None
    try:
        async with asyncio.timeout(patience):
            found = await searches.called(person, draft.app)
            app = found[0] if len(found) == 1 else None
            gives = await searches.gives(person, app.object_id) if app else ()
    except (AccessError, TimeoutError):
        return None, None
    usual = requests.rules_of(app.object_id).give if app else ""
    return app, chosen_of(gives, draft.access, usual)
