"""Which requests each operation of `bot/graph` makes, read from its code: what the SDK is asked for."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PLACE = Path(__file__).parent.parent / "bot" / "graph"
Call = tuple[str, str]
"""A verb, and a path without ids: at least its end."""
_MAKES = re.compile(r"to_(get|post|patch|put|delete)_request_information")
_NO_SEGMENT = re.compile(r"by_\w+|graph_user|sdk|_\w+")
_VERB = re.compile(r"(?:(GET|POST|PATCH|DELETE)(?: |$))?(.*)")


@dataclass(eq=False)
class Code:
    """The functions of a module, with what it imports, or of a class in it."""

    module: "Code | None" = None
    functions: dict[str, ast.AsyncFunctionDef | ast.FunctionDef] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)

    def free(self, name: str) -> "Code | None":
        """Return the module that has a function which is called by its name alone."""
        module = self.module or self
        if name in module.functions:
            return module
        there = _read()[0].get(module.imported.get(name, ""))
        return there if there is not None and name in there.functions else None

    def held(self) -> Mapping[str, ast.expr]:
        """Return what each attribute of an object is set to."""
        made = self.functions.get("__init__")
        return {} if made is None else dict(_assigned(made))

    def kinds(self) -> Mapping[str, str]:
        """Return of what class each attribute is: it is made of it, or is an argument of it."""
        if (made := self.functions.get("__init__")) is None:
            return {}
        of = {one.arg: one.annotation for one in made.args.args if one.annotation}
        values = ((name, of.get(ast.unparse(value), value)) for name, value in self.held().items())
        return {
            name: ast.unparse(value.func if isinstance(value, ast.Call) else value) for name, value in values
        }


@cache
def _read() -> tuple[dict[str, Code], dict[str, Code]]:
    """Return all modules and all classes by their names."""
    modules, classes = dict[str, Code](), dict[str, Code]()
    for path in sorted(PLACE.glob("*.py")):
        module = modules.setdefault(f"bot.graph.{path.stem}", Code())
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                module.imported |= {one.name: node.module or "" for one in node.names}
            elif isinstance(node, ast.ClassDef):
                classes[node.name] = Code(module, _functions(node.body))
            else:
                module.functions |= _functions([node])
    return modules, classes


def _functions(body: list[ast.stmt]) -> dict[str, ast.AsyncFunctionDef | ast.FunctionDef]:
    return {one.name: one for one in body if isinstance(one, ast.AsyncFunctionDef | ast.FunctionDef)}


def _assigned(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), node.value) for target in node.targets)


def _camel(name: str) -> str:
    first, *rest = name.partition("_with_")[0].split("_")
    return "$ref" if name == "ref" else first + "".join(word.capitalize() for word in rest)


def _path(node: ast.expr, known: Mapping[str, ast.expr], own: Code) -> list[str]:
    """Return the segments by which a builder was come to; what is handed in begins with nothing."""
    if (said := ast.unparse(node)) in known:
        return _path(known[said], {name: value for name, value in known.items() if name != said}, own)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "self":
            every = ast.walk(own.functions[node.func.attr])
            gives = [one.value for one in every if isinstance(one, ast.Return) and one.value]
            return _path(gives[0], own.held(), own)
        return _path(node.func, known, own)
    if not isinstance(node, ast.Attribute):
        return []
    before = _path(node.value, known, own)
    return before if _NO_SEGMENT.fullmatch(node.attr) else [*before, _camel(node.attr)]


def _made(function: ast.AST, own: Code) -> Iterator[Call]:
    """Yield what one function asks the SDK for; a builder that is one of several is each that it names."""
    known = {**own.held(), **dict(_assigned(function))}
    attributes = [one for one in ast.walk(function) if isinstance(one, ast.Attribute)]
    several = [[_camel(one.attr)] for one in attributes if ast.unparse(one.value) == "sdk"]
    for node in attributes:
        if match := _MAKES.fullmatch(node.attr):
            path = _path(node.value, known, own)
            yield from ((match[1].upper(), "/".join(each)) for each in ([path] if path else several))


def _used(function: ast.AST, own: Code) -> Iterator[tuple[Code, str]]:
    """Yield the functions that one mentions: its object's, those of what it holds, and free ones."""
    holds = own.kinds()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and (module := own.free(node.id)):
            yield module, node.id
        if isinstance(node, ast.Attribute):
            of = ast.unparse(node.value)
            code = own if of == "self" else _read()[1].get(holds.get(of, ""), own)
            if (of == "self" or of in holds) and node.attr in code.functions:
                yield code, node.attr


def calls_of(operation: str) -> set[Call]:
    """Return the requests that an operation makes, itself and through what it uses."""
    caller, _, name = operation.partition(".")
    waiting, seen = [(_read()[1][caller], name)], set[tuple[Code, str]]()
    while waiting:
        if (one := waiting.pop()) not in seen:
            seen.add(one)
            waiting += _used(one[0].functions[one[1]], one[0])
    return {call for own, name in seen for call in _made(own.functions[name], own) if call[1]}


def written(cell: str) -> set[Call]:
    """Return the requests in a cell of the table: a path has the verbs before it, `its …` hangs on a path."""
    verbs, used, path, found = list[str](), False, "", set[Call]()
    for span in re.findall(r"`([^`]+)`", cell):
        verb, text = _VERB.fullmatch(span).groups()  # type: ignore[union-attr]  # it matches everything
        if verb:
            verbs, used = [verb] if used else [*verbs, verb], False
        if text:
            parts = [re.sub(r"\(.*\)", "", one) for one in text.split("/") if one[:1] != "{"]
            parts = [one for one in parts if one != "microsoft.graph.user"]
            path, whole = ("/".join(parts),) * 2 if text[0] == "/" else (path, "/".join([path, *parts]))
            found |= {(one, whole) for one in verbs}
            used = True
    return found


def is_covered(call: Call, among: set[Call]) -> bool:
    return any(verb == call[0] and path.endswith(f"/{call[1]}") for verb, path in among)
