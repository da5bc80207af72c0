"""Pairs what the directory's own log says that we did with what was approved here, both ways.

Pure, and whatever the order: a span is compared from all of its approvals and all of its deeds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.rules.approved_steps import LONGEST, NAMED, Approved
from access.rules.model import ObjectId, Restore, Subject
from access.rules.reconciled import NO_ID, Act, Finding, Gap
from access.rules.restore import MARGIN

GRACE = timedelta(hours=1)
"""How late the log may tell before its silence means something."""
AROUND = MARGIN + LONGEST
"""How far an approval and what was done under it can be apart, by two clocks."""


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
        self._effected: set[str] = set()
        self._unexplained: dict[str, Finding] = {}
        self._told: set[str] = set()

    @property
    def deeds(self) -> int:
        return len(self._told)

    @property
    def effected(self) -> frozenset[str]:
        """The keys of the approved steps that the log tells of."""
        return frozenset(self._effected)

    @property
    def approvals(self) -> int:
        return sum(self._is_within(one.begun_at) for one in self._approvals)

    def see(self, deed: Deed, subject: Subject | None) -> None:
        """Take a deed of the log, once or more often; `subject` is the digest of its address."""
        explaining = [one for one in self._explaining(deed, subject) if one.covers(deed.at)]
        self._effected |= {one.key for one in explaining if one.act is deed.act and _is_of(one, deed)}
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
            if one.expects and self._is_within(one.begun_at) and one.key not in self._effected
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
