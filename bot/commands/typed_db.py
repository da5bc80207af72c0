"""What can be typed of `guestlist db`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.asking import AsJson, ask

app = typer.Typer(help="Look after the database.", rich_markup_mode=None)


@app.command()
def restored(
    time: Annotated[str, typer.Argument(help="Of the backup; else of the newest audit entry.")] = "",
    *,
    as_json: AsJson = False,
) -> int:
    """Say that the database was restored from a backup."""
    from bot.commands.data import noted

    return ask(lambda settings, _: noted(settings, time), as_json=as_json)


@app.command()
def move(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Of SQLite, which nobody has open.")
    ],
    *,
    as_json: AsJson = False,
) -> int:
    """Copy a file of SQLite into an empty PostgreSQL."""
    from bot.commands.data import moved

    return ask(lambda settings, far: moved(settings, far, file), as_json=as_json)
