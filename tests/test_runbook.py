"""`docs/runbook.md` quotes every alarm and every error of the log as the code has it, and no other."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
BOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
LOGGED = {"error", "critical", "exception"}
RUNG = {"alarm", "ring"}
PASSED_ON = {("bot/teams/alarm.py", "text"), ("bot/teams/alarm.py", "said")}
"""What is logged as it was handed over: an alarm, and the card that tells of changed settings."""
SENTENCE = re.compile(r"[A-Z']\S*(?: \S+){3,}")
"""What a function that puts an alarm together says, as against its marks, dates and half sentences."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    paths = [
        path for folder in ("access", "bot", "dialogs") for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    for path in (*paths, ROOT / "app.py"):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


SOURCES = dict(sources())


def plain(text: str) -> str:
    """Return a text on one line, with one sign for what is filled in."""
    return " ".join(re.sub(r"(?:\{\w+\}|…)+", "…", text).split())


def fixed(node: ast.AST) -> str | None:
    """Return the fixed words of a constant or an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return plain(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
        return plain("".join(map(str, parts)))
    return None


def said(call: ast.Call, path: str) -> ast.expr | None:
    """Return what a call hands to the operator: an alarm, an error of the log, or why a start is refused.

    What a command writes there answers whoever has typed it.
    """
    func = call.func
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    whose = ast.unparse(func.value) if isinstance(func, ast.Attribute) else ""
    refuses = (path, whose, name) == ("app.py", "sys.stderr", "write")
    tells = name in RUNG or (name in LOGGED and whose == "log") or refuses
    return call.args[0] if tells and call.args else None


@cache
def handed() -> tuple[tuple[str, ast.expr], ...]:
    every = ((path, node) for path, tree in SOURCES.items() for node in ast.walk(tree))
    found = ((path, said(node, path)) for path, node in every if isinstance(node, ast.Call))
    return tuple((path, what) for path, what in found if what is not None)


def texts(node: ast.AST) -> Iterator[str]:
    """Yield every text in a piece of code; an f-string is one, whatever is in it."""
    if (text := fixed(node)) is not None:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from texts(child)


def composed(name: str, path: str) -> set[str]:
    """Return the sentences of the function that puts an alarm together, and of the tables that it reads."""
    tree = SOURCES[path]
    if not named(tree, name):
        imports = [one for one in tree.body if isinstance(one, ast.ImportFrom)]
        (home,) = [one.module for one in imports if name in {alias.name for alias in one.names}]
        tree = SOURCES[f"{str(home).replace('.', '/')}.py"]
    (function,) = named(tree, name)
    body = function.body[1:] if ast.get_docstring(function) else function.body
    read = {one.id for line in body for one in ast.walk(line) if isinstance(one, ast.Name)}
    tables = [
        line.value
        for line in tree.body
        if isinstance(line, ast.Assign) and read & {ast.unparse(target) for target in line.targets}
    ]
    found = {text.lstrip("…") for node in (*body, *tables) for text in texts(node)}
    return {text for text in found if SENTENCE.fullmatch(text)}


def named(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    return [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]


def told() -> set[str]:
    found = set[str]()
    for path, what in handed():
        if isinstance(what, ast.Call):
            found |= composed(ast.unparse(what.func), path)
        elif (text := fixed(what)) is not None:
            found.add(text)
    return found


def quoted() -> set[str]:
    """Return the runbook's quotes: lines that begin with `>`, those that follow each other taken together."""
    blocks = re.findall(r"(?:^> .*\n)+", BOOK, re.MULTILINE)
    return {plain(block.replace("\n> ", " ").removeprefix("> ")) for block in blocks}


def states() -> set[str]:
    """Return the words of `/readyz` while it is not ready."""
    tree = SOURCES["bot/process.py"]
    assigned = [
        one.value
        for one in ast.walk(tree)
        if (isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "self.state")
        or (isinstance(one, ast.AnnAssign) and ast.unparse(one.target) == "state")
    ]
    returned = [
        one
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in {"unready", "unwell"}
        for one in ast.walk(function)
        if isinstance(one, ast.Return)
    ]
    return {text for node in (*assigned, *returned) if node for text in texts(node) if text and text != "inf"}


def test_every_alarm_and_every_error_of_the_log_is_quoted() -> None:
    assert told() - quoted() == set()


def test_nothing_is_quoted_that_the_code_does_not_say() -> None:
    changed = "The tenant's settings have changed."
    assert quoted() - told() == {f"{changed} …", f"{changed} Locked out: …"}, (
        "the card has a title of its own"
    )


def test_what_is_told_can_be_read_in_the_code() -> None:
    """An alarm whose text comes from elsewhere would stand in no runbook."""
    unread = {
        (path, ast.unparse(what))
        for path, what in handed()
        if fixed(what) is None and not isinstance(what, ast.Call)
    }
    assert unread == PASSED_ON
    title = ast.parse((ROOT / "cards" / "settings_changed.py").read_text(encoding="utf-8"))
    said = set(texts(title))
    assert {"The tenant's settings have changed", "Locked out: one guest of …"} <= said


def test_the_alarms_that_are_known_are_found() -> None:
    """The search itself: one of each kind."""
    assert {
        "Invitations are blocked for this directory; only Microsoft support lifts it",
        "The policy file cannot be used; the policy from before stays in force.",
        "Nothing was found that has no stored approval.",
        "What stood still has gone on: ….",
        "A background task ended by a bug",
    } <= told()


def test_every_line_of_the_log_that_the_runbook_names_is_one() -> None:
    named_lines = {" ".join(line.split()) for line in re.findall(r"`([A-Z][a-z]* [^`]*)`", BOOK)}
    every = (node for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Call))
    logged = {fixed(one.args[0]) for one in every if ast.unparse(one.func).startswith("log.") and one.args}
    assert len(named_lines) >= 6
    assert named_lines - logged == set()


def test_every_state_of_readyz_is_explained() -> None:
    rows = re.findall(r"^\| `/readyz`: `([^`]+)`", BOOK, re.MULTILINE)
    assert set(rows) == states()
    assert len(rows) == len(states()) == 5


def test_whoever_operates_it_finds_the_runbook() -> None:
    assert "(docs/runbook.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
