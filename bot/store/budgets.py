"""The budget that replicas share: a row a bucket, counted by the database's clock."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import ceil

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from access.ports import Share, Turns
from bot.store.trouble import TROUBLE, explained

_TICKS = 1_000_000
_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)"

# GCRA: `arrival` is when the bucket will be full again. The rows are locked in their order, and the clock is
# read after that. What a crash of the database loses of this is less than a second: no disk is waited for.
_TAKE = text(f"""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:names AS text[]), CAST(:costs AS bigint[]), CAST(:rooms AS bigint[]))
            AS one (name, cost, room)
    ), locked AS MATERIALIZED (
        SELECT name, cost, room, arrival FROM budgets JOIN wanted USING (name) ORDER BY name
        FOR UPDATE OF budgets
    ), moment AS MATERIALIZED (
        SELECT count(*) AS found, {_NOW} AS now, set_config('synchronous_commit', 'off', true) FROM locked
    ), held AS MATERIALIZED (
        SELECT greatest(max(held_until) - max(now), 0) AS wait
        FROM moment LEFT JOIN budgets ON name = :service
    ), had AS MATERIALIZED (
        SELECT CASE WHEN max(held.wait) > 0 THEN 0 ELSE greatest(0,
                   least(:most, min((room - greatest(arrival - now, 0)) / cost))) END AS turns,
               greatest(max(held.wait), max(cost - room + greatest(arrival - now, 0))) AS wait
        FROM moment CROSS JOIN held LEFT JOIN locked ON true
    ), taken AS (
        UPDATE budgets SET arrival = greatest(locked.arrival, now) + turns * cost FROM locked, moment, had
        WHERE budgets.name = locked.name AND turns > 0
    )
    SELECT found, turns, wait FROM moment, had
""")  # noqa: S608 - put together of constants alone
_ADD = text("""
    INSERT INTO budgets (name, arrival) SELECT unnest(CAST(:names AS text[])), 0 ON CONFLICT DO NOTHING
""")
_HOLD = text(f"""
    INSERT INTO budgets AS one (name, arrival, held_until) VALUES (:service, 0, {_NOW} + :ticks)
    ON CONFLICT (name) DO UPDATE SET held_until = greatest(one.held_until, excluded.held_until)
""")  # noqa: S608 - put together of constants alone


class SharedBudget:
    """Takes turns for this replica, each time in one statement that is its own transaction."""

    shared = True

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def take(self, service: str, shares: Sequence[Share], most: int) -> Turns:
        names = [share.name for share in shares]
        wanted = {
            "service": service,
            "most": most,
            "names": names,
            "costs": [ceil(share.cost / share.rate * _TICKS) for share in shares],
            "rooms": [ceil(share.burst / share.rate * _TICKS) for share in shares],
        }
        async with self._connected() as connection:
            row = (await connection.execute(_TAKE, wanted)).one()
            if row.found < len(names):
                await connection.execute(_ADD, {"names": names})
                row = (await connection.execute(_TAKE, wanted)).one()
        return Turns(row.turns) if row.turns else Turns(0, row.wait / _TICKS)

    async def hold(self, service: str, seconds: float) -> None:
        async with self._connected() as connection:
            await connection.execute(_HOLD, {"service": service, "ticks": ceil(seconds * _TICKS)})

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except TROUBLE as error:
            raise explained(error) from error
