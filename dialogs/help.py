"""`/help`: what can be typed."""

from cards.help import help_card
from dialogs.flow import Routes
from dialogs.turn import Reply, Said, Show


async def show_help(turn: Said, rest: str) -> Reply:  # noqa: ARG001 - the shape of a command
    return Show(help_card())


def routes() -> Routes:
    return Routes(commands={"help": show_help})
