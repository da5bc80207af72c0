from hypothesis import given, settings
from hypothesis import strategies as st

from access.service.read_list import read_file
from bot.sheets import Workbooks
from tests.lists.books import GUESTS, Tab, workbook
from tests.lists.making import is_told

WORKBOOK = workbook(Tab("Guests", GUESTS), Tab("More", GUESTS))


@settings(max_examples=300)
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=8), st.integers(0, 8))
def test_a_workbook_of_which_bytes_are_changed_is_a_list_or_one_refusal(
    place: int, new: bytes, gone: int
) -> None:
    assert is_told(read_file(WORKBOOK[:place] + new + WORKBOOK[place + gone :], Workbooks()))


@settings(max_examples=200)
@given(
    st.text("<>&;/ =\"'arcvtfs019-.!x[]", max_size=60),
    st.sampled_from(["sheet", "strings", "book", "styles", "rels"]),
)
def test_a_workbook_of_which_a_part_is_anything_is_a_list_or_one_refusal(markup: str, part: str) -> None:
    path = {
        "sheet": "xl/worksheets/sheet1.xml",
        "strings": "xl/sharedStrings.xml",
        "book": "xl/workbook.xml",
        "styles": "xl/styles.xml",
        "rels": "xl/_rels/workbook.xml.rels",
    }[part]
    whole = f"<sheetData><row><c r='A1' t='s' s='1'>{markup}</c></row></sheetData>"
    assert is_told(read_file(workbook(Tab("G", GUESTS), parts={path: whole}), Workbooks()))
