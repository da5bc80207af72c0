"""Guestlist as processes that die where they are told to, forked by a nursery that has imported everything.

The nursery reads an order a line, `{"environ": {}, "log": path, "fate": {}}`, and answers `born PID` and
later `ended PID CODE`. A fate: `name`, `trail` (the file that tells what was passed), `clock` (a file with
what the host's clock is off by, in seconds), `point` and `pause` (see plans.py), `blind` (the mutation: no
look-up before a repeated call finds anything).
"""

import asyncio
import ctypes
import gc
import json
import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

# These three app.py loads only for PostgreSQL; here they are loaded before the first fork.
import bot.queue.pgqueuer
import bot.queue.shared
import bot.store.postgres  # noqa: F401 - see above
from access.ports import AccessError
from access.rules import jobs
from access.rules.journal import STEPS
from access.rules.list_run import Pace
from access.rules.model import AuditFact, Change, Job, JobKind, JobStatus, Record
from access.rules.waiving import Waivable
from access.service.steps import Patience
from app import Overrides, build
from bot.clock import host_time
from bot.overrides import unchanged
from bot.process import CannotListenError, serve
from bot.settings import Settings
from bot.telemetry import configure_logging
from tests.kills import ages

LEASE = 3.0
_DIE_WITH_PARENT = 1
"""Linux' PR_SET_PDEATHSIG."""
_MOST = timedelta(seconds=1)
_FEW = 15
"""The sandbox's lag is over by the first of them; in what a death left half made, all are waited for."""
QUICK = Patience(
    lease=timedelta(seconds=LEASE),
    replication_tries=_FEW,
    proof_tries=20,
    most=_MOST,
    until_gone=_MOST,
)


PACE = Pace(window=8, lot=4, mails=timedelta(seconds=0.2))
"""So that a list of a few dozen takes many looks, and its mails no minutes."""
LIST_STEP = "list-step"
_ACTS = {
    "list.paused": "pause",
    "list.resumed": "resume",
    "list.stopped": "stop",
    "list.retried": "retry",
    "delivery.retried": "row-retry",
}


@dataclass(slots=True)
class Fate:
    """What is to become of this process, and the trail of what it passes."""

    name: str
    trail: Path
    clock: Path
    point: str = ""
    pause: bool = False
    blind: bool = False
    usual: bool = False
    """Whether leases are as long, and looks at lists make as many rows, as in the product."""
    _file: int = -1
    _off: mmap.mmap | None = field(default=None)

    def begin(self) -> None:
        self._file = os.open(self.trail, os.O_WRONLY | os.O_APPEND)
        with self.clock.open("rb") as file:
            self._off = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)

    def now(self) -> datetime:
        """Return what the host's clock says, as far as this process is told."""
        assert self._off is not None
        return host_time() + timedelta(seconds=struct.unpack("d", self._off[:8])[0])

    def note(self, what: str, **more: Any) -> None:
        line = json.dumps({"at": time.time(), "by": self.name, "pid": os.getpid(), "what": what, **more})
        os.write(self._file, f"{line}\n".encode())

    def pass_by(self, point: str) -> None:
        """Die or stop here, if this is the point, and only once."""
        if point != self.point:
            return
        self.point = ""
        self.note("paused" if self.pause else "hit", point=point)
        os.kill(os.getpid(), signal.SIGSTOP if self.pause else signal.SIGKILL)


@dataclass(slots=True)
class Posted:
    """The cards that a task and those that it began have posted, and that it is about to note."""

    by: "asyncio.Task[Any] | None"
    keys: list[str] = field(default_factory=list)


_posted: ContextVar[Posted | None] = ContextVar("posted", default=None)


class WatchedStore:
    """Stands between the use cases and the store, and passes its boundaries."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def add(self, make: Any) -> Any:
        what: list[str] = []

        def watched(*given: Any) -> Change:
            change: Change = (make.make if waivable else make)(*given)
            what[:] = [_made(change)]
            self._fate.pass_by(f"before-turn {what[0]}")
            return change

        waivable = isinstance(make, Waivable)
        added = await self._inner.add(replace(make, make=watched) if waivable else watched)
        if what == ["row"]:
            self._fate.note(LIST_STEP, step="row")
        for one in what:
            self._fate.pass_by(f"after-turn {one}")
        return added

    async def keep_list(self, made: Any) -> None:
        self._fate.pass_by("before-turn look")
        await self._inner.keep_list(made)
        self._fate.pass_by("after-turn look")

    async def write_audit(self, fact: Any) -> Any:
        saves = fact.what == "list.saving"
        if saves:
            self._fate.pass_by("before-turn file")
        written = await self._inner.write_audit(fact)
        if saves:
            self._fate.pass_by("after-turn file")
        return written

    async def change(self, request_id: Any, transition: Any) -> Any:
        passed: list[str] = []
        cards: list[str] = []
        posted = _take_posted()

        def watched(record: Record, now: datetime) -> Any:
            result = transition(record, now)
            passed.clear()
            cards.clear()
            if isinstance(result, Change):
                # An attempt that the database undid is made again.
                passed[:], cards[:] = _passed(record, result), _shown(record, result)
                for what in passed:
                    self._fate.pass_by(f"before-{what}")
            return result

        try:
            changed = await self._inner.change(request_id, watched)
        except AccessError:
            self._note_all("unnoted", {*posted, *cards})
            raise
        written = isinstance(changed, Record)
        self._note_all("noted", cards if written else ())
        self._note_all("unnoted", set(posted).difference(cards if written else ()))
        if written and _of_list(changed, passed):
            self._fate.note(LIST_STEP, step=passed[0])
        for what in passed if written else ():
            self._fate.pass_by(f"after-{what}")
        return changed

    def _note_all(self, what: str, keys: Iterable[str]) -> None:
        for key in keys:
            self._fate.note(what, key=key)


def _take_posted() -> Sequence[str]:
    """Take what this task is about to note; what it began has posted, and it alone notes."""
    mine = _posted.get()
    if mine is None:
        _posted.set(Posted(asyncio.current_task()))
        return ()
    if mine.by is not asyncio.current_task():
        return ()
    keys, mine.keys = mine.keys, []
    return keys


def _passed(record: Record, change: Change) -> list[str]:
    """Return what a change is: a claim or a finish of a step or a card, or somebody's decision."""
    found = ["turn decision"] if change.request.review != record.request.review else []
    found += [
        f"turn {_ACTS[fact.what]}" for fact in change.audit if fact.what in _ACTS and _counts(fact, record)
    ]
    for job in change.jobs:
        before = record.jobs.get(job.key)
        if before is None or job.kind in {JobKind.TIMER, JobKind.WATCH, JobKind.QUESTION}:
            continue
        if job.kind is JobKind.LIST:
            found += _looked(record, change, before, job)
            continue
        name = job.name if job.kind in STEPS else "card"
        if job.fence > before.fence:
            found.append(f"claim {name}")
        elif before.lease_until is not None and job.status is JobStatus.DONE:
            found.append(f"finish {name}")
    return found


def _made(change: Any) -> str:
    """Return what is added: a row of a list, a list, or somebody's request."""
    if isinstance(change, Change) and change.request.listed is not None:
        return "row"
    return "list" if isinstance(change, Change) and change.request.bulk is not None else "request"


def _counts(fact: AuditFact, record: Record) -> bool:
    """Tell whether an entry is what somebody did about a list, or what became of it for a row."""
    return record.request.listed is not None or (record.request.bulk is not None and fact.actor is not None)


def _looked(record: Record, change: Change, before: Job, job: Job) -> list[str]:
    """Return what the run of a list passes: its claim, or the end of a look, by what that has brought."""
    if job.fence > before.fence:
        return ["claim list"]
    was, now = record.request.bulk, change.request.bulk
    if before.lease_until is None or job.lease_until is not None or was is None or now is None:
        return []
    if change.request.state is not record.request.state:
        return ["finish end"]
    parts = ("last_row", "skipped", "again", "again_row", "again_skipped")
    return ["finish lot"] if any(getattr(was, one) != getattr(now, one) for one in parts) else ["finish look"]


def _of_list(record: Record, passed: Sequence[str]) -> bool:
    """Tell whether a step of the run of a list was passed, or one of a row of it, which are no cards."""
    request = record.request
    ours = request.bulk is not None or request.listed is not None
    return ours and any(not one.startswith(("turn ", "claim card", "finish card")) for one in passed)


def _shown(record: Record, change: Change) -> list[str]:
    """Return the cards of which a change notes that they were posted."""
    return [job.key for job in change.jobs if _message(job) and not _message(record.jobs.get(job.key))]


def _message(job: Job | None) -> Any:
    return job.body.get(jobs.MESSAGE) if job else None


class WatchedChat:
    """Stands before Teams; what was posted and what became of it is in the trail."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def post(self, place: Any, record: Record, audience: str) -> Any:
        key, of = jobs.key_of(record.request.request_id, 0, audience), audience.partition("/")[0]
        self._fate.note("posting", key=key)
        self._fate.pass_by(f"before-post {of}")
        try:
            message = await self._inner.post(place, record, audience)
        except AccessError as error:
            self._fate.note("failed", key=key, error=type(error).__name__)
            raise
        if (posted := _posted.get()) is not None:
            posted.keys.append(key)
        self._fate.pass_by(f"after-post {of}")
        return message

    async def update(self, place: Any, message: str, record: Record, audience: str) -> None:
        self._fate.pass_by("before-update card")
        await self._inner.update(place, message, record, audience)
        self._fate.pass_by("after-update card")


class Blind:
    """The mutation: whoever looks before repeating a call sees nothing."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def find_by_address(self, address: str) -> None:
        """Find nobody."""

    async def find(self, key: str) -> None:
        """Find no mail."""

    async def has(self, *_: Any) -> bool:
        return False


async def live(fate: Fate) -> None:
    """Build and serve Guestlist as its operator does."""
    settings = Settings.read(os.environ)
    assert isinstance(settings, Settings), settings
    overrides = Overrides(
        store=lambda store: WatchedStore(store, fate),
        chat=lambda chat: WatchedChat(chat, fate),
        directory=Blind if fate.blind else unchanged,
        mail=Blind if fate.blind else unchanged,
        patience=replace(QUICK, lease=Patience().lease) if fate.usual else QUICK,
        pace=Pace(mails=PACE.mails) if fate.usual else PACE,
        clock=fate.now,
    )
    guestlist = await build(settings, overrides)
    ages.heed(guestlist.store, fate.trail.parent)
    await serve(guestlist)


def _live_and_end(order: Mapping[str, Any]) -> None:
    """Become Guestlist in this process, which is new; never returns."""
    code = 1
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(file, stream)
        os.environ.update(order["environ"])
        configure_logging()
        paths = {name: Path(order["fate"][name]) for name in ("trail", "clock")}
        fate = Fate(**{**order["fate"], **paths})
        fate.begin()
        asyncio.run(live(fate))
        code = 0
    except (AccessError, CannotListenError) as error:
        sys.stderr.write(f"Guestlist cannot start. {error}\n")
        code = 2
    except SystemExit:
        pass
    finally:
        if (bug := sys.exc_info()[1]) is not None:
            sys.excepthook(type(bug), bug, bug.__traceback__)
        sys.stderr.flush()
        os._exit(code)


def _say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def _bury(_: int, __: FrameType | None) -> None:
    """Tell of every child that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def nurse() -> None:
    """Fork a child for each order, until there are no more to come."""
    signal.signal(signal.SIGCHLD, _bury)
    gc.freeze()
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            _live_and_end(json.loads(line))
        _say(f"born {pid}")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


if __name__ == "__main__":
    nurse()
