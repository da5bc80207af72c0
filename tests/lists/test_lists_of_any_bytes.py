import csv
import io
from typing import Literal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from access.rules.list_rows import ReadList
from access.rules.list_text import read_bytes, read_text
from access.rules.visible import visible
from tests.lists.making import HOSTILE_TEXTS, is_told

PIECES = ["email", "name", "a@x.com", "sep=;", "mailto:", *"@',;\t\n\r<>[]()\0", '"']


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-16", "surrogatepass"))
)
def test_any_bytes_are_a_list_or_one_refusal(content: bytes) -> None:
    assert is_told(read_bytes(content))


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_a_list_or_one_refusal(text: str) -> None:
    assert is_told(read_text(text))
    assert is_told(read_bytes(text.encode("utf-8", "ignore")))


LETTERS = st.characters(codec="cp1252", exclude_categories=("Cc", "Cf", "Zs"))
NAMES = st.text(LETTERS | st.sampled_from(' ,;\n"'), max_size=20).map(lambda text: text.strip())


@given(
    st.lists(st.tuples(st.text("abcö.", min_size=1, max_size=8), NAMES), min_size=1, max_size=30),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    st.sampled_from(",;\t"),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
)
def test_what_is_written_as_csv_is_read_back_the_same(
    guests: list[tuple[str, str]], encoding: str, separator: str, quoting: Literal[0, 1]
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=quoting)
    writer.writerow(["E-Mail", "Name"])
    writer.writerows((f"{local}@fabrikam.com", name) for local, name in guests)
    content = text.getvalue().encode(encoding)
    assume(encoding != "cp1252" or not _is_utf8(content))
    found = read_bytes(content)
    assert isinstance(found, ReadList)
    assert [(row.address, row.name) for row in found.rows] == [
        (f"{local}@fabrikam.com", visible(name)) for local, name in guests
    ]


def _is_utf8(content: bytes) -> bool:
    try:
        return not content.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


@given(st.sampled_from(sorted(HOSTILE_TEXTS)), st.integers(0, 2_000), st.binary(max_size=4))
@settings(max_examples=60)
def test_lies_within_lies_are_told_too(name: str, place: int, new: bytes) -> None:
    content = HOSTILE_TEXTS[name].made()[:3_000]
    assert is_told(read_bytes(content[:place] + new + content[place:]))
