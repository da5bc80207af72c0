"""Guesses what was meant by what is no command; whoever uses a guess shows it and does nothing."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from access.rules.draft import Draft
from access.rules.model import Kind, Term
from access.rules.terms import read_term
from dialogs.commands import MARKS, Numbered, find_number, read_line, read_number
from dialogs.drafts import bare, likeness, read_draft

_ASKS: Mapping[str, Kind] = {
    **dict.fromkeys(("invite", "invitation", "inviting", "add", "onboard", "einladen"), Kind.INVITE),
    **dict.fromkeys(("assign", "assignment"), Kind.ASSIGN),
}
_ACTS: Mapping[str, str] = {
    **dict.fromkeys(("approve", "approved", "accept", "allow", "genehmigen"), "approve"),
    **dict.fromkeys(("deny", "decline", "reject", "refuse", "ablehnen"), "deny"),
    **dict.fromkeys(("cancel", "withdraw", "stornieren"), "cancel"),
    **dict.fromkeys(("answer", "reply", "antworten"), "answer"),
    **dict.fromkeys(("retry", "repeat"), "retry"),
}
_LISTS: Mapping[str, str] = {"requests": "requests", "approvals": "approvals"}
_CLOSE = 0.75
_LOOKED_AT = 1000
"""Letters of a text that a guess is made of."""
_BEGINNING = 6
"""Words among which a command is looked for."""
_TERM = re.compile(
    r"(?<!\S)(?:\d{1,4} ?(?:d|days?|w|weeks?|m|months?|y|years?)|\d{4}-\d{2}-\d{2})(?![^\s.,;:!?])",
    re.ASCII | re.IGNORECASE,
)
_CERTAIN = 0.6
"""How much of a text a name of one word must be, to be what the text is about."""

Near = Callable[[str, int, float], Sequence[str]]
"""Takes a misspelt name, how many are wanted, and how alike they must be, of 1."""


@dataclass(frozen=True, slots=True)
class Act:
    """A command (empty where only a number was found) and the request that it is meant for."""

    word: str
    number: Numbered | None = None


def meant_act(text: str) -> Act | None:
    """Return what somebody seems to want of a request, or the list or decision that they seem to ask for."""
    line = read_line(text)[:_LOOKED_AT]
    words = _words(line)
    for place, word in enumerate(words[:_BEGINNING]):
        if act := _close(word, _ACTS):
            number = read_number(" ".join(line.split()[place + 1 :])) or find_number(line)
            if number or place == 0:
                return Act(act, number)
    if "@" in line:
        return None
    if number := find_number(line):
        return Act("", number)
    alone = read_number(line)
    if alone and not alone.rest:
        return Act("", alone)
    first = _close(words[0], _LISTS) if words else ""
    return Act(first) if first else None


def meant_command(text: str, commands: Collection[str]) -> str:
    """Return which of these commands a line that begins with a slash seems to be, whatever follows; or ""."""
    first = read_line(text)[:_LOOKED_AT].lstrip(" \"'“").partition(" ")[0]
    word = first.removeprefix("/").strip(f"{MARKS} ").casefold()
    found = _close(word, {one: one for one in commands}) if first.startswith("/") else ""
    return "" if found in _ASKS or word in _ASKS else found


def meant_draft(text: str, apps: Mapping[str, str], near: Near) -> Draft | None:
    """Return the request that somebody seems to want, or None.

    `apps`, by likeness, they may ask for; `near` finds the likeliest names of these for a misspelt one.
    """
    line = read_line(text)[:_LOOKED_AT].rstrip(f"{MARKS} ")
    asked, rest = _asked(line)
    draft = read_draft(asked or Kind.INVITE, rest, apps)
    head = rest[: len(rest) - len(draft.justification)]
    app = _app(draft.app, head, apps, near)
    draft = replace(
        draft,
        address=_address(draft.address, head),
        app=app,
        access=draft.access if likeness(draft.app) in apps else "",
        term=_term(draft.term, head),
    )
    about = asked or draft.address or (likeness(app) in apps and _is_about(app, head))
    return draft if about else None


def _words(line: str) -> list[str]:
    return [word.strip(f"{MARKS}/\\\"'“”()").casefold() for word in line.split(" ")]


def _close(word: str, among: Mapping[str, str]) -> str:
    """Return what a word means that is one of these, or nearly one."""
    found = get_close_matches(word, among, 1, _CLOSE) if word.isalpha() else []
    return among[found[0]] if found else ""


def _asked(line: str) -> tuple[Kind | None, str]:
    """Return the kind of request that a word near the beginning names, and what follows that word."""
    for place, word in enumerate(_words(line)[:_BEGINNING]):
        found = get_close_matches(word, _ASKS, 1, _CLOSE) if word.isalpha() else []
        if found:
            return _ASKS[found[0]], " ".join(line.split(" ")[place + 1 :])
    return None, line


def _address(read: str, head: str) -> str:
    """Return the one address of a text; several as they were typed, for the form takes one."""
    if "@" in read.strip("@") and " " not in read:
        return read
    return ", ".join(bare(word) for word in head.split(" ") if "@" in bare(word).strip("@"))


def _app(read: str, head: str, apps: Mapping[str, str], near: Near) -> str:
    """Return the app that was read if it is one, else the longest that is named, else the likeliest."""
    if name := apps.get(likeness(read)):
        return name
    if named := _named(likeness(head), apps):
        return apps[named]
    return next(iter(near(_TERM.sub("", read or head), 1, _CLOSE)), read)


def _named(head: str, apps: Collection[str]) -> str:
    words = " ".join(word.strip(f"{MARKS}()\"'") for word in head.split(" "))
    return max((name for name in apps if name and f" {name} " in f" {words} "), key=len, default="")


def _is_about(app: str, head: str) -> bool:
    words: Sequence[str] = app.split()
    return len(words) > 1 or len(app) >= _CERTAIN * len(head)


def _term(read: str, head: str) -> str:
    if isinstance(read_term(read), Term):
        return read
    found = _TERM.search(head)
    term = found[0].rstrip(MARKS) if found else ""
    return f"until {term}" if term.count("-") else term
