"""The addresses that the tenant's named locations tell apart, one to stand for all that are in the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network

from access.rules.conditional_access import NamedLocation, Network, Place

MOST_RANGES = 200
"""Of so many sets of locations the sign-in is tried; the others are one place, of which it is not sure."""
_KEPT = 8
"""One question is asked for each guest: what is told apart changes with the policies alone."""
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(slots=True)
class _Open:
    """A range of which those within are being gone through; `free` is the first address in none of them."""

    network: Network
    within: frozenset[str]
    free: int


@lru_cache(_KEPT)
def told_apart(locations: tuple[NamedLocation, ...]) -> tuple[tuple[tuple[str, ...], Place], ...]:
    """Return a place in each set of locations that some address is in, with their names."""
    names = {one.location_id: one.name for one in locations}
    found: dict[frozenset[str], Network] = {}
    for within, address in _addresses(_holders(locations)):
        found.setdefault(within, address)
    named = sorted(
        ((tuple(sorted(names[one] for one in within)), address) for within, address in found.items()),
        key=lambda one: one[0],
    )
    first = tuple((told, Place(None, (address,))) for told, address in named[:MOST_RANGES])
    others = tuple(sorted({name for told, _ in named[MOST_RANGES:] for name in told}))
    return (*first, (others, Place(None, _ANYWHERE))) if others else first


def _holders(locations: Iterable[NamedLocation]) -> Mapping[Network, set[str]]:
    found: dict[Network, set[str]] = {}
    for location in locations:
        for network in location.networks or ():
            found.setdefault(network, set()).add(location.location_id)
    return found


def _addresses(holders: Mapping[Network, set[str]]) -> Iterator[tuple[frozenset[str], Network]]:
    """Go through the ranges, each before those within it: two ranges are apart, or one holds the other."""
    around: list[_Open] = []
    for network in sorted(holders, key=lambda one: (one.version, int(one.network_address), one.prefixlen)):
        while around and not _holds(around[-1].network, network):
            yield from _free(around.pop())
        first, last = int(network.network_address), int(network.broadcast_address)
        if around and around[-1].free == first:
            around[-1].free = last + 1
        outer = around[-1].within if around else frozenset[str]()
        around.append(_Open(network, outer | holders[network], first))
    while around:
        yield from _free(around.pop())


def _holds(outer: Network, inner: Network) -> bool:
    same = outer.version == inner.version
    return same and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version, by the line before


def _free(done: _Open) -> Iterator[tuple[frozenset[str], Network]]:
    """Return an address of a range, unless those within it leave none."""
    ahead = done.free - int(done.network.network_address)
    if done.free <= int(done.network.broadcast_address):
        yield done.within, ip_network(done.network.network_address + ahead)
