"""`guestlist audit …`: what an auditor asks of the chain, beside a running Guestlist."""

import io
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TextIO

from access.rules.checkpoints import Checkpoint
from bot.checkpoint_file import CheckpointFile
from bot.clock import SteadyClock
from bot.commands import exporting
from bot.commands.answers import DONE, FINDING, Answer, wrong
from bot.commands.how_far import HowFar
from bot.commands.opening import opened_to_read
from bot.commands.verifying import verify
from bot.settings import Settings
from bot.store.book import Book
from bot.store.exported import Wanted

_TYPED = re.compile(r"(?P<seq>[0-9][0-9,.’' ]*):(?P<hash>[0-9a-fA-F]{64})")


class NoCheckpoint(ValueError):
    """What was typed is none: its text says how one is written."""


async def verified(
    settings: Settings, far: HowFar, against: Sequence[str], checkpoints_in: Path | None
) -> Answer:
    """Return 0 where the chain holds, 1 where it does not, 2 where that could not be found out."""
    try:
        checkpoints = [_typed(one) for one in against]
    except NoCheckpoint as error:
        return wrong(str(error))
    sources = [f"{len(checkpoints)} typed"] if checkpoints else []
    odd: list[str] = []
    if path := checkpoints_in or settings.checkpoint_file:
        try:
            kept, odd = CheckpointFile(path, settings.tenant_id).read()
        except OSError as error:
            return wrong(f"The checkpoints cannot be read: {path}: {error.strerror}.")
        checkpoints += kept
        sources.append(str(path))
    async with opened_to_read(settings) as book:
        report = await verify(book, checkpoints, ", ".join(sources) or "none is kept in a file", far)
    report.missing += [f"in {path}, {one}" for one in odd]
    document = {"holds": not report.wrong, **asdict(report)}
    ends = FINDING if report.wrong else DONE
    return Answer(report.text, document, ends, aside=bool(report.wrong))


async def exported(
    settings: Settings, far: HowFar, form: str, limits: exporting.Limits, *, as_json: bool
) -> Answer | int:
    """Return 0 where it was all written, 2 where what is meant is not known."""
    async with opened_to_read(settings) as book:
        try:
            wanted = await _wanted(book, limits, settings)
        except exporting.NotExported as error:
            return wrong(str(error))
        if as_json:
            return await exporting.export_whole(book, wanted, sys.stdout.write)
        # Lines between which a bar stands could not be read.
        shown = HowFar(far.shown and not sys.stdout.isatty())
        count = await exporting.export(book, wanted, form, _stdout().write, shown)
    sys.stdout.flush()
    sys.stderr.write(f"{count:,} {'entry' if count == 1 else 'entries'}.\n")
    return 0


async def _wanted(book: Book, limits: exporting.Limits, settings: Settings) -> Wanted:
    zone, now = settings.time_zone, SteadyClock().now()

    def at(text: str, *, ends: bool = False) -> datetime | None:
        return exporting.time_of(text, zone, now, ends=ends) if text else None

    return Wanted(
        since=at(limits.since),
        until=at(limits.until, ends=True),
        apps=await exporting.apps(book, limits.app) if limits.app else None,
        whose=await exporting.whose(book, limits.person) if limits.person else None,
    )


def _stdout() -> TextIO:
    """Return the standard output, in UTF-8 whatever the terminal, with its lines' ends as they are."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def _typed(text: str) -> Checkpoint:
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise NoCheckpoint(
            f"{text!r} is no checkpoint. Write it as it was told: the entry's number, a colon and 64 digits"
        )
    return Checkpoint(int(re.sub("[^0-9]", "", found["seq"])), found["hash"].lower())
