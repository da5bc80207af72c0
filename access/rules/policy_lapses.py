"""Reads what becomes of guests who never accept, are inactive, or have nobody who stands for them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from access.rules.lapses import LapseRule, Then
from access.rules.policy_reads import Reads
from access.rules.policy_times import read_reminders

LAPSES = ("never_accepted", "inactive", "sponsorless")
"""Their keys, which are the names of the fields of `Rules`."""


def read_lapses(
    reader: Reads,
    table: Mapping[str, Any],
    where: str,
    usual: Mapping[str, LapseRule],
    names: Mapping[str, AbstractSet[str]],
) -> dict[str, LapseRule]:
    """Return what a table says of each, by its key; it says what differs from the usual."""
    return {
        key: _read(reader, table[key], f"{where}.{key}", usual[key], names[key])
        for key in LAPSES
        if key in table
    }


def _read(reader: Reads, value: Any, where: str, usual: LapseRule, names: AbstractSet[str]) -> LapseRule:
    table, found = reader.table(value, where), usual
    reader.known(table, where, names)
    if "then" in table:
        found = replace(found, then=_then(reader, table["then"], f"{where}.then", usual.then))
    if "after" in table:
        found = replace(found, after=reader.length(table["after"], f"{where}.after", usual.after))
    if "grace" in table:
        found = replace(found, grace=reader.length(table["grace"], f"{where}.grace", usual.grace))
    if "rest" in table:
        found = replace(found, rest=reader.length(table["rest"], f"{where}.rest", usual.rest))
    if "remind_after" in table:
        place = f"{where}.remind_after"
        found = replace(found, remind_after=read_reminders(reader, table["remind_after"], place))
    if found.then is not Then.NOTHING and found.remind_after and found.remind_after[-1] >= found.after:
        reader.mistakes.append(f"{where}: remind_after must be over before after")
    return found


def _then(reader: Reads, value: Any, where: str, usual: Then) -> Then:
    if isinstance(value, str) and value in set(Then):
        return Then(value)
    reader.mistakes.append(f'{where}: write "nothing", "tell" or "remove"')
    return usual
