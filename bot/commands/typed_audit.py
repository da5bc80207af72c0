"""What can be typed of `guestlist audit`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.asking import AsJson, ask

app = typer.Typer(help="Verify and export the audit, compare it with Entra's log.", rich_markup_mode=None)
_WHEN = "2026-11-21, 2026-11-21T10:00+01:00 or 30d"


class Form(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


@app.command()
def verify(
    *,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER:HASH",
            help="A checkpoint to compare with, as it was read in the conversation; may be given again.",
        ),
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Instead of the file that GUESTLIST_CHECKPOINT_FILE names."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Find what was edited, removed, reordered or cut off."""
    from bot.commands.audit import verified

    return ask(lambda settings, far: verified(settings, far, against or (), checkpoints), as_json=as_json)


@app.command()
def export(
    *,
    form: Annotated[Form, typer.Option("--format", help="Of its lines.")] = Form.CSV,
    since: Annotated[str, typer.Option(metavar="TIME", help=_WHEN)] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="The same; a day is there to its end.")] = "",
    app_: Annotated[str, typer.Option("--app", metavar="APP", help="An object id, or a name.")] = "",
    person: Annotated[str, typer.Option(metavar="WHO", help="An object id, an address, or a name.")] = "",
    as_json: AsJson = False,
) -> int:
    """Write entries as CSV or JSON to the standard output."""
    from bot.commands.audit import exported
    from bot.commands.exporting import Limits

    limits = Limits(since, until, app_, person)
    return ask(lambda settings, far: exported(settings, far, form, limits, as_json=as_json), as_json=as_json)


@app.command()
def reconcile(
    *,
    since: Annotated[str, typer.Option(metavar="TIME", help=_WHEN)] = "7d",
    as_json: AsJson = False,
) -> int:
    """Compare the chain with Entra's audit log, both ways."""
    from bot.commands.reconcile import reconciled

    return ask(lambda settings, _: reconciled(settings, since), as_json=as_json)
