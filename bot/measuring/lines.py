"""The log, told as OpenTelemetry's records: redacted before anything of it leaves this file."""

import logging
import traceback
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.trace import get_current_span

from bot.measuring.stretches import context_now
from bot.telemetry import OWN, redact

_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL, "FATAL"),
    (logging.ERROR, SeverityNumber.ERROR, "ERROR"),
    (logging.WARNING, SeverityNumber.WARN, "WARN"),
    (logging.INFO, SeverityNumber.INFO, "INFO"),
    (logging.NOTSET, SeverityNumber.DEBUG, "DEBUG"),
)


_TRACE = "trace_id"


def _with_trace(record: logging.LogRecord) -> bool:
    """Have a line say which trace it belongs to."""
    found = get_current_span(context_now()).get_span_context()
    if found.is_valid:
        setattr(record, _TRACE, f"{found.trace_id:032x}")
    return True


class LogLines(logging.Handler):
    """Hands every record to a provider: the sentence and its fields, redacted, and where an error came from.

    What an error says of itself stays here: a bug quotes what it stumbled over, which may be somebody's name.
    """

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider
        self._root = logging.getLogger()
        for other in self._root.handlers:
            other.addFilter(_with_trace)
        self._root.addHandler(self)

    def stop(self) -> None:
        self._root.removeHandler(self)
        for other in self._root.handlers:
            other.removeFilter(_with_trace)

    def emit(self, record: logging.LogRecord) -> None:
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
                body=redact(_sentence(record)),
                attributes=fields,
            )
        )


def _sentence(record: logging.LogRecord) -> str:
    """Return what a record says; a vendor's whose fields do not fit it says its sentence alone."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _frames(error: BaseException) -> str:
    """Return the types and places of an error and of what led to it, but nothing that they say."""
    led = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{_frames(led) if led else ''}{frames}{type(error).__name__}\n"
