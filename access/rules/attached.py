"""A file that somebody sent along with a message: what is told of it, and why its bytes may not come."""

from dataclasses import dataclass, field
from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as the channel tells of it: a hint in every word, also in what it is said to be.

    `download_url` opens it to whoever has it, for minutes: a secret, never logged, stored or shown.
    """

    name: str
    file_type: str
    """The ending of its name in lower case, such as `csv`; empty where it has none."""
    download_url: str = field(repr=False)


class WhyNotFetched(StrEnum):
    """Why the bytes of a file that somebody sent did not come; nothing of it was kept."""

    NOT_ALLOWED = "not-allowed"
    """It is said to lie where the operator lets no file come from."""
    REDIRECTED = "redirected"
    """It is said to lie elsewhere, as behind a sign-in: some phones send such links."""
    TOO_BIG = "too-big"
    GONE = "gone"
    """The link opens nothing any more, or nothing yet: it lives for minutes."""
    NO_FILE = "no-file"
    """No link came with it, or the link opens a page and no file."""
    TOO_SLOW = "too-slow"
    AWAY = "away"
