import asyncio
import threading
from collections.abc import Iterator

import pytest

from access.ports.spreadsheets import Sheet
from access.rules.list_rows import Line, ListRow, ReadList, Unreadable, WhyUnread
from access.service.read_list import ListReader

WORKBOOK = b"PK\3\4 which the spreadsheets of these tests take for a workbook"


class Watched:
    """Notes in which threads its lines are asked for, and how many lists are read at once."""

    def __init__(self, *lines: Line | Unreadable) -> None:
        self.lines, self.threads = lines, set[int]()
        self.now = self.most = 0

    def first_sheet(self, content: bytes) -> Sheet | Unreadable:
        return Sheet("Guests", 2, self.read()) if content == WORKBOOK else Unreadable(WhyUnread.DAMAGED)

    def read(self) -> Iterator[Line | Unreadable]:
        self.now += 1
        self.most = max(self.most, self.now)
        for line in self.lines:
            self.threads.add(threading.get_ident())
            yield line
        self.now -= 1


async def test_lists_are_read_beside_the_loop_and_one_at_a_time() -> None:
    watched = Watched(Line(1, ("email",)), *(Line(one, (f"g{one}@x.com",)) for one in range(2, 200)))
    reader = ListReader(watched)
    found = await asyncio.gather(*(reader.read_file(WORKBOOK) for _ in range(20)))
    assert {len(one.rows) for one in found if isinstance(one, ReadList)} == {198}
    assert threading.get_ident() not in watched.threads
    assert watched.most == 1


async def test_a_file_is_what_its_first_bytes_say() -> None:
    reader = ListReader(Watched(Line(3, ("", "Email")), Line(4, ("Ana", "a@x.com", "VIP"))))
    found = await reader.read_file(WORKBOOK)
    assert isinstance(found, ReadList)
    assert found.rows == (ListRow(4, "a@x.com"),)
    assert (found.noticed.sheet, found.noticed.other_sheets) == ("Guests", 2)
    assert found.noticed.ignored == ("#1", "#3")
    text = await reader.read_file(b"PK;email\n1;a@x.com\n")
    assert isinstance(text, ReadList)
    assert text.noticed.sheet == ""
    assert isinstance(await reader.read_text("a@x.com"), ReadList)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([Unreadable(WhyUnread.DAMAGED)], WhyUnread.DAMAGED),
        ([Line(1, ("email",)), Unreadable(WhyUnread.DAMAGED)], WhyUnread.DAMAGED),
        ([Line(1, ("email",)), Line(2, ("",), frozenset({0}))], WhyUnread.FORMULA),
        ([Line(1, ("a guest",)), Line(2, ("a@x.com",))], WhyUnread.NO_ADDRESS_COLUMN),
    ],
)
async def test_a_sheet_ends_in_one_refusal(lines: list[Line | Unreadable], why: WhyUnread) -> None:
    found = await ListReader(Watched(*lines)).read_file(WORKBOOK)
    assert isinstance(found, Unreadable)
    assert found.why is why
