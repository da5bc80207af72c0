"""Addresses as people write them one after the other: in a message, in the To line of a mail."""

import re
from collections.abc import Iterator

from access.rules.visible import has_letters, visible

_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_LINK = re.compile(r"\[([^\[\]]{1,320})\]\(mailto:([^()\s]{1,320})\)")
_MARKUP = re.compile(r"<a [^<>]{0,80}?mailto:([^<>\"']{1,320})[^<>]{0,320}>([^<>]{1,320})</a>")
"""As Teams writes links in text and in markup; each length has an end, so that no text takes long."""
_BULLET = re.compile(r"(?:[-*•–·]|\d{1,5}[.)])\s+")
_EDGES = " ,.:;\"'()[]"


def named(text: str) -> tuple[str, str]:
    """Return the name and the address in `Ana Ruiz <ana@fabrikam.com>`, or no name and the text."""
    before, _, after = text.partition("<")
    inside, closed, rest = after.partition(">")
    if not closed or "@" not in inside or rest.strip(_EDGES):
        return "", text
    address, name = inside.strip().removeprefix("mailto:"), before.strip(_EDGES)
    if "@" in name:  # shown is one address, meant another: whoever judges it sees both
        return "", address if name.lower() == address.lower() else text
    return name if has_letters(name) else "", address


def entries(line: str) -> Iterator[tuple[str, str]]:
    """Yield the names and addresses of one line; what is no address is yielded as one, to be told so."""
    text = _MARKUP.sub(lambda link: _linked(link[2], link[1]), line.translate(_QUOTES))
    text = _LINK.sub(lambda link: _linked(link[1], link[2]), text)
    for piece in text.replace("\t", ";").split(";"):
        plain = visible(piece)
        bullet = _BULLET.match(plain)
        yield from _piece(plain[bullet.end() :] if bullet else plain)


def _linked(shown: str, address: str) -> str:
    return f"{shown} <{address}>"


def _piece(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands between two semicolons: `bob@x.com, Ana Ruiz <ana@x.com>`."""
    begin = 0
    while (opened := text.find("<", begin)) >= 0 and (end := text.find(">", opened)) >= 0:
        before, comma, name = text[begin:opened].rpartition(",")
        if comma and "@" in before:
            yield from _plain(before)
        else:
            name = text[begin:opened]
        yield named(f"{name.strip(_EDGES)} {text[opened : end + 1]}".strip())
        begin = end + 1
    yield from _plain(text[begin:])


def _plain(text: str) -> Iterator[tuple[str, str]]:
    """Yield what has no angle brackets; words beside one address are its name."""
    text = text.strip(_EDGES)
    words = text.replace(",", " ").split()
    addresses = [word for word in words if "@" in word]
    if len(addresses) > 1 and "," in text:
        for part in text.split(","):
            yield from _plain(part)
    elif len(addresses) == 1:
        name = " ".join(text.replace(addresses[0], " ", 1).strip(_EDGES).split())
        yield name if has_letters(name) else "", _bare(addresses[0])
    elif text:
        yield from (("", _bare(word)) for word in (words if addresses else [text]))


def _bare(word: str) -> str:
    return word.strip(_EDGES).removeprefix("mailto:")
