"""The blocks of the documents, and what each document says of those that no test executes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COMMANDS = frozenset({"sh", "powershell"})
"""The languages in which a block is a command to be typed."""
OTHERS = frozenset({"csv", "json", "mermaid", "python", "text", "toml", "yaml"})
HEADING = "Not executed by a test"
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)")
_COMMENT = re.compile(r"\s{2,}#.*$")
_ROW = re.compile(r"^\| `(?P<first>[^`]+)` \| (?P<why>[^|]+) \|$")
_INDENTED = re.compile(r"^    \S")


def documents() -> list[Path]:
    """Return every document but the decisions, which are not followed, and the list of changes."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
    for folder in ("docs", "infra", "manifest", "sandbox"):
        found += sorted((ROOT / folder).rglob("*.md"))
    return [one for one in found if not {"adr", "node_modules", "vendor"} & set(one.parts)]


@dataclass(frozen=True, slots=True)
class Block:
    document: str
    line: int
    language: str
    text: str

    @property
    def first(self) -> str:
        """Return what it is called by in a list: its first line, without a comment behind it."""
        return _COMMENT.sub("", self.text.splitlines()[0]).strip()

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.first}"


def blocks(document: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a document, in order, without the indentation of their list."""
    name, lines = str(document.relative_to(ROOT)), document.read_text(encoding="utf-8").splitlines()
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence and opened is None:
            opened, inside = (number, fence["language"], fence["indent"]), []
        elif fence and opened is not None:
            yield Block(name, opened[0], opened[1], "\n".join(inside))
            opened = None
        elif opened is not None:
            inside.append(line.removeprefix(opened[2]))


def indented(document: Path) -> Iterator[int]:
    """Yield the lines that Markdown takes for a block though nothing says of what."""
    fenced, before = False, ""
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and not before.strip() and _INDENTED.match(line):
            yield number
        before = line


def not_executed(document: Path) -> Mapping[str, str]:
    """Return the list of a document: the first line of each block that no test executes, and why."""
    _, heading, rest = document.read_text(encoding="utf-8").partition(f"\n## {HEADING}\n")
    found: dict[str, str] = {}
    for line in rest.splitlines() if heading else ():
        if line.startswith("## "):
            break
        if row := _ROW.match(line):
            found[row["first"]] = row["why"].strip()
    return found


def commands(document: Path) -> list[Block]:
    return [one for one in blocks(document) if one.language in COMMANDS]
