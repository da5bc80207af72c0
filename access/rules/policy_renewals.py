"""Reads how often and by how much an access may be lengthened, and whether somebody has to approve it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any

from access.rules.policy_reads import Reads
from access.rules.policy_waivers import LONGEST_NAME

MOST_RENEWALS = 100


def read_renewals(
    reader: Reads, table: Mapping[str, Any], where: str, keys: AbstractSet[str]
) -> dict[str, Any]:
    """Return what a table says of renewals, by the fields of `Rules`.

    Stages of its own take away the waiver of the tables above, as they do with every waiver.
    """
    found: dict[str, Any] = {"renewals_waiver": ""} if "stage" in table else {}
    if "renewals" not in table:
        return found
    where = f"{where}.renewals"
    said = reader.table(table["renewals"], where)
    reader.known(said, where, keys)
    if "most" in said:
        found["renewals_most"] = _most(reader, said["most"], f"{where}.most")
    for name in ("longest", "total"):
        if name in said:
            found[f"renewals_{name}"] = reader.length(said[name], f"{where}.{name}", timedelta(days=1))
    if "waiver" in said:
        found["renewals_waiver"] = _waiver(reader, said, where)
    if found.get("renewals_most") == 0 and len(said) > 1:
        reader.mistakes.append(f"{where}: most = 0 renews nothing; take the rest out")
    longest, total = found.get("renewals_longest"), found.get("renewals_total")
    if longest and total and longest > total:
        reader.mistakes.append(f"{where}: longest is longer than total")
    return found


def _most(reader: Reads, value: Any, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_RENEWALS:
        return value
    reader.mistakes.append(f"{where}: write a number from 0 to {MOST_RENEWALS}")
    return 0


def _waiver(reader: Reads, said: Mapping[str, Any], where: str) -> str:
    """Read what the waiver is called; beside it stands how often, for no waiver is without a limit."""
    name = said["waiver"]
    if not isinstance(name, str) or len(name.strip()) > LONGEST_NAME:
        reader.mistakes.append(
            f"{where}.waiver: write a name of at most {LONGEST_NAME} characters; cards and audit call it so"
        )
        return ""
    if name.strip() and "most" not in said:
        reader.mistakes.append(f"{where}: say how often nobody is asked, such as most = 2")
    return name.strip()
