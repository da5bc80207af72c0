"""One JSON document of any length, written row by row."""

from collections.abc import AsyncIterator, Callable

from access.ports import AccessError
from bot.commands.answers import CHANGE_FIRST, Document, as_line, wrong


async def streamed(
    name: str,
    rows: AsyncIterator[Document],
    tail: Callable[[], tuple[int, Document]],
    write: Callable[[str], object],
    **head: object,
) -> int:
    """Write one document whose list `name` is never held as a whole; `tail` is asked after the last row.

    What fails half-way ends the document as any error does.
    """
    write(f"{as_line(head)[:-1]}{', ' if head else ''}{as_line(name)}: [")
    first = True
    try:
        async for row in rows:
            write(f"{'' if first else ','}\n {as_line(row)}")
            first = False
        ends, more = tail()
    except AccessError as error:
        ends, more = CHANGE_FIRST, wrong(str(error)).document
    write(f"\n], {as_line(more)[1:]}\n")
    return ends
