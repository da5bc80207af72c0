import codecs

import pytest

from access.rules.list_rows import MOST_ROWS, ListRow, ReadList, Unreadable, WhyUnread
from access.rules.list_text import read_bytes
from tests.lists.making import TEMPLATE, many, portal

ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp1252": b"",
}


def read(text: str, encoding: str = "utf-8") -> ReadList:
    found = read_bytes(text.encode(encoding))
    assert isinstance(found, ReadList)
    return found


def refused(text: str) -> Unreadable:
    found = read_bytes(text.encode())
    assert isinstance(found, Unreadable)
    return found


def rows(text: str) -> list[tuple[int, str, str, str]]:
    return [(one.number, one.address, one.name, one.company) for one in read(text).rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_portals_file_is_read_as_it_is(separator: str) -> None:
    line = separator.join(["ana@fabrikam.com", "https://myapps.microsoft.com", "true", ""])
    found = read(portal([line], separator=separator))
    assert found.rows == (ListRow(3, "ana@fabrikam.com"),)
    assert found.noticed.ignored == (TEMPLATE[1], TEMPLATE[2])


def test_the_portals_file_is_read_in_every_language_of_the_portal() -> None:
    text = "version:v1.0\n招待する [inviteeEmail] 必須,リンク [inviteRedirectURL] 必須\na@x.com,\n"
    assert rows(text) == [(3, "a@x.com", "", "")]


def test_a_redirection_or_a_message_of_the_file_is_told_and_not_used() -> None:
    found = read(portal(['ana@fabrikam.com,https://evil.example,false,"Hi, Ana"']))
    assert found.noticed.ignored == TEMPLATE[1:]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("email,name", "ana@x.com,Ana Ruiz"),
        ("Name;E-Mail", "Ana Ruiz;ana@x.com"),
        ("E-Mail-Adresse\tAnzeigename", "ana@x.com\tAna Ruiz"),
        ("Mail;Vorname;Nachname", "ana@x.com;Ana;Ruiz"),
        ("Vorname;Name;E-Mail", "Ana;Ruiz;ana@x.com"),
        ("Last name,First name,E-mail address", "Ruiz,Ana,ana@x.com"),
        ("InvitedUserDisplayName,InvitedUserEmailAddress", "Ana Ruiz,ana@x.com"),
        ('"EMAIL *","Display Name"', '"ana@x.com","Ana Ruiz"'),
        ("ADDRESS,fullname", "ana@x.com,Ana Ruiz"),
        ("name,email", ",Ana Ruiz <ana@x.com>"),
        ("name,email", " Ana\u200b\u00a0 Ruiz ,\u2068ana@x.com\u2069"),
    ],
)
def test_columns_are_known_by_their_headers_in_any_order(header: str, line: str) -> None:
    assert rows(f"{header}\r\n{line}\r\n") == [(2, "ana@x.com", "Ana Ruiz", "")]


def test_a_company_is_read_and_other_columns_are_told() -> None:
    found = read("Notes;Firma;Mail;;Empty\nVIP;Fabrikam;a@x.com;more;\n")
    assert found.rows == (ListRow(2, "a@x.com", "", "Fabrikam"),)
    assert found.noticed.ignored == ("Notes", "#4")


def test_of_two_columns_of_addresses_the_plainer_is_taken_and_the_other_told() -> None:
    found = read("Adresse,E-Mail\nMain Street 1,a@x.com\n")
    assert [one.address for one in found.rows] == ["a@x.com"]
    assert found.noticed.ignored == ("Adresse",)


def test_without_a_header_the_column_of_addresses_counts_and_of_two_the_other_is_the_name() -> None:
    assert rows("a@x.com,Ana\nb@x.com,Bob\n") == [(1, "a@x.com", "Ana", ""), (2, "b@x.com", "Bob", "")]
    assert rows("Ana;a@x.com\nBob;b@x.com") == [(1, "a@x.com", "Ana", ""), (2, "b@x.com", "Bob", "")]
    found = read("a@x.com,Ana,VIP\nb@x.com,Bob,\n")
    assert [one.name for one in found.rows] == ["", ""]
    assert found.noticed.ignored == ("#2", "#3")


def test_one_column_of_addresses_needs_no_header() -> None:
    assert rows("a@x.com\r\n\r\nnobody\r\n") == [(1, "a@x.com", "", ""), (3, "nobody", "", "")]


def test_a_title_above_the_header_is_passed_over() -> None:
    found = read("Guests of 2026,\n,\nemail,name\na@x.com,Ana\n")
    assert found.rows == (ListRow(4, "a@x.com", "Ana"),)
    assert found.noticed.passed_over == 1
    assert read(portal(["a@x.com,,,"])).noticed.passed_over == 0


def test_rows_are_counted_as_the_file_counts_its_lines() -> None:
    found = read('sep=;\r\nemail;name\r\na@x.com;"Ana\r\nRuiz"\r\n;\r\n\r\nb@x.com;Bob\r\n')
    assert [(one.number, one.name) for one in found.rows] == [(3, "Ana Ruiz"), (7, "Bob")]
    assert found.noticed.passed_over == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(end: str) -> None:
    assert rows(f"email,name{end}a@x.com,Ana{end}") == [(2, "a@x.com", "Ana", "")]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_text_is_decoded_by_its_marks_or_its_bytes(encoding: str) -> None:
    text = "email;name\r\na@x.com;Jörg Groß\r\n"
    for mark in {b"", ENCODINGS[encoding]}:
        found = read_bytes(mark + text.encode(encoding))
        assert isinstance(found, ReadList)
        assert found.rows == (ListRow(2, "a@x.com", "Jörg Groß"),)
        assert encoding.startswith(found.noticed.encoding)


def test_a_formula_is_a_text_and_stays_one() -> None:
    assert rows('email,name\na@x.com,"=HYPERLINK(""http://x"")"\n=1+1,\n') == [
        (2, "a@x.com", '=HYPERLINK("http://x")', ""),
        (3, "=1+1", "", ""),
    ]


def test_a_row_without_an_address_is_a_row() -> None:
    assert rows("email,name\n,Ana\n") == [(2, "", "Ana", "")]


def test_ten_thousand_rows_are_a_list_and_more_are_told_with_the_parts_they_make() -> None:
    assert len(read(many(MOST_ROWS)).rows) == MOST_ROWS
    more = refused(many(25_001))
    assert (more.why, more.count, more.parts) == (WhyUnread.TOO_MANY_ROWS, 25_001, 3)


def test_a_table_without_addresses_names_its_headers() -> None:
    assert refused("Name;Firma\nAna;Fabrikam\n").found == ("Name", "Firma")
    assert refused("Kontakt;Firma\na@x.com;Fabrikam\n").found == ("Kontakt", "Firma")


def test_a_doubled_header_is_named_as_it_is_written() -> None:
    assert refused("E-Mail,Email,Name\n").found == ("E-Mail", "Email")
    assert refused("Email,Notes,notes\na@x.com,,\n").found == ("Notes", "notes")


def test_other_files_are_named() -> None:
    assert refused("%PDF-1.7\n").found == ("pdf",)
    assert refused("<html><body>a@x.com").found == ("html",)
