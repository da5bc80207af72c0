"""Delta over users: the Changes port, which only says who, and what the index keeps of names."""

from access.ports import ChangedGuests, GuestDelta, Missing, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, PersonKind
from bot.graph.client import Answer, GraphClient, Row, rows_of
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import NAMES, guest_from, is_guest

# `id` and `userType` let members be left out; that `externalUserState` is tracked is nowhere promised,
# but asking for it is what makes its change an event where it is.
_STATES = "id,userType,externalUserState"
_DELTA = "/users/delta?$select={}&$deltatoken=latest"


class GraphChanges:
    """Reads pages by the links that Graph hands out; a cursor is such a link."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def since(self, cursor: str) -> GuestDelta:
        """Return the next page, which may be empty and still have a successor."""
        answer, following, more = await _page(self._client, cursor, _STATES)
        rows = rows_of(answer)
        return GuestDelta(
            changed=tuple(
                ObjectId(row["id"]) for row in rows if "@removed" not in row and _may_be_guest(row)
            ),
            removed=tuple(ObjectId(row["id"]) for row in rows if "@removed" in row),
            cursor=following,
            more=more,
        )


async def guests_changed(client: GraphClient, cursor: str) -> ChangedGuests:
    """Return the next page; what is selected comes with each row, changed or not (Microsoft documents it)."""
    answer, following, more = await _page(client, cursor, ",".join(NAMES))
    rows = {row["id"]: row for row in rows_of(answer)}.values()  # of whom there are two, the later one counts
    guests = tuple(guest_from(row) for row in rows if "@removed" not in row and is_guest(row))
    gone = tuple(ObjectId(row["id"]) for row in rows if "@removed" in row or not is_guest(row))
    return ChangedGuests(guests, gone, following, more)


async def _page(client: GraphClient, cursor: str, select: str) -> tuple[Answer, str, bool]:
    """Return a page, the link that follows it, and whether that is of the same round."""
    try:
        request = client.follow(cursor or client.base + _DELTA.format(select))
        answer = await client.call(request, Kind.READ, priority=Priority.BACKGROUND)
    except Refused as error:
        if cursor and error.cause is Cause.REFUSED:
            # Not only 410 means start over: so does a token that Graph no longer understands.
            raise Missing(Cause.REFUSED, "The cursor has expired", trace=error.trace) from error
        raise
    after: str | None = answer.body.get("@odata.nextLink")
    following = after or answer.body.get("@odata.deltaLink")
    if not following:
        raise Unknown(Cause.UNAVAILABLE, "Graph's page of changes names no next one", trace=answer.trace)
    return answer, following, after is not None


def _may_be_guest(row: Row) -> bool:
    return is_guest(row) or row.get("userType") != PersonKind.MEMBER
