"""Why a list of guests is not used: one sentence or two for each cause, with what to do."""

from collections.abc import Mapping

from access.rules.attached import WhyNotFetched
from access.rules.list_rows import (
    LONGEST_USED,
    MOST_COLUMNS,
    MOST_COUNTED,
    MOST_ROWS,
    Unreadable,
    WhyUnread,
)
from cards.look import Look
from cards.texts import marked
from cards.words import both, cleaned

_LONGEST = 60
_NOT_FETCHED: Mapping[WhyNotFetched, str] = {
    WhyNotFetched.NOT_ALLOWED: marked(
        "Teams says that the file lies where Guestlist reads none. "
        "The operator lists the addresses of your OneDrive in GUESTLIST_FILE_ORIGINS."
    ),
    WhyNotFetched.REDIRECTED: marked(
        "Teams gave a link that only people can open, as some phones do. Send the file from a computer."
    ),
    WhyNotFetched.TOO_BIG: marked("The file is larger than 10 MB. Split it, or send the sheet as CSV."),
    WhyNotFetched.GONE: marked("The link to the file opens nothing any more. Send the file again."),
    WhyNotFetched.NO_FILE: marked(
        "No file came with the message. Send it from your computer or OneDrive, in this chat."
    ),
    WhyNotFetched.TOO_SLOW: marked("The file did not come within half a minute. Send it again."),
    WhyNotFetched.AWAY: marked("OneDrive does not answer at the moment. Send the file again in a minute."),
}
_UNREAD: Mapping[WhyUnread, str] = {
    WhyUnread.TOO_MANY_ROWS: marked(
        "The list has {count} rows; one list takes {most}. Split it into {parts} lists."
    ),
    WhyUnread.TOO_BIG: marked("The list is larger than 10 MB. Split it, or leave out what is not needed."),
    WhyUnread.TOO_WIDE: marked("Row {row} has more than {columns} columns. Keep those for address and name."),
    WhyUnread.NO_ADDRESS_COLUMN: marked(
        "No column holds addresses{found}. Call one of them Email, or list the addresses alone."
    ),
    WhyUnread.DOUBLED_HEADER: marked("Two columns have the same header{found}. Rename or remove one."),
    WhyUnread.RAGGED_ROW: marked(
        "Row {row} has another number of cells than the header. "
        "Look for a separator within a name, and put that name in quotes."
    ),
    WhyUnread.NUL: marked("Row {row} holds zero bytes, which no text has. Save the list as CSV in UTF-8."),
    WhyUnread.CELL_TOO_LONG: marked(
        "A cell of row {row} is too long: an address or a name takes {longest} characters."
    ),
    WhyUnread.UNCLOSED_QUOTE: marked("A quotation mark that opens in row {row} is never closed. Close it."),
    WhyUnread.NOT_TEXT: marked(
        "From row {row} on the letters cannot be told. Save the list as CSV in UTF-8, or as XLSX."
    ),
    WhyUnread.OTHER_FORMAT: marked("This is no CSV and no XLSX{found}. Save the list as one of these."),
    WhyUnread.EMPTY: marked("There is no guest in the list. Write one a line, or send a CSV or XLSX."),
    WhyUnread.ENCRYPTED: marked("The workbook is protected by a password. Save it without one."),
    WhyUnread.MACROS: marked("The workbook holds macros. Save it as XLSX, which holds none."),
    WhyUnread.DAMAGED: marked("The workbook is damaged. Open it in Excel and save it as XLSX again."),
    WhyUnread.UNPACKS_TOO_BIG: marked("Unpacked, the workbook is too large. Save its sheet as CSV."),
    WhyUnread.FORMULA: marked(
        "Row {row} computes an address or a name and holds no result. Paste the column as values."
    ),
    WhyUnread.FIELD_FULL: marked(
        "The field is full, so the end of the list may be missing. Send the rows as a file in this chat."
    ),
}
_UNCOUNTED = marked(
    "The list has more than {counted} rows; one list takes {most}. Split it into lists of at most so many."
)


def sentence(wrong: Unreadable | WhyNotFetched, look: Look) -> str:
    """Return why nothing of the list is used, and what to do."""
    if isinstance(wrong, WhyNotFetched):
        return look.say(_NOT_FETCHED[wrong])
    found = both([cleaned(one)[:_LONGEST] for one in wrong.found], look) if wrong.found else ""
    uncounted = wrong.why is WhyUnread.TOO_MANY_ROWS and wrong.count > MOST_COUNTED
    return look.say(
        _UNCOUNTED if uncounted else _UNREAD[wrong.why],
        row=wrong.row,
        count=wrong.count,
        counted=MOST_COUNTED,
        parts=max(wrong.parts, 2),
        most=MOST_ROWS,
        columns=MOST_COLUMNS,
        longest=LONGEST_USED,
        found=look.say(" (found: {names})", names=found) if found else "",
    )


def in_our_chat(look: Look) -> str:
    """Return what `/bulk` is answered with before others: a list holds the addresses of guests."""
    return look.say(
        "Write to me in our chat: a list of guests is for you alone. Type {command} there, or send the file.",
        command="/bulk",
    )


def one_at_a_time(look: Look) -> str:
    return look.say("Nothing was read: send one file at a time, each list goes on its own.")
