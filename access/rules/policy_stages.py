"""Reads the stages of approval: who decides at each, and how many of them must approve."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from access.rules.policy import SourceKind, Stage
from access.rules.policy_reads import Reads

MOST_STAGES = 3
"""As many as Entra's entitlement management has."""
MOST_NEEDED = 10
"""The largest quorum: more would wait for each other for good."""
_APPROVERS = frozenset(SourceKind) - {SourceKind.MEMBERS}
_PEOPLE = ("approvers", "fallback", "may_decide", "escalation")


def read_stages(
    reader: Reads, value: Any, where: str, usual: tuple[Stage, ...], roles: Mapping[str, Any]
) -> tuple[Stage, ...]:
    """Return the stages of a table; what one does not say is as in the usual stage with the same number.

    An empty list is a mistake: nobody could decide, and whoever means the usual stages leaves it out.
    """
    tables = reader.tables(value, where)
    if value == []:
        reader.mistakes.append(f"{where}: write a stage, or leave it out; `waiver = []` closes waivers")
    if len(tables) > MOST_STAGES:
        reader.mistakes.append(f"{where}: write at most {MOST_STAGES} stages")
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
    reader.known(table, where, {*_PEOPLE, "quorum", "escalate_after"})
    if "approvers" not in table:
        reader.mistakes.append(f"{where}: name the approvers")
    people = {
        name: reader.sources(table[name], f"{where}.{name}", _APPROVERS, roles)
        if table[name] or name == "approvers"
        else ()
        for name in _PEOPLE
        if name in table
    }
    quorum = table.get("quorum", usual.quorum)
    if not isinstance(quorum, int) or isinstance(quorum, bool) or not 1 <= quorum <= MOST_NEEDED:
        reader.mistakes.append(f"{where}.quorum: write a number from 1 to {MOST_NEEDED}")
        quorum = usual.quorum
    escalation = people.get("escalation", usual.escalation)
    after = usual.escalate_after
    if "escalate_after" in table:
        after = reader.length(table["escalate_after"], f"{where}.escalate_after", after or timedelta())
    if (escalation and not after) or ("escalate_after" in table and not escalation):
        reader.mistakes.append(f"{where}: write escalation and escalate_after, or neither")
    return Stage(
        approvers=people.get("approvers", usual.approvers),
        quorum=quorum,
        fallback=people.get("fallback", usual.fallback),
        may_decide=people.get("may_decide", usual.may_decide),
        escalation=escalation,
        escalate_after=after if escalation else None,
    )
