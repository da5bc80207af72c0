"""What `guestlist doctor` has looked at, item by item, and how it is written for people and for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

VERSION = 1
"""Of the JSON; grows where a field that is there changes its meaning or goes."""


class Stands(StrEnum):
    OK = "ok"
    NOTE = "note"
    """It works, and there is something to know."""
    BROKEN = "broken"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing looked at: how it stands, what was seen, and what to do about it in one sentence."""

    name: str
    stands: Stands
    said: str
    remedy: str = ""
    details: tuple[str, ...] = ()


def ok(name: str, said: str) -> Item:
    return Item(name, Stands.OK, said)


def note(name: str, said: str, remedy: str = "", details: Sequence[str] = ()) -> Item:
    return Item(name, Stands.NOTE, said, remedy, tuple(details))


def broken(name: str, because: str, remedy: str, details: Sequence[str] = ()) -> Item:
    return Item(name, Stands.BROKEN, because, remedy, tuple(details))


def not_checked(name: str, because: str, remedy: str = "") -> Item:
    return Item(name, Stands.NOT_CHECKED, because, remedy)


def is_broken(items: Sequence[Item]) -> bool:
    return any(one.stands is Stands.BROKEN for one in items)


def as_text(items: Sequence[Item]) -> str:
    lines = []
    for one in items:
        because = {Stands.BROKEN: "because ", Stands.NOT_CHECKED: "because "}.get(one.stands, "")
        lines.append(f"{one.stands:<11}  {one.name:<20}  {because}{one.said}.")
        lines += [f"{'':<35}- {detail}" for detail in one.details]
        lines += [f"{'':<35}{one.remedy}."] if one.remedy else []
    count = sum(one.stands is Stands.BROKEN for one in items)
    unseen = sum(one.stands is Stands.NOT_CHECKED for one in items)
    told = f"{count} broken" if count else "Nothing is broken"
    return "\n".join([*lines, f"{told}, {unseen} not checked.", ""])


def document(items: Sequence[Item], at: datetime) -> Mapping[str, object]:
    return {
        "version": VERSION,
        "at": at.isoformat(),
        "broken": sum(one.stands is Stands.BROKEN for one in items),
        "not_checked": sum(one.stands is Stands.NOT_CHECKED for one in items),
        "items": [asdict(one) for one in items],
    }
