"""Lists of guests: a row each, packed, for ten thousand guests are read and written together."""

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import Connection, delete, exists, select, update

from access.rules.list_acts import forgotten
from access.rules.lists import GuestList, without
from access.rules.model import ObjectId, Record, Request, RequestId, State, Subject
from access.rules.retention import UNDECIDED
from access.rules.verdicts import Judged
from bot.store import codec, reading
from bot.store.errors import WrittenByNewer
from bot.store.prepared import Keep
from bot.store.same_guest import SameGuest
from bot.store.tables import STILL_OPEN, lists, requests, ticks_of

_KEEP = Keep(lists)
_LOT = 500
_ENOUGH = 16
"""So much of a subject's digest tells which lists may name it; their rows are then looked at by the whole."""


class Naming:
    """Which list names whom, by digests alone: each is unpacked once, however many guests are forgotten."""

    def __init__(self, subject_of: Callable[[str], Subject]) -> None:
        self.subject_of = subject_of
        self._known: dict[bytes, str] = {}

    def learn(self, bodies: Iterable[bytes]) -> None:
        """Read what is kept now before anything is locked for it, and let go of what is kept no more."""
        known = self._known
        found = ((hashlib.sha256(body).digest(), body) for body in bodies)
        self._known = {one: known[one] if one in known else self._read(body) for one, body in found}

    def may_name(self, body: bytes, guest: SameGuest) -> bool:
        """Tell whether a list is to be looked through; one that has come since is read at once."""
        known = self._known.get(hashlib.sha256(body).digest())
        names = self._read(body) if known is None else known
        return any(key[:_ENOUGH] in names for key in guest.keys)

    def is_of(self, row: Judged, guest: SameGuest) -> bool:
        theirs = row.guest_id is not None and row.guest_id in guest.accounts
        return theirs or self.subject_of(row.address or row.written) in guest.subjects

    def _read(self, body: bytes) -> str:
        rows = orjson.loads(zlib.decompress(body))["rows"]
        subjects = (self.subject_of(row["address"] or row["written"])[:_ENOUGH] for row in rows)
        return " ".join((*subjects, *(row["guest_id"][:_ENOUGH] for row in rows if row.get("guest_id"))))


def keep(connection: Connection, made: GuestList, now: datetime) -> None:
    drop(connection, now)
    row = {"id": made.list_id, "kept_until": ticks_of(made.kept_until), "body": _packed(made)}
    _KEEP.run(connection, [row])


def drop(connection: Connection, now: datetime) -> None:
    connection.execute(delete(lists).where(lists.c.kept_until <= now))


def keep_until(connection: Connection, list_id: str, until: datetime) -> None:
    ours = lists.c.id == list_id
    body = connection.scalar(select(lists.c.body).where(ours).with_for_update())
    if body is not None:
        longer = _packed(replace(_unpacked(body), kept_until=until))
        connection.execute(update(lists).where(ours).values(kept_until=until, body=longer))


def found(connection: Connection, list_id: str, now: datetime) -> GuestList | None:
    kept = select(lists.c.body).where(lists.c.id == list_id, lists.c.kept_until > now)
    body = connection.scalar(kept)
    return None if body is None else _unpacked(body)


def called(connection: Connection, code: str, now: datetime) -> GuestList | None:
    begins = lists.c.id.startswith(code, autoescape=True)
    kept = select(lists.c.body).where(begins, lists.c.kept_until > now).limit(2)
    bodies = connection.scalars(kept).all()
    return _unpacked(bodies[0]) if len(bodies) == 1 else None


def bodies(connection: Connection) -> Sequence[bytes]:
    return connection.scalars(select(lists.c.body)).all()


def forget(connection: Connection, guest: SameGuest, naming: Naming, now: datetime) -> Sequence[Request]:
    """Erase a guest from every list; return what is to be written of those whose run has to skip them."""
    noted = []
    for list_id, body in connection.execute(select(lists.c.id, lists.c.body)).all():
        theirs, rest = _split(body, guest, naming)
        if rest is None:
            continue
        connection.execute(update(lists).where(lists.c.id == list_id).values(body=_packed(rest)))
        runs = reading.locked(connection, [RequestId(list_id)]).get(list_id)
        noted.append(forgotten(runs.request, theirs, now) if isinstance(runs, Record) else None)
    return [one for one in noted if one is not None]


def ask_for(connection: Connection, guest: SameGuest, naming: Naming) -> bool:
    """Tell whether a guest goes in a list that is being written, waits or runs."""
    over = exists().where(requests.c.id == lists.c.id, requests.c.state.not_in(UNDECIDED))
    found = (_split(body, guest, naming) for body in connection.scalars(select(lists.c.body).where(~over)))
    return any(row.goes for theirs, _ in found for row in theirs)


def _split(body: bytes, guest: SameGuest, naming: Naming) -> tuple[Sequence[Judged], GuestList | None]:
    """Return a guest's rows of a list, and it without what it says in them; None where it has none."""
    if not naming.may_name(body, guest):
        return (), None
    made = _unpacked(body)
    meant = [naming.is_of(row, guest) for row in made.rows]
    return [row for row, theirs in zip(made.rows, meant, strict=True) if theirs], without(made, meant)


def asked_for(
    connection: Connection,
    app_id: ObjectId,
    give_key: str,
    addresses: Collection[str],
    subject_of: Callable[[str], Subject],
    aside: Callable[[Record], bool],
) -> Mapping[str, int]:
    same = requests.c.app_id == app_id, requests.c.give_key == give_key
    open_still = select(requests.c.subject, requests.c.number).where(STILL_OPEN, *same)
    asked = {str(subject): int(number) for subject, number in connection.execute(open_still)}
    subjects = ((address, subject_of(address)) for address in addresses) if asked else ()
    found = {address: asked[one] for address, one in subjects if one in asked}
    failed = requests.c.state == State.DELIVERY_FAILED, requests.c.list_id.is_not(None)
    rows = set(connection.scalars(select(requests.c.number).where(*same, *failed))) if found else set()
    mine = sorted(rows & {*found.values()})
    gone = {
        number
        for at in range(0, len(mine), _LOT)
        for number in _aside(connection, mine[at : at + _LOT], aside)
    }
    return {address: number for address, number in found.items() if number not in gone}


def _aside(connection: Connection, numbers: Sequence[int], aside: Callable[[Record], bool]) -> list[int]:
    """Return which requests stand aside; with their journals they are read in lots."""
    found = reading.records(connection, reading.BODIES.where(requests.c.number.in_(numbers)))
    return [one.request.number for one in found if aside(one)]


def _packed(made: GuestList) -> bytes:
    return zlib.compress(orjson.dumps(made), level=1)


@lru_cache(4)
def _unpacked(body: bytes) -> GuestList:
    try:
        return codec.guest_list_of(orjson.loads(zlib.decompress(body)))
    except (KeyError, TypeError, ValueError) as unknown:
        raise WrittenByNewer from unknown
