"""Typeahead: the rows for the request form's choices of an app, its access and a guest."""

from collections.abc import Sequence
from dataclasses import dataclass

from access.rules.finding import Names, folded
from access.rules.model import ObjectId
from access.service.search import Searches
from cards import choices
from cards.look import Look
from dialogs.flow import Routes, look_of
from dialogs.turn import Found, Reply, Searched

_FURTHEST = 900
"""Rows that somebody can leaf through: Graph, which is asked before the index is warm, gives 999 at most."""


@dataclass(frozen=True, slots=True)
class Search:
    """The flow that only shows: what is chosen from its rows is a hint like everything in a form."""

    searches: Searches
    house: Look

    def routes(self) -> Routes:
        return Routes(searches={"apps": self.apps, "access": self.access, "guests": self.guests})

    async def apps(self, turn: Searched) -> Reply:
        found = await self.searches.apps(turn.actor.object_id, turn.text, _upto(turn))
        return _page(choices.app_rows(found), turn)

    async def access(self, turn: Searched) -> Reply:
        """Find among the roles and groups of the app that is chosen in the form, by what the rows say."""
        app_id = ObjectId(str(turn.inputs.get("app", "")))
        look = look_of(turn, self.house)
        gives = await self.searches.gives(turn.actor.object_id, app_id)
        rows = choices.access_rows(gives, look)
        return _page(Names((folded(row[0]), row) for row in rows).best(turn.text, _upto(turn)), turn)

    async def guests(self, turn: Searched) -> Reply:
        found = await self.searches.guests(turn.actor.object_id, turn.text, _upto(turn))
        return _page(choices.guest_rows(found), turn)


def _upto(turn: Searched) -> int:
    """Return how many rows have to be found, to show the page that is asked for."""
    return min(turn.skip + turn.most, _FURTHEST)


def _page(rows: Sequence[tuple[str, str]], turn: Searched) -> Found:
    return Found(tuple(rows[turn.skip :]))
