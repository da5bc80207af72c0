"""Brings the files of the catalogue up to date with the code: `make texts`.

A text that is new is left empty for the translator, and one that the code no longer says is dropped.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from cards.texts import FOLDER

ROOT = FOLDER.parent.parent
SPEAKING = ("cards", "dialogs", "bot")
"""The packages whose texts people read."""
_SILENT = "bot/measuring/"
"""Counts in names of its own, which nobody reads."""
_SAID_BY = {"say": (1,), "say_as": ((1, "c"), 2), "count": (1, 2), "marked": (1,)}
_WIDTH = 100
# Without dates and names of tools, which would change without a text.
_HEAD = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def speaking() -> list[Path]:
    """Return the files whose texts people read."""
    files = sorted(path for package in SPEAKING for path in (ROOT / package).rglob("*.py"))
    return [one for one in files if not one.relative_to(ROOT).as_posix().startswith(_SILENT)]


def texts_of_code() -> Catalog:
    """Return every text that the code says, with the file that says it."""
    found = Catalog()
    for file in speaking():
        where = file.relative_to(ROOT).as_posix()
        for line, text, _, context in extract_from_file("python", file, keywords=_SAID_BY):
            found.add(text, locations=[(where, line)], context=context)
    return found


def bring_up_to_date(file: Path, code: Catalog) -> None:
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem)
    catalogue.update(code, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with file.open("wb") as target:
        target.write(_HEAD.format(language=file.stem, plurals=catalogue.plural_forms).encode())
        # Without line numbers, which would change with every line of code.
        write_po(target, catalogue, width=_WIDTH, omit_header=True, sort_by_file=True, include_lineno=False)


if __name__ == "__main__":
    for one in sorted(FOLDER.glob("*.po")):
        bring_up_to_date(one, texts_of_code())
