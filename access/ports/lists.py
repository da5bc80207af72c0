"""Lists of guests, kept beside the requests that they become."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from access.rules.list_files import RowOutcome
from access.rules.list_run import Counts
from access.rules.lists import GuestList
from access.rules.model import ObjectId, Record, Request, RequestId, Subject


class Lists(Protocol):
    """Keeps a list whole; a guest who is forgotten is forgotten in the lists, too."""

    async def keep_list(self, made: GuestList) -> None:
        """Keep a list, in the place of what has its id; those whose time is over go."""
        ...

    async def keep_list_until(self, list_id: str, until: datetime) -> None:
        """Keep a list for longer, as it is by now: whoever was forgotten since does not come back."""
        ...

    async def drop_lists(self) -> None:
        """Let go of lists whose time is over."""
        ...

    async def guest_list(self, list_id: str) -> GuestList | None:
        """Return a list, None where there is none or its time is over."""
        ...

    async def list_called(self, code: str) -> GuestList | None:
        """Return the one list whose id begins so, None where there are several, too."""
        ...

    async def asked_for(
        self,
        app_id: ObjectId,
        give_key: str,
        addresses: Collection[str],
        aside: Callable[[Record, datetime], bool],
    ) -> Mapping[str, int]:
        """Return the numbers of the open requests for this access, by which of these they are about.

        Failed rows of lists that stand `aside` are none.
        """
        ...

    async def row_counts(self, list_id: str) -> Counts:
        """Count the rows of a list that became requests; none of them is read."""
        ...

    async def mails_of_rows(self) -> int:
        """Count the mails that wait, of all lists: they share one mailbox."""
        ...

    async def outcomes_of(self, list_id: str) -> Sequence[RowOutcome]:
        """Return what became of the rows of a list that became requests, in their order."""
        ...

    async def rows_made(self, list_id: str, after: int) -> Collection[int]:
        """Return which rows behind one are requests already."""
        ...

    async def rows_failed(
        self, list_id: str, until: datetime, after: int, limit: int
    ) -> Sequence[tuple[int, RequestId]]:
        """Return rows behind one that had failed by then, and have not been taken up since."""
        ...

    async def given_to(self, subject: Subject, app_id: ObjectId, give_key: str) -> Sequence[Request]:
        """Return the requests by which a guest has this access, or gets it back, as far as is known."""
        ...

    async def first_active(self, list_id: str, *, waits: bool = False) -> int | None:
        """Return the first row of a list whose access is active; if it `waits`, for the guest to accept."""
        ...
