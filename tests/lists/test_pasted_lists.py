import pytest

from access.rules.list_rows import MOST_ROWS, ReadList, Unreadable, WhyUnread
from access.rules.list_text import read_text

ANA, BOB = ("ana@x.com", "Ana Ruiz"), ("bob@x.com", "")


def read(text: str) -> list[tuple[str, str]]:
    found = read_text(text)
    assert isinstance(found, ReadList)
    return [(one.address, one.name) for one in found.rows]


@pytest.mark.parametrize(
    "text",
    [
        "Ana Ruiz <ana@x.com>; bob@x.com",
        "Ana Ruiz <ana@x.com>\nbob@x.com\n",
        "“Ana Ruiz” <ana@x.com>, bob@x.com",
        "'Ana Ruiz' <ANA@x.com>; <bob@x.com>;".replace("ANA", "ana"),
        "Ana\u00a0Ruiz\u00a0<ana@x.com>;\u00a0bob@x.com\u200b",
        "[Ana Ruiz](mailto:ana@x.com)\n[bob@x.com](mailto:bob@x.com)",
        'Ana Ruiz ana@x.com, <a href="mailto:bob@x.com" title="x">bob@x.com</a>',
        "Ana Ruiz <mailto:ana@x.com>; bob@x.com<mailto:bob@x.com>",
        "- Ana Ruiz, ana@x.com\n- bob@x.com.",
        "1. Ana Ruiz <ana@x.com>\n2. mailto:bob@x.com",
        "ana@x.com\tAna Ruiz\nbob@x.com\t\n",
        "Ana Ruiz\tana@x.com\n\tbob@x.com\n",
        "name\temail\nAna Ruiz\tana@x.com\n\tbob@x.com\n",
        "E-Mail;Name\nana@x.com;Ana Ruiz\nbob@x.com;\n",
        "(ana@x.com) Ana Ruiz\n\n\nbob@x.com",
    ],
)
def test_names_and_addresses_are_found_as_people_write_them(text: str) -> None:
    assert read(text) == [ANA, BOB]


def test_outlooks_names_have_commas() -> None:
    assert read("Ruiz, Ana <ana@x.com>; Lee, Bob <bob@x.com>") == [
        ("ana@x.com", "Ruiz, Ana"),
        ("bob@x.com", "Lee, Bob"),
    ]


def test_addresses_alone_stand_between_any_of_the_usual_signs() -> None:
    assert [one for one, _ in read("a@x.com, b@x.com c@x.com;d@x.com\ne@x.com")] == [
        f"{one}@x.com" for one in "abcde"
    ]


def test_what_is_no_address_is_a_row_of_its_own_and_not_lost() -> None:
    assert read("Please invite, as agreed:\nbob@x.com\nnobody") == [
        ("Please invite, as agreed", ""),
        BOB,
        ("nobody", ""),
    ]


def test_an_address_behind_another_is_neither_of_the_two() -> None:
    assert read("bob@x.com <eve@evil.example>; c@x.com") == [
        ("bob@x.com <eve@evil.example>", ""),
        ("c@x.com", ""),
    ]
    assert read("[bob@x.com](mailto:eve@evil.example)\nc@x.com")[0][0] == "bob@x.com <eve@evil.example>"


def test_each_has_a_number_of_its_own_a_line_where_lines_tell_them_apart() -> None:
    def numbers(text: str) -> list[int]:
        found = read_text(text)
        assert isinstance(found, ReadList)
        return [one.number for one in found.rows]

    assert numbers("a@x.com\n\nb@x.com") == [1, 3]
    assert numbers("a@x.com; b@x.com\n\nc@x.com") == [1, 2, 3]


def test_ten_thousand_addresses_are_a_list_and_one_more_is_refused() -> None:
    assert len(read("; ".join(f"g{one}@x.com" for one in range(MOST_ROWS)))) == MOST_ROWS
    more = read_text("; ".join(f"g{one}@x.com" for one in range(MOST_ROWS + 1)))
    assert more == Unreadable(WhyUnread.TOO_MANY_ROWS, count=MOST_ROWS + 1)
    assert more.parts == 2


@pytest.mark.parametrize(("text", "why"), [("", WhyUnread.EMPTY), ("hello", WhyUnread.NO_ADDRESS_COLUMN)])
def test_a_text_without_addresses_is_no_list(text: str, why: WhyUnread) -> None:
    found = read_text(text)
    assert isinstance(found, Unreadable)
    assert found.why is why
