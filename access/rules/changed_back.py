"""The undo of a change of a guest's details: what is still as the change made it becomes as it was."""

from collections.abc import Collection, Iterable, Mapping

from access.rules.model import Detail, Edit, Named, ObjectId, Request
from access.rules.profiles import Profile
from access.rules.undoing import Stays

SINCE: Mapping[Detail, Stays] = {
    Detail.NAME: Stays.NAME_SINCE,
    Detail.COMPANY: Stays.COMPANY_SINCE,
    Detail.SPONSOR: Stays.SPONSOR_SINCE,
}
"""What stays where somebody has changed it again since."""
_Back = tuple[list[Edit], list[Stays]]


def back(request: Request, profile: Profile, left: Collection[ObjectId]) -> _Back:
    """Return what is written to take a change back, and what stays; `left` are no people of now."""
    edits, stays = list[Edit](), list[Stays]()
    for edit in request.edits:
        if edit.what is Detail.SPONSOR:
            continue
        now = profile.name if edit.what is Detail.NAME else profile.company
        if now == edit.to:
            edits.append(Edit(edit.what, edit.to, edit.was))
        elif now != edit.was:
            stays.append(SINCE[edit.what])
    sponsors, others = _sponsors(request, profile, left)
    return edits + sponsors, stays + others


def _sponsors(request: Request, profile: Profile, left: Collection[ObjectId]) -> _Back:
    """Return an edit for each who is sponsor again; a guest is not left without one."""
    of_sponsors = [edit for edit in request.edits if edit.what is Detail.SPONSOR]
    made = _each(edit.sponsor for edit in of_sponsors if edit.sponsor)
    were = _each(one for edit in of_sponsors for one in edit.were)
    there = {one.object_id for one in profile.sponsors}
    if there == set(were) or not of_sponsors:
        return [], []
    if there != set(made):
        return [], [Stays.SPONSOR_SINCE]
    again = {key: one for key, one in were.items() if key not in left}
    gone = [Stays.SPONSOR_LEFT] if len(again) < len(were) else []
    if not again:
        return [], [*gone, Stays.SPONSOR_NOBODY]
    if set(again) == there:
        return [], gone
    was, to = (", ".join(one.name for one in ones.values()) for ones in (made, again))
    return [Edit(Detail.SPONSOR, was, to, tuple(made.values()), one) for one in again.values()], gone


def _each(people: Iterable[Named]) -> dict[ObjectId, Named]:
    return {one.object_id: one for one in people}
