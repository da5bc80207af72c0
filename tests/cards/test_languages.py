"""What holds for every language of the catalogue, and that nothing people read escapes it."""

import ast
import gettext
import inspect
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, partial
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from access.ports import Letter, Origin
from access.rules.model import ObjectId, RequestId, Subject
from bot.graph.letter import html_of, subject_of
from cards import plain
from cards.languages.__main__ import ROOT, bring_up_to_date, speaking, texts_of_code
from cards.look import Look
from cards.texts import DEFAULT, ENGLISH, FOLDER, LANGUAGES, Texts, texts_for
from tests.cards import gallery
from tests.cards.test_structure import nodes

FILES = sorted(FOLDER.glob("*.po"))
SAYING = {"say", "say_as", "count", "marked"}
ANSWERING = {"Say", "Close", "Dialog", "Strip", "TextBlock", "TextRun", "Execute", "Submit", "OpenDialog"}
_OPEN, _CLOSE = "⟦⟧"
DATA = re.compile(
    r"(state|(in|ex)clude[A-Za-z]+|builtInControls|termsOfUse): [^\r⟦⟧]*"
    r"|\bGuestlist · [^\r⟦⟧]*gl-[0-9a-f]+|Isaiah Langer|Partner terms|Clinic network"
    r"|/protect (\"Health Records\"|all-apps|group 1b|R-1042)[^⟦⟧.]*"
    r"|partners 2026\.csv|guest\.\d@[\w.-]+|(adatum|woodgrove)\.com|(partner-\d+|contoso-partners)\.example"
    r"|/approve R-1042 except [\w.-]+|Bo Larsen|Chidi Okafor|Dee Novak|Ève Martin"
    r"|Windows|iOS|Partners|Ben Okafor|Kai Müller|Ana \\?\*Ruiz\\?\*|security_admins"
    r"|/invite [^⟦⟧]* because [^⟦⟧.]*|/deny R-1042 not \*?this\*? quarter"
    r"|Sign in to Desk|Clinician|until 2027-03-31"
    r"|to \"Sign in to Desk\"|as ROLE|for 90d|because JUSTIFICATION"
    r"|Ana Ruiz|Megan Bowen|Alex Wilber|Nia Chen|Lidia Holloway"
    r"|Reader|Case Review|Owner|Health Records( guests)?|Guestlist|8d1f0c6a|90d|Healt Record"
    r"|(guest-|nurse-|contoso-health|partners)[\w.@-]*|March\b|nobody@|Department|Phone"
    r"|ana(\+audit|\.ruiz)?@fabrikam\.com|fabrikam\.com|CES?T|R-\d+|1\\?\. Megan # Bowen"
    r"|/setup (APP (adopt GROUP|create as ROLE)|\"[^\"]*\"( adopt \"[^\"]*\"| create( as Reader)?)?)"
    r"|\(https://entra\.microsoft\.com/[^)]*\)|\[\[app\]\]|(id|give) = \"(app|group):.*"
    r"|Patient Portal( guests)?|Portal guests|/check ADDRESS to APP"
    r"|/delegate (ADDRESS for 14d|stop)|/remove ADDRESS from (APP|the directory because JUSTIFICATION)"
    r"|/remove ana@fabrikam\.com from the directory now because …|Lab Results|/adopt ADDRESS in APP"
    r"|/extend (ADDRESS in APP|R-1042) by 90d( because JUSTIFICATION)?|2 years"
    r"|/[a-z]+( ADDRESS to APP for 90d because JUSTIFICATION| ADDRESS| APP| R-1042( [JQA][A-Z]+| for 30d)?"
    r"| R-…)?"
    r"|/amend R-1042 as \"Case Review\""
    r"|/[a-z]+ ana@fabrikam.com to Health Records for 90d because JUSTIFICATION"
    r"|\\?\[Ana\\?\]\(https://evil\.example\)( \\?\*Ruiz\\?\*)?|\(?https://evil\.example\)?"
    r"|\\?<at\\?>Everybody\\?</at\\?> \\?_Records\\?_"
    r"|\\?# Which \\?\*project\\?\* pays\?|\\?\[Apollo\\?\]\(https://evil\.example\)"
    r"|Which project pays for it\?|Which records does the guest read\?"
    r"|What else should the approvers know\?|Apollo, cost centre 4711|Cardiology|Radiology"
    r"|with (project|area): \"(ANSWER)?"
    r"|^(yes|all|pending|accepted|ending|endless|disabled|removing|inactive|sponsorless|need|end|name|state)$"
    r"|\" pending"
    r"|fabrikam\.com by name|by end|nobody\.example"
)


# What takes a while is read when a test runs: at the import, every worker would read it.
code = cache(texts_of_code)


@cache
def texts() -> list[Message]:
    return [message for message in code() if message.id]


def catalogue(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=file.stem)


def strings(part: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (part,) if isinstance(part, str) else tuple(part or ())


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def each_text() -> Iterator[tuple[Path, Message]]:
    for file in FILES:
        yield from ((file, message) for message in catalogue(file) if message.id)


def calls(kinds: set[str]) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of functions and methods of these names, and where they are."""
    for path in speaking():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
                if name in kinds and (name != "count" or len(node.args) > 1):  # strings can count, too
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_text_is_where_it_is_found_for_the_catalogue() -> None:
    """Babel finds none within an f-string, and none that is not written out where it is said or marked."""
    known = {text for message in texts() for text in (*strings(message.id), message.context)}
    for where, call in calls(SAYING):
        said = [part.value for part in call.args if isinstance(part, ast.Constant)]
        assert all(part in known for part in said if isinstance(part, str)), where
        assert not any(isinstance(part, ast.JoinedStr) for part in call.args), where


def test_nobody_is_answered_with_words_that_are_not_from_the_catalogue() -> None:
    for where, call in calls(ANSWERING):
        literals = [
            part.value
            for argument in call.args[:1]
            for part in ast.walk(argument)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        inside_say = [
            part.value
            for argument in call.args[:1]
            for node in ast.walk(argument)
            if isinstance(node, ast.Call)
            for part in ast.walk(node)
            if isinstance(part, ast.Constant)
        ]
        wrong = [text for text in literals if re.search("[a-zA-Z]", text) and text not in inside_say]
        assert not wrong, (where, wrong)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_language_has_every_text_of_the_code_and_no_other(file: Path) -> None:
    said = {(message.context, message.id) for message in texts()}
    translated = catalogue(file)
    assert {(message.context, message.id) for message in translated if message.id} == said
    assert not translated.obsolete


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_files_are_as_the_tool_writes_them(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes())
    bring_up_to_date(copy, code())
    assert copy.read_text(encoding="utf-8") == file.read_text(encoding="utf-8"), "run `make texts`"


def test_a_new_language_begins_with_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "fr.po"
    file.touch()
    bring_up_to_date(file, code())
    assert len(catalogue(file)) == len(texts())


def test_every_text_is_translated() -> None:
    for file, message in each_text():
        assert not message.fuzzy, (file.name, message.id)
        assert all(text.strip() for text in strings(message.string)), (file.name, message.id)


def test_a_translation_uses_the_values_of_its_source() -> None:
    for file, message in each_text():
        *_, source = strings(message.id)
        for text in strings(message.string):
            missing = values(source) ^ values(text)
            assert missing <= ({"number"} if message.pluralizable else set()), (file.name, message.id)


def test_commands_are_typed_in_english_in_every_language() -> None:
    typed = re.compile(r"(?<!\S)/[a-z]+|\d+d\b|@Guestlist|\d months|until \d{4}-\d\d-\d\d")
    for file, message in each_text():
        *_, source = strings(message.id)
        for text in strings(message.string):
            assert typed.findall(text) == typed.findall(source), (file.name, text)


class Marking(gettext.NullTranslations):
    """A language in which every text of the catalogue stands in marks, and only those."""

    @cached_property
    def known(self) -> set[tuple[str | None, str]]:
        return {(message.context, text) for message in texts() for text in strings(message.id)}

    def gettext(self, message: str) -> str:
        return self.pgettext(None, message)

    def pgettext(self, context: str | None, message: str) -> str:
        return f"{_OPEN}{message}{_CLOSE}" if (context, message) in self.known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


MARKED = Look(gallery.BERLIN, personal=True, texts=Texts(DEFAULT, Marking()))


def outside(text: str) -> str:
    """Return what of a text stands in no marks and is no data: letters there have escaped the catalogue."""
    depth, left = 0, ""
    for letter in text:
        depth += {_OPEN: 1, _CLOSE: -1}.get(letter, 0)
        left += letter if not depth else ""
        assert depth >= 0, text
    assert not depth, text
    return "".join(re.findall(r"[^\W\d_]+", DATA.sub("", left)))


def visible(card: dict[str, Any]) -> Iterator[str]:
    """Yield every text that a reader sees or hears; runs of one block are one text."""
    for node in nodes(card):
        if "inlines" in node:
            yield "".join(run["text"] for run in node["inlines"])
        elif node.get("type") != "TextRun":
            names = ["text", "title", "label", "placeholder", "errorMessage", "fallbackText", "speak"]
            fact = set(node) == {"title", "value"} and not re.match(r"\d+d$|until$|group:", node["value"])
            for name in [*names, *(["value"] if fact and "-" not in node["value"][:9] else [])]:
                if isinstance(node.get(name), str):
                    yield node[name]


@pytest.mark.parametrize("name", gallery.NAMES)
def test_every_word_of_a_card_is_from_the_catalogue(name: str) -> None:
    for text in visible(gallery.cards(MARKED)[name]):
        assert not outside(text), text


def plain_answers() -> dict[str, Callable[[Look], str]]:
    """Return the answers that are no cards, by name."""
    found: dict[str, Callable[[Look], str]] = {}
    for name, answer in inspect.getmembers(plain, inspect.isfunction):
        if len(inspect.signature(answer).parameters) == 1:
            found[name] = answer
        for act in ("approve", "deny", "cancel", "retry"):
            if len(inspect.signature(answer).parameters) == 2:
                found[f"{name} {act}"] = partial(answer, act)
    return found


@pytest.mark.parametrize("name", plain_answers())
def test_every_word_of_an_answer_is_from_the_catalogue(name: str) -> None:
    assert not outside(plain_answers()[name](MARKED))


@pytest.mark.parametrize("is_invitation", [True, False])
def test_every_word_of_the_mail_to_a_guest_is_from_the_catalogue(*, is_invitation: bool) -> None:
    origin = Origin(RequestId("0" * 32), "R-1042", ObjectId("1"), "group:1", Subject("digest"))
    names = ("Ana Ruiz", "Megan Bowen", "Health Records", "Guestlist")
    letter = Letter("key", origin, "ana@fabrikam.com", *names, "", "https://x.example", is_invitation)
    html = html_of(letter, MARKED.texts)
    shown = re.split("<[^>]*>", re.sub("</?strong>", "", html))
    for text in (subject_of(letter, MARKED.texts), *shown):
        assert not outside(text), text
    assert '<html lang="en">' in html
    assert '<html lang="de">' in html_of(letter, LANGUAGES["de"])


# --- what a language must keep to ---------------------------------------------------------------


@pytest.mark.parametrize("name", gallery.NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_is_short_enough_for_a_phone_in_every_language(language: str, name: str) -> None:
    card = gallery.cards(Look(gallery.BERLIN, personal=True, texts=LANGUAGES[language]))[name]
    assert card["lang"] == language
    assert len(json.dumps(card, ensure_ascii=False).encode()) <= 12_000
    for node in nodes(card):
        row = node.get("actions", [])
        longest = 32 if len(row) == 1 else 24
        assert all(len(action["title"]) <= longest for action in row), row
        assert all(len(fact["title"]) <= 12 for fact in node.get("facts", []))
        if node.get("type") == "Container" and "style" in node:
            headline = node["items"][0]["text"]
            assert len(headline) <= 36 or "nasty" in name, headline
    titles = [action["title"] for action in card.get("actions", [])]
    assert len(titles) == len(set(titles))


def test_german_names_no_gender_and_does_not_plead() -> None:
    unwanted = re.compile(r"[:*_/]in(nen)?\b|\bbitte\b(?! leiten)|Entschuldigung|\bleider\b|!", re.IGNORECASE)
    for message in catalogue(FOLDER / "de.po"):
        if message.id:
            assert not any(unwanted.search(text) for text in strings(message.string)), message.id


def test_the_catalogue_is_chosen_by_the_language_of_a_locale() -> None:
    german = LANGUAGES["de"]
    assert [texts_for(locale) for locale in ("de", "de-DE", "DE-at", "de_CH", "de-")] == [german] * 5
    assert texts_for("en-GB", german) is ENGLISH
    assert texts_for("fr-FR", german) is german
    assert texts_for("", german) is german


@pytest.mark.parametrize(
    "locale", ["x" * 100_000, "../../de", "de\0", "-", "__class__", "🙂", "de; drop", "\u202ede", "{0}"]
)
def test_a_locale_that_is_none_is_harmless(locale: str) -> None:
    assert texts_for(locale) is ENGLISH


@pytest.mark.parametrize(
    "zone", ["x" * 100_000, "../../etc/passwd", "/etc/localtime", "America", "a" * 64, "\0", "🙂", "", "{0}"]
)
def test_a_time_zone_that_is_none_is_harmless(zone: str) -> None:
    assert MARKED.of("de", zone) == Look(gallery.BERLIN, texts=LANGUAGES["de"])
