"""A request about a guest's account as it begins: of no app, and without an approver."""

from datetime import datetime

from access.rules.accounts import NO_APP
from access.rules.model import (
    Give,
    Guest,
    Kind,
    Named,
    Place,
    Plan,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)


def about(
    guest: Guest,
    kind: Kind,
    give: Give,
    plan: Plan,
    *,
    request_id: RequestId,
    number: int,
    by: Named,
    subject: Subject,
    place: Place,
    now: datetime,
    term: Term | None = None,
    justification: str = "",
) -> Request:
    """Return what somebody has done by their own right; `give` is what may be open once alone."""
    return Request(
        request_id=request_id,
        number=number,
        version=0,
        state=State.SUBMITTED,
        kind=kind,
        requestor=by,
        subject=subject,
        address=guest.address,
        guest_name=guest.name,
        app=NO_APP,
        give=give,
        term=term or Term(),
        justification=justification.strip(),
        message="",
        place=place,
        submitted_at=now,
        closes_at=now,
        plan=plan,
        changed_at=now,
    )
