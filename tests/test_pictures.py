"""The pictures in the documents: each is there, each is shown somewhere, and each is said in words."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
SHOWN = re.compile(r"!\[(?P<words>[^\]]*)\]\((?:docs/)?pictures/(?P<name>[\w-]+\.png)\)")
DOCUMENTS = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
MOST_BYTES = 180_000


def shown() -> dict[str, str]:
    texts = [file.read_text(encoding="utf-8") for file in DOCUMENTS]
    return {found["name"]: found["words"] for text in texts for found in SHOWN.finditer(text)}


def test_every_picture_is_shown_and_what_is_shown_is_there() -> None:
    assert {file.name for file in PICTURES.iterdir()} == set(shown())


def test_every_picture_says_in_words_what_is_on_it() -> None:
    assert [name for name, words in shown().items() if len(words.split()) < 3] == []


def test_no_picture_makes_the_documents_slow() -> None:
    assert {file.name for file in PICTURES.iterdir() if file.stat().st_size > MOST_BYTES} == set()


def test_every_picture_is_taken_by_a_test_in_the_browser() -> None:
    files = (ROOT / "tests" / "journeys").glob("test_browser*.py")
    journeys = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in shown() if f'"{name.removesuffix(".png")}"' not in journeys] == []
