"""Guests as bytes: a tenant may have a hundred thousand, and an object of each takes twice the room."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from access.rules.addresses import compared
from access.rules.finding import folded
from access.rules.people import Guest, ObjectId, Redemption

_BETWEEN = "\x1f"
"""ASCII's unit separator."""
_HOW = "surrogatepass"
"""JSON may hold half a character, which UTF-8 has none for."""


def packed(guest: Guest) -> bytes:
    """Return a guest as bytes, which are in the order of the object ids."""
    changed = guest.redemption_changed_at
    flags = f"{guest.enabled:d}{guest.is_member:d}{guest.is_local:d}"
    fields = (guest.object_id, guest.name, guest.address, guest.redemption)
    more = (changed.isoformat() if changed else "", flags, *guest.other_addresses)
    # Nobody writes that letter; whatever the directory holds, no field may become two.
    return _BETWEEN.join(one.replace(_BETWEEN, " ") for one in (*fields, *more)).encode(errors=_HOW)


def unpacked(row: bytes) -> Guest:
    object_id, name, address, redemption, changed, flags, *others = _fields(row)
    enabled, is_member, is_local = (flag == "1" for flag in flags)
    return Guest(
        object_id=ObjectId(object_id),
        name=name,
        address=address,
        redemption=Redemption(redemption),
        redemption_changed_at=datetime.fromisoformat(changed) if changed else None,
        enabled=enabled,
        is_member=is_member,
        is_local=is_local,
        other_addresses=tuple(others),
    )


def id_of(row: bytes) -> ObjectId:
    return ObjectId(row[: row.index(_BETWEEN.encode())].decode())


def words_of(row: bytes) -> str:
    """Return the words under which a guest is found, as `folded` writes them."""
    _, name, address, *_ = _fields(row)
    return folded(f"{name} {address}")


def having(addresses: Collection[str], rows: Iterable[bytes]) -> Mapping[str, Guest]:
    """Return who has one of the addresses; who has it as the first before who has it as another."""
    first, other = dict[str, bytes](), dict[str, bytes]()
    for row in rows:
        _, _, address, _, _, _, *others = _fields(row)
        if (mine := compared(address)) in addresses:
            first.setdefault(mine, row)
        for one in others:
            if one in addresses:
                other.setdefault(one, row)
    return {address: unpacked(row) for address, row in (other | first).items()}


def _fields(row: bytes) -> list[str]:
    return row.decode(errors=_HOW).split(_BETWEEN)
