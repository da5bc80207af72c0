"""What can be typed of `guestlist requests`."""

from typing import Annotated

import typer

from bot.commands.asking import AsJson, ask
from bot.commands.completing import apps, requests

app = typer.Typer(rich_markup_mode=None)
Names = Annotated[bool, typer.Option("--names", help="The guests' names and addresses, too.")]
_WHEN = "Sent since then: 2026-11-21, 2026-11-21T10:00+01:00 or 30d."


@app.callback(invoke_without_command=True)
def found(
    context: typer.Context,
    *,
    state: Annotated[list[str] | None, typer.Option(help="In this state; may be given again.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Undecided, or being delivered.")] = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="Of which something failed and is not mended.")
    ] = False,
    app_: Annotated[
        str, typer.Option("--app", metavar="APP", help="An object id, or a name.", autocompletion=apps)
    ] = "",
    person: Annotated[
        str,
        typer.Option(metavar="WHO", help="Whoever had to do with it: an object id, an address, or a name."),
    ] = "",
    since: Annotated[str, typer.Option(metavar="TIME", help=_WHEN)] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Sent before: 7d is older than a week.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 50,
    names: Names = False,
    as_json: AsJson = False,
) -> int:
    """List requests, and what they are about, by object ids."""
    if context.invoked_subcommand:
        context.default_map = {"show": {"as_json": as_json, "names": names}}
        return 0
    from bot.commands.exporting import Limits
    from bot.commands.requests import Asked, listed

    asked = Asked(Limits(since, until, app_, person), state or (), waiting, failed, limit, names)
    return ask(lambda settings, _: listed(settings, asked), as_json=as_json)


@app.command()
def show(
    request: Annotated[str, typer.Argument(metavar="R-1042", autocompletion=requests)],
    *,
    names: Names = False,
    as_json: AsJson = False,
) -> int:
    """Show a request with the steps of its journal, and what it waits for."""
    from bot.commands.requests import shown

    return ask(lambda settings, _: shown(settings, request, names=names), as_json=as_json)
