"""The steps that were done for requests, as the audit has them, however much else it has of them."""

from collections.abc import AsyncIterator, Sequence

from access.ports import Store
from access.rules.audit import AuditEntry
from access.rules.model import RequestId

_PAGE = 200


async def steps_done(store: Store, ids: Sequence[RequestId]) -> AsyncIterator[AuditEntry]:
    """Yield them, newest first; one that is done meanwhile moves others to the next page, and loses none."""
    skip, count = 0, 1
    while skip < count:
        entries, count = await store.audit_about(
            ids, None, looks=False, skip=skip, most=_PAGE, what="step.done"
        )
        for one in entries:
            yield one
        skip += len(entries) or count
