"""What a read costs in resource units, by Microsoft's table: learn.microsoft.com/graph/throttling-limits.

A base by path, one less with `$select`, one more with `$expand`, never below one; what is not listed there
costs one. That a small `$top` costs less is left out, since it never makes a read dearer.
"""

from urllib.parse import urlsplit

from bot.graph.pacer import Kind

_BASE = {"users": 2, "members": 3, "transitiveMembers": 5, "memberOf": 2, "transitiveMemberOf": 2}
_OF_APPS = {"appRoleAssignments": 2}
"""Of an app; those of a user or a group are not listed."""
_KINDS = {1: Kind.READ, 2: Kind.LISTING}
_CAST = "microsoft.graph."


def kind_of_read(url: str) -> Kind:
    """Return as what a read is counted: the cheapest kind that costs as much as it does, or more."""
    parts = urlsplit(url)
    path = [one for one in parts.path.split("/") if one and not one.startswith(_CAST)]
    base = _BASE.get(path[-1], 1) if path else 1
    if path[-3:-2] == ["servicePrincipals"]:
        base = _OF_APPS.get(path[-1], base)
    cost = max(1, base - _asks(parts.query, "select") + _asks(parts.query, "expand"))
    return _KINDS.get(cost, Kind.WIDE)


def _asks(query: str, name: str) -> bool:
    return f"%24{name}=" in query or f"${name}=" in query
