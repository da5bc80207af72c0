"""Typeahead: the rows for the request form's choices of an app, its access and a guest."""

from dataclasses import dataclass

from access.rules.finding import Names, folded
from access.rules.model import ObjectId
from access.service.search import Searches
from cards import choices
from cards.look import Look
from cards.words import access
from dialogs.flow import Routes, look_of
from dialogs.turn import Found, Reply, Searched


@dataclass(frozen=True, slots=True)
class Search:
    """The flow that only shows: what is chosen from its rows is a hint like everything in a form."""

    searches: Searches
    house: Look

    def routes(self) -> Routes:
        return Routes(searches={"apps": self.apps, "access": self.access, "guests": self.guests})

    async def apps(self, turn: Searched) -> Reply:
        found = await self.searches.apps(turn.actor.object_id, turn.text, turn.most)
        return Found(choices.app_rows(found))

    async def access(self, turn: Searched) -> Reply:
        """Find among the roles and groups of the app that is chosen in the form, by what the rows say."""
        app_id = ObjectId(str(turn.inputs.get("app", "")))
        look = look_of(turn, self.house)
        gives = await self.searches.gives(turn.actor.object_id, app_id)
        rows = [(access(give, look), give.key) for give in gives]
        return Found(tuple(Names((folded(row[0]), row) for row in rows).best(turn.text, turn.most)))

    async def guests(self, turn: Searched) -> Reply:
        found = await self.searches.guests(turn.actor.object_id, turn.text, turn.most)
        return Found(choices.guest_rows(found))
