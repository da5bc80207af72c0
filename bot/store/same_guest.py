"""Which requests are of one guest: they have an address or an account in common, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, or_, select

from access.rules.model import ObjectId, Record, RequestId, Subject
from bot.store import reading
from bot.store.tables import personal, requests


@dataclass(frozen=True, slots=True)
class SameGuest:
    """One guest: an admin may have changed the address of the account since, and by another it was asked."""

    subjects: frozenset[Subject]
    accounts: frozenset[ObjectId] = frozenset()
    ids: frozenset[RequestId] = frozenset()
    records: Sequence[Record] = field(default=(), compare=False)
    named: frozenset[Subject] = field(default=frozenset(), compare=False)
    """Of the subjects those who have a name still."""

    @property
    def keys(self) -> frozenset[str]:
        """Return by what a text or a row may name them."""
        return self.subjects | self.accounts


def locked(connection: Connection, subject: Subject, nobody: Subject) -> SameGuest:
    """Return all that is of a guest, held against others; raises `WrittenByNewer`.

    A request is written before the name of its guest: who holds the names sees every request there is, and
    the name of one that comes later is written behind the erasure.
    """
    guest = _found(connection, subject, nobody)
    while True:
        records = reading.locked_all(connection, guest.ids)
        names = select(personal.c.subject).where(personal.c.subject.in_(guest.subjects))
        named = connection.scalars(names.order_by(personal.c.subject).with_for_update()).all()
        again = _found(connection, subject, nobody)
        if again == guest:
            return SameGuest(guest.subjects, guest.accounts, guest.ids, records, frozenset(named))
        guest = again


def _found(connection: Connection, subject: Subject, nobody: Subject) -> SameGuest:
    """Go from address to account and back for as long as that leads on; `nobody` is of no guest."""
    guest = SameGuest(frozenset({subject}))
    while True:
        theirs = or_(requests.c.subject.in_(guest.subjects), requests.c.guest_id.in_(guest.accounts))
        columns = requests.c.id, requests.c.subject, requests.c.guest_id
        rows = connection.execute(select(*columns).where(theirs, requests.c.subject != nobody)).all()
        grown = SameGuest(
            guest.subjects | {Subject(row.subject) for row in rows},
            guest.accounts | {ObjectId(row.guest_id) for row in rows if row.guest_id},
            frozenset(RequestId(row.id) for row in rows),
        )
        if grown == guest:
            return guest
        guest = grown
