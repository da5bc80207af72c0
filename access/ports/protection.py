"""Conditional Access, and what it asks about a guest: each read is optional, with a permission of its own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from access.rules.conditional_access import Protection
from access.rules.model import ObjectId
from access.rules.what_if import Asked


@dataclass(frozen=True, slots=True)
class Memberships:
    """What somebody is in, with what holds it: groups by object id, directory roles by template id."""

    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


class ProtectionReader(Protocol):
    """Raises `Refused` (`RIGHTS_MISSING`) and `NotLicensed`, which others can tell from an empty answer."""

    async def protection(self) -> Protection:
        """Return every policy, named location, and whether security defaults are on."""
        ...

    async def memberships_of_guest(self, guest_id: ObjectId) -> Memberships: ...

    async def memberships_of_group(self, group_id: ObjectId) -> Memberships:
        """Return what a member of a group is in by it, the group itself included."""
        ...

    async def by_rule(self, group_ids: Collection[str]) -> frozenset[str]:
        """Return which of these groups take their members in by a rule; a group that is gone takes nobody."""
        ...

    async def what_if(self, asked: Asked) -> Mapping[str, bool]:
        """Return of each policy, by id, whether Microsoft says that it applies; of some it does not know."""
        ...

    async def has_registered(self, guest_id: ObjectId) -> bool | None:
        """Tell whether a guest has registered a second factor here, None where the report does not know."""
        ...
