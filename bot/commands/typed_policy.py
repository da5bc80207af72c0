"""What can be typed of `guestlist policy`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.asking import AsJson, ask

app = typer.Typer(help="Check the policy file, and explain what it says.", rich_markup_mode=None)
File = Annotated[Path | None, typer.Option("--file", help="Instead of GUESTLIST_POLICY_FILE.")]


@app.command()
def check(
    *,
    file: File = None,
    every_app: Annotated[
        bool, typer.Option("--every-app", help="Apps without a table of their own, too.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Find what is not in the directory, and what nobody could decide."""
    from bot.commands.policy import checked

    return ask(lambda settings, _: checked(settings, every_app=every_app), as_json=as_json, policy=file)


@app.command()
def explain(
    what: Annotated[list[str], typer.Argument(metavar="R-1042 | PERSON ADDRESS APP")],
    *,
    access: Annotated[str, typer.Option(help="The role or group, where it is not the usual one.")] = "",
    file: File = None,
    as_json: AsJson = False,
) -> int:
    """Say which rules hold for a request, and who could decide now."""
    from bot.commands.policy import explained_as_asked

    return ask(lambda settings, _: explained_as_asked(settings, what, access), as_json=as_json, policy=file)


@app.command()
def replay(
    *,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="2026-11-21, 2026-11-21T10:00+01:00 or 30d")
    ] = "180d",
    file: Annotated[
        Path | None, typer.Option("--policy", "--file", help="Instead of GUESTLIST_POLICY_FILE.")
    ] = None,
    app_: Annotated[str, typer.Option("--app", metavar="APP", help="An object id, or a name.")] = "",
    as_json: AsJson = False,
) -> int:
    """Say which past requests would now go differently, from the facts kept with each."""
    from bot.commands.replaying import replayed

    return ask(
        lambda settings, far: replayed(settings, far, since, app_, is_json=as_json),
        as_json=as_json,
        policy=file,
    )
