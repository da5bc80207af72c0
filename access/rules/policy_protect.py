"""Reads what the policy says of protecting apps: how long a policy only reports, and terms of use."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from access.rules.guards import GuardRules, Spared
from access.rules.people import Named
from access.rules.policy_reads import Reads

SHORTEST, LONGEST = timedelta(days=1), timedelta(days=90)
_LONGEST_NAME = 100


def read_protect(reader: Reads, table: Mapping[str, Any], spared: Spared) -> GuardRules:
    """Read `[protect]`, whose names are known to be right, but who is spared, which is read already."""
    usual = GuardRules()
    watch = usual.watch
    if "watch" in table:
        watch = reader.length(table["watch"], "protect.watch", usual.watch)
        if not SHORTEST <= watch <= LONGEST:
            reader.mistakes.append("protect.watch: write between 1d and 90d")
            watch = usual.watch
    terms = []
    for place, one in enumerate(reader.tables(table.get("terms", []), "protect.terms"), start=1):
        where = f"protect.terms {place}"
        name = one.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
            reader.mistakes.append(f"{where}.name: write a name of at most 100 characters")
            continue
        terms.append(Named(reader.guid(str(one.get("id", "")), f"{where}.id"), name.strip()))
    return GuardRules(spared=spared, watch=watch, terms=tuple(terms))
