"""Lists as people hand them in, and lists that lie, made here so that none has to be kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from access.rules.list_rows import MOST_BYTES, MOST_ROWS, ReadList, Unreadable, WhyUnread
from access.rules.visible import visible

TEMPLATE = (
    "Email address to invite [inviteeEmail] Required",
    "Redirection url [inviteRedirectURL] Required",
    "Send invitation message (true or false) [sendEmail]",
    "Customized invitation message [customizedMessageBody]",
)


def portal(rows: Iterable[str], *, separator: str = ",") -> str:
    """Return the portal's file, filled in."""
    head = "version:v1.0" + separator * 3
    return "\r\n".join([head, separator.join(TEMPLATE), *rows]) + "\r\n"


def many(count: int, *, separator: str = ",") -> str:
    lines = (f"guest{one}@fabrikam.com{separator}Guest {one}" for one in range(count))
    return "\r\n".join([f"email{separator}name", *lines])


def is_told(found: ReadList | Unreadable) -> bool:
    """Tell that a list is whole: seen texts, numbers that differ."""
    if isinstance(found, Unreadable):
        return found.why in WhyUnread and (
            found.why is not WhyUnread.TOO_MANY_ROWS or found.count > MOST_ROWS
        )
    numbers = [row.number for row in found.rows]
    texts = [text for row in found.rows for text in (row.address, row.name, row.company)]
    return bool(numbers) and len({*numbers}) == len(numbers) and all(visible(text) == text for text in texts)


W = WhyUnread


@dataclass(frozen=True)
class Hostile:
    """A file that lies, what it is refused for, and at which row where that is known."""

    made: Callable[[], bytes]
    why: WhyUnread
    row: int = 0


HOSTILE_TEXTS = {
    "10,001 rows": Hostile(lambda: many(MOST_ROWS + 1).encode(), W.TOO_MANY_ROWS),
    "10,001 addresses": Hostile(lambda: b"ana@x.com; " * (MOST_ROWS + 1), W.TOO_MANY_ROWS),
    "rows to the limit": Hostile(lambda: b"email\n" + b"a@x\n" * (MOST_BYTES // 4 - 2), W.TOO_MANY_ROWS),
    "addresses to the limit": Hostile(lambda: b"a@x;\n" * (MOST_BYTES // 5), W.TOO_MANY_ROWS),
    "brackets to the limit": Hostile(lambda: b"<>;@\n" * (MOST_BYTES // 5), W.TOO_MANY_ROWS),
    "more than the limit": Hostile(lambda: b"email\n" + b"a" * MOST_BYTES, W.TOO_BIG),
    "a cell to the limit": Hostile(
        lambda: b"email,name\na@x.com," + b"x" * (MOST_BYTES - 30), W.CELL_TOO_LONG, 2
    ),
    "a long cell": Hostile(lambda: b"email,name\na@x.com," + b"x" * 40_000, W.CELL_TOO_LONG, 2),
    "a long cell of many lines": Hostile(
        lambda: b'email,name\na@x.com,"' + b"x\n" * (MOST_BYTES // 2 - 20), W.UNCLOSED_QUOTE, 2
    ),
    "a long text of rare letters": Hostile(
        lambda: "\N{GRINNING FACE}a@x ".encode() * 1_100_000, W.CELL_TOO_LONG, 1
    ),
    "separators to the limit": Hostile(lambda: b"email" + b"," * 3_000_000, W.TOO_WIDE, 1),
    "line ends to the limit": Hostile(
        lambda: b"email" + b"\n" * (MOST_BYTES - 5), W.TOO_MANY_ROWS, 1_048_577
    ),
    "quotes to the limit": Hostile(lambda: b"email\n" + b'"' * (MOST_BYTES - 6), W.CELL_TOO_LONG, 2),
    "signs of addresses to the limit": Hostile(lambda: b"@" * MOST_BYTES, W.CELL_TOO_LONG, 1),
    "a NUL": Hostile(lambda: b"email,name\na@x.com,Ana\nb@x.com,B\0b\n", W.NUL, 3),
    "a ragged row": Hostile(lambda: b"email,name\na@x.com,Ana\nb@x.com,Bob,Lee\n", W.RAGGED_ROW, 3),
    "a short row": Hostile(lambda: b"email,name\na@x.com,Ana\nb@x.com\n", W.RAGGED_ROW, 3),
    "a doubled header": Hostile(lambda: b"Email,Name,e-mail\na@x.com,Ana,b@x.com\n", W.DOUBLED_HEADER),
    "an unclosed quote": Hostile(lambda: b'email,name\na@x.com,"Ana\nb@x.com,Bob\n', W.UNCLOSED_QUOTE, 2),
    "a quote within a cell": Hostile(lambda: b'email,name\na@x.com,"Ana" Ruiz\n', W.UNCLOSED_QUOTE, 2),
    "no address column": Hostile(lambda: b"Name,Firma\nAna,Fabrikam\n", W.NO_ADDRESS_COLUMN),
    "nothing": Hostile(lambda: b"", W.EMPTY),
    "blanks": Hostile(lambda: b" \r\n\r\n\t\r\n", W.EMPTY),
    "a header alone": Hostile(lambda: b"email,name\r\n", W.EMPTY),
    "bytes of no encoding": Hostile(lambda: b"email,name\na@x.com,\x81\x8d\n", W.NOT_TEXT, 2),
    "UTF-8 with one bad byte": Hostile(
        lambda: "email,name\na@x.com,Jörgß".encode() + b"\xff\n", W.NOT_TEXT, 2
    ),
    "half of UTF-16": Hostile(lambda: "\ufeffemail\na@x.com".encode("utf-16-le") + b"\xd8", W.NOT_TEXT, 1),
    "a picture": Hostile(lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, W.OTHER_FORMAT),
    "a PDF": Hostile(lambda: b"%PDF-1.7\n1 0 obj\n", W.OTHER_FORMAT),
    "a page": Hostile(lambda: b"\xef\xbb\xbf\n<!DOCTYPE html><table><td>a@x.com", W.OTHER_FORMAT),
    "an old workbook": Hostile(lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), W.OTHER_FORMAT),
    "an encrypted workbook": Hostile(
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        W.ENCRYPTED,
    ),
}
