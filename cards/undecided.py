"""A request for whoever pressed and decided nothing, with what stands against it: of a guest, or a set-up."""

from access.rules.model import Request
from cards import approval, guard_request, list_request, setup_request
from cards.anatomy import Strip
from cards.elements import CardJson, Element
from cards.look import Look


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, may_work: bool
) -> CardJson:
    if request.guard is not None:
        return guard_request.undecided(request, strip, changes, look, may_work=may_work)
    if request.setup is not None:
        return setup_request.undecided(request, strip, changes, look, may_work=may_work)
    as_shown = approval.approve_button(request, look.say_as("button", "Approve as shown"))
    draws = approval.undecided if request.bulk is None else list_request.undecided
    return draws(request, strip, changes, look, approve=as_shown if may_work else None)
