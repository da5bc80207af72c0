"""The canary: what nobody may read in a log or the audit is looked for at the end of every journey."""

import logging
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

OURS = ("guestlist", "bot", "access", "dialogs", "cards")
"""The loggers of Guestlist."""
PRIVATE = re.compile(
    r"[\w.+'-]+(?:@|%40)(?!thread\.)[\w-]+\.[\w.-]+|\bbearer\s+[\w.-]{8}|\beyJ[\w-]+\.|ticket=|guest/redeem|tempauth=",
    re.IGNORECASE,
)
"""Any address, whoever's, a token, a redeem link, a link that opens a file.

The id of a channel or group chat, `19:…@thread.…`, is no address.
"""
SHORTEST = 10
"""Characters of a justification, as policy asks for at least."""


class _Overheard(logging.Handler):
    """Keeps what is logged, with its fields and before it is redacted."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = traceback.format_exception(record.exc_info[1]) if record.exc_info else []
        self.said.append("".join((f"{record.getMessage()} {vars(record)}\n", *trace)))


@contextmanager
def overhearing() -> Iterator[list[str]]:
    """Yield what Guestlist's loggers say meanwhile, from INFO on."""
    heard, loggers = _Overheard(), [logging.getLogger(name) for name in OURS]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(heard)
        one.setLevel(min(one.level or logging.INFO, logging.INFO))
    try:
        yield heard.said
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.removeHandler(heard)
            one.setLevel(level)


def justifications(body: Mapping[str, Any]) -> set[str]:
    """Return what somebody writes of a guest in a line or a field, if it can be told from other texts."""
    inputs = body.get("inputs") or {}
    fields = ("justification", "question", "answer")
    given = (
        str(body.get("text", "")).partition("because ")[2],
        *(str(inputs.get(one, "")) for one in fields),
    )
    given = (*given, *(str(text) for name, text in inputs.items() if name.startswith("question-")))
    given = (*given, *re.findall(r'with \w+: "([^"]*)"', str(body.get("text", ""))))
    return {one for text in given if len(one := text.strip()) >= SHORTEST}


def private(said: Iterable[str], *secrets: str) -> list[str]:
    """Return what of this nobody may read: for what it looks like, or because it holds one of the secrets."""
    hidden = [secret.casefold() for secret in secrets]
    return [line for line in said if PRIVATE.search(line) or any(one in line.casefold() for one in hidden)]
