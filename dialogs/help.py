"""`/help`: what can be typed."""

from dataclasses import dataclass

from cards.help import help_card
from cards.look import Look
from dialogs.flow import Routes, look_of
from dialogs.turn import Reply, Said, Show


@dataclass(frozen=True, slots=True)
class Help:
    """Lists the commands."""

    house: Look

    def routes(self) -> Routes:
        return Routes(commands={"help": self.show})

    async def show(self, turn: Said, rest: str) -> Reply:  # noqa: ARG002 - the shape of a command
        return Show(help_card(look_of(turn, self.house)))
