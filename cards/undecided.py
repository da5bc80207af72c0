"""A request for whoever pressed and decided nothing, with what stands against it: of a guest, or a set-up."""

from access.rules.model import Request
from cards import approval, guard_request, setup_request
from cards.anatomy import Strip
from cards.elements import CardJson, Element
from cards.look import Look


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, may_work: bool
) -> CardJson:
    draw = approval.undecided if request.setup is None else setup_request.undecided
    draw = guard_request.undecided if request.guard is not None else draw
    return draw(request, strip, changes, look, may_work=may_work)
