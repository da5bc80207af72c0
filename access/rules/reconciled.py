"""What a comparison with the directory's own log came to: gaps on either side, and days not seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from access.rules.model import AuditFact, Json, ObjectId, RequestId

NO_ID = ObjectId("")
FOUND = "reconcile."
"""With a `Gap` after it, the audit entry of a finding."""
FOUND_LATER = f"{FOUND}found-later"
"""The audit entry by which a `Gap.NO_EFFECT` is taken back: the log was late."""


class Act(StrEnum):
    INVITATION = "invitation"
    MEMBERSHIP = "membership"
    ASSIGNMENT = "assignment"
    LEAVING = "end-of-membership"
    UNASSIGNMENT = "end-of-assignment"
    BLOCK = "block"
    UNBLOCK = "unblock"
    DELETION = "deletion"
    RESTORING = "restoring"
    PROFILE = "profile"
    """Something that the directory says of somebody was written anew."""
    GROUP = "new-group"
    OWNER = "group-owner"
    """An owner of a group that a set-up is about."""
    REQUIRED = "assignment-required"
    POLICY_MADE = "new-policy"
    POLICY_CHANGED = "policy-change"
    POLICY_DELETED = "end-of-policy"
    REQUEST = "request"
    """All that an approval allows, of which nothing was done, refused or stopped; no deed of the log."""


ON_POLICIES = frozenset({Act.POLICY_MADE, Act.POLICY_CHANGED, Act.POLICY_DELETED})
"""Done to policies of Conditional Access, of which one step writes up to three."""


class Gap(StrEnum):
    NO_APPROVAL = "no-approval"
    NO_EFFECT = "no-effect"
    LOST = "lost-in-restore"
    """Done in a time of which the restored database knows nothing: no alarm, for the restore rang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One side without the other; `key` is the log entry's own id, or names the approved step."""

    gap: Gap
    key: str
    at: datetime
    act: Act
    principal: ObjectId | None
    resource: ObjectId = NO_ID
    role: ObjectId = NO_ID
    request_id: RequestId | None = None

    @property
    def fact(self) -> AuditFact:
        return self._fact(f"{FOUND}{self.gap}")

    @property
    def taken_back(self) -> AuditFact:
        """The entry that the log tells of it by now."""
        return self._fact(FOUND_LATER)

    def _fact(self, what: str) -> AuditFact:
        detail: dict[str, Json] = {"key": self.key, "done_at": self.at.isoformat(), "act": self.act}
        detail |= {"principal": self.principal, "resource": self.resource, "role": self.role}
        return AuditFact(what=what, request_id=self.request_id, detail=detail)

    @classmethod
    def read(cls, fact: AuditFact) -> Self:
        """Read what `fact` has written."""
        told = {name: str(fact.detail.get(name) or "") for name in ("key", "principal", "resource", "role")}
        return cls(
            gap=Gap(fact.what.removeprefix(FOUND)),
            key=told["key"],
            at=datetime.fromisoformat(str(fact.detail["done_at"])),
            act=Act(str(fact.detail["act"])),
            principal=ObjectId(told["principal"]) or None,
            resource=ObjectId(told["resource"]),
            role=ObjectId(told["role"]),
            request_id=fact.request_id,
        )


@dataclass(frozen=True, slots=True)
class Unseen:
    """Days of which the log told nothing, and why: `retention`, or the cause of an error."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was compared, and what came of it; `known` are the keys that the audit has already."""

    since: datetime
    until: datetime
    findings: tuple[Finding, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    late: tuple[Finding, ...] = ()
    """What the audit has as a `Gap.NO_EFFECT`, and the log tells of by now."""
    deeds: int = 0
    approvals: int = 0
    after: int = 0
    """The audit entry before which the next comparison needs none."""
    head: int = 0
