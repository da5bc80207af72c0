import pytest

from access.ports.spreadsheets import Sheet
from access.rules.list_rows import MOST_ROWS, Line, ListRow, ReadList, Unreadable
from access.service.read_list import read_file
from bot.sheets import Workbooks
from tests.lists.books import GUESTS, Tab, sheet_of, workbook
from tests.lists.making import TEMPLATE


def read(*tabs: Tab, early: bool = False) -> ReadList:
    found = read_file(workbook(*tabs, early=early), Workbooks())
    assert isinstance(found, ReadList)
    return found


def cells(*markup: str, early: bool = False) -> list[Line | Unreadable]:
    sheet = Workbooks().first_sheet(workbook(Tab("G", markup=sheet_of(markup)), early=early))
    assert isinstance(sheet, Sheet)
    return list(sheet.lines)


def shown(cell: str, *, early: bool = False) -> str:
    [line] = cells(f"<row>{cell}</row>", early=early)
    assert isinstance(line, Line)
    return line.cells[0]


def test_a_workbook_is_read_as_a_text_is() -> None:
    found = read(Tab("Guests", GUESTS))
    assert found.rows == (
        ListRow(2, "ana@fabrikam.com", "Ana Ruiz"),
        ListRow(3, "bob@fabrikam.com", "Bob Lee"),
    )
    assert (found.noticed.sheet, found.noticed.other_sheets, found.noticed.encoding) == ("Guests", 0, "")


def test_the_portals_file_may_have_been_saved_as_a_workbook() -> None:
    found = read(Tab("T", [("version:v1.0",), TEMPLATE, ("a@x.com", "https://x", "", "Hi")]))
    assert found.rows == (ListRow(3, "a@x.com"),)
    assert found.noticed.ignored == (TEMPLATE[1], TEMPLATE[3])


def test_the_first_sheet_that_is_shown_and_has_rows_is_read_and_named() -> None:
    tabs = [
        Tab("Secret", GUESTS, state="veryHidden"),
        Tab("Empty"),
        Tab("This & that", GUESTS[:2]),
        Tab("More", GUESTS),
    ]
    found = read(*tabs)
    assert len(found.rows) == 1
    assert (found.noticed.sheet, found.noticed.other_sheets) == ("This & that", 2)


def test_rows_have_the_numbers_of_the_sheet_and_need_not_be_even() -> None:
    found = read(
        Tab("G", [("Guests",), (), ("Name", "Email"), ("", "a@x.com"), (), ("Bob", "b@x.com", "VIP")])
    )
    assert found.rows == (ListRow(4, "a@x.com"), ListRow(6, "b@x.com", "Bob"))
    assert found.noticed.ignored == ("#3",)


def test_a_column_without_a_header_may_hold_the_addresses() -> None:
    assert read(Tab("G", [("a@x.com",), ("Ana <b@x.com>",)])).rows == (
        ListRow(1, "a@x.com"),
        ListRow(2, "b@x.com", "Ana"),
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>42</v></c>", "42"),
        ("<c><v>42.0</v></c>", "42"),
        ("<c><v>0.1</v></c>", "0.1"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="d"><v>2026-03-01</v></c>', "2026-03-01"),
        ('<c s="1"><v>46082</v></c>', "2026-03-01"),
        ('<c s="2"><v>46082.5</v></c>', "2026-03-01 12:00"),
        ('<c s="3"><v>46082</v></c>', "46082"),
        ('<c t="inlineStr"><is><r><t>Ana</t></r><r><t> Ruiz</t></r></is></c>', "Ana Ruiz"),
        ('<c t="inlineStr"><is><t>東</t><rPh><t>ヒガシ</t></rPh></is></c>', "東"),
        ('<c t="inlineStr"><is><t>a_x000D_b_x005F_x000D_</t></is></c>', "a\rb_x000D_"),
        ('<c t="str"><f>A9&amp;"x"</f><v>a@x.com</v></c>', "a@x.com"),
    ],
)
def test_a_cell_is_the_text_that_it_shows(cell: str, text: str) -> None:
    assert shown(cell) == text


def test_dates_may_be_counted_from_1904() -> None:
    assert shown('<c s="1"><v>44620</v></c>', early=True) == "2026-03-01"


def test_a_formula_counts_as_it_was_shown_last_and_is_never_computed() -> None:
    header, row = (
        '<c t="inlineStr"><is><t>email</t></is></c>',
        '<c t="str"><f>"b@x.com"</f><v>a@x.com</v></c>',
    )
    found = read(Tab("G", markup=sheet_of([f"<row>{header}</row><row>{row}</row>"])))
    assert found.rows == (ListRow(2, "a@x.com"),)


def test_a_formula_without_a_value_stands_where_nothing_is_needed() -> None:
    header = '<c t="inlineStr"><is><t>email</t></is></c><c t="inlineStr"><is><t>age</t></is></c>'
    row = '<c t="inlineStr"><is><t>a@x.com</t></is></c><c><f>TODAY()</f></c>'
    assert len(read(Tab("G", markup=sheet_of([f"<row>{header}</row><row>{row}</row>"]))).rows) == 1


def test_cells_stand_where_they_say() -> None:
    assert cells('<row r="7"><c r="C7"><v>1</v></c><c><v>2</v></c></row>') == [Line(7, ("", "", "1", "2"))]


def test_names_with_a_prefix_are_the_same_names() -> None:
    plain = sheet_of(["<row><c><v>1</v></c></row>"])
    marked = (
        plain.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
    )
    sheet = Workbooks().first_sheet(workbook(Tab("G", markup=marked)))
    assert isinstance(sheet, Sheet)
    assert list(sheet.lines) == [Line(1, ("1",))]


def test_a_text_is_one_whatever_its_first_letters_are() -> None:
    found = read_file(b"PK;email\n1;a@x.com\n", Workbooks())
    assert isinstance(found, ReadList)


def test_a_big_workbook_that_tells_the_truth_is_read() -> None:
    header = ("email", *(f"column {place}" for place in range(39)))
    rows = ((f"g{row}@x.com", *(f"{row} {place}" for place in range(39))) for row in range(MOST_ROWS))
    assert len(read(Tab("G", [header, *rows])).rows) == MOST_ROWS
