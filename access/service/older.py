"""What older versions have left to be noted, in lots."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from access.rules.model import Record, RequestId

_LOT = 100


async def in_lots(
    read: Callable[[int, int], Awaitable[Sequence[Record]]],
) -> AsyncIterator[Sequence[RequestId]]:
    """Yield all that is read, each once: one that cannot be noted does not stand before the others."""
    after = 0
    while lot := await read(_LOT, after):
        after = lot[-1].request.number
        yield [one.request.request_id for one in lot]
