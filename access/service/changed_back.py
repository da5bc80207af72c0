"""The undo of a change of a guest's details: judged by the directory, and ordered as a change of its own."""

from dataclasses import replace

from access.ports import AccessError
from access.rules import changed_back
from access.rules.model import Named, ObjectId, Record, Request
from access.rules.profile_changes import Shown
from access.rules.refusals import Unreadable
from access.rules.undoing import NotUndone, Stays, Undoable, Why
from access.service.change import GuestChanges
from access.service.prospect import able


async def may(changes: GuestChanges, request: Request, person_id: ObjectId) -> bool:
    """Tell whether somebody may change the guest now; of one who is gone, whether the change is theirs."""
    acts = changes.acts
    held = await acts.accounts.holdings(request.guest_id) if request.guest_id else None
    if held is None:
        return await acts.may_restore(request, person_id)
    return await acts.decisions.rights.to_change(held, person_id) is not None


async def read(
    changes: GuestChanges, asked: Undoable, person_id: ObjectId
) -> Undoable | NotUndone | Unreadable:
    """Return what goes back to what it was, and what stays as others have made it since."""
    request, acts = asked.request, changes.acts
    assert request.guest_id is not None
    try:
        if await acts.accounts.holdings(request.guest_id) is None:
            return NotUndone(request, Why.GUEST_DELETED)
    except AccessError:
        return Unreadable(request)
    shown = await changes.look(request.guest_id, person_id)
    if isinstance(shown, Unreadable):
        return Unreadable(request)
    if not isinstance(shown, Shown):
        return NotUndone(request, Why.CHANGED)
    were = {one.object_id for edit in request.edits for one in edit.were}
    left = {one for one in were if not able(await acts.decisions.directory.person(one))}
    edits, stays = changed_back.back(request, shown.profile, left)
    if edits:
        return replace(asked, back=tuple(edits), stays=(*stays, Stays.AUDIT))
    if not stays:
        return NotUndone(request, Why.UNDONE)
    since = set(stays) & set(changed_back.SINCE.values())
    return NotUndone(request, Why.CHANGED_SINCE if since else Why.CHANGED)


async def begin(changes: GuestChanges, asked: Undoable, actor: Named) -> Record | None:
    """Begin the change back; where the very same stands still or is under way, that is what it is."""
    request = asked.request
    assert request.guest_id is not None
    shown = await changes.look(request.guest_id, actor.object_id)
    if not isinstance(shown, Shown):
        return None
    made = await changes.change_back(shown, asked.back, actor, request)
    if isinstance(made, Record):
        return made
    return await changes.acts.decisions.store.record(made.first.request_id)
