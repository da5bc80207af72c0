"""Every command of the help stands in the README and in the page of what can be typed."""

from pathlib import Path

import pytest

from cards.help import COMMANDS

ROOT = Path(__file__).parent.parent
WORDS = sorted({line.split()[0] for line, _ in COMMANDS})


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("document", ["README.md", "docs/typing.md"])
def test_every_command_of_the_help_is_documented(document: str, word: str) -> None:
    assert f"`{word}" in (ROOT / document).read_text(encoding="utf-8")
