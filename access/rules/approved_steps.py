"""What of the audit chain explains deeds of Guestlist's identity: the steps that began under an approval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from access.rules.audit import AuditEntry
from access.rules.model import AuditFact, Detail, GiveKind, ObjectId, RequestId, StepKind, Subject
from access.rules.reconciled import NO_ID, ON_POLICIES, Act
from access.rules.restore import MARGIN

LONGEST = timedelta(minutes=5)
"""After so long no call of a step is under way any more: a step has 45 s, and its lease guards the call."""
NAMED = frozenset({str(Detail.NAME), str(Detail.COMPANY)})
"""What a step that writes a profile must be for; the log tells of more details, which no step is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A step that began under its approval, which explains what was done from then on, until `ended_at`.

    `expects` says that it surely made the directory do something, which its log must tell.
    """

    seq: int
    request_id: RequestId
    subject: Subject | None
    fence: int
    begun_at: datetime
    act: Act
    guest: ObjectId | None
    resource: ObjectId = NO_ID
    role: ObjectId = NO_ID
    ended_at: datetime | None = None
    expects: bool = False
    details: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    """All that it may write; `wrote` is what it surely has."""
    wrote: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        of = f"/{self.guest}" if self.act in ON_POLICIES else ""
        return f"{self.request_id}/{self.act}/{self.seq}{of}"

    @property
    def each(self) -> "Sequence[Approved]":
        """Return it for each thing that it is done to: of policies a step writes several."""
        if self.act not in ON_POLICIES:
            return (self,)
        known = sorted(self.policies)
        return [
            replace(self, guest=ObjectId(one), expects=self.expects and one in self.wrote) for one in known
        ]

    def covers(self, at: datetime) -> bool:
        return self.begun_at - MARGIN <= at <= (self.ended_at or self.begun_at + LONGEST) + MARGIN


class Older(NamedTuple):
    """What a request gives, for entries of older versions, which do not say."""

    guest: ObjectId | None
    app: ObjectId
    give: str


def begins(fact: AuditFact) -> bool:
    """Tell whether a fact is the beginning of a step that makes the directory do something."""
    return fact.what == "step.begun" and fact.detail.get("step") in _ACTING


_ON_ACCOUNT = {
    StepKind.BLOCK: Act.BLOCK,
    StepKind.UNBLOCK: Act.UNBLOCK,
    StepKind.DELETE: Act.DELETION,
    StepKind.PUT_BACK: Act.RESTORING,
}
_OF_SPONSORS = (StepKind.SPONSOR, StepKind.UNSPONSOR, StepKind.NAME_SPONSOR, StepKind.DROP_SPONSORS)
"""How the log calls these nobody says: what it tells of the guest meanwhile is theirs, and none has to."""
_ON_PROFILE = frozenset({StepKind.WRITE_PROFILE, *_OF_SPONSORS})
_OF_SETUP = {
    StepKind.MAKE_GROUP: Act.GROUP,
    StepKind.OWN_GROUP: Act.OWNER,
    StepKind.ASSIGN_GROUP: Act.ASSIGNMENT,
    StepKind.REQUIRE: Act.REQUIRED,
}
_OF_POLICIES = {
    StepKind.MAKE_POLICIES: Act.POLICY_MADE,
    StepKind.ENFORCE_POLICIES: Act.POLICY_CHANGED,
    StepKind.WATCH_POLICIES: Act.POLICY_CHANGED,
    StepKind.REMOVE_POLICIES: Act.POLICY_DELETED,
}
_OF_ACCESS = (StepKind.INVITE, StepKind.GIVE, StepKind.GIVE_AGAIN, StepKind.TAKE_AWAY)
_ACTING = frozenset({*_OF_ACCESS, *_ON_ACCOUNT, *_ON_PROFILE, *_OF_SETUP, *_OF_POLICIES})
_NOTHING_DONE = ("was_there", "was_gone", "was_so", "found")
"""What the end of a step says where the directory was so before, and logged nothing."""


def approved(entry: AuditEntry, older: Older | None = None) -> Approved:
    """Read the beginning of a step; `older` says what its request gives where the entry does not."""
    fact, detail = entry.fact, entry.fact.detail
    written: tuple[Any, ...] = tuple(detail.get(name) for name in Older._fields)
    guest, app, give = older or Older(*written)
    kind, _, object_id = str(give).partition(":")
    step = StepKind(str(detail["step"]))
    ends = step is StepKind.TAKE_AWAY
    if step in _OF_SETUP:
        act, role = _OF_SETUP[step], ""
        guest, resource = _of_setup(act, detail.get("group"), str(app))
    elif step in _OF_POLICIES:
        act, resource, role = _OF_POLICIES[step], "", ""
    elif step in _ON_PROFILE:
        act, resource, role = Act.PROFILE, "", ""
    elif step in _ON_ACCOUNT:
        act, resource, role = _ON_ACCOUNT[step], "", ""
    elif step is StepKind.INVITE:
        act, resource, role = Act.INVITATION, "", ""
    elif kind == GiveKind.GROUP:
        act, resource, role = Act.LEAVING if ends else Act.MEMBERSHIP, object_id, ""
    else:
        act, resource, role = Act.UNASSIGNMENT if ends else Act.ASSIGNMENT, str(app), object_id
    return Approved(
        seq=entry.seq,
        request_id=RequestId(str(fact.request_id)),
        subject=fact.subject,
        fence=int(str(detail.get("fence", 0))),
        begun_at=entry.at,
        act=act,
        guest=guest,
        resource=ObjectId(resource),
        role=ObjectId(role),
        details=_written(step, detail.get("details")),
        policies=_ids(detail.get("policies")),
    )


def _ids(told: object) -> frozenset[str]:
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset()


def stopped(one: Approved, entry: AuditEntry) -> Approved:
    """Return a step that failed, with the policies that it had written by then."""
    return replace(one, policies=one.policies | _ids(entry.fact.detail.get("policies")))


def _written(step: StepKind, told: object) -> frozenset[str]:
    """Return which details a step may write; entries of older versions do not say it."""
    if step is not StepKind.WRITE_PROFILE:
        return frozenset()
    return frozenset(map(str, told)) & NAMED if isinstance(told, list) else NAMED


def _of_setup(act: Act, group: object, app: str) -> tuple[ObjectId | None, str]:
    """Return what a step of a set-up is done to, and with what; a group is known once it is made."""
    made = ObjectId(str(group)) if group else None
    if act is Act.ASSIGNMENT:
        return made, app
    if act is Act.REQUIRED:
        return ObjectId(app), ""
    return (made, "") if act is Act.GROUP else (None, made or "")


def ended(one: Approved, entry: AuditEntry) -> Approved:
    """Return an approved step with its end, which tells whether the directory must have logged something.

    A link to a guest who was there may or may not be logged as an invitation; what was there was not made.
    """
    detail = entry.fact.detail
    nothing_to_do = any(detail.get(name) for name in _NOTHING_DONE)
    done = entry.fact.what == "step.done" and bool(detail.get("request-id")) and not nothing_to_do
    made = one.act is not Act.INVITATION or detail.get("cause") == "new-guest"
    wrote = _ids(detail.get("wrote"))
    made = made and (one.act is not Act.PROFILE or bool(one.details))  # of sponsors the log says less
    guest = detail.get("guest") or one.guest
    if one.act is Act.GROUP:
        guest = detail.get("group") or guest
    return replace(
        one,
        ended_at=max(entry.at, one.begun_at),
        expects=done and made,
        guest=ObjectId(str(guest)) if guest else None,
        policies=one.policies | _ids(detail.get("policies")) | wrote,
        wrote=wrote,
    )
