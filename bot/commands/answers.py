"""What a command answers: in words for people, as one JSON document for machines, and by its exit code."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.telemetry import tame

DONE, FINDING, CHANGE_FIRST, NOT_KNOWN, BROKEN, INTERRUPTED = 0, 1, 2, 3, 70, 130
ENDS = {
    DONE: "done",
    FINDING: "done, and there is a finding, which is told",
    CHANGE_FIRST: "not done: something has to be changed first, or could not be reached, which is told",
    NOT_KNOWN: "done, and of something nobody knows, which is told",
    BROKEN: "a fault of Guestlist itself, whose traceback is told",
    INTERRUPTED: "interrupted",
}
"""Every exit code; docs/cli.md has them with each command."""

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found; `aside` is written where errors are."""

    text: str
    document: Document
    ends: int = DONE
    aside: bool = False

    def tell(self, *, as_json: bool = False) -> int:
        """Write it, and return how the command ends."""
        if as_json:
            sys.stdout.write(f"{as_line(self.document, indent=1)}\n")
        else:
            (sys.stderr if self.aside else sys.stdout).write(tame(self.text))
        return self.ends


def wrong(text: str, ends: int = CHANGE_FIRST, **more: object) -> Answer:
    """Return the answer of a command that did nothing, and why."""
    said = text.rstrip("\n")
    return Answer(f"{said}\n", {"error": said, "exit": ends, **more}, ends, aside=True)


def as_line(value: object, indent: int | None = None) -> str:
    return json.dumps(value, default=_plain, indent=indent)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def told(answer: Answer, *, as_json: bool = False) -> int:
    """Tell what went wrong, where a stream that takes nothing more may be just that; return how it ends."""
    try:
        ends = answer.tell(as_json=as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        read_enough()
        return DONE
    except OSError:
        read_enough()
        return told(answer) if as_json else answer.ends
    return ends


def read_enough() -> None:
    """Let what is still to be written go nowhere: whoever reads has closed the pipe, or the disk is full."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(nowhere, sys.stderr.fileno())
