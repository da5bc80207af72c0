"""Names that one holder has at a time, until a moment of the store's clock; jobs whose holder is gone."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from bot.store import dialect
from bot.store.tables import jobs, leases


def take(connection: Connection, name: str, holder: str, lasting: timedelta, now: datetime) -> bool:
    """Take a name that is free, or renew it; of two who take it at the same time one has it."""
    taken = dialect.insert(connection, leases).values(name=name, holder=holder, until=now + lasting)
    free = (leases.c.holder == holder) | (leases.c.until <= now)
    written = taken.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": taken.excluded.holder, "until": taken.excluded.until},
        where=free,
    )
    return connection.execute(written).rowcount == 1


def give_up(connection: Connection, name: str, holder: str) -> None:
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def let_go_of_jobs(connection: Connection) -> None:
    """Put up what was held, where everybody who could hold it has ended; that it may have begun stands."""
    held = update(jobs).where(jobs.c.lease_until.is_not(None), jobs.c.claimable_at.is_not(None))
    connection.execute(held.values(lease_until=None, claimable_at=jobs.c.due_at))
