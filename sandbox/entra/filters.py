"""The part of OData's `$filter` that the sandbox understands; everything else is refused, never guessed."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.entra.call import Refused
from sandbox.entra.tenant import Json

MOST_IN = 15
"""How many values `in` takes unless the query is an advanced one (documented; microsoft-graph-docs#21098)."""
Test = Callable[[Any, Any], bool]
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?P<mark>[(),:])|(?P<word>[^\s(),:']+))"
)
CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "ge": lambda a, b: a is not None and a >= b,
    "le": lambda a, b: a is not None and a <= b,
}
AFFIX: dict[str, Callable[[str, str], bool]] = {"startswith": str.startswith, "endswith": str.endswith}


def fold(value: Any) -> Any:
    """Directory comparisons of text ignore case."""
    return value.casefold() if isinstance(value, str) else value


def only_ids(text: str) -> list[str] | None:
    """Return the object ids, where a filter asks for nothing else: nobody else need be looked at."""
    asks = re.fullmatch(r"id (?:eq|in) \(?(?:'[\w-]+'[,) ]*)+", text)
    return re.findall(r"'([\w-]+)'", text) if asks else None


class Filter:
    """A parsed filter; `advanced` says that it needs ConsistencyLevel and $count."""

    def __init__(self, text: str, allowed: dict[str, str]) -> None:
        self.advanced = False
        self._text, self._allowed = text, allowed
        self._tokens: list[tuple[str, str]] = []
        self._variable = ""
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if not found:
                raise self._refuse()
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()
        self._test = self._either()
        if self._tokens:
            raise self._refuse()

    def matches(self, row: Json) -> bool:
        return self._test(row, None)

    def _refuse(self, why: str = "") -> Refused:
        return Refused(
            "unsupportedQuery", detail=why or f"Unsupported or invalid query filter clause: {self._text}"
        )

    def _next(self, *, kind: str = "", value: str = "") -> str:
        """Take the next token, which must be of a kind or have a value."""
        if not self._tokens:
            raise self._refuse()
        found_kind, found = self._tokens.pop(0)
        if (kind and found_kind != kind) or (value and found.lower() != value):
            raise self._refuse()
        return found

    def _sees(self, value: str) -> bool:
        return bool(self._tokens) and self._tokens[0][0] != "text" and self._tokens[0][1].lower() == value

    def _either(self) -> Test:
        tests = [self._both()]
        while self._sees("or"):
            self._next()
            tests.append(self._both())
        return lambda row, item: any(test(row, item) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._sees("and"):
            self._next()
            tests.append(self._single())
        return lambda row, item: all(test(row, item) for test in tests)

    def _single(self) -> Test:
        if self._sees("not"):
            self._next()
            self.advanced = True
            inner = self._single()
            return lambda row, item: not inner(row, item)
        if self._sees("("):
            self._next()
            grouped = self._either()
            self._next(value=")")
            return grouped
        word = self._next(kind="word")
        if word.lower() in AFFIX:
            return self._affix(word.lower())
        if word.lower().endswith("/any"):
            return self._any(word[:-4])
        return self._comparison(word)

    def _affix(self, function: str) -> Test:
        self._next(value="(")
        value = self._value(self._next(kind="word"), function)
        self._next(value=",")
        wanted = fold(self._literal())
        self._next(value=")")
        self.advanced = self.advanced or function == "endswith"
        fits = AFFIX[function]
        return lambda row, item: isinstance(value(row, item), str) and fits(value(row, item), wanted)

    def _any(self, name: str) -> Test:
        """Read `name/any(x:…)`, of which there is no nesting."""
        value = self._value(name, "any")
        if self._variable:
            raise self._refuse()
        self._next(value="(")
        self._variable = self._next(kind="word")
        self._next(value=":")
        inner = self._either()
        self._next(value=")")
        self._variable = ""
        return lambda row, _: any(inner(row, item) for item in value(row, None) or [])

    def _comparison(self, word: str) -> Test:
        operator = self._next(kind="word").lower()
        value = self._value(word, operator)
        if operator == "in":
            self._next(value="(")
            wanted = [fold(self._literal())]
            while self._sees(","):
                self._next()
                wanted.append(fold(self._literal()))
            self._next(value=")")
            self.advanced = self.advanced or len(wanted) > MOST_IN
            return lambda row, item: value(row, item) in wanted
        if operator not in COMPARE:
            raise self._refuse()
        self.advanced = self.advanced or operator == "ne"
        literal, compare = fold(self._literal()), COMPARE[operator]
        return lambda row, item: compare(value(row, item), literal)

    def _value(self, word: str, operator: str) -> Callable[[Any, Any], Any]:
        """Return the reader of a property, or of the variable of the `any` that we are in."""
        name, _, rest = word.partition("/")
        if self._variable and name == self._variable:
            return lambda _, item: fold(item.get(rest) if rest else item)
        known = next((each for each in self._allowed if each.lower() == word.lower()), None)
        if known is None or operator not in self._allowed[known].split():
            raise self._refuse(f"Unsupported Query: property '{word}' does not support '{operator}' here.")
        return lambda row, _: fold(row.get(known))

    def _literal(self) -> Any:
        if not self._tokens:
            raise self._refuse()
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "time" or re.fullmatch(r"[0-9a-fA-F-]{36}", token):
            return token
        if token.lower() in CONSTANTS:
            return CONSTANTS[token.lower()]
        if token.isdigit():
            return int(token)
        raise self._refuse()
