"""Every card as it was looked at; `pytest tests/cards --write-golden` writes them after a wanted change."""

import json
from pathlib import Path

import pytest

from tests.cards.gallery import cards

GOLDEN = Path(__file__).parent / "golden"
CARDS = cards()


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_drawn_as_it_was_looked_at(name: str, request: pytest.FixtureRequest) -> None:
    file = GOLDEN / f"{name}.json"
    if request.config.getoption("--write-golden", default=False):
        file.write_text(json.dumps(CARDS[name], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert CARDS[name] == json.loads(file.read_text(encoding="utf-8"))


def test_no_golden_card_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(CARDS)
