"""Where a `serviceUrl` may point and a file may lie: the gate before calls to addresses from outside."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORT = {"https": 443, "http": 80}
_KEPT = 64
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
"""What the system looks up as the name of a host; at others it stumbles."""


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
        if not self._lists(url):
            return False
        if len(self._welcome) < _KEPT:
            self._welcome.add(url)
        return True

    def allows_file(self, url: str) -> bool:
        """Tell whether a file may go there or come from there; the address is a secret, and is not kept."""
        address, _, query = url.partition("?")
        sound = query.isascii() and all(letter > " " and letter not in '\\"<>#\x7f' for letter in query)
        return sound and self._lists(address)

    def _lists(self, url: str) -> bool:
        origin = origin_of(url)
        if origin is None or origin in self._exact:
            return origin is not None
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
    if parts.scheme not in _DEFAULT_PORT or not host or not (":" in host or _NAME.fullmatch(host)):
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in {None, _DEFAULT_PORT[parts.scheme]} else f":{port}")
