"""Every card as it was looked at; `pytest tests/cards --write-golden` writes them after a wanted change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cards.texts import DEFAULT, LANGUAGES
from tests.cards.gallery import LOOK, NAMES, cards

GOLDEN = Path(__file__).parent / "golden"
FILES = [name if language == DEFAULT else f"{language}/{name}" for language in LANGUAGES for name in NAMES]


@pytest.mark.parametrize("name", FILES)
def test_a_card_is_drawn_as_it_was_looked_at(name: str, request: pytest.FixtureRequest) -> None:
    language, _, plain = name.rpartition("/")
    card = cards(replace(LOOK, texts=LANGUAGES[language or DEFAULT]))[plain]
    file = GOLDEN / f"{name}.json"
    if request.config.getoption("--write-golden", default=False):
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert card == json.loads(file.read_text(encoding="utf-8"))


def test_no_golden_card_is_left_over() -> None:
    kept = {file.relative_to(GOLDEN).with_suffix("").as_posix() for file in GOLDEN.rglob("*.json")}
    assert kept == set(FILES)
