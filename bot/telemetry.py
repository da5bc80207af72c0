"""Logs: fixed sentences with fields, one line each; addresses, links and tokens never get out."""

import logging
import re
import sys
from datetime import UTC, datetime

_SECRETS = (
    (re.compile(r"(?i)bearer\s+[\w\-.~+/]+=*"), "Bearer ***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***token***"),
    (re.compile(r"https?://\S*(?:redeem|ticket|token|code=)\S*", re.IGNORECASE), "***link***"),
    (re.compile(r"[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE), "***address***"),
)

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal acts on, or what turns the writing round."""

OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What every record has; the rest are its fields."""


def redact(text: str) -> str:
    """Return the text without addresses, redeem links and tokens."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Line(logging.Formatter):
    """Writes a record, its fields and its traceback, all redacted."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = "".join(f" {name}={value!r}" for name, value in vars(record).items() if name not in OWN)
        line = f"{at} {record.levelname} {record.name}: {record.getMessage()}{fields}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return _as_one(redact(line))


def _as_one(text: str) -> str:
    """Return the text so that nothing in it begins a line of its own: what follows a break is indented."""
    lines = (_CONTROL.sub(lambda found: ascii(found[0])[1:-1], line) for line in text.splitlines())
    return "\n\t".join(lines)


def configure_logging(level: int = logging.INFO) -> None:
    """Send every log to standard error, redacted; vendors speak only when it matters."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for vendor in ("aiohttp.access", "azure", "httpx", "httpcore", "msrest", "msal", "alembic", "sqlalchemy"):
        logging.getLogger(vendor).setLevel(logging.WARNING)
    # It tells every failed statement of an outage, ten a second; bot.queue tells the outage, once.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
