"""Cards can be used by everybody: read aloud, without colours, without pictures, without the card itself."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from cards.draw import draw
from cards.look import Look
from cards.texts import LANGUAGES
from tests.cards import gallery
from tests.cards.test_structure import nodes, texts

SYMBOLS = "○◐✓!✕?–"
TIME = re.compile(r"\b(Nov|Dec|Dez)\.?( \d{4})?, \d\d:\d\d")
RELATIVE = re.compile(
    r"\b(today|tomorrow|yesterday|ago|soon|heute|morgen|gestern|bald|in Kürze)\b|\{\{", re.IGNORECASE
)
WORDS = re.compile(r"[^\W\d_]{2}")
ON_A_PHONE = 34
"""Letters that a field of one line shows at 320 px."""
LONGEST = 600
"""Letters of a text that is read aloud, or shown where the card cannot be."""

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def cards(language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    look = Look(gallery.BERLIN, personal=True, texts=LANGUAGES[language])
    yield from gallery.cards(look).items()


@in_each_language
def test_every_input_has_a_label_and_every_picture_words(language: str) -> None:
    for name, card in cards(language):
        for node in nodes(card):
            kind = str(node.get("type"))
            if kind.startswith("Input."):
                assert node["label"].strip(), name
                optional = node["label"].endswith("(optional)")
                box = node.get("style") == "expanded"  # to tick it or not is the choice itself
                assert box or bool(node.get("isRequired")) != optional, node["label"]
                assert node.get("errorMessage", "").strip() or not node.get("isRequired"), name
                wraps = node.get("isMultiline", False)
                assert len(node.get("placeholder", "")) <= ON_A_PHONE or wraps, node["placeholder"]
            if "Image" in kind or kind in {"Media", "Icon"}:
                assert node.get("altText", "").strip(), name
            assert not {"backgroundImage", "iconUrl"} & node.keys(), name


@in_each_language
def test_nothing_is_said_by_colour_alone(language: str) -> None:
    """A tinted strip, a coloured text and a row with a symbol have words that say the same."""
    for name, card in cards(language):
        parts = list(nodes(card))
        tinted = [one["items"][0] for one in parts if one.get("type") == "Container" and "style" in one]
        for text in (one["text"] for one in (*tinted, *(one for one in parts if "color" in one))):
            symbol, _, words = text.partition(" ")
            assert symbol in SYMBOLS, (name, text)
            assert WORDS.search(words), (name, text)
        for row in (one for one in parts if one.get("type") == "ColumnSet"):
            assert WORDS.search(" ".join(texts(row))), name


@in_each_language
def test_whoever_has_the_fallback_text_alone_knows_what_it_is_about(language: str) -> None:
    for name, card in cards(language):
        assert WORDS.search(card["fallbackText"]), name
        assert len(card["fallbackText"]) <= LONGEST, name


@in_each_language
def test_no_time_is_left_to_the_client_or_to_the_hour_in_which_it_is_read(language: str) -> None:
    for name, card in cards(language):
        found = [text for text in (*texts(card), card["fallbackText"]) if RELATIVE.search(text)]
        assert not found, name


@in_each_language
@pytest.mark.parametrize("life", gallery.LIVES)
def test_a_time_names_its_zone_where_many_read_it_and_not_in_ones_own_chat(life: str, language: str) -> None:
    record, look = gallery.LIVES[life](), Look(gallery.BERLIN, personal=True, texts=LANGUAGES[language])
    for text in texts(draw(record, "thread", look)):
        for time in TIME.finditer(text):
            assert re.match(" CES?T", text[time.end() :]), text
    for audience in ("requestor", f"approver/{gallery.ALEX.object_id}"):
        assert not re.search(r"\d\d:\d\d CES?T", "\n".join(texts(draw(record, audience, look))))
