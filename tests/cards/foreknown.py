"""Cards of a request of which is known whether it will work, and of presses on one that will fail."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules.because import Because
from access.rules.checked import Checked
from access.rules.model import ObjectId, Record
from access.rules.readiness import Topic
from access.rules.refusals import WouldFail
from cards import answers
from cards.draw import draw
from cards.look import Look

_BARRED = f"{Topic.CROSS_TENANT}:{Because.TENANT_BLOCKED}"
_OFF = f"{Topic.APP}:{Because.APP_DISABLED}"
_UNFIT = f"{Topic.GROUP}:{Because.GROUP_NOT_ASSIGNED}"
_SOMEWHERE = f"{Topic.SIGN_IN}:{Because.SIGN_IN_BLOCKED_SOMEWHERE}"


def cards(waits: Record, look: Look, approver: ObjectId) -> dict[str, Any]:
    """Draw each line that there is for the approver and the requestor, and the answers to a first press."""
    at, give = waits.request.submitted_at + timedelta(minutes=1), waits.request.give.key
    known = {
        "fine": Checked(at, give),
        "fails": Checked(at, give, (_BARRED,)),
        "fails-often": Checked(at, give, (_BARRED, _OFF, _UNFIT), unread=1),
        "partly": Checked(at, give, partly=(_SOMEWHERE,)),
        "unread": Checked(at, give, unread=2),
        "away": Checked(at, give, away=True),
    }
    drawn = {}
    for name, checked in known.items():
        record = replace(waits, request=replace(waits.request, checked=checked))
        drawn[f"approver-checked-{name}"] = draw(record, f"approver/{approver}", look)
        drawn[f"requestor-checked-{name}"] = draw(record, "requestor", look)
    fails = replace(waits.request, checked=known["fails-often"])
    for name, may in (("press-again", True), ("not-at-all", False)):
        drawn[f"refused-would-fail-{name}"] = answers.refused(WouldFail(fails, may), "approve", look)
    return drawn
