"""How far the approval of a request is: which approvals count, which stage it is at, and who is left."""

from collections.abc import Collection, Iterator, Sequence

from access.rules.model import Named, ObjectId, Panel, Request, ReviewResult, State
from access.rules.reviews import APPROVE


def panels_of(request: Request) -> tuple[Panel, ...]:
    """Return its stages; a request from before there were any has one."""
    return request.stages or (Panel(request.approvers, fallback_used=request.fallback_used),)


def approvals(request: Request, stage: int | None = None) -> tuple[ReviewResult, ...]:
    """Return the approvals that count, those of the plan as it stands, of one stage or of all."""
    if request.plan is None:
        return ()
    given = (one for one in request.reviews if one.result == APPROVE and one.plan == request.plan.hash)
    return tuple(one for one in given if stage in {None, one.stage})


def void(request: Request) -> tuple[ReviewResult, ...]:
    """Return the approvals that count no more, because the plan has moved since."""
    counted = approvals(request)
    return tuple(one for one in request.reviews if one.result == APPROVE and one not in counted)


def cycle_of(request: Request) -> int:
    """Return the cycle of whoever approves next: void approvals begin another."""
    return request.cycle + 1 if void(request) and not approvals(request) else request.cycle


def stage_now(request: Request, panels: Sequence[Panel] = ()) -> int:
    """Return the number of the first stage that needs more approvals, or of the last where none does."""
    known = panels or panels_of(request)
    for number, panel in enumerate(known, start=1):
        if len(approvals(request, number)) < panel.quorum:
            return number
    return len(known)


def still_needed(request: Request, panels: Sequence[Panel] = ()) -> int:
    """Return how many approvals the present stage lacks."""
    stage = stage_now(request, panels)
    return (panels or panels_of(request))[stage - 1].quorum - len(approvals(request, stage))


def has_approved(request: Request, person: ObjectId, stage: int | None = None) -> bool:
    return person in {one.by.object_id for one in approvals(request, stage)}


def for_whom(request: Request, panels: Sequence[Panel], person: ObjectId) -> Named | None:
    """Return the approver for whom a delegate acts at the present stage; None in one's own right."""
    stage = stage_now(request, panels)
    panel = panels[stage - 1]
    sits = seating(approvals(request, stage), panel, [person])
    theirs = panel.seats_of(person)
    found = next((one for one in theirs if sits.get(one.object_id) == person), next(iter(theirs), None))
    return found if found and found.object_id != person else None


def spoken(
    request: Request, person: ObjectId, stage: int, panels: Sequence[Panel] = ()
) -> ReviewResult | None:
    """Return the approval after which somebody has none to give at a stage: theirs, or one for their seat."""
    panel = (panels or panels_of(request))[stage - 1]
    given = in_own_right(approvals(request, stage), panel)
    if own := next((one for one in given if one.by.object_id == person), None):
        return own
    if person in seating(given, panel, [person]).values():
        return None
    seats = {one.object_id for one in panel.seats_of(person)}
    return next((one for one in given if one.seat in seats), None)


def most_approvals(panel: Panel, people: Collection[ObjectId], given: Sequence[ReviewResult] = ()) -> int:
    """Return how many approvals there can be of these people and those who have given theirs."""
    return len(seating(given, panel, people))


def seating(
    given: Sequence[ReviewResult], panel: Panel, people: Collection[ObjectId]
) -> dict[ObjectId, ObjectId]:
    """Return who approves for which seat, where as many of these people do as can, each for one.

    Whoever has approved keeps a seat, though not always the same: a delegate of several moves to another
    where that lets one more approve. So no order of approvals keeps anybody from a quorum who could fill it.
    """
    given = in_own_right(given, panel)
    sits = {one.seat: one.by.object_id for one in given}
    may = {one: [seat.object_id for seat in panel.seats_of(one)] for one in people}
    may |= {one.by.object_id: [seat.object_id for seat in one.whose] for one in given}

    def finds(person: ObjectId, tried: set[ObjectId]) -> bool:
        for seat in sorted(may[person], key=lambda one: one in sits):
            if seat in tried:
                continue
            tried.add(seat)
            if seat not in sits or finds(sits[seat], tried):
                sits[seat] = person
                return True
        return False

    for person in people:
        if person not in sits.values():
            finds(person, set())
    return sits


def in_own_right(given: Sequence[ReviewResult], panel: Panel) -> tuple[ReviewResult, ...]:
    """Return approvals as they count now: a delegate's for themselves, if they are an approver by now.

    So whoever they decided for may approve, too. Where somebody else has filled their seat they keep theirs.
    """
    own, taken = {one.object_id for one in panel.seats}, {one.seat for one in given}
    moves = own - taken
    return tuple(one.moved_to(one.by.object_id) if one.by.object_id in moves else one for one in given)


def deciding_now(request: Request) -> tuple[Named, ...]:
    """Return who is to decide at the present stage: of those who have not, who is asked, else all."""
    stage = stage_now(request)
    panel = panels_of(request)[stage - 1]
    left = [one for one in panel.approvers if not spoken(request, one.object_id, stage)]
    return tuple([one for one in left if one in panel.asked] or left)


def may_press(request: Request, person: ObjectId) -> bool:
    """Tell whether a card offers somebody who may see it to decide now; the click asks the directory."""
    if request.state is not State.PENDING_APPROVAL or person == request.requestor.object_id:
        return False
    panels, stage = panels_of(request), stage_now(request)
    elsewhere = person in {one.object_id for one in everybody(panels)}
    return not spoken(request, person, stage) and (_is_on(panels[stage - 1], person) or not elsewhere)


def reached(request: Request, panels: Sequence[Panel]) -> Sequence[Panel]:
    """Return the stages that a request has come to; one that is decided has come to all."""
    return panels[: stage_now(request, panels)] if request.state is State.PENDING_APPROVAL else panels


def everybody(panels: Sequence[Panel]) -> tuple[Named, ...]:
    """Return whoever may decide at any of these stages, each once."""
    return tuple({one.object_id: one for panel in panels for one in panel.approvers}.values())


def later_stage(panels: Sequence[Panel], stage: int, person: ObjectId) -> int | None:
    """Return the first stage after this one at which somebody may decide."""
    numbers = range(stage + 1, len(panels) + 1)
    return next((one for one in numbers if _is_on(panels[one - 1], person)), None)


def turn_of(request: Request, person: ObjectId) -> int | None:
    """Return the later stage at which somebody decides who does not at the present one."""
    stage, panels = stage_now(request), panels_of(request)
    return None if _is_on(panels[stage - 1], person) else later_stage(panels, stage, person)


def _is_on(panel: Panel, person: ObjectId) -> bool:
    return person in {one.object_id for one in panel.approvers}


def short_of(request: Request, panels: Sequence[Panel]) -> Iterator[tuple[int, int]]:
    """Yield each stage that cannot be passed, and how many people it lacks; who has approved counts.

    A delegate adds nobody: an approver and whoever decides for them have one seat.
    """
    for number, panel in enumerate(panels, start=1):
        people = most_approvals(panel, [one.object_id for one in panel.approvers], approvals(request, number))
        if number >= stage_now(request, panels) and people < panel.quorum:
            yield number, panel.quorum - people


def is_approved(request: Request) -> bool:
    """Tell whether every stage is, or a waiver did it: of the plan as it stands, as any approval.

    An approval that no stage holds is of a version that had none.
    """
    if request.waived is not None:
        return request.plan is not None and request.waived.plan == request.plan.hash
    if request.ordered is not None:
        return request.plan is not None and request.ordered.plan == request.plan.hash
    review = request.review
    if review is None or review.result != APPROVE:
        return False
    given = approvals(request)
    return not given or still_needed(request) <= 0
