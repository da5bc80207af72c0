"""Reads the waivers of a table: under what conditions nobody has to approve, and how often at most."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from access.rules.policy import SourceKind, Waiver
from access.rules.policy_reads import Reads

MOST_WAIVERS = 10
MOST_WAIVED = 1000
"""As many uses of a waiver as the store keeps: its limit is counted by them."""
LONGEST_NAME = 60
GUESTS = ("any", "known")


@dataclass(frozen=True, slots=True)
class Words:
    """What a waiver may say: its keys, who may be its requestors, and the roles that the file names."""

    keys: AbstractSet[str]
    requestors: frozenset[SourceKind]
    roles: Mapping[str, Any]


def read_waivers(reader: Reads, table: Mapping[str, Any], where: str, words: Words) -> dict[str, Any]:
    """Return what a table says of waivers, by the fields of `Rules`.

    An empty list closes them here, whatever other tables say. Stages of its own take away those of the
    tables above: who wrote the stages did not mean them to be waived.
    """
    if "waiver" not in table:
        return {"waivers": ()} if "stage" in table else {}
    place = f"{where}.waiver"
    if table["waiver"] == []:
        return {"waivers": (), "waives": False}
    found = reader.tables(table["waiver"], place)
    if len(found) > MOST_WAIVERS:
        reader.mistakes.append(f"{place}: write at most {MOST_WAIVERS} waivers")
    placed = list(_placed(place, found))
    return {"waivers": tuple(_waiver(reader, one, here, words) for here, one in placed)}


def _placed(place: str, found: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, one in enumerate(found, start=1):
        yield (place if len(found) == 1 else f"{place} {number}"), one


def _waiver(reader: Reads, table: Mapping[str, Any], where: str, words: Words) -> Waiver:
    reader.known(table, where, words.keys)
    name, guests = table.get("name"), table.get("guests", GUESTS[0])
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        reader.mistakes.append(
            f"{where}.name: write a name of at most {LONGEST_NAME} characters; cards and audit call it so"
        )
        name = ""
    if guests not in GUESTS:
        reader.mistakes.append(f"{where}.guests: write any, or known for those who are in the directory")
    most, per = _rate(reader, table, where)
    longest = table.get("longest")
    return Waiver(
        name=name.strip(),
        most=most,
        per=per,
        requestors=reader.sources(table["requestors"], f"{where}.requestors", words.requestors, words.roles)
        if "requestors" in table
        else (),
        domains=reader.domain_list(table["domains"], f"{where}.domains") if "domains" in table else (),
        longest=reader.length(longest, f"{where}.longest", timedelta()) if "longest" in table else None,
        known_guests=guests == "known",
    )


def _rate(reader: Reads, table: Mapping[str, Any], where: str) -> tuple[int, timedelta]:
    """Read how often it may be used; without a limit, whoever may use it could open a flood."""
    most = table.get("most")
    if "most" not in table or "per" not in table:
        reader.mistakes.append(f'{where}: say how often it may be used, such as most = 20 and per = "1d"')
    elif not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MOST_WAIVED:
        reader.mistakes.append(f"{where}.most: write a number from 1 to {MOST_WAIVED}")
        most = 1
    per = reader.length(table["per"], f"{where}.per", timedelta()) if "per" in table else timedelta()
    return (most if isinstance(most, int) else 1), per
