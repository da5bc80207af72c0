"""The log, told as OpenTelemetry's records: redacted before anything of it leaves this file."""

import logging
import re
import traceback
from logging.handlers import QueueHandler
from queue import SimpleQueue
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.trace import get_current_span

from bot.measuring.stretches import context_now
from bot.telemetry import OWN, redact, say_unwritten, sentence

_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL, "FATAL"),
    (logging.ERROR, SeverityNumber.ERROR, "ERROR"),
    (logging.WARNING, SeverityNumber.WARN, "WARN"),
    (logging.INFO, SeverityNumber.INFO, "INFO"),
    (logging.NOTSET, SeverityNumber.DEBUG, "DEBUG"),
)


_TRACE = "trace_id"
_UNQUOTED = re.compile(r"[^\n<(]*")
"""What the event loop says in its own words, before it shows a task, what it was given and how it ended."""
_MOST = 50
"""Errors that led to one, or are in its group, which are told."""


def _with_trace(record: logging.LogRecord) -> bool:
    """Have a line say which trace it belongs to."""
    found = get_current_span(context_now()).get_span_context()
    if found.is_valid:
        setattr(record, _TRACE, f"{found.trace_id:032x}")
    return True


class LogLines(QueueHandler):
    """Hands every record to a provider: the sentence and its fields, redacted, and where an error came from.

    What an error says of itself stays here: a bug quotes what it stumbled over, which may be somebody's name.
    """

    handleError = staticmethod(say_unwritten)  # noqa: N815 - the name is logging's

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__(SimpleQueue())
        self._provider = provider
        self._root = logging.getLogger()
        for other in self._root.handlers:
            other.addFilter(_with_trace)
        self._root.addHandler(self)

    def stop(self) -> None:
        self._root.removeHandler(self)
        for other in self._root.handlers:
            other.removeFilter(_with_trace)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Hand a record over; what fails here fails nobody who logs."""
        number, name = next((n, text) for level, n, text in _SEVERITIES if record.levelno >= level)
        fields: dict[str, Any] = {
            f"guestlist.{key}": value if isinstance(value, bool | int | float) else redact(str(value))
            for key, value in vars(record).items()
            if key not in OWN and key != _TRACE
        }
        if record.exc_info and record.exc_info[1]:
            fields["exception.type"] = type(record.exc_info[1]).__name__
            fields["exception.stacktrace"] = redact(_frames(record.exc_info[1]))
        self._provider.get_logger(record.name).emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                context=context_now(),
                severity_number=number,
                severity_text=name,
                body=redact(_body(record)),
                attributes=fields,
            )
        )


def _body(record: logging.LogRecord) -> str:
    said = sentence(record)
    return _UNQUOTED.findall(said)[0].strip() if record.name == "asyncio" else said


def _frames(error: BaseException, told: set[int] | None = None) -> str:
    """Return the types and places of an error and of what led to it, but nothing that they say."""
    told = set() if told is None else told
    if id(error) in told or len(told) == _MOST:
        return ""
    told.add(id(error))
    led = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    within = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    before = "".join(_frames(one, told) for one in (led, *within) if one)
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}\n"
