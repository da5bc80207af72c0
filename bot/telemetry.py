"""Logs: fixed sentences with fields, one line each; addresses, links and tokens never get out."""

import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

# Each looks at a character once, or at a word once: what a stranger sends at length must not cost its square.
_BEARER = re.compile(r"(?i)bearer\s+[\w\-.~+/]+=*")
_WORD = re.compile(r"\S+")
_PART = re.compile(r"[^\s\"<>()\[\]{},;:\\/?&=|]+")
"""What of a word may be an address or a token; a quote may be of either (O'Brien), so it is left in."""
_AT = re.compile(r".(?:@|%(?:25)*40)|.(?:#|%(?:25)*23)EXT(?:#|%(?:25)*23)", re.IGNORECASE)
_AT_IN_MARKUP = re.compile(r"&#0{0,5}64;|&#x0{0,5}40;|\\u0040|\uff20", re.IGNORECASE)
_LINK = re.compile(r"https?(?::|%(?:25)*3A)(?:\\?/|%(?:25)*2F){2}", re.IGNORECASE)
_LEADS_IN = ("redeem", "ticket", "token", "code=")
_LONGEST = 50_000
"""Characters that are looked through; no line of ours is as long, and what is beyond is not written."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal acts on, or what turns the writing round."""

_OF_STRANGERS = frozenset({"HttpProcessingError", "RequestPayloadError"})
"""Errors of aiohttp, by name, that a head or a body makes which is no HTTP."""

OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What every record has; the rest are its fields."""


def redact(text: str) -> str:
    """Return the text without addresses, redeem links and tokens."""
    if len(text) > _LONGEST:  # without the last word, which may be half of an address
        text = f"{(text[:_LONGEST].rsplit(maxsplit=1) or [''])[0]} … {len(text)} characters"
    text = _AT_IN_MARKUP.sub("@", text)
    return _PART.sub(_part, _WORD.sub(_linkless, _BEARER.sub("Bearer ***", text)))


def _linkless(found: re.Match[str]) -> str:
    word = found[0]
    begins = _LINK.search(word)
    if begins is None or not any(one in word[begins.end() :].lower() for one in _LEADS_IN):
        return word
    return f"{word[: begins.start()]}***link***"


def _part(found: re.Match[str]) -> str:
    """Hide an address however it is written: as a name of Entra, encoded, twice encoded, at any host."""
    part = found[0]
    if "eyJ" in part and (part.count(".") > 1 or ".eyJ" in part):
        return "***token***"
    return "***address***" if _AT.search(part) else part


class _Line(logging.Formatter):
    """Writes a record, its fields and its traceback, all redacted."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = "".join(f" {name}={value!r}" for name, value in vars(record).items() if name not in OWN)
        line = f"{at} {record.levelname} {record.name}: {sentence(record)}{fields}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return _as_one(redact(line))


def sentence(record: logging.LogRecord) -> str:
    """Return what a record says; a vendor's whose fields do not fit it says its sentence alone."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def say_unwritten(record: logging.LogRecord) -> None:
    """Say on standard error that a line could not be written, without what it holds."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"A line of {record.name} could not be written: {record.module}:{record.lineno}\n")


class _Written(logging.StreamHandler[TextIO]):
    handleError = staticmethod(say_unwritten)  # noqa: N815 - the name is logging's


def _as_one(text: str) -> str:
    """Return the text so that nothing in it begins a line of its own: what follows a break is indented."""
    return "\n\t".join(map(tame, text.splitlines()))


def tame(text: str) -> str:
    """Return the text with what a terminal would act on escaped, but breaks of lines and tabs."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def configure_logging(level: int = logging.INFO) -> None:
    """Send every log to standard error, redacted; vendors speak only when it matters."""
    handler = _Written(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for vendor in ("aiohttp.access", "azure", "httpx", "httpcore", "msrest", "msal", "alembic", "sqlalchemy"):
        logging.getLogger(vendor).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_no_bytes_of_strangers)
    # It tells every failed statement of an outage, ten a second; bot.queue tells the outage, once.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)


def _no_bytes_of_strangers(record: logging.LogRecord) -> bool:
    """Have what is no HTTP be a word in the log, and not an error that quotes whoever sent it."""
    error = record.exc_info[0] if record.exc_info else None
    if error is not None and not _OF_STRANGERS.isdisjoint(one.__name__ for one in error.__mro__):
        record.msg, record.args, record.exc_info = "A caller sent what is no HTTP", (), None
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
    return True
