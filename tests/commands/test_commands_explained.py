"""`docs/cli.md` has every command and option, and a sample of its document that has the fields there are."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.commands.answers import ENDS
from tests import postgres
from tests.commands.typing import EVERY, ROOT, typed
from tests.documents.blocks import blocks
from tests.documents.ground import open_ground

PAGE = ROOT / "docs" / "cli.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `guestlist ([a-z ]+)`\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
LISTED = sorted(set(EVERY) - {"restored", "move"})
BY_KIND = {"due", "later", "detail"}
"""What has other fields in every place."""
COUNTED = {".requests"}
"""Of which none is a finding: a sample shows how it ends where all is well."""
SERVES = [".venv/bin/guestlist run"]


def test_every_command_has_a_section_and_there_is_no_other() -> None:
    assert sorted(SECTIONS) == LISTED


@pytest.mark.parametrize("command", LISTED)
def test_every_option_is_explained(command: str) -> None:
    before = TEXT[: TEXT.index("## Serving")] + TEXT.partition("## The policy\n")[2].partition("###")[0]
    group = SECTIONS[command] + before + SECTIONS.get(command.removesuffix(" show"), "")
    options = {one for option in EVERY[command].params for one in option.opts if one.startswith("--")}
    assert [one for one in options if not re.search(rf"`{one}\b", group)] == []


def test_every_exit_code_is_explained() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)} == set(ENDS)
    for code, meaning in ENDS.items():
        assert f"| {code} | {meaning}" in TEXT


def samples() -> list[tuple[str, Any]]:
    """Return each command as it is typed last before a sample, with that sample."""
    found = []
    for one, after in pairwise(blocks(PAGE)):
        if (one.language, after.language) == ("sh", "json"):
            typed_ = [line for line in one.text.splitlines() if line not in SERVES]
            found.append((typed_[-1], json.loads(after.text)))
    return found


async def test_each_sample_has_the_shape_of_what_its_command_answers(tmp_path: Path) -> None:
    told = dict[str, list[str]]()
    async with open_ground(tmp_path) as ground:
        url = await postgres.new_database()
        for line, sample in samples():
            words = shlex.split(line)[1:]
            environ = {**ground.environ, "PYTHONPATH": str(ROOT)}
            if words[:2] == ["policy", "explain"]:
                words = ["policy", "explain", "R-1001"]
            if words[:2] == ["db", "move"]:
                environ["GUESTLIST_DATABASE_URL"] = url
            said = await typed(*words, "--json", environ=environ, folder=ground.folder)
            told[line] = list(differences(sample, said.document, ""))
        await postgres.drop(url)
    assert len(told) == len(LISTED)
    assert {line: wrong for line, wrong in told.items() if wrong} == {}


def differences(sample: Any, found: Any, place: str) -> Any:
    """Yield where what was found has other fields, or something else in them; nothing says nothing."""
    if isinstance(sample, dict) and isinstance(found, dict):
        if set(sample) != set(found):
            yield f"{place}: {set(sample) ^ set(found)}"
        for name in set(sample) & set(found) - BY_KIND:
            yield from differences(sample[name], found[name], f"{place}.{name}")
    elif isinstance(sample, list) and isinstance(found, list):
        for one in found if sample else []:
            yield from differences(sample[0], one, f"{place}[]")
    elif None not in (sample, found) and not alike(sample, found, place):
        yield f"{place}: {sample!r} and {found!r}"


def alike(sample: Any, found: Any, place: str) -> bool:
    return type(sample) is type(found) and (place not in COUNTED or bool(sample) is bool(found))
