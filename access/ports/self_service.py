"""Setting an app up for guests: what there is, read afresh, and the few writes that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from access.ports.world import Given
from access.rules.model import ObjectId
from access.rules.setup_plans import AppAsSet


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A security group to be made; `marker` is its mail nickname, by which it is found again."""

    marker: str
    name: str
    description: str
    owners: Sequence[ObjectId]


@dataclass(frozen=True, slots=True)
class Made:
    group_id: ObjectId
    trace: str


class SelfService(Protocol):
    """A plan's writes, each refused (`GUARDED`) where it is about anything that is not of the plan.

    Without its permission a write raises `Refused` (`RIGHTS_MISSING`). "Already there" is success.
    """

    async def look(self, app_id: ObjectId) -> AppAsSet:
        """Return how an app is set up; raises `Missing` (`APP_GONE`)."""
        ...

    async def find(self, marker: str) -> ObjectId | None:
        """Return the group that was made under this marker; one just made may not be found yet."""
        ...

    async def make(self, app_id: ObjectId, group: NewGroup) -> Made:
        """Make the group, owned by these owners of the app."""
        ...

    async def own(self, app_id: ObjectId, group_id: ObjectId, owner: ObjectId) -> Given:
        """Let an owner of the app own a group that is assigned to it."""
        ...

    async def assign(self, app_id: ObjectId, group_id: ObjectId, marker: str, role_id: ObjectId) -> Given:
        """Assign the group that was made under this marker to the app."""
        ...

    async def require(self, app_id: ObjectId) -> str:
        """Let only those sign in who are assigned; return Graph's `request-id`."""
        ...
