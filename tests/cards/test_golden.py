"""Every card as it was looked at; `pytest tests/cards --write-golden` writes them after a wanted change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cards.texts import DEFAULT, LANGUAGES
from tests.cards.gallery import LOOK, cards

GOLDEN = Path(__file__).parent / "golden"
CARDS = {
    name if language == DEFAULT else f"{language}/{name}": card
    for language, texts in LANGUAGES.items()
    for name, card in cards(replace(LOOK, texts=texts)).items()
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_drawn_as_it_was_looked_at(name: str, request: pytest.FixtureRequest) -> None:
    file = GOLDEN / f"{name}.json"
    if request.config.getoption("--write-golden", default=False):
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(CARDS[name], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert CARDS[name] == json.loads(file.read_text(encoding="utf-8"))


def test_no_golden_card_is_left_over() -> None:
    kept = {file.relative_to(GOLDEN).with_suffix("").as_posix() for file in GOLDEN.rglob("*.json")}
    assert kept == set(CARDS)
