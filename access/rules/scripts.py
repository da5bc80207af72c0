"""Whether a domain is written so that it passes for another: letters of scripts that nobody writes together.

After the *highly restrictive* level of Unicode's security mechanisms (UTS 39): one script, or Latin with
those in which Chinese, Japanese or Korean is written. A browser shows such a domain in punycode.
"""

import unicodedata

_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
_PASS_FOR_LATIN = {
    "CYRILLIC": frozenset("асԁеһіјӏорԛѕԝхуѵ"),
    "GREEK": frozenset("αγικνοορτυχ"),
}
"""Letters that look like a Latin one: a word of these alone, before a Latin ending, is no word."""


def readable(domain: str) -> str:
    """Return a domain of punycode in its letters; what is none stays as it is."""
    return ".".join(_letters(label) for label in domain.split("."))


def passes_for_another(domain: str) -> bool:
    """Tell whether a domain, in punycode, mixes scripts or is of letters that all pass for Latin ones."""
    *labels, ending = readable(domain).split(".")
    return any(_is_mixed(label) or (ending.isascii() and _is_masked(label)) for label in (*labels, ending))


def _letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _is_mixed(label: str) -> bool:
    scripts = _scripts(label)
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _is_masked(label: str) -> bool:
    scripts, letters = _scripts(label), {one for one in label if one.isalpha()}
    return len(scripts) == 1 and letters <= _PASS_FOR_LATIN.get(next(iter(scripts)), frozenset())


def _scripts(label: str) -> set[str]:
    """Return the scripts of a label's letters, by the first word of their names; a digit has none."""
    return {unicodedata.name(one, "?").split(" ", 1)[0].split("-", 1)[0] for one in label if one.isalpha()}
