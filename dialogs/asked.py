"""Reads of whom something is asked: the tenant, a domain, a guest, and an app with what of it."""

import re

from access.rules.addresses import domain_of, read_address, read_domain
from access.rules.readied import Asked
from access.rules.refusals import Problem
from dialogs.commands import MARKS

_QUOTES = '"“”„‟«»'
_TO = re.compile(r"\s+(?:to|in|for)\s+", re.IGNORECASE)
_AS = re.compile(r"\s+as\s+", re.IGNORECASE)
_QUOTED = re.compile(
    rf"(?i)^[{_QUOTES}](?P<app>[^{_QUOTES}]{{1,256}})[{_QUOTES}](?:\s+as\s+(?P<access>.+))?$"
)
_LINKED = re.compile(r"\[(?P<shown>[^\[\]]{1,255})\]\([^()\s]{0,300}\)")
_SCHEME = re.compile(r"(?i)^https?://")


def read_asked(text: str) -> Asked | Problem | None:
    """Read `ADDRESS or DOMAIN to APP as ROLE`, each part of which may be left out from the right."""
    whom, to, wanted = _parted(text.strip())
    if to and not (whom and wanted):
        return None
    app, access = _app(wanted)
    if not whom:
        return Asked()
    whom = _plain(whom)
    if "@" in whom.lstrip("@"):
        address = read_address(whom)
        if isinstance(address, Problem):
            return address
        return Asked(domain_of(address), address, app, access)
    domain = read_domain(whom.lstrip("@"))
    return Asked(domain, "", app, access) if domain else None


def _plain(whom: str) -> str:
    """Return what was typed without what a client makes of a domain: a link, or the address of a page."""
    if linked := _LINKED.fullmatch(whom):
        whom = linked["shown"]
    return _SCHEME.sub("", whom).strip(f"<>/{MARKS} ")


def _parted(text: str) -> tuple[str, bool, str]:
    found = _TO.search(f"{text} ")
    if found is None:
        return text, False, ""
    return text[: found.start()], True, text[found.end() :].strip()


def _app(text: str) -> tuple[str, str]:
    """Return an app and what of it, with or without quotation marks."""
    if quoted := _QUOTED.match(text):
        return quoted["app"].strip(), (quoted["access"] or "").strip(_QUOTES).strip()
    app, *access = _AS.split(text, maxsplit=1)
    return app.strip(f"{_QUOTES}{MARKS} "), access[0].strip(f"{_QUOTES} ") if access else ""
