"""What an operator can type of `guestlist`. Nothing is loaded before it is asked for."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot.commands import typed_audit, typed_db, typed_policy, typed_requests
from bot.commands.answers import DONE, ENDS, INTERRUPTED, Answer, read_enough, told, wrong
from bot.commands.asking import AsJson, ask

_SAID = f"Ends with {'; '.join(f'{code}: {meaning}' for code, meaning in ENDS.items())}. See docs/cli.md."

app = typer.Typer(
    name="guestlist",
    help="Runs Guestlist, and looks after it.",
    epilog=_SAID,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(typed_policy.app, name="policy")
app.add_typer(typed_audit.app, name="audit")
app.add_typer(typed_db.app, name="db")
app.add_typer(typed_requests.app, name="requests")
app.command("restored", hidden=True)(typed_db.restored)
app.command("move", hidden=True)(typed_db.move)


@app.command()
def run(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only see whether settings and policy can be used.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Serve, until told to stop."""
    from bot.commands.running import checked, started

    if not (check or as_json):
        return started().tell()
    answer = checked()
    if check or answer.ends:
        return answer.tell(as_json=as_json)
    answer.tell(as_json=True)
    return started().tell()


@app.command()
def doctor(*, as_json: AsJson = False) -> int:
    """Look at permissions, settings, addresses, mailbox, clock and database."""
    from bot.commands.doctor import seen, without_settings

    return ask(lambda settings, _: seen(settings), as_json=as_json, without_settings=without_settings)


@app.command()
def package(
    *,
    out: Annotated[Path, typer.Option(help="Where it is written.")] = Path("build/guestlist.zip"),
    app_id: Annotated[str, typer.Option(help="The bot's id, instead of GUESTLIST_APP_ID.")] = "",
    as_json: AsJson = False,
) -> int:
    """Pack the Teams app, for an admin to upload."""
    from bot.commands.packing import packed

    return packed(out, app_id).tell(as_json=as_json)


@app.command()
def forget(
    address: Annotated[str, typer.Argument(help="As in the request, such as ana@fabrikam.com.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not have it typed again on a terminal.")] = False,
    as_json: AsJson = False,
) -> int:
    """Erase the name, address and texts of a guest."""
    from bot.commands.data import forgotten, is_meant

    if not (yes or is_meant(address)):
        return wrong("That is another address. Nothing was erased.").tell(as_json=as_json)
    return ask(lambda settings, _: forgotten(settings, address), as_json=as_json)


def carried_out(words: list[str]) -> int:
    """Run one command, and return how it ends."""
    out, as_json = sys.stdout, "--json" in words
    try:
        ended = typer.main.get_command(app).main(words, prog_name="guestlist", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        return told(_unasked(error, as_json=as_json), as_json=as_json)
    except SystemExit as left:
        return int(left.code or 0) if sys.stdout is out else DONE  # typer wraps what nobody reads any more
    except BrokenPipeError:
        read_enough()
        return DONE
    except OSError as error:  # such as a full disk
        place = f"{error.filename}: " if error.filename else ""
        return told(wrong(f"guestlist: {place}{error.strerror or error}"), as_json=as_json)
    if ended == INTERRUPTED:
        told(Answer("Interrupted.\n", {}, aside=True))
    return int(ended or 0)


def _unasked(error: TyperException, *, as_json: bool) -> Answer:
    """Return what was typed wrongly, and where it is said what can be typed."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "guestlist"
    said = f"{where}: {error.format_message()}"
    return wrong(said if as_json else f"{said}\n{where} --help says what can be typed.")
