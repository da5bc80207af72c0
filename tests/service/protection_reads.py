"""Conditional Access for tests of services: what is said of it, and what was asked of each guest."""

from collections.abc import Collection
from dataclasses import dataclass, field

from access.ports import AccessError, Memberships
from access.rules.conditional_access import Protection
from access.rules.model import ObjectId
from tests.forecast.building import protection


@dataclass
class FakeProtection:
    """Says what is set; `refuses` holds what a reading is refused with."""

    now: Protection = field(default_factory=protection)
    within: dict[ObjectId, Memberships] = field(default_factory=dict)
    refuses: dict[str, AccessError] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def protection(self) -> Protection:
        self._meet("protection")
        return self.now

    async def memberships_of_guest(self, guest_id: ObjectId) -> Memberships:
        self._meet("memberships")
        return self.within.get(guest_id, Memberships())

    async def memberships_of_group(self, group_id: ObjectId) -> Memberships:
        self._meet("memberships_of_group")
        return Memberships(frozenset({group_id}))

    async def by_rule(self, group_ids: Collection[str]) -> frozenset[str]:
        self._meet("by_rule")
        return frozenset[str]() & frozenset(group_ids)

    async def has_registered(self, guest_id: ObjectId) -> bool | None:
        self._meet(f"registered {guest_id}")
        return True

    def _meet(self, name: str) -> None:
        self.read.append(name)
        if name in self.refuses:
            raise self.refuses[name]
