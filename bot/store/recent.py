"""The records that were written last, as they stand on the disk."""

from collections.abc import Iterable

from access.rules.model import Record, RequestId

MOST = 2048
"""Ten megabytes or so."""


class Recent:
    """Saves reading what this process wrote a moment ago; only for the one writer of a database.

    One thread keeps and clears, any may look.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._records: dict[RequestId, Record] = {}

    def known(self, ids: Iterable[RequestId]) -> dict[RequestId, Record]:
        return {one: record for one in ids if (record := self._records.get(one)) is not None}

    def keep(self, record: Record) -> None:
        request_id = record.request.request_id
        self._records.pop(request_id, None)
        self._records[request_id] = record
        if len(self._records) > self._most:
            del self._records[next(iter(self._records))]

    def clear(self) -> None:
        self._records.clear()
