"""The house's rules that no linter knows; each failure names the places."""

import ast
import io
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("app.py", "access/", "cards/", "dialogs/", "bot/", "manifest/")
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
MOST_LINES = {"product": 80_000, "sandbox": 10_500}  # ADR 0077 and 0039
CODE = {".py", ".js", ".css", ".html"}

HOST_CLOCK = {
    "bot/clock.py": "reads it for everybody who goes by a port",
    "bot/commands/data.py": "a restore counts as noticed just now for a day; an hour does not matter",
    "bot/measuring/stretches.py": "a trace is told in the time of the collectors, and decides nothing",
    "bot/credential.py": "azure-identity tells by the host's clock until when a token is good",
    "bot/certificate.py": "each host chooses for itself, and azure-identity dates what it signs by it",
}
"""Who may read the host's clock, and why: elsewhere it would decide what replicas share."""

FORBIDDEN_WORDS = {
    *("ticket", "grant", "requester", "reason", "reject", "complete", "modal", "userid"),
    *("tickets", "grants", "granted", "requesters", "reasons", "rejects", "rejected", "completed", "modals"),
}
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "common", "manager", "base"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in sorted(set(listed.splitlines())) if (path := ROOT / name).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def source(kind: str) -> list[Path]:
    """Return the code of `product` or `sandbox`."""
    roots = PRODUCT if kind == "product" else ("sandbox/",)
    return [path for path in files() if path.suffix in CODE and name(path).startswith(roots)]


def python(*kinds: str) -> list[Path]:
    return [path for kind in kinds for path in source(kind) if path.suffix == ".py"]


def specifications() -> list[Path]:
    return [path for path in files() if name(path).startswith("tests/") and path.suffix == ".py"]


@cache
def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports from elsewhere."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def identifiers(path: Path) -> Iterator[str]:
    """Yield the names that a file gives: of functions, classes, arguments, variables, fields."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def words(identifier: str) -> set[str]:
    """Return the words of a name, and pairs of them, so that user_id and userId are the same."""
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)]
    return set(parts) | {first + second for first, second in pairwise(parts)}


def test_the_composition_root_is_imported_by_no_code_but_tests() -> None:
    outside = [
        path for path in files() if path.suffix == ".py" and not name(path).startswith(("tests/", "bench/"))
    ]
    assert not [name(path) for path in outside for target in imports(path) if target.split(".")[0] == "app"]


@pytest.mark.parametrize("kind", MOST_LINES)
def test_no_file_outgrows_its_limit(kind: str) -> None:
    assert not {name(path): len(lines(path)) for path in source(kind) if len(lines(path)) > LONGEST_FILE}


@pytest.mark.parametrize("kind", MOST_LINES)
def test_no_function_outgrows_its_limit(kind: str) -> None:
    long = {}
    for path in python(kind):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{name(path)}:{node.lineno} {node.name}"] = length
    assert not long


@pytest.mark.parametrize(("kind", "most"), MOST_LINES.items())
def test_the_whole_outgrows_no_more_than_was_decided(kind: str, most: int) -> None:
    assert sum(len(lines(path)) for path in source(kind)) <= most


def test_every_decision_that_is_named_is_on_paper() -> None:
    texts = [path for path in files() if path.suffix in {".py", ".md", ".toml", ".ini"}]
    named = {
        number: name(path)
        for path in texts
        for list_ in re.findall(
            r"\b(?:ADR|replaced by|adr/)\s?((?:\d{4}(?:, | and )?)+)", path.read_text("utf-8")
        )
        for number in re.findall(r"\d{4}", list_)
    }
    written = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")}
    assert not {number: place for number, place in named.items() if number not in written}


def test_only_words_of_the_vocabulary_become_names() -> None:
    found = [
        f"{name(path)}: {identifier}"
        for path in python("product", "sandbox")
        for identifier in set(identifiers(path))
        if words(identifier) & FORBIDDEN_WORDS
    ]
    assert not sorted(found)


def test_no_module_is_named_for_nothing_in_particular() -> None:
    modules = [path for path in files() if path.suffix == ".py"]
    assert not [name(path) for path in modules if FORBIDDEN_MODULES & {path.stem, path.parent.name}]


def test_no_two_files_of_tests_have_one_name() -> None:
    """Where folders are no packages, pytest collects the first of the two and refuses the second."""
    named = Counter(path.name for path in specifications() if path.name.startswith("test_"))
    assert [one for one, count in named.items() if count > 1] == []


def test_tests_neither_mock_nor_patch_nor_sleep() -> None:
    found = [
        f"{name(path)}: {target}"
        for path in specifications()
        for target in imports(path)
        if target.startswith(("unittest.mock", "mock.")) or target == "time.sleep"
    ]
    for path in specifications():
        sleeping = {"time.sleep"} if "time" in imports(path) else set()
        calls = {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        found += [f"{name(path)}: {call}" for call in calls & (sleeping | {"monkeypatch.setattr"})]
    assert not found


def test_every_silenced_check_says_why() -> None:
    """A code in brackets or after the colon says what, the text after it says why."""
    found = []
    for path in (path for path in files() if path.suffix == ".py"):
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines(path))).readline):
            if token.type != tokenize.COMMENT or not re.search(r"#\s*(noqa|type:\s*ignore)", token.string):
                continue
            if not re.search(r"(noqa: [A-Z0-9, ]+|ignore\[[a-z, -]+\])\s*[-–#]+\s*\w+", token.string):
                found.append(f"{name(path)}:{token.start[0]}: {token.string}")
    assert not found


def test_the_hosts_clock_is_read_only_where_it_is_said_why() -> None:
    clock = re.compile(r"((date|datetime)\.)+(now|utcnow|today)|time\.time(_ns)?")
    found = set()
    for path in python("product"):
        read = {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        if any(clock.fullmatch(one) for one in read | set(imports(path))):
            found.add(name(path))
    assert found == HOST_CLOCK.keys()


def test_bugs_are_caught_in_one_place_alone() -> None:
    broad = {"Exception", "BaseException"}
    found = [
        name(path)
        for path in python("product")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in broad)
    ]
    assert set(found) <= {"bot/teams/handler.py"}
    assert len(found) <= 1


def test_nothing_is_left_to_do_in_a_comment() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX)\b")
    outside = [path for path in files() if path.suffix in CODE and path != Path(__file__)]
    assert not [
        f"{name(path)}:{at}"
        for path in outside
        for at, line in enumerate(lines(path), 1)
        if mark.search(line)
    ]
