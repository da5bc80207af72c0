"""From what is asked and what the directory says to the steps that would be done."""

import hashlib
import json
from collections.abc import Mapping

from access.rules.model import (
    App,
    Extends,
    Give,
    Guest,
    Named,
    ObjectId,
    Plan,
    Redemption,
    Request,
    StepKind,
    Term,
)


def sponsor_of(request: Request) -> Named:
    """Return who stands for the guest: the requestor, unless they named somebody else."""
    return request.sponsor or request.requestor


def sponsors_of(request: Request) -> tuple[Named, ...]:
    """Return who is to stand for the guest: several where a change that replaced them is taken back."""
    return tuple(edit.sponsor for edit in request.edits if edit.sponsor) or (sponsor_of(request),)


def steps_for(guest: Guest | None, *, mailbox: bool) -> tuple[StepKind, ...]:
    """Return the steps for a guest as the directory knows them.

    A guest who has accepted gets no invitation; one who is pending gets a fresh link, and the old one
    dies. Without a mailbox Microsoft mails the invitation itself.
    """
    if guest is None:
        start: tuple[StepKind, ...] = (StepKind.INVITE, StepKind.KNOW)
    elif is_invited(guest):
        start = (StepKind.INVITE, StepKind.SPONSOR)
    else:
        start = (StepKind.SPONSOR,)
    mail = (StepKind.MAIL,) if mailbox else ()
    return (*start, StepKind.GIVE, *mail, StepKind.PROVE)


def is_invited(guest: Guest | None) -> bool:
    """Tell whether a request for a guest invites them: who is new, or has not accepted."""
    return guest is None or guest.redemption is Redemption.PENDING


def make_plan(
    *,
    guest: Guest | None,
    app: App,
    give: Give,
    term: Term,
    rule: str,
    landing: str,
    mailbox: bool,
    sponsor: ObjectId | None = None,
) -> Plan:
    """Return the plan; its hash covers what an approver decides by, and no times or names.

    Nothing is said of a sponsor who is the requestor, as in the plans of older versions.
    """
    steps = steps_for(guest, mailbox=mailbox)
    parts = {
        "guest": f"{guest.object_id}/{guest.redemption}/{guest.enabled}" if guest else "new",
        "app": f"{app.object_id}/{app.enabled}",
        "access": give.key,
        "term": f"{term.days}/{term.until}",
        "rule": rule,
        "landing": landing,
        "steps": ",".join(steps),
        **({"sponsor": sponsor} if sponsor else {}),
    }
    return plan_of(steps, guest, parts)


def plan_of(steps: tuple[StepKind, ...], guest: Guest | None, parts: Mapping[str, str]) -> Plan:
    """Return a plan with the hash of its parts."""
    return Plan(
        steps=steps,
        guest_id=guest.object_id if guest else None,
        redemption=guest.redemption if guest else None,
        hash=_hash(parts),
        parts=parts,
    )


def plan_renewal(
    *, guest: ObjectId, app: App, give: Give, extends: Extends, term: Term, rule: str, landing: str
) -> Plan:
    """Return the plan of a renewal; whether the guest has accepted meanwhile changes nothing of it."""
    steps = (StepKind.EXTEND,)
    parts = {
        "guest": guest,
        "app": f"{app.object_id}/{app.enabled}",
        "access": give.key,
        "term": f"{term.days}/{term.until}",
        "end": f"{extends.request_id}/{extends.was.isoformat()}/{extends.to.isoformat()}",
        "rule": rule,
        "landing": landing,
        "steps": ",".join(steps),
    }
    return Plan(steps=steps, guest_id=guest, redemption=None, hash=_hash(parts), parts=parts)


def _hash(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def moved(shown: Plan, now: Plan) -> tuple[str, ...]:
    """Return the names of the parts that differ."""
    return tuple(name for name in now.parts if now.parts[name] != shown.parts.get(name))
