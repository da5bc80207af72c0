"""Conditional Access as a tenant has it, for its port, each reading refused where it is to be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from access.ports import AccessError, Clock, Memberships
from access.rules.conditional_access import Protection
from access.rules.model import ObjectId
from access.rules.what_if import Asked

T = TypeVar("T")


@dataclass
class FakeProtection:
    """Says what is demanded; `refuses` holds what a reading is refused with, `read` what was read."""

    demanded: Protection = field(default_factory=lambda: Protection(()))
    of_guests: dict[ObjectId, Memberships] = field(default_factory=dict)
    of_groups: dict[ObjectId, Memberships] = field(default_factory=dict)
    filled_by_rule: set[str] = field(default_factory=set)
    registered: bool | None = None
    says: dict[str, bool] = field(default_factory=dict)
    """What Microsoft says of policies by their id; `asked` is what it was asked."""
    asked: list[Asked] = field(default_factory=list)
    refuses: dict[str, AccessError] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    clock: Clock | None = None
    shows_after: timedelta = timedelta()
    """How long, after a first look at the clock, the list shows no policy yet."""
    stale: Protection | None = None
    """What the list says instead, while it lags behind what was written."""
    _lags_from: datetime | None = None

    async def protection(self) -> Protection:
        """Return what is demanded; with a clock, it is listed that much later."""
        found = self._meet("protection", self.stale or self.demanded)
        if self.clock is None:
            return found
        self._lags_from = self._lags_from or self.clock.now()
        late = self.clock.now() - self._lags_from < self.shows_after
        return replace(found, policies=()) if late else found

    async def memberships_of_guest(self, guest_id: ObjectId) -> Memberships:
        return self._meet("memberships_of_guest", self.of_guests.get(guest_id, Memberships()))

    async def memberships_of_group(self, group_id: ObjectId) -> Memberships:
        usual = Memberships(frozenset({str(group_id)}))
        return self._meet("memberships_of_group", self.of_groups.get(group_id, usual))

    async def by_rule(self, group_ids: Collection[str]) -> frozenset[str]:
        return self._meet("by_rule", frozenset(group_ids) & self.filled_by_rule)

    async def what_if(self, asked: Asked) -> Mapping[str, bool]:
        self.asked.append(asked)
        return self._meet("what_if", self.says)

    async def has_registered(self, guest_id: ObjectId) -> bool | None:  # noqa: ARG002 - all is at hand
        return self._meet("has_registered", self.registered)

    def _meet(self, name: str, value: T) -> T:
        self.read.append(name)
        if name in self.refuses:
            raise self.refuses[name]
        return value
