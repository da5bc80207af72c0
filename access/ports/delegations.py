"""What is kept of delegations: one for each approver, the last."""

from collections.abc import Sequence
from typing import Protocol

from access.rules.delegating import Delegating, Delegation, Entrusted, NotDelegated
from access.rules.model import ObjectId


class Standing(Protocol):
    """Tells who decides for whom."""

    async def standing(self) -> Sequence[Delegation]:
        """Return the delegations that hold at this moment."""
        ...


class Delegations(Standing, Protocol):
    """Keeps who decides for whom; when that is, the store's clock says."""

    async def delegations(self) -> Sequence[Delegation]:
        """Return those that have not ended, by the names of who decides for whom."""
        ...

    async def due_delegations(self) -> Sequence[Delegation]:
        """Return those that the cards of what waits have to follow by now."""
        ...

    async def delegate(self, by: ObjectId, change: Delegating) -> Entrusted | NotDelegated | None:
        """Write what `change` makes of a person's delegation, with its audit entries, or nothing."""
        ...
