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
        return redact(line)


def configure_logging(level: int = logging.INFO) -> None:
    """Send every log to standard error, redacted; vendors speak only when it matters."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for vendor in ("aiohttp.access", "azure", "httpx", "httpcore", "msrest", "msal", "alembic", "sqlalchemy"):
        logging.getLogger(vendor).setLevel(logging.WARNING)
    # It tells every failed statement of an outage, ten a second; bot.queue tells the outage, once.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
