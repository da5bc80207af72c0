"""Where a `serviceUrl` may point: the gate before every call that leaves for a channel."""

from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORT = {"https": 443, "http": 80}
_KEPT = 64


class Origins:
    """An allow-list: exact origins, and `*.suffix` for https hosts on the default port."""

    def __init__(self, allowed: Iterable[str]) -> None:
        listed = frozenset(allowed)
        self._exact = frozenset(one for one in listed if not one.startswith("*."))
        self._suffixes = tuple(one[1:] for one in listed - self._exact)
        self._welcome: set[str] = set()

    def allows(self, url: str) -> bool:
        if url in self._welcome:
            return True
        origin = origin_of(url)
        if origin is None or not (origin in self._exact or self._has_suffix(origin)):
            return False
        if len(self._welcome) < _KEPT:
            self._welcome.add(url)
        return True

    def _has_suffix(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        return scheme == "https" and host.endswith(self._suffixes)


def origin_of(url: str) -> str | None:
    """Return `scheme://host[:port]` without a default port, or None for what no channel would send.

    Whatever parsers read differently (white space, a backslash, user names, letters that
    only look like ours) is refused.
    """
    if not url.isascii() or any(letter <= " " or letter in "\\@?#\x7f" for letter in url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORT or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in {None, _DEFAULT_PORT[parts.scheme]} else f":{port}")
