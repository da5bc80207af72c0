"""The schema by which editors complete and check `policy.toml` says what the reader reads."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from access.rules.policy import PolicyError
from access.rules.policy_reader import read_policy
from access.rules.policy_schema import STAGE, json_schema
from access.rules.policy_stages import read_stages
from access.rules.policy_values import Reader
from tests.rules.test_policy import DOCUMENT, WHOLE
from tests.rules.test_policy_tables import LISTS, tables
from tests.rules.test_policy_tables import WHOLE as TABLES

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "policy.schema.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
CLINIC = (ROOT / "sandbox" / "policy.toml").read_text(encoding="utf-8")
VALID = jsonschema.Draft7Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_file_is_as_the_grammar_makes_it() -> None:
    """To make it again: `make schema`."""
    assert FILE.read_text(encoding="utf-8") == json_schema()


EXAMPLES = [CLINIC, WHOLE, TABLES, LISTS, "", *re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_valid(text: str) -> None:
    VALID.validate(tomllib.loads(text))


@given(tables())
def test_what_the_reader_takes_is_valid(found: list[str]) -> None:
    VALID.validate(tomllib.loads("\n".join(found)))


def test_the_clinics_policy_names_its_schema_as_editors_read_it() -> None:
    (line,) = [line for line in CLINIC.splitlines() if line.startswith("#:schema ")]
    assert (ROOT / "sandbox" / line.removeprefix("#:schema ")).resolve() == FILE


def headers(
    schema: Mapping[str, Any], name: str = "", before: str = ""
) -> Iterator[tuple[str, AbstractSet[str]]]:
    """Yield what opens each table of the file, and the keys that the schema has for it."""
    for key, value in schema["properties"].items():
        path = f"{name}.{key}".lstrip(".")
        table = value.get("items", value)
        if "properties" in table:
            opened = f"{before}\n[[{path}]]" if "items" in value else f"{before}\n[{path}]"
            yield opened, table["properties"].keys()
            yield from headers(table, path, opened)


def mistakes(text: str) -> list[str]:
    try:
        read_policy(text)
    except PolicyError as error:
        return error.mistakes
    return []


@pytest.mark.parametrize(("header", "keys"), [("", SCHEMA["properties"].keys()), *headers(SCHEMA)])
def test_the_reader_knows_every_key_of_the_schema_and_no_other(header: str, keys: AbstractSet[str]) -> None:
    said = [f"{key} is not known" for key in (*keys, "another")]
    told = [mistakes(f"{header}\n{key} = 0") for key in (*keys, "another")]
    unknown = [any(one in mistake for mistake in found) for one, found in zip(said, told, strict=True)]
    assert unknown == [*(False for _ in keys), True]


class Recording(Reader):
    """A reader that keeps which keys it was told to know."""

    __slots__ = ("knew",)

    def known(self, table: Mapping[str, Any], where: str, names: AbstractSet[str]) -> None:
        super().known(table, where, names)
        self.knew = names


def test_the_keys_of_a_stage_are_those_of_the_schema() -> None:
    reader = Recording()
    read_stages(reader, [{"approvers": ["manager"]}], "stage", (), {})
    assert reader.knew == STAGE.keys()


REFUSED = [
    "colour = 'red'",
    "[defaults]\nrequestors = ['manager']",
    "[defaults]\nterm = { default = 'soon' }",
    "[defaults]\nlanding = 'http://plain.example'",
    "[[defaults.stage]]\nfallback = ['manager']",
    "[defaults]\nstage = []",
    "[[app]]\ngive = 'app-role:Reader'",
    "[[partner]]\nname = 'Fabrikam'",
    "[defaults]\nremind_after = ['soon']",
    "[defaults]\nquiet_hours = { from = '25:00' }",
    "[[defaults.question]]\nid = 'Project'\nask = 'Which?'\nkind = 'text'",
    "[[defaults.question]]\nid = 'project'\nask = 'Which?'\nkind = 'choice'\nchoices = ['one']",
    "[domains]\ndeny = ['@x.com']",
    "[domains]\nallow = []",
]


@pytest.mark.parametrize("text", REFUSED)
def test_an_editor_underlines_what_the_reader_refuses(text: str) -> None:
    assert mistakes(text)
    assert not VALID.is_valid(tomllib.loads(text))
