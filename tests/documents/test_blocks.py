"""Every block of the documents says what it is; a command is executed by a test, or listed with the cause."""

import re
from pathlib import Path

import pytest

from tests.documents.blocks import COMMANDS, OTHERS, blocks, commands, documents, indented, not_executed

NAMED = {str(one): one for one in documents()}


@pytest.fixture(params=[pytest.param(one, id=one.name) for one in documents()])
def document(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_every_block_says_whether_it_is_a_command(document: Path) -> None:
    assert [str(one) for one in blocks(document) if one.language not in COMMANDS | OTHERS] == []
    assert list(indented(document)) == []


def test_no_command_hides_from_the_tests(document: Path) -> None:
    """What is fenced otherwise is not seen, and a name that two blocks have would let both off."""
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"^ *(?:> *)+```|^[> ]*~~~.*$", text, re.MULTILINE) == []
    firsts = [one.first for one in commands(document) if one.first in not_executed(document)]
    assert sorted(firsts) == sorted(set(firsts))
    assert [str(one) for one in commands(document) if "||" in one.text] == []


def test_what_a_document_lists_as_not_executed_is_a_command_of_it_and_has_a_cause(document: Path) -> None:
    listed = not_executed(document)
    assert set(listed) <= {one.first for one in commands(document)}
    assert [first for first, why in listed.items() if len(why.split()) < 3] == []


def test_what_is_no_command_of_a_shell_is_listed(document: Path) -> None:
    """No other shell is here, so nothing else could be executed."""
    others = [one for one in commands(document) if one.language != "sh"]
    assert [str(one) for one in others if one.first not in not_executed(document)] == []
