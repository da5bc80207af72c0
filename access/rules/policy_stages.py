"""Reads the stages of approval: who decides at each, and who stands in for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from access.rules.policy import Source, SourceKind, Stage

MOST_STAGES = 1
_APPROVERS = frozenset(SourceKind) - {SourceKind.MEMBERS}
_PEOPLE = ("approvers", "fallback")


class Reads(Protocol):
    """What reading a stage needs of the policy's reader, which gathers the mistakes."""

    mistakes: list[str]

    def known(self, table: Mapping[str, Any], where: str, names: set[str]) -> None: ...
    def tables(self, value: Any, where: str) -> list[Mapping[str, Any]]: ...
    def sources(
        self, value: Any, where: str, allowed: frozenset[SourceKind], roles: Mapping[str, Any]
    ) -> tuple[Source, ...]: ...


def read_stages(
    reader: Reads, value: Any, where: str, usual: tuple[Stage, ...], roles: Mapping[str, Any]
) -> tuple[Stage, ...]:
    """Return the stages of a table, or the usual ones where it has none.

    What a stage does not say is as in the usual stage with the same number.
    """
    tables = reader.tables(value, where)
    if len(tables) > MOST_STAGES:
        reader.mistakes.append(f"{where}: this version has one stage of approval; write one")
    if not tables:
        return usual
    return tuple(
        _stage(reader, table, where if len(tables) == 1 else f"{where} {number}", found, roles)
        for number, (table, found) in enumerate(_beside(tables, usual), start=1)
    )


def _beside(
    tables: Sequence[Mapping[str, Any]], usual: tuple[Stage, ...]
) -> list[tuple[Mapping[str, Any], Stage]]:
    return [(table, usual[place] if place < len(usual) else Stage(())) for place, table in enumerate(tables)]


def _stage(
    reader: Reads, table: Mapping[str, Any], where: str, usual: Stage, roles: Mapping[str, Any]
) -> Stage:
    reader.known(table, where, set(_PEOPLE))
    if "approvers" not in table:
        reader.mistakes.append(f"{where}: name the approvers")
    people = {
        name: reader.sources(table[name], f"{where}.{name}", _APPROVERS, roles)
        if table[name] or name == "approvers"
        else ()
        for name in _PEOPLE
        if name in table
    }
    return Stage(
        approvers=people.get("approvers", usual.approvers),
        fallback=people.get("fallback", usual.fallback),
    )
