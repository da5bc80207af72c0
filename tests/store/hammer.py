"""Changes many requests at once and says each change that is on the disk, until it is killed."""

import asyncio
import sys
from pathlib import Path

from access.rules.model import Record, RequestId
from bot.store import SqliteStore
from tests.store.making import TurnedClock, added, touch


async def hammer(file: Path) -> None:
    store = await SqliteStore.open(file, TurnedClock(), lambda _: None)

    async def keep_touching(request_id: RequestId) -> None:
        while True:
            record = await store.change(request_id, touch)
            assert isinstance(record, Record)
            sys.stdout.write(f"{request_id} {record.request.version}\n")
            sys.stdout.flush()

    records = [await added(store, f"g{place}@fabrikam.com") for place in range(20)]
    await asyncio.gather(*(keep_touching(record.request.request_id) for record in records))


if __name__ == "__main__":
    asyncio.run(hammer(Path(sys.argv[1])))
