"""Names in the Bicep files, as a compiler looks at them: what is used is declared, and the reverse."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_bicep

from tests.infra.bicep import EXTENSION, FILES, INFRA, ROOT, read

FUNCTIONS = {
    *("contains", "empty", "filter", "guid", "json", "loadTextContent", "resourceGroup", "subscription"),
    *("subscriptionResourceId", "take", "uniqueString"),
    *("allowed", "description", "maxLength", "maxValue", "minLength", "minValue"),
}
"""Those of Bicep that are called here; a further one is looked up before it comes in."""
DECLARES = {"parameter", "variable", "resource", "module", "output"}
LOCAL = {("for_statement", 2), ("lambda_expression", 0)}


def names(text: str) -> Iterator[tuple[str, str]]:
    """Yield each name with what it is there: what it declares, `calls`, `local`, or `uses`."""
    plain = EXTENSION.sub(lambda found: " " * len(found[0]), text).encode()
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
    nodes = [parser.parse(plain).root_node]
    while nodes:
        node = nodes.pop()
        nodes.extend(node.children)
        if node.type != "identifier" or node.parent is None or node.text is None:
            continue
        above, place = node.parent.type, node.parent.children.index(node)
        kind = above.removesuffix("_declaration")
        if above == "object_property" and place == 0:
            continue
        if kind in DECLARES and place == 1:
            yield node.text.decode(), kind
        elif (above, place) in LOCAL:
            yield node.text.decode(), "local"
        else:
            yield node.text.decode(), "calls" if above == "call_expression" and place == 0 else "uses"


def problems(text: str) -> list[str]:
    found = list(names(text))
    declared = {name for name, kind in found if kind in DECLARES - {"output"} | {"local"}}
    used = {name for name, kind in found if kind == "uses"}
    called = {name for name, kind in found if kind == "calls"}
    idle = {name for name, kind in found if kind in {"parameter", "variable"}} - used
    twice = [name for name, kind in found if kind in DECLARES - {"output"}]
    return [
        *(f"{name} is not declared" for name in sorted(used - declared)),
        *(f"{name} is not used" for name in sorted(idle)),
        *(f"{name} is no function that is known" for name in sorted(called - FUNCTIONS)),
        *(f"{name} is declared twice" for name in sorted(set(twice)) if twice.count(name) > 1),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_name_is_declared_once_and_used(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


def test_a_name_that_is_wrong_is_found() -> None:
    text = "param a string\nparam b string\nvar c = tak(d.e, 8)\nvar c = '${a}'\noutput c string = c\n"
    assert problems(text) == [
        "d is not declared",
        "b is not used",
        "tak is no function that is known",
        "c is declared twice",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_file_takes_from_a_module_the_module_puts_out(path: Path) -> None:
    modules = read(path).get("modules", {})
    for name, taken in re.findall(r"\b(\w+)\.outputs\.(\w+)", path.read_text(encoding="utf-8")):
        file = (path.parent / modules[name]["detail"]["path"]).resolve()
        assert taken in read(file)["outputs"], f"{name}.{taken}"


def test_what_a_module_puts_out_is_taken() -> None:
    taken = re.findall(r"\.outputs\.(\w+)", (INFRA / "main.bicep").read_text(encoding="utf-8"))
    put_out = {name for path in (INFRA / "modules").glob("*.bicep") for name in read(path).get("outputs", {})}
    assert put_out == set(taken)
