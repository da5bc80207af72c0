"""Policies of Conditional Access that protect apps from guests: the few writes, and what the log says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from access.rules.conditional_access import AccessPolicy, PolicyState
from access.rules.guards import Scope


@dataclass(frozen=True, slots=True)
class MadeNow:
    policy_id: str
    trace: str


@dataclass(frozen=True, slots=True)
class Reported:
    """In how many guests' sign-ins the policies that only report said something."""

    guests: int
    stopped: int
    asked: int
    since: datetime | None = None
    """From when on, where there were more sign-ins than are gone through."""


class GuardWriter(Protocol):
    """Each write is refused (`GUARDED`) where it is about more than guests, or spares too few.

    Every write but the making reads the policy right before: `Refused` (`POLICY_CHANGED`) where it does not
    say what was drafted any more, `Missing` (`POLICY_GONE`). Without its permission: `RIGHTS_MISSING`.
    """

    async def make(self, drafted: AccessPolicy) -> MadeNow:
        """Make a policy that only reports; nothing keeps two of one name apart, so look before."""
        ...

    async def switch(self, policy_id: str, drafted: AccessPolicy, state: PolicyState) -> str:
        """Set nothing but the state; return Graph's `request-id`."""
        ...

    async def remove(self, policy_id: str, drafted: AccessPolicy, *, enforced: bool) -> str:
        """Delete a policy; `Refused` (`POLICY_ENFORCED`) if it is enforced and may not be."""
        ...

    async def reported(self, policy_ids: Sequence[str], since: datetime, scope: Scope) -> Reported:
        """Go through the sign-in log, of an app or a guest alone where one is meant.

        Raises `TooMany` where what can be gone through is of less than a day, `NotLicensed`, and `Refused`
        (rights missing).
        """
        ...
