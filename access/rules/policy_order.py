"""Which access of an app is less than which other: the policy vouches for it, since Entra has no order."""

from collections.abc import Sequence
from typing import Any

from access.rules.gives import is_usual
from access.rules.model import Give, GiveKind
from access.rules.policy_reads import Reads

FEWEST_ORDERED = 2
"""One alone is less than nothing."""
MOST_ORDERED = 50
"""Roles and groups in one order: a card offers those below one of them."""


def read_order(reader: Reads, value: Any, where: str) -> tuple[str, ...]:
    """Return `group:ID` or `app-role:NAME` for each that is listed, the least first; an id is a name, too."""
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not texts or len(value) < FEWEST_ORDERED:
        reader.mistakes.append(
            f'{where}: list two at least, the least first, such as ["Reader", "group:ID", "Administrator"]'
        )
        return ()
    if len(value) > MOST_ORDERED:
        reader.mistakes.append(f"{where}: list at most {MOST_ORDERED}")
    order: list[str] = []
    for one in value:
        name = _read(reader, one.strip(), where)
        if name.casefold() in (known.casefold() for known in order):
            reader.mistakes.append(f"{where}: {one} stands in it twice")
        order.append(name)
    return tuple(order)


def _read(reader: Reads, text: str, where: str) -> str:
    kind, colon, name = text.partition(":")
    if colon and kind == GiveKind.GROUP:
        return f"{GiveKind.GROUP}:{reader.guid(name, where)}"
    name = text.removeprefix(f"{GiveKind.APP_ROLE}:").strip()
    if not name:
        reader.mistakes.append(f"{where}: write the name of an app role, its id, or group:ID")
    return f"{GiveKind.APP_ROLE}:{name}"


def ordered(order: Sequence[str], gives: Sequence[Give]) -> tuple[Give, ...]:
    """Return what of an order can be given at this moment, the least first; each once."""
    found = (give for name in order for give in gives if is_usual(give, name))
    return tuple(dict.fromkeys(found))


def below(order: Sequence[Give], give: Give) -> tuple[Give, ...]:
    """Return what is less; nothing is less than what does not stand in the order."""
    keys = [one.key for one in order]
    return tuple(order[: keys.index(give.key)]) if give.key in keys else ()
