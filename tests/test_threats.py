"""The threat model names tests and places that there are, and says each kind of threat for each element."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODEL = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
POLICY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
KINDS = {"S", "T", "R", "I", "D", "E"}

_QUOTED = re.compile(r"`([^`\n]+)`")
_TEST = re.compile(r"tests/[\w/]+\.py::\w+")
_PLACE = re.compile(
    r"(?:access|bot|cards|dialogs|sandbox|tests|docs|manifest|bench)/[\w./-]*|[\w.-]+\.(?:py|md|toml|lock)"
)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")


def elements() -> dict[str, list[list[str]]]:
    """Return the rows of the table of each element: kind, threat, what stands against it, test."""
    part = MODEL.partition("\n## Threats by element\n")[2].partition("\n## Not covered\n")[0]
    found: dict[str, list[list[str]]] = {}
    for section in part.split("\n### ")[1:]:
        name, *lines = section.splitlines()
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")
        ]
        found[name] = rows[2:]
    return found


def uncovered() -> set[str]:
    """Return the numbers of the list of what is not covered."""
    part = MODEL.partition("\n## Not covered\n")[2]
    return set(re.findall(r"^\| (N\d+) \|", part, re.MULTILINE))


def has_function(path: str, name: str) -> bool:
    file = ROOT / path
    if not file.is_file():
        return False
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(
        isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name for one in ast.walk(tree)
    )


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = set(_TEST.findall(MODEL))
    assert len(named) > 60
    assert sorted(one for one in named if not has_function(*one.split("::"))) == []


@pytest.mark.parametrize("text", [MODEL, POLICY], ids=["threat-model", "SECURITY"])
def test_every_place_that_is_named_is_there(text: str) -> None:
    quoted = {one.partition("::")[0] for one in _QUOTED.findall(text)}
    places = {one for one in quoted if _PLACE.fullmatch(one)}
    assert places
    assert sorted(one for one in places if not (ROOT / one).exists()) == []


def test_every_link_of_the_two_leads_to_a_page() -> None:
    assert [one for one in _LINK.findall(MODEL) if not (ROOT / "docs" / one).exists()] == []
    assert [one for one in _LINK.findall(POLICY) if not (ROOT / one).exists()] == []


def test_every_element_of_the_flow_has_a_table_and_no_other_has_one() -> None:
    listed = MODEL.partition("\n## The flow\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\d+\. \*\*(.+?)\*\*", listed, re.MULTILINE) == list(elements())


@pytest.mark.parametrize("element", elements())
def test_each_kind_of_threat_is_said_of_each_element_in_order(element: str) -> None:
    kinds = [row[0] for row in elements()[element]]
    assert set(kinds) == KINDS
    assert all("STRIDE".index(one) <= "STRIDE".index(other) for one, other in pairwise(kinds))


@pytest.mark.parametrize("element", elements())
def test_each_threat_has_a_test_or_is_said_to_have_none(element: str) -> None:
    known = uncovered()
    for row in elements()[element]:
        assert len(row) == 4, row
        kind, threat, against, shown = row
        assert threat.endswith("."), row
        assert threat, against
        none = set(re.findall(r"\bN\d+\b", shown))
        assert none <= known, (kind, threat)
        assert none or _TEST.search(shown), (kind, threat)


def test_nothing_is_said_to_be_uncovered_that_no_element_has() -> None:
    named = {one for rows in elements().values() for row in rows for one in re.findall(r"\bN\d+\b", row[3])}
    assert uncovered() == named
