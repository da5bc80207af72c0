"""Workbooks as Excel writes them, and workbooks that lie."""

import io
import random
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from access.rules.list_rows import MOST_ROWS
from tests.lists.making import Hostile, W

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True)
class Tab:
    """A sheet: rows of texts, or its markup."""

    name: str
    rows: Sequence[Sequence[str]] = ()
    markup: str = ""
    state: str = "visible"


def column(place: int) -> str:
    name = ""
    while place >= 0:
        place, letter = place // 26 - 1, place % 26
        name = chr(ord("A") + letter) + name
    return name


def sheet_of(cells: Iterable[str], dimension: str = "A1:D9") -> str:
    """Return a sheet of rows that are markup already."""
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="{dimension}"/>'
        f"<sheetData>{''.join(cells)}</sheetData></worksheet>"
    )


def strings_of(texts: Iterable[str]) -> str:
    inner = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    return f'{_HEAD}<sst xmlns="{_MAIN}">{inner}</sst>'


def workbook(*tabs: Tab, parts: Mapping[str, bytes | str] | None = None, early: bool = False) -> bytes:
    """Return a workbook as Excel writes one; `parts` come instead of its own, or beside them."""
    texts: dict[str, int] = {}
    made: dict[str, bytes | str] = {}
    for number, tab in enumerate(tabs, 1):
        made[f"xl/worksheets/sheet{number}.xml"] = tab.markup or sheet_of(_rows(tab.rows, texts))
    sheets = "".join(
        f'<sheet name={quoteattr(tab.name)} sheetId="{number}" state="{tab.state}" r:id="rId{number}"/>'
        for number, tab in enumerate(tabs, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in enumerate(tabs, 1)
    )
    links += f'<Relationship Id="rId98" Type="{_RELATED}/styles" Target="styles.xml"/>'
    links += f'<Relationship Id="rId99" Type="{_RELATED}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    root = f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/>'
    made |= {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}">{root}</Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">'
        f'<workbookPr date1904="{int(early)}"/><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}">{links}</Relationships>',
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="1">'
        '<numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy&quot; Uhr&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": strings_of(texts),
    }
    return zipped({**made, **(parts or {})})


def _rows(rows: Sequence[Sequence[str]], texts: dict[str, int]) -> Iterable[str]:
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{column(place)}{number}" t="s"><v>{texts.setdefault(text, len(texts))}</v></c>'
            for place, text in enumerate(row)
            if text
        )
        yield f'<row r="{number}">{cells}</row>'


def zipped(parts: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def instead(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def typed(rows: Sequence[Sequence[str]]) -> bytes:
    return workbook(Tab("Guests", rows))


GUESTS = (("Name", "Email"), ("Ana Ruiz", "ana@fabrikam.com"), ("Bob Lee", "bob@fabrikam.com"))
_SHEET = "xl/worksheets/sheet1.xml"
_OPEN = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
_NOISE = "".join(f"<!--{random.Random(one).randbytes(25_000).hex()}-->" for one in range(6))
"""What does not pack: behind it markup that packs well is not noticed by its ratio alone."""
_QUIET = f'{_HEAD}{_NOISE}<worksheet xmlns="{_MAIN}"><sheetData>'


def _sheet(markup: str) -> bytes:
    return workbook(Tab("Guests", markup=markup))


def _inline(text: str, at: str = "A1") -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def _lying_size() -> bytes:
    """Return a workbook of which a sheet says that it is small, and is not."""
    rows = "".join(f'<row r="{one}">{_inline("a@x.com", f"A{one}")}</row>' for one in range(1, 200_000))
    whole = _sheet(f"{_OPEN}{rows}</sheetData></worksheet>")
    size = struct.pack("<L", len(f"{_OPEN}{rows}</sheetData></worksheet>"))
    return instead(whole, size, struct.pack("<L", 5_000))


def _nested() -> bytes:
    """Return a workbook whose sheet is a workbook."""
    return workbook(Tab("Guests"), parts={_SHEET: typed(GUESTS)})


def _many_members() -> bytes:
    return zipped({f"{one}": b"" for one in range(60_000)})


def _few_claimed() -> bytes:
    """Return an archive whose end says that it has one member, and has many."""
    whole = _many_members()
    end = whole.rfind(b"PK\5\6")
    return whole[: end + 8] + struct.pack("<2H", 1, 1) + whole[end + 12 :]


def _entities(count: int) -> str:
    inner = "".join(f'<!ENTITY a{one} "{f"&a{one - 1};" * 10}">' for one in range(1, count))
    return (
        f'{_HEAD}<!DOCTYPE x [<!ENTITY a0 "ha">{inner}]><worksheet xmlns="{_MAIN}">&a{count - 1};</worksheet>'
    )


def _quadratic() -> str:
    return f'{_HEAD}<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><worksheet>{"&a;" * 50_000}</worksheet>'


def _shared(texts: str) -> bytes:
    return workbook(
        Tab("Guests", GUESTS),
        parts={"xl/sharedStrings.xml": f'{_HEAD}{_NOISE}<sst xmlns="{_MAIN}">{texts}</sst>'},
    )


def _one_text_everywhere() -> bytes:
    """Return a workbook in which one long text stands in each cell of each row."""
    rows = "".join(
        f'<row r="{one}"><c t="s"><v>{int(one > 1)}</v></c><c t="s"><v>1</v></c></row>'
        for one in range(1, MOST_ROWS + 1)
    )
    texts = strings_of(["email", "\N{GRINNING FACE}" * 999])
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'
    rows = header + rows.partition("</row>")[2]
    return workbook(
        Tab("Guests", markup=f"{_OPEN}{rows}</sheetData></worksheet>"), parts={"xl/sharedStrings.xml": texts}
    )


def _far_apart() -> str:
    return sheet_of(
        [
            f'<row r="1">{_inline("email")}</row>',
            f'<row r="1048576">{_inline("a@x.com", "XFD1048576")}</row>',
        ],
        "A1:XFD1048576",
    )


def _formula_only() -> str:
    first = f'<row r="1">{_inline("email")}</row>'
    return sheet_of([first, '<row r="2"><c r="A2"><f>CONCATENATE("a","@x.com")</f></c></row>'])


_BOMB = W.UNPACKS_TOO_BIG

HOSTILE_WORKBOOKS = {
    "a size that lies": Hostile(_lying_size, W.DAMAGED),
    "a big sheet": Hostile(lambda: _sheet(_OPEN + " " * 45_000_000), _BOMB),
    "a steep sheet": Hostile(lambda: _sheet(_OPEN + " " * 30_000_000), _BOMB),
    "a workbook as a sheet": Hostile(_nested, W.DAMAGED),
    "60,000 members": Hostile(_many_members, _BOMB),
    "60,000 members that are not counted": Hostile(_few_claimed, _BOMB),
    "two members of one name": Hostile(
        lambda: instead(workbook(Tab("G", GUESTS), Tab("H", GUESTS)), b"sheet2.xml", b"sheet1.xml"), W.DAMAGED
    ),
    "an encrypted member": Hostile(
        lambda: instead(typed(GUESTS), b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0"), W.ENCRYPTED
    ),
    "macros": Hostile(lambda: workbook(Tab("G", GUESTS), parts={"xl/vbaProject.bin": b"x"}), W.MACROS),
    "a text document": Hostile(lambda: zipped({"word/document.xml": "<x/>"}), W.OTHER_FORMAT),
    "a table of another office": Hostile(lambda: zipped({"content.xml": "<x/>"}), W.OTHER_FORMAT),
    "any archive": Hostile(lambda: zipped({"guests.csv": "email\na@x.com"}), W.OTHER_FORMAT),
    "half a workbook": Hostile(lambda: typed(GUESTS)[:900], W.DAMAGED),
    "entities in entities": Hostile(lambda: _sheet(_entities(9)), W.DAMAGED),
    "one entity often": Hostile(lambda: _sheet(_quadratic()), W.DAMAGED),
    "a file from elsewhere": Hostile(
        lambda: _sheet('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'),
        W.DAMAGED,
    ),
    "an attribute to the limit": Hostile(
        lambda: _sheet(f'{_HEAD}{_NOISE}<worksheet x="{">" * 30_000_000}'), _BOMB
    ),
    "long attributes": Hostile(
        lambda: _sheet(
            f"{_HEAD}{_NOISE}<w>" + "".join(f'<r{" " * 9}x="{"ab>" * 70_000}"/>' for _ in range(180)) + "</w>"
        ),
        W.EMPTY,
    ),
    "deep markup": Hostile(lambda: _sheet(_QUIET + "<a>" * 3_000_000), _BOMB),
    "many names": Hostile(lambda: _sheet(_QUIET + "".join(f"<a{one}/>" for one in range(300_000))), _BOMB),
    "many cells": Hostile(lambda: _sheet(_QUIET + '<row r="1">' + "<c/>" * 5_000_000), _BOMB),
    "a wide row": Hostile(lambda: _sheet(_OPEN + '<row r="1">' + "<c><v>1</v></c>" * 16_384), W.TOO_WIDE, 1),
    "cells far apart": Hostile(lambda: _sheet(_far_apart()), W.TOO_WIDE, 1_048_576),
    "a cell to the limit": Hostile(
        lambda: _sheet(_QUIET + "<row>" + _inline("ab" * 6_000_000)), W.CELL_TOO_LONG, 1
    ),
    "a cell of many pieces": Hostile(
        lambda: _sheet(_QUIET + '<row><c t="inlineStr"><is>' + "<r><t>a</t></r>" * 900_000),
        W.CELL_TOO_LONG,
        1,
    ),
    "many shared texts": Hostile(lambda: _shared("<si><t>ab</t></si>" * 1_100_000), _BOMB),
    "big shared texts": Hostile(
        lambda: _shared(("<si><t>" + "\N{GRINNING FACE}abcdefgh" * 2_600 + "</t></si>") * 1_250),
        W.NO_ADDRESS_COLUMN,
    ),
    "formulas in every cell": Hostile(
        lambda: _sheet(_QUIET + '<row r="1">' + "<c><f>1</f></c>" * 1_300_000), _BOMB
    ),
    "columns of any name": Hostile(
        lambda: _sheet(sheet_of(['<row><c r="' + "Z" * 200_000 + '1"><v>1</v></c></row>'])), W.TOO_WIDE, 1
    ),
    "a shared text to the limit": Hostile(lambda: _shared("<si><t>" + "ab" * 5_000_000), W.CELL_TOO_LONG),
    "one text everywhere": Hostile(_one_text_everywhere, W.TOO_BIG),
    "a text that is not there": Hostile(
        lambda: _sheet(sheet_of(['<row r="1"><c r="A1" t="s"><v>99</v></c></row>'])), W.DAMAGED
    ),
    "a number that is none": Hostile(
        lambda: _sheet(sheet_of(['<row r="1"><c><v>1e</v></c></row>'])), W.DAMAGED
    ),
    "a date beyond all": Hostile(
        lambda: _sheet(sheet_of(['<row r="1"><c s="1"><v>1e300</v></c></row>'])), W.DAMAGED
    ),
    "cells that go back": Hostile(
        lambda: _sheet(sheet_of([f"<row>{_inline('a@x.com', 'B1')}{_inline('b@x.com')}</row>"])), W.DAMAGED, 1
    ),
    "a cell of no column": Hostile(
        lambda: _sheet(sheet_of([f"<row>{_inline('a', '7')}</row>"])), W.DAMAGED, 1
    ),
    "rows that go back": Hostile(
        lambda: _sheet(sheet_of([f'<row r="{one}">{_inline("a@x.com")}</row>' for one in (2, 1)])),
        W.DAMAGED,
        2,
    ),
    "10,001 rows": Hostile(
        lambda: typed([("email",), *((f"g{one}@x.com",) for one in range(MOST_ROWS + 1))]), W.TOO_MANY_ROWS
    ),
    "a million rows": Hostile(
        lambda: _sheet(
            _QUIET + "".join(f"<row>{_inline('a@x.com', f'A{one}')}</row>" for one in range(1, 500_000))
        ),
        W.TOO_MANY_ROWS,
    ),
    "a formula that was never computed": Hostile(lambda: _sheet(_formula_only()), W.FORMULA, 2),
    "nothing": Hostile(lambda: typed(()), W.EMPTY),
    "only a hidden sheet": Hostile(lambda: workbook(Tab("G", GUESTS, state="hidden")), W.EMPTY),
    "no address column": Hostile(
        lambda: typed([("Name", "Firma"), ("Ana", "Fabrikam")]), W.NO_ADDRESS_COLUMN
    ),
    "a NUL": Hostile(lambda: typed([("email", "name"), ("a@x.com", "A_x0000_")]), W.NUL, 2),
}
