"""What the tenant has set, as it is kept from one night to the next, and read again from JSON."""

import json
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Union, get_args, get_origin, get_type_hints

from access.rules.conditional_access import Network, Protection
from access.rules.tenant_facts import CrossTenants, DomainList, GuestSettings


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was set; a part that was never read is None, and one that cannot be read now is as it was."""

    guests: GuestSettings | None = None
    domains: DomainList | None = None
    between: CrossTenants | None = None
    protection: Protection | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The last snapshot, of which night it is, and who tells now what has changed since."""

    night: str
    snapshot: Snapshot
    teller: str = ""

    def written(self) -> str:
        return json.dumps(_plain(self), separators=(",", ":"))


def read(text: str | None) -> Kept | None:
    """Return what was kept; nothing where another version wrote what this one cannot read."""
    try:
        kept: Kept | None = _reader(Kept)(json.loads(text)) if text else None
    except (ValueError, KeyError, TypeError):
        return None
    return kept


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; what has no order is sorted, so that the same is written the same."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in sorted(value.items())}
    if isinstance(value, frozenset):
        return sorted(_plain(one) for one in value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Enum | IPv4Network | IPv6Network) else value


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return what makes a value of this type of JSON; a field that JSON lacks takes its default."""
    if kind == Network:
        return ip_network
    if is_dataclass(kind):
        return _of_fields(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        some = _reader(next(one for one in inner if one is not type(None)))
        return lambda value: None if value is None else some(value)
    if origin is dict:
        whole = _reader(inner[1])
        return lambda value: {key: whole(one) for key, one in value.items()}
    if origin in (tuple, frozenset):
        make: Callable[[Collection[Any]], Any] = origin
        item = _reader(inner[0])
        return lambda value: make([item(one) for one in value])
    return lambda value: value


def _of_fields(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)

    def whole(value: Any) -> Any:
        known = {one.name for one in fields(kind)} & value.keys()
        return kind(**{name: _reader(hints[name])(value[name]) for name in known})

    return whole
