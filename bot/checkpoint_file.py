"""Where checkpoints of the audit are kept: a conversation, and a file that is only ever appended to."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from access.ports import Clock, Refused, Store
from access.rules.causes import Cause
from access.rules.checkpoints import Checkpoint
from access.service.checkpoints import Checkpoints
from bot.settings import Settings

_WORDS = 80
"""Of a line that cannot be read, so many characters are shown."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """One JSON object a line: seq, hash, at, tenant."""

    path: Path
    tenant_id: str

    async def keep(self, checkpoint: Checkpoint) -> None:
        """Append a line, which is on the disk when this returns; raises `Refused` with what to do."""
        try:
            await asyncio.to_thread(self._append, checkpoint)
        except OSError as error:
            raise Refused(
                Cause.REFUSED,
                f"No audit checkpoint can be written to {self.path}: {error.strerror}. Make room, or let "
                "Guestlist append to that file (GUESTLIST_CHECKPOINT_FILE).",
            ) from error

    def read(self) -> tuple[list[Checkpoint], list[str]]:
        """Return the checkpoints of this tenant, and what else stands there; raises `OSError`."""
        found: list[Checkpoint] = []
        odd: list[str] = []
        with self.path.open("rb") as lines:
            for place, line in enumerate(lines, start=1):
                read = self._read_line(line)
                if isinstance(read, Checkpoint):
                    found.append(read)
                elif read:
                    odd.append(f"line {place}: {read}")
        return found, odd

    def _append(self, checkpoint: Checkpoint) -> None:
        assert checkpoint.at is not None
        at = checkpoint.at.astimezone(UTC).isoformat()
        line = {"seq": checkpoint.seq, "hash": checkpoint.hash, "at": at, "tenant": self.tenant_id}
        is_new = not self.path.exists()
        file = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_RDWR, 0o600)
        try:
            # A crash may have left half a line: what follows must not be read as part of it.
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, (b"\n" if torn else b"") + orjson.dumps(line) + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        if is_new:
            _sync_folder(self.path.parent)

    def _read_line(self, line: bytes) -> Checkpoint | str:
        """Return a checkpoint, or why it is none; nothing for an empty line."""
        if not line.strip():
            return ""
        try:
            read = orjson.loads(line)
            seq, digest, at = read["seq"], read["hash"], datetime.fromisoformat(read["at"])
        except (ValueError, TypeError, KeyError):
            return f"no checkpoint: {line[:_WORDS].decode('utf-8', 'replace').strip()}"
        if not (isinstance(seq, int) and isinstance(digest, str) and at.tzinfo):
            return "no checkpoint: seq, hash or at is of the wrong kind"
        if read.get("tenant") != self.tenant_id:
            return "of another tenant"
        return Checkpoint(seq, digest.lower(), at)


def checkpoints_of(
    settings: Settings,
    store: Store,
    clock: Clock,
    tell: Callable[[str, str], Awaitable[None]],
    ring: Callable[[str], None],
) -> list[Checkpoints]:
    """Return what keeps them, for each place that the settings name; `tell` posts in a conversation."""
    found: list[Checkpoints] = []
    if path := settings.checkpoint_file:
        found.append(Checkpoints("file", store, clock, CheckpointFile(path, settings.tenant_id).keep, ring))
    if conversation := settings.checkpoint_conversation:

        async def post(checkpoint: Checkpoint) -> None:
            await tell(conversation, checkpoint.text)

        found.append(Checkpoints("conversation", store, clock, post, ring))
    return found


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
