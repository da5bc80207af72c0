"""The catalogue: what people read, in their language. English is its source, others are in `languages/*.po`.

A text is a whole sentence with its values by name, as `str.format` takes them; a translation may put them
in another order. `make texts` brings the files up to date with the code.
"""

import gettext
import io
from collections.abc import Mapping
from pathlib import Path

from babel import Locale
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

DEFAULT = "en"
FOLDER = Path(__file__).parent / "languages"
_SEPARATED = 1000
"""Numbers from here on have a separator, as the language has it."""


class Texts:
    """One language of the catalogue; what it lacks is said in English."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self.locale = Locale(language)
        self._translations = translations

    @property
    def with_country(self) -> str:
        """The language with the country where most speak it, such as `de-DE`, as Graph takes it."""
        likely = Locale.parse(get_global("likely_subtags")[self.language])
        return f"{likely.language}-{likely.territory}"

    def say(self, text: str, /, **values: object) -> str:
        return self._translations.gettext(text).format_map(values)

    def say_as(self, context: str, text: str, /, **values: object) -> str:
        """Say a text that means different things in different places; `context` tells translators which."""
        return self._translations.pgettext(context, text).format_map(values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Say how many: `one` or `many`, in which `{number}` stands for the number."""
        said = self._translations.ngettext(one, many, number)
        return said.format_map({"number": self.number(number), **values})

    def number(self, number: int) -> str:
        return str(number) if number < _SEPARATED else format_decimal(number, locale=self.locale)


def marked(text: str) -> str:
    """Return a text as it is, so that it is found for the catalogue; it is said where it is used."""
    return text


def _read(file: Path) -> Texts:
    """Read a language from its source: a compiled copy could be out of date."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Texts(file.stem, gettext.GNUTranslations(compiled))


ENGLISH = Texts(DEFAULT, gettext.NullTranslations())
LANGUAGES: Mapping[str, Texts] = {
    DEFAULT: ENGLISH,
    **{file.stem: _read(file) for file in sorted(FOLDER.glob("*.po"))},
}


def texts_for(locale: str, otherwise: Texts = ENGLISH) -> Texts:
    """Return the texts for a locale such as `de-AT`, or `otherwise` where there are none in its language."""
    return LANGUAGES.get(locale.replace("_", "-").partition("-")[0].lower(), otherwise)
