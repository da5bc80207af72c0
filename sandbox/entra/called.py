"""Who has which address, so that of thousands of objects only those need be looked at."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

_PLACES = {"mail": "mail", "otherMails/any": "otherMails", "proxyAddresses/any": "proxyAddresses"}
_PLACE = r"(?:mail eq |(?:otherMails|proxyAddresses)/any\((\w+):\1 eq )('(?:[^']|'')*')\)?"
_ONE = re.compile(_PLACE)
_ASKS = re.compile(_PLACE.replace(r"(\w+):\1", r"\w+:\w+") + r"(?: or |$)")


def only_addresses(text: str) -> list[str] | None:
    """Return the addresses, where a filter asks for nothing else: whoever has none of these is not meant."""
    at = 0
    while at < len(text):
        if (found := _ASKS.match(text, at)) is None:
            return None
        at = found.end()
    return [one.group(2)[1:-1].replace("''", "'") for one in _ONE.finditer(text)] if text else None


class Called:
    """The ids of objects by every name that they ever had; whether they still have it is seen at them."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, None]] = defaultdict(dict)

    def learn(self, key: str, props: dict[str, Any]) -> None:
        for name in _names(props):
            self._ids[name.casefold()][key] = None

    def ids(self, names: Iterable[str]) -> Iterator[str]:
        return (key for name in names for key in self._ids.get(name.casefold(), ()))


def _names(props: dict[str, Any]) -> Iterator[str]:
    for place in _PLACES.values():
        value = props.get(place) or ()
        for name in [value] if isinstance(value, str) else value:
            yield name
            yield name.partition(":")[2] or name
