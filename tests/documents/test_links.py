"""Every link of the documents leads somewhere, and every document is reached from the README."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.blocks import ROOT, documents

_LINK = re.compile(r"\]\((?P<to>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.*)$", re.MULTILINE)
_DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Yield each link within the project: the file, and the anchor in it."""
    for found in _LINK.finditer(_without_blocks(document)):
        to, _, anchor = found["to"].partition("#")
        if not re.match(r"[a-z]+:", to):
            yield ((document.parent / to).resolve() if to else document), anchor


def _without_blocks(document: Path) -> str:
    return re.sub(
        r"^ *```.*?^ *```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )


def anchors(document: Path) -> set[str]:
    """Return what a document's headings are called in links, as GitHub makes it of them."""
    texts = (found["text"] for found in _HEADING.finditer(_without_blocks(document)))
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", text) for text in texts)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in plain}


@pytest.mark.parametrize("document", [*documents(), *_DECISIONS], ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    gone = [str(to) for to, _ in links(document) if not to.exists()]
    lost = [
        f"{to.name}#{anchor}"
        for to, anchor in links(document)
        if anchor and to.suffix == ".md" and to.exists() and anchor not in anchors(to)
    ]
    assert (gone, lost) == ([], [])


def test_every_document_is_reached_from_the_readme() -> None:
    reached, coming = set[Path](), [ROOT / "README.md"]
    while coming:
        document = coming.pop()
        if document not in reached:
            reached.add(document)
            coming += [to for to, _ in links(document) if to.suffix == ".md" and to.exists()]
    assert [str(one) for one in documents() if one not in reached] == []
