"""Erasing what was said of a guest; the audit chain stays as it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from access.rules.model import Subject


class Erasing(Protocol):
    """Erases names, addresses and texts, with an entry; who asked, who decided and ids stay."""

    async def forget(self, subject: Subject, silent_days: int | None = None) -> int:
        """Erase a guest's names, addresses, justifications, messages; return from how many requests anew.

        The guest is whoever has had this address, with all that is of the same account. Raises `Refused`
        where one still needs them; with `silent_days` also where an access is there, a list asks for them,
        or something has happened since.
        """
        ...

    async def silent_since(self, before: datetime, after: Subject, limit: int) -> Sequence[Subject]:
        """Return who is named still, with nothing open and nothing in the audit since, in their order."""
        ...
