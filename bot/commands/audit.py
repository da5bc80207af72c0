"""`guestlist audit …`: what an auditor asks of the chain, beside a running Guestlist."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from access.rules.checkpoints import Checkpoint
from bot.checkpoint_file import CheckpointFile
from bot.commands.opening import opened_to_read
from bot.commands.verifying import verify
from bot.settings import Settings

_TYPED = re.compile(r"(?P<seq>[0-9][0-9,.’' ]*):(?P<hash>[0-9a-fA-F]{64})")


def register(commands: Any) -> None:
    group = commands.add_parser("audit", help="verify the audit chain")
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


def _typed(text: str) -> Checkpoint:
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no checkpoint. Write it as it was told: the entry's number, a colon and 64 digits"
        )
    return Checkpoint(int(re.sub("[^0-9]", "", found["seq"])), found["hash"].lower())
