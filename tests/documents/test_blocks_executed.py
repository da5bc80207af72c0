"""Every command of the documents is executed as it stands there, but for what its document lists."""

import os
from pathlib import Path

import pytest

from tests.documents.blocks import Block, commands, documents, not_executed
from tests.documents.ground import Ground, open_ground


def executed(document: Path) -> list[Block]:
    listed = not_executed(document)
    return [one for one in commands(document) if one.first not in listed]


@pytest.mark.parametrize("document", [one for one in documents() if executed(one)], ids=lambda one: one.name)
async def test_the_commands_of_a_document_do_what_they_are_to_do(document: Path, tmp_path: Path) -> None:
    async with open_ground(tmp_path) as ground:
        found = [wrong for block in executed(document) for wrong in await ground.execute(block)]
    assert found == []


@pytest.mark.parametrize(
    "text", ["false", "false | cat", "ls nowhere-at-all", "true\nfalse\ntrue", 'echo "never closed']
)
async def test_a_command_that_fails_is_found(text: str, tmp_path: Path) -> None:
    ground = Ground(tmp_path, dict(os.environ), {})
    assert await ground.execute(Block("README.md", 1, "sh", text)) != []


async def test_what_one_line_exports_the_next_one_has_and_comments_are_no_commands(tmp_path: Path) -> None:
    text = 'export WHAT=there\n# nothing\ntest "$WHAT" = \\\n  there   # it is'
    assert await Ground(tmp_path, dict(os.environ), {}).execute(Block("README.md", 1, "sh", text)) == []
