"""What an approver is answered whose press would lead to a failure: what fails, and whether to go on."""

from access.rules.checking import fails, of_some
from access.rules.refusals import WouldFail
from cards import anatomy, approval, list_request
from cards.anatomy import FAILED, Strip
from cards.checked import causes_of
from cards.elements import CardJson, Execute
from cards.look import Look

ANYWAY = "anyway"
"""What of a press or a typed line says that somebody knows that it will fail."""


def strip(refusal: WouldFail, look: Look) -> Strip:
    """Return what stands in the way and how to go on, for a card and for a sentence."""
    request = refusal.request
    found = causes_of(request, look)
    if refusal.may_go_on:
        line = look.typed(f"/approve {request.label} {ANYWAY}")
        found.append(look.say("To approve it all the same, type {command}.", command=line))
    else:
        found.append(look.say("The policy lets nobody approve what will fail. The request still waits."))
    if of_some(request):
        found.insert(0, look.say("It would fail for some of the guests."))
    return Strip(FAILED, look.say("Not approved: it would fail"), tuple(found))


def draw(refusal: WouldFail, look: Look) -> CardJson:
    """Draw the request with what will fail, and a button that approves all the same where that may be.

    The button carries what was shown: what fails besides by then is shown first.
    """
    request, anyway = refusal.request, None
    if refusal.may_go_on:
        data = {**anatomy.data_of(request), ANYWAY: ",".join(fails(request))}
        title = look.say_as("button", "Approve anyway")
        anyway = Execute(title, "approval.approve", data, style="destructive")
    if request.bulk is not None:
        return list_request.undecided(request, strip(refusal, look), [], look, approve=anyway)
    return approval.undecided(request, strip(refusal, look), [], look, approve=anyway)


def known_in(data: object) -> frozenset[str]:
    """Return what a press says was shown to fail."""
    return frozenset(one for one in data.split(",") if one) if isinstance(data, str) else frozenset()
