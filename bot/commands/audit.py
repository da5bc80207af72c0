"""`guestlist audit …`: what an auditor asks of the chain, beside a running Guestlist."""

import argparse
import io
import os
import re
import sys
from pathlib import Path
from typing import Any, TextIO

from access.rules.checkpoints import Checkpoint
from bot.checkpoint_file import CheckpointFile
from bot.clock import SteadyClock
from bot.commands import exporting, reconcile
from bot.commands.opening import opened_to_read
from bot.commands.verifying import verify
from bot.settings import Settings
from bot.store.exported import Wanted

_TYPED = re.compile(r"(?P<seq>[0-9][0-9,.’' ]*):(?P<hash>[0-9a-fA-F]{64})")


def register(commands: Any) -> None:
    group = commands.add_parser("audit", help="verify and export the audit, compare it with Entra's log")
    asked = group.add_subparsers(dest="asked", required=True)
    verifying = asked.add_parser("verify", help="find what was edited, removed, reordered or cut off")
    verifying.add_argument(
        "--against",
        action="append",
        default=[],
        type=_typed,
        metavar="NUMBER:HASH",
        help="a checkpoint to compare with, as it was read in the conversation; may be given again",
    )
    verifying.add_argument(
        "--checkpoints",
        type=Path,
        metavar="FILE",
        help="instead of the file that GUESTLIST_CHECKPOINT_FILE names",
    )
    verifying.set_defaults(run=_verify)
    export = asked.add_parser("export", help="write entries as CSV or JSON to the standard output")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    export.add_argument("--since", metavar="TIME", help="2026-11-21, 2026-11-21T10:00+01:00 or 30d")
    export.add_argument("--until", metavar="TIME", help="the same; a day is there to its end")
    export.add_argument("--app", metavar="APP", help="an object id, or a name")
    export.add_argument("--person", metavar="WHO", help="an object id, an address, or a name")
    export.set_defaults(run=_export)
    reconcile.register(asked)


async def _verify(settings: Settings, options: argparse.Namespace) -> int:
    """Return 0 where the chain holds, 1 where it does not, 2 where that could not be found out."""
    checkpoints: list[Checkpoint] = list(options.against)
    sources = [f"{len(checkpoints)} typed"] if checkpoints else []
    odd: list[str] = []
    if path := options.checkpoints or settings.checkpoint_file:
        try:
            kept, odd = CheckpointFile(path, settings.tenant_id).read()
        except OSError as error:
            sys.stderr.write(f"The checkpoints cannot be read: {path}: {error.strerror}.\n")
            return 2
        checkpoints += kept
        sources.append(str(path))
    async with opened_to_read(settings) as book:
        report = await verify(book, checkpoints, ", ".join(sources) or "none is kept in a file")
    report.missing += [f"in {path}, {one}" for one in odd]
    (sys.stderr if report.wrong else sys.stdout).write(report.text)
    return 1 if report.wrong else 0


async def _export(settings: Settings, options: argparse.Namespace) -> int:
    """Return 0 where it was all written, 2 where what is meant is not known."""
    zone, now = settings.time_zone, SteadyClock().now()
    async with opened_to_read(settings) as book:
        try:
            wanted = Wanted(
                since=exporting.time_of(options.since, zone, now) if options.since else None,
                until=exporting.time_of(options.until, zone, now, ends=True) if options.until else None,
                apps=await exporting.apps(book, options.app) if options.app else None,
                whose=await exporting.whose(book, options.person) if options.person else None,
            )
        except exporting.NotExported as error:
            sys.stderr.write(f"{error}\n")
            return 2
        try:
            count = await exporting.export(book, wanted, options.format, _stdout().write)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever reads has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    sys.stderr.write(f"{count:,} {'entry' if count == 1 else 'entries'}.\n")
    return 0


def _stdout() -> TextIO:
    """Return the standard output, in UTF-8 whatever the terminal, with its lines' ends as they are."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def _typed(text: str) -> Checkpoint:
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no checkpoint. Write it as it was told: the entry's number, a colon and 64 digits"
        )
    return Checkpoint(int(re.sub("[^0-9]", "", found["seq"])), found["hash"].lower())
