"""Reads the line of a request into the form's fields, in whatever order its parts stand."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from access.ports import Store
from access.rules.draft import Draft
from access.rules.form_questions import ID
from access.rules.model import Kind, ObjectId, Term
from access.rules.terms import read_term
from cards.request_form import data_of
from dialogs.commands import MARKS

_DOUBLE, _SINGLE = "“”„‟«»″〝〞＂「」『』", "‘’‚‛‹›′＇"
_STRAIGHT = str.maketrans({**dict.fromkeys(_DOUBLE, '"'), **dict.fromkeys(_SINGLE, "'"), "＠": "@"})
"""One letter for one, so that places in the line as it was typed stay the same."""
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\S)'(?=\S)[^'\"]{1,100}'(?!\w)")
_BECAUSE = re.compile(r"(?<!\S)because[:,]?(?!\S)", re.IGNORECASE)
_MARK = re.compile(
    r"(?<!\S)(?:(?P<to>to)|(?P<access>as|in|via)|(?P<term>for(?=\s+\d)|until)):?(?!\S)", re.IGNORECASE
)
_LONGEST_NAME = 20
"""Words of an app's name that are looked at, and marks of a kind: whoever means more uses the form."""
_ANSWER = re.compile(
    rf"(?<!\S)with\s+(?P<id>{ID})\s*[:=]\s*(?P<said>\"[^\"]*\"|[^\s\"]+)[,;]?", re.IGNORECASE
)
_FILLERS = frozenset({"a", "the", "our", "my", "please", "guest", "user", "new", "external", "partner"})


BY = "by"
"""With a line that is kept: who typed it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An app that stands in a line: the mark before it, its name, and where it ends."""

    mark: re.Match[str]
    name: str
    end: int


def likeness(name: str) -> str:
    """Return what two spellings of one name share: case, kinds of quotes and spaces do not count."""
    straight = name if name.isascii() else name.translate(_STRAIGHT)  # which is slow for thousands of names
    return " ".join(straight.casefold().split())


def by_likeness(names: Iterable[str]) -> Mapping[str, str]:
    return {likeness(name): name for name in names}


def sealed(draft: Draft, by: ObjectId, store: Store) -> str:
    """Return a draft as the button of a card carries it that others have, too: for whoever typed it."""
    return store.seal(json.dumps({**data_of(draft), BY: by}, ensure_ascii=False))


def without_answers(text: str, ids: Collection[str]) -> tuple[str, dict[str, str]]:
    """Split `with project: "Apollo"` off a line, before its justification: answers by the ids of questions.

    An id of which there is no question stays a word of the line, so that whoever mistyped it is told.
    """
    straight = text.translate(_STRAIGHT)
    because = _BECAUSE.search(_masked(straight))
    found = [
        one
        for one in _ANSWER.finditer(straight, 0, because.start() if because else len(text))
        if one["id"].lower() in ids
    ]
    answers = {one["id"].lower(): unquoted(text[one.start("said") : one.end("said")]) for one in found}
    for one in reversed(found):
        text = f"{text[: one.start()].rstrip()} {text[one.end() :].lstrip()}"
    return text.strip(), answers


def is_plain(text: str) -> bool:
    """Tell whether a line has one reading, whatever apps there are: `ADDRESS to APP for TERM because …`."""
    head, _ = parted(text)
    line = head.translate(_STRAIGHT)
    marks = list(_MARK.finditer(_masked(line)))
    if [mark.lastgroup for mark in marks] not in (["to"], ["to", "term"]):
        return len(marks) == 0
    app = line[marks[0].end() : marks[1].start() if marks[1:] else len(line)].strip()
    quoted = len(app) > 1 and app[0] == app[-1] == '"'
    return "@" in line[: marks[0].start()] and (quoted or re.fullmatch(r"[\w\s-]*", app) is not None)


def read_draft(kind: Kind, text: str, apps: Mapping[str, str] | None = None) -> Draft:
    """Read `ADDRESS to APP as ROLE for 90d because JUSTIFICATION`; what is missing stays empty.

    What stands in quotes is never split, and the justification may hold any word. `apps`, by likeness, are
    those that the reader may request for: the longest of their names that follows a `to` is the app.
    """
    draft, guest = read_many(kind, text, apps)
    name, address = read_guest(guest)
    return replace(draft, name=name, address=address)


def read_many(kind: Kind, text: str, apps: Mapping[str, str] | None = None) -> tuple[Draft, str]:
    """Read the line of a request for any number of guests, and who they are as it was typed."""
    head, justification = parted(text)
    line = head.translate(_STRAIGHT)
    marks = list(_MARK.finditer(_masked(line)))
    app = _known_app(line, marks, apps or {})
    active = _active(line, marks, app)
    lead = head[: active[0].start()] if active else head
    parts = {"to": "", "access": "", "term": ""}
    guest = [lead]
    for mark, after in zip_longest(active, active[1:]):
        start = app.end if app and mark is app.mark else mark.end()
        said = head[start : _start(after, head)].strip()
        if app and mark is app.mark:
            guest.append(said)
            said = app.name
        elif "@" not in _masked(lead.translate(_STRAIGHT)):
            said, more = _without_guest(said, is_term=mark.lastgroup == "term")
            guest.append(more)
        parts[str(mark.lastgroup)] = f"until {said}" if mark[0].lower().startswith("until") else said
    if not parts["term"]:
        justification, parts["term"] = _term_after(justification)
    draft = Draft(
        kind=kind,
        app=unquoted(parts["to"]),
        access=unquoted(parts["access"]),
        term=parts["term"].strip(f"{MARKS} "),
        justification=justification,
    )
    return draft, " ".join(guest)


def parted(text: str) -> tuple[str, str]:
    """Return what stands before `because` and after it."""
    found = _BECAUSE.search(_masked(text.translate(_STRAIGHT)))
    return (text[: found.start()].strip(), text[found.end() :].strip()) if found else (text.strip(), "")


def _masked(line: str) -> str:
    """Return the line with a filler for each letter in quotes."""
    return _QUOTED.sub(lambda found: "_" * len(found[0]), line)


def _known_app(line: str, marks: Sequence[re.Match[str]], apps: Mapping[str, str]) -> _Found | None:
    """Return the longest name of an app that follows a `to`, the first `to` first."""
    for mark in [one for one in marks if one.lastgroup == "to"][:_LONGEST_NAME] if apps else ():
        ends = [found.end() for found in re.finditer(r"\S+", line[mark.end() :][:500])][:_LONGEST_NAME]
        for end in reversed(ends):
            said = line[mark.end() : mark.end() + end]
            for spelt in (said, unquoted(said), unquoted(said).rstrip(MARKS)):
                if name := apps.get(likeness(spelt)):
                    return _Found(mark, name, mark.end() + end)
    return None


def _active(line: str, marks: Sequence[re.Match[str]], app: _Found | None) -> list[re.Match[str]]:
    """Return the marks that part the line, at most one of each kind; the others are words of a name."""
    free = [one for one in marks if app is None or not app.mark.start() <= one.start() < app.end]
    to = app.mark if app else next((one for one in free if one.lastgroup == "to"), None)
    access = [one for one in free if one.lastgroup == "access"]
    behind = [one for one in access if to is not None and one.start() > to.start()]
    terms = [(one, after) for one, after in zip_longest(free, free[1:]) if one.lastgroup == "term"]
    readable = [
        one for one, after in terms[-_LONGEST_NAME:] if _holds_term(line[one.end() : _start(after, line)])
    ]
    last = readable[-1:] or [one for one, _ in terms[-1:]]
    chosen = [to, *(behind or access)[:1], *last]
    return sorted((one for one in chosen if one is not None), key=lambda one: one.start())


def _start(mark: re.Match[str] | None, line: str) -> int:
    return mark.start() if mark else len(line)


def _holds_term(text: str) -> bool:
    return _is_term(_without_guest(text[:100], is_term=True)[0])


def _without_guest(text: str, *, is_term: bool) -> tuple[str, str]:
    """Split a part of the line that an address ends; of a term the words between are the guest's name."""
    words = text.split()
    at = next((place for place, word in enumerate(words) if "@" in word), None)
    if at is None:
        return text, ""
    if is_term:
        read = (count for count in range(min(at, 4), 0, -1) if _is_term(" ".join(words[:count])))
        at = next(read, at)
    return " ".join(words[:at]), " ".join(words[at:])


def _is_term(text: str) -> bool:
    return isinstance(read_term(text.strip(f"{MARKS} ")), Term)


def _term_after(justification: str) -> tuple[str, str]:
    """Split a term off that ends a justification; only one that can be read is one."""
    marks = [one for one in _MARK.finditer(justification) if one.lastgroup == "term"]
    if not marks:
        return justification, ""
    last = marks[-1]
    term = justification[last.end() :].strip(f"{MARKS} ")
    if not _is_term(term):
        return justification, ""
    until = "until " if last[0].lower().startswith("until") else ""
    return justification[: last.start()].rstrip(f"{MARKS} "), f"{until}{term}"


def read_guest(text: str) -> tuple[str, str]:
    """Read `Ana Ruiz <ana@fabrikam.com>` into name and address; what is no guest stays as it was typed."""
    text = text.translate(_STRAIGHT).strip(f"{MARKS} ")
    before, opened, rest = text.partition("<")
    inside, closed, after = rest.partition(">")
    if opened and closed and "@" not in before + after and not after.strip(f"{MARKS} "):
        return unquoted(before), bare(inside)
    words = text.split()
    addresses = [word for word in words if "@" in word]
    others = [word.strip("()\"'<>" + MARKS) for word in words if "@" not in word]
    named = [word for word in others if word and word.casefold() not in _FILLERS]
    plain = all(word[0].isalpha() and not word[0].islower() for word in named)
    if len(addresses) != 1 or addresses[0].count("@") != 1 or not plain:
        return "", text
    return " ".join(named), bare(addresses[0])


def bare(address: str) -> str:
    """Return an address without what people and clients put around it."""
    stripped = address.strip("<>()[]\"' " + MARKS)
    return stripped[len("mailto:") :] if stripped.lower().startswith("mailto:") else stripped


def unquoted(text: str) -> str:
    """Return a name without the quotes around it and a comma after it; an apostrophe in it stays."""
    name = text.strip(" ,;").strip(f' "{_DOUBLE}')
    single = f"'{_SINGLE}"
    return name[1:-1].strip() if len(name) > 1 and name[0] in single and name[-1] in single else name
