"""What the Bicep files of `infra/` say, as the two parsers read them."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pycep
import tree_sitter
import tree_sitter_bicep

ROOT = Path(__file__).parent.parent.parent
INFRA = ROOT / "infra"
SETS = INFRA / "permissions"
FILES = tuple(sorted(INFRA.rglob("*.bicep")))
EXTENSION = re.compile(r"(?m)^extension (\w+)$")


class Resource(NamedTuple):
    path: Path
    name: str
    type: str
    version: str
    existing: bool
    body: dict[str, Any]


@cache
def read(path: Path) -> dict[str, Any]:
    return dict(pycep.BicepParser().parse(text=path.read_text(encoding="utf-8")))


def faults(text: str) -> list[str]:
    """Return the places that the grammar of tree-sitter does not understand; it lacks `extension NAME`."""
    plain = EXTENSION.sub(lambda found: " " * len(found[0]), text).encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
    nodes, found = [parser.parse(plain).root_node], []
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            found.append(f"line {node.start_point.row + 1}")
        nodes.extend(node.children)
    return found


def body(config: dict[str, Any]) -> dict[str, Any]:
    """Return what a resource says, without its condition or its loop."""
    while "config" in config and ("condition" in config or "loop_type" in config):
        config = config["config"]
    return config


def resources() -> Iterator[Resource]:
    for path in FILES:
        for name, one in read(path).get("resources", {}).items():
            yield Resource(path, name, one["type"], one["api_version"], one["existing"], body(one["config"]))


def only(kind: str) -> Resource:
    """Return the one resource of a type that is made."""
    (found,) = (one for one in resources() if one.type == kind and not one.existing)
    return found
