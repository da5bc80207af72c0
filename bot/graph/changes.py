"""The Changes port: delta over users, which says who changed and nothing to rely on about what."""

from access.ports import GuestDelta, Missing, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, PersonKind
from bot.graph.client import GraphClient, Row, rows_of
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import is_guest

# `id` and `userType` let members be left out; that `externalUserState` is tracked is nowhere promised,
# but asking for it is what makes its change an event where it is.
_FROM_NOW = "/users/delta?$select=id,userType,externalUserState&$deltatoken=latest"


class GraphChanges:
    """Reads pages by the links that Graph hands out; a cursor is such a link."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def since(self, cursor: str) -> GuestDelta:
        """Return the next page, which may be empty and still have a successor."""
        try:
            request = self._client.follow(cursor or self._client.base + _FROM_NOW)
            answer = await self._client.call(request, Kind.READ, priority=Priority.BACKGROUND)
        except Refused as error:
            if cursor and error.cause is Cause.REFUSED:
                # Not only 410 means start over: so does a token that Graph no longer understands.
                raise Missing(Cause.REFUSED, "The cursor has expired", trace=error.trace) from error
            raise
        rows = rows_of(answer)
        after: str | None = answer.body.get("@odata.nextLink")
        following = after or answer.body.get("@odata.deltaLink")
        if not following:
            raise Unknown(Cause.UNAVAILABLE, "Graph's page of changes names no next one", trace=answer.trace)
        return GuestDelta(
            changed=tuple(
                ObjectId(row["id"]) for row in rows if "@removed" not in row and _may_be_guest(row)
            ),
            removed=tuple(ObjectId(row["id"]) for row in rows if "@removed" in row),
            cursor=following,
            more=after is not None,
        )


def _may_be_guest(row: Row) -> bool:
    return is_guest(row) or row.get("userType") != PersonKind.MEMBER
