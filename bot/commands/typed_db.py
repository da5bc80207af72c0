"""What can be typed of `guestlist db`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.asking import AsJson, ask

app = typer.Typer(help="Look after the database.", rich_markup_mode=None)


@app.command()
def status(*, as_json: AsJson = False) -> int:
    """Say of which version the tables are, what is due, and who serves from the database."""
    from bot.commands.database import stands

    return ask(lambda settings, _: stands(settings), as_json=as_json)


@app.command()
def upgrade(*, as_json: AsJson = False) -> int:
    """Bring the tables up to date, which else the next start does."""
    from bot.commands.database import upgraded

    return ask(upgraded, as_json=as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where there is none yet.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Copy a database of SQLite as it is now, also while Guestlist serves from it."""
    from bot.commands.database import backed_up

    return ask(lambda settings, far: backed_up(settings, far, file), as_json=as_json)


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
