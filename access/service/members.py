"""Whom somebody means who writes an object id, an address or a whole name of a member."""

import re
from enum import StrEnum

from access.ports import Directory
from access.rules.addresses import read_address
from access.rules.model import Guest, ObjectId, Person
from access.rules.refusals import Problem

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FEW = 5


class Unmeant(StrEnum):
    """Why nobody is meant."""

    NOBODY = "nobody"
    SEVERAL = "several"
    GUEST = "guest"


async def member_meant(directory: Directory, who: str) -> Person | Unmeant:
    """Return who is meant; of several of a name it is none, and of a beginning of a name it is nobody."""
    name = who.strip().removeprefix("@").strip()
    if _OBJECT_ID.fullmatch(name.lower()):
        return await directory.person(ObjectId(name.lower())) or Unmeant.NOBODY
    address = read_address(name)
    if not isinstance(address, Problem):
        found = await directory.find_by_address(address)
        return Unmeant.GUEST if isinstance(found, Guest) else found or Unmeant.NOBODY
    called = await directory.members_named(name, _FEW) if name else []
    named = [one for one in called if one.name.casefold() == name.casefold()]
    if len(named) > 1:
        return Unmeant.SEVERAL
    return named[0] if named else Unmeant.NOBODY
