"""Noticing that the database was restored from a backup, and what follows in the same transaction.

SQLite has a witness beside its file, PostgreSQL a fingerprint of the server and the database it lives in.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import orjson
from sqlalchemy import Connection, Select, exists, func, insert, or_, select, text, update
from sqlalchemy.exc import DBAPIError

from access.rules.audit import POLICY_CHANGED
from access.rules.model import OPEN, JobKind, RequestId, Restore, State
from access.rules.restore import UNDECIDED, doubt, next_number, restored_fact
from bot.store import noting, reading, writing
from bot.store.errors import StoreError
from bot.store.tables import audit, jobs, leases, meta, requests

FINGERPRINT = "fingerprint"
_LOT = 200
_STILL = timedelta(seconds=10)
"""How long a lease may last after a restore: one that a clock ahead gave must not keep the readers out."""
# The timeline in the name of the WAL file changes with every failover and recovery to a point in time.
_SERVER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system())"
    " || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)
_NOT_SAID = ("42", "0A")
"""The states of a server that lets nobody ask, or has no such thing."""
_DATABASE = text(
    "SELECT oid || '/' || 'requests'::regclass::oid FROM pg_database WHERE datname = current_database()"
)
_LAST_NUMBER_LOCKED = select(meta.c.value).where(meta.c.key == writing.LAST_NUMBER).with_for_update()


@dataclass(frozen=True, slots=True)
class Witness:
    """What a database had reached, kept beside it: one that has not got so far was restored.

    `store` says whose witness this is; `number` is the highest that a request was shown under.
    """

    store: str
    seq: int
    hash: str
    number: int

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return what was kept; a file that is missing or torn bears witness of nothing."""
        try:
            return cls(**orjson.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    @classmethod
    def of(cls, connection: Connection) -> Self:
        head = connection.execute(_head()).one_or_none()
        seq, digest = (head.seq, head.hash) if head else (0, "")
        number = int(reading.kept(connection, writing.LAST_NUMBER) or 0)
        return cls(_store_of(connection), seq, digest, number)

    def keep(self, path: Path) -> None:
        """Write it beside what is there, then in its place; a disk that is full keeps the old one."""
        beside = path.with_name(f"{path.name}-new")
        with suppress(OSError):
            with open(beside, "wb", opener=ours_alone) as file:
                file.write(orjson.dumps(asdict(self)))
            beside.replace(path)


def ours_alone(path: str, flags: int) -> int:
    """Open a file as `open` wants it of an opener; one that is made is read by nobody else."""
    return os.open(path, flags, 0o600)


def notice_by_witness(connection: Connection, witness: Witness | None, now: datetime) -> Restore | None:
    """Begin a restore where the witness has seen more than the database holds, or something else."""
    if witness is None or witness.store != _store_of(connection) or witness.seq == 0:
        return None
    kept = select(audit.c.hash).where(audit.c.seq == witness.seq)
    if connection.execute(kept).scalar() == witness.hash:
        return None
    return begin(connection, now, highest=witness.number)


def has_moved(connection: Connection) -> bool:
    """Tell whether the database lives elsewhere than it did, which only PostgreSQL's says of itself."""
    before = reading.kept(connection, FINGERPRINT)
    return before is not None and before != _fingerprint(connection)


def notice_by_fingerprint(connection: Connection, now: datetime) -> Restore | None:
    """Begin a restore where the database lives elsewhere than it did: restored, moved or failed over."""
    connection.execute(_LAST_NUMBER_LOCKED)  # of replicas that notice together, one notes it
    found = _fingerprint(connection)
    before = reading.kept(connection, FINGERPRINT)
    if found == before:
        return None
    _keep(connection, FINGERPRINT, found)
    return begin(connection, now) if before is not None else None


def begin(
    connection: Connection, now: datetime, *, highest: int = 0, known_until: datetime | None = None
) -> Restore | None:
    """Note a restore: numbers go on far above, and whatever had not ended may have happened since.

    None where nothing can have been lost, or where it is noted that what came later is not known.
    Raises `StoreError` for a time that is not yet: everything later would be taken for lost until then.
    """
    if known_until is not None:
        _see_that_it_was(connection, known_until, now)
    last_number = int(connection.execute(_LAST_NUMBER_LOCKED).scalar_one())
    head = connection.execute(_head(known_until)).one_or_none()
    noted = reading.restores(connection)
    if head is None or (known_until is not None and noted and noted[-1].at > known_until):
        return None
    until = known_until or head.at
    shown = select(func.max(requests.c.number)).where(requests.c.submitted_at <= until)
    last = connection.execute(shown).scalar() or writing.FIRST_NUMBER - 1
    restore = Restore(head.seq, until, now, last, next_number(max(highest, last_number), now - until))
    connection.execute(
        update(meta).where(meta.c.key == writing.LAST_NUMBER).values(value=str(restore.next - 1))
    )
    _keep(connection, reading.RESTORES, orjson.dumps([*noted, restore]).decode())
    # Those of an old backup are over; whoever notices while it runs looks under its own, which stays.
    connection.execute(update(leases).where(leases.c.until > now + _STILL).values(until=now + _STILL))
    undecided = _doubt_all(connection, restore, now)
    noting.keep_note(connection, UNDECIDED, orjson.dumps(undecided).decode())
    writing.append_audit(connection, [restored_fact(restore)], now)
    return restore


def _see_that_it_was(connection: Connection, at: datetime, now: datetime) -> None:
    """Refuse a time to come; an entry may have one, where the server's clock was set back."""
    newest = known_until(connection)
    if at > max(now, newest or now):
        raise StoreError(
            f"{at:%Y-%m-%d %H:%M:%S} UTC is not yet: the database's clock says {now:%Y-%m-%d %H:%M:%S} UTC. "
            "Give the time of the backup, with its offset from UTC, such as 2026-11-21T10:00+01:00."
        )


def known_until(connection: Connection) -> datetime | None:
    """Return when the newest entry was written, but of a policy: a start writes that, after a restore too."""
    head = connection.execute(_head().where(audit.c.what != POLICY_CHANGED)).one_or_none()
    return head.at if head else None


def _doubt_all(connection: Connection, restore: Restore, now: datetime) -> list[RequestId]:
    """Doubt all that has not ended, and return those of them that nobody had approved."""
    # The rows of an access and of a question sleep until something is due, and do nothing before that.
    asleep = (JobKind.TERM, JobKind.ACCEPTANCE, JobKind.QUESTION, JobKind.TRIAL, JobKind.LIST)
    awake = or_(jobs.c.kind.not_in(asleep), jobs.c.due_at <= now)
    at_work = exists().where(jobs.c.request_id == requests.c.id, jobs.c.claimable_at.is_not(None), awake)
    unended = select(requests.c.id, requests.c.state).where(
        or_(requests.c.state.in_(OPEN), requests.c.pending_guest_id.is_not(None), at_work)
    )
    unended = unended.order_by(requests.c.id)  # the order in which everybody locks them
    found = connection.execute(unended).all()
    wanted = [(RequestId(request_id), doubt(restore)) for request_id, _ in found]
    for start in range(0, len(wanted), _LOT):
        for outcome in writing.change_many(connection, wanted[start : start + _LOT], now):
            if isinstance(outcome, BaseException):
                raise outcome
    undecided = {State.SUBMITTED, State.PENDING_APPROVAL}
    return [RequestId(request_id) for request_id, state in found if state in undecided]


def _head(until: datetime | None = None) -> Select[tuple[int, datetime, str]]:
    newest = select(audit.c.seq, audit.c.at, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    return newest if until is None else newest.where(audit.c.at <= until)


def _store_of(connection: Connection) -> str:
    """Return what tells this installation's database from every other, and gives its key away to nobody."""
    key = reading.kept(connection, writing.AUDIT_KEY) or ""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _fingerprint(connection: Connection) -> str:
    """Return where the database lives; a server that does not say which one it is still has its databases."""
    server = ""
    try:
        with connection.begin_nested():
            server = str(connection.execute(_SERVER).scalar())
    except DBAPIError as error:
        # Whatever passes, such as a server that is not yet the primary, must not look like another place.
        if not str(getattr(error.orig, "sqlstate", "")).startswith(_NOT_SAID):
            raise
    return f"{server}/{connection.execute(_DATABASE).scalar()}"


def _keep(connection: Connection, key: str, value: str) -> None:
    kept = connection.execute(update(meta).where(meta.c.key == key).values(value=value))
    if kept.rowcount == 0:
        connection.execute(insert(meta), {"key": key, "value": value})
