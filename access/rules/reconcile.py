"""Pairs what the directory's own log says that we did with what was approved here, both ways.

Pure, and whatever the order: a span is compared from all of its approvals and all of its deeds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from access.rules.audit import AuditEntry
from access.rules.model import (
    AuditFact,
    Detail,
    GiveKind,
    ObjectId,
    RequestId,
    Restore,
    StepKind,
    Subject,
)
from access.rules.reconciled import NO_ID, Act, Finding, Gap
from access.rules.restore import MARGIN

GRACE = timedelta(hours=1)
"""How late the log may tell before its silence means something."""
_LONGEST = timedelta(minutes=5)
"""After so long no call of a step is under way any more: a step has 45 s, and its lease guards the call."""
AROUND = MARGIN + _LONGEST
"""How far an approval and what was done under it can be apart, by two clocks."""


NAMED = frozenset({str(Detail.NAME), str(Detail.COMPANY)})
"""What a step that writes a profile must be for; the log tells of more details, which no step is for."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What Guestlist's identity did, as the directory logged it, for `principal` with `resource`.

    `role` and `address` are empty where the log does not say; `resource` is the group or app, if any.
    """

    entry: str
    at: datetime
    act: Act
    principal: ObjectId
    resource: ObjectId = NO_ID
    role: ObjectId = NO_ID
    address: str = field(default="", repr=False)
    details: frozenset[str] = frozenset()
    """Of a profile what was written: a `Detail`, or the log's own name of anything else."""

    @property
    def named(self) -> frozenset[str]:
        """Those details that nothing but a change of them writes."""
        return self.details & NAMED


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

    @property
    def key(self) -> str:
        return f"{self.request_id}/{self.act}/{self.seq}"

    def covers(self, at: datetime) -> bool:
        return self.begun_at - MARGIN <= at <= (self.ended_at or self.begun_at + _LONGEST) + MARGIN


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
_OF_ACCESS = (StepKind.INVITE, StepKind.GIVE, StepKind.GIVE_AGAIN, StepKind.TAKE_AWAY)
_ACTING = frozenset({*_OF_ACCESS, *_ON_ACCOUNT, *_ON_PROFILE, *_OF_SETUP})
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
    )


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
    made = made and (one.act is not Act.PROFILE or bool(one.details))  # of sponsors the log says less
    guest = detail.get("guest") or one.guest
    if one.act is Act.GROUP:
        guest = detail.get("group") or guest
    return replace(
        one,
        ended_at=max(entry.at, one.begun_at),
        expects=done and made,
        guest=ObjectId(str(guest)) if guest else None,
    )


class Comparison:
    """Compares one span of time; approvals and deeds may come from around it, too."""

    def __init__(
        self, since: datetime, until: datetime, approvals: Sequence[Approved], restores: Sequence[Restore]
    ) -> None:
        self._since, self._until, self._restores = since, until, restores
        self._approvals = approvals
        self._by: dict[tuple[str, ...], list[Approved]] = defaultdict(list)
        self._about: dict[str, list[Approved]] = defaultdict(list)
        for one in approvals:
            self._about[one.guest or ""].append(one)
            for key in _keys(one):
                self._by[key].append(one)
        self._effected: set[int] = set()
        self._unexplained: dict[str, Finding] = {}
        self._told: set[str] = set()

    @property
    def deeds(self) -> int:
        return len(self._told)

    @property
    def effected(self) -> frozenset[str]:
        """The keys of the approved steps that the log tells of."""
        return frozenset(one.key for one in self._approvals if one.seq in self._effected)

    @property
    def approvals(self) -> int:
        return sum(self._is_within(one.begun_at) for one in self._approvals)

    def see(self, deed: Deed, subject: Subject | None) -> None:
        """Take a deed of the log, once or more often; `subject` is the digest of its address."""
        explaining = [one for one in self._explaining(deed, subject) if one.covers(deed.at)]
        self._effected |= {one.seq for one in explaining if one.act is deed.act and _is_of(one, deed)}
        if not self._is_within(deed.at):
            return
        self._told.add(deed.entry)
        if not explaining:
            self._unexplained[deed.entry] = self._finding(deed)

    def findings(self) -> tuple[Finding, ...]:
        """Return what is left on either side, in the order of time."""
        missing = (
            Finding(
                gap=Gap.NO_EFFECT,
                key=one.key,
                at=one.begun_at,
                act=one.act,
                principal=one.guest,
                resource=one.resource,
                role=one.role,
                request_id=one.request_id,
            )
            for one in self._approvals
            if one.expects and self._is_within(one.begun_at) and one.seq not in self._effected
        )
        return tuple(sorted((*self._unexplained.values(), *missing), key=lambda one: (one.at, one.key)))

    def _is_within(self, at: datetime) -> bool:
        return self._since <= at < self._until

    def _explaining(self, deed: Deed, subject: Subject | None) -> Iterable[Approved]:
        if deed.act is Act.INVITATION:
            of_guest = self._by.get((deed.act, deed.principal), []) if deed.principal else []
            return (*of_guest, *(self._by.get((deed.act, "", subject), []) if subject else []))
        if deed.act is Act.PROFILE and not deed.named:  # an invitation or a block touches the account, too
            return self._about.get(deed.principal, []) if deed.principal else []
        if deed.act is Act.PROFILE:
            found = self._by.get((deed.act, deed.principal, ""), [])
            return (one for one in found if deed.details <= one.details)
        if deed.act is Act.OWNER:  # an approval is for all owners, those of a new group are made with it
            return self._by.get((deed.act, deed.resource), [])
        found = self._by.get((deed.act, deed.principal, deed.resource), [])
        return (one for one in found if not (deed.role and one.role) or deed.role == one.role)

    def _finding(self, deed: Deed) -> Finding:
        lost = any(one.to - MARGIN <= deed.at <= one.at + MARGIN for one in self._restores)
        return Finding(
            gap=Gap.LOST if lost else Gap.NO_APPROVAL,
            key=deed.entry,
            at=deed.at,
            act=deed.act,
            principal=deed.principal,
            resource=deed.resource,
            role=deed.role,
        )


def _is_of(one: Approved, deed: Deed) -> bool:
    """Tell whether a deed is the effect of a step, and not only explained by it."""
    return deed.act is not Act.PROFILE or not deed.named or bool(deed.named & one.details)


def _keys(one: Approved) -> Iterable[tuple[str, ...]]:
    if one.act is Act.OWNER:
        return [(one.act, one.resource)] if one.resource else []
    if one.act is Act.GROUP:
        return [(one.act, one.guest, ""), (Act.OWNER, one.guest)] if one.guest else []
    if one.act is not Act.INVITATION:
        return [(one.act, one.guest, one.resource)] if one.guest else []
    of_guest = [(one.act, str(one.guest))] if one.guest else []
    return [*of_guest, *([(one.act, "", str(one.subject))] if one.subject else [])]
