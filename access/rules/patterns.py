"""Patterns that an admin writes: regular expressions small enough to keep nobody waiting."""

import re

LONGEST_PATTERN = 200
LONGEST_TEXT = 500
"""Characters of a text that a pattern is looked for in: a justification has no more."""
_MOST_WAYS = 1_000_000
"""Ways to match, at most, that may have to be tried: a tenth of a second."""
_TOKEN = re.compile(
    r"(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<either>\|)"
    r"|(?P<repeat>[*+?]|\{\d*(?:,\d*)?\})[?+]?"
    r"|(?P<one>\\[dDwWsSbB]|\\[^A-Za-z0-9]|\[\^?\]?(?:\\.|[^\]\\\[])+\]|[^\\\[(){}*+?|])",
    re.DOTALL,
)


def unsafe(pattern: str) -> str:
    """Return what to change in a pattern; empty where it can be used.

    A regular expression may try ways without number before it gives up, and nothing can interrupt it. So
    what multiplies ways is counted here, and a group that repeats, of which there is no telling, refused.
    """
    if len(pattern) > LONGEST_PATTERN:
        return f"write at most {LONGEST_PATTERN} characters"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"this is no regular expression: {error}"
    ways, at, before = LONGEST_TEXT, 0, ""
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return f"{pattern[at:][:10]!r} cannot be used here; write letters, \\d, [A-Z], ( | ) and {{1,6}}"
        kind = str(token.lastgroup)
        if kind == "repeat":
            if before in {"", "open", "either"}:
                return "write no (?…) but (?:…)"
            span = _span(token["repeat"])
            if before == "close" and token["repeat"] != "?":
                return "repeat a character or a class such as [A-Z], not a group in parentheses"
            ways *= span
        elif kind == "either":
            ways *= 2
        before, at = kind, token.end()
    if ways > _MOST_WAYS:
        return "there are too many ways to match it; write how many of each there are, such as \\d{6,8}"
    return ""


def _span(repeat: str) -> int:
    """Return in how many lengths something may be repeated."""
    if repeat in "*+":
        return LONGEST_TEXT
    if repeat == "?":
        return 2
    least, comma, most = repeat.strip("{}").partition(",")
    return (int(most or LONGEST_TEXT) - int(least or 0) + 1) if comma else 1


def fits(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found anywhere in a text, whatever its case."""
    return re.search(pattern, text[:LONGEST_TEXT], re.IGNORECASE) is not None
