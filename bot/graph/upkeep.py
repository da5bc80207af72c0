"""The Upkeep port: guests read by fifteen for their sign-ins and sponsors, behind what people wait for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from access.rules.model import ObjectId
from bot.graph.app_guests import last_sign_in
from bot.graph.client import GraphClient, Row, ask, quoted, rows_of
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import is_object_id

_IN_ONE_FILTER = 15
_GROUP = "#microsoft.graph.group"


class GraphUpkeep:
    """Reads users by their ids."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def last_seen(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime | None]:
        rows = await self._users(guests, "id", "signInActivity")
        return {ObjectId(row["id"]): last_sign_in(row.get("signInActivity") or {}) for row in rows}

    async def sponsorless(self, guests: Sequence[ObjectId]) -> frozenset[ObjectId]:
        rows = await self._users(guests, "id", expand="sponsors($select=id)")
        sponsors = {ObjectId(row["id"]): row.get("sponsors") or [] for row in rows}
        people = {one["id"] for each in sponsors.values() for one in each if not _is_group(one)}
        able = await self._enabled(sorted(people))
        return frozenset(
            guest
            for guest, each in sponsors.items()
            if not any(_is_group(one) or one["id"] in able for one in each)
        )

    async def _enabled(self, people: Sequence[str]) -> frozenset[str]:
        rows = await self._users(people, "id", "accountEnabled")
        return frozenset(row["id"] for row in rows if row.get("accountEnabled"))

    async def _users(self, ids: Iterable[str], *select: str, **query: str) -> Sequence[Row]:
        known, rows = [quoted(one) for one in ids if is_object_id(one)], list[Row]()
        for first in range(0, len(known), _IN_ONE_FILTER):
            among = f"id in ({','.join(known[first : first + _IN_ONE_FILTER])})"
            users = self._client.sdk.users.to_get_request_information()
            asked = ask(users, *select, filter=among, **query)
            rows += rows_of(await self._client.call(asked, Kind.READ, priority=Priority.BACKGROUND))
        return rows


def _is_group(sponsor: Row) -> bool:
    return sponsor.get("@odata.type") == _GROUP
