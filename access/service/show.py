"""The outbox: draws a request for an audience when it is sent, as it then stands, in order and once."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from access.ports import AccessError, Chat, Gone, LeaseLost, NotDone, Store, Unknown, Unreachable
from access.ports.lease import machine_time
from access.rules import claims, jobs, lasting, unshown, watch
from access.rules.causes import Cause
from access.rules.model import Job, JobKind, JobStatus, ObjectId, Place, Record
from access.service.holding import LEASE, Held, claimed, keeping, let_go
from access.service.list_prospect import sampled
from access.service.missed import Missed

log = logging.getLogger(__name__)

Showing = asyncio.Task[jobs.Claim | None]
AT_ONCE = 24
"""Cards under way at once: the connections to the channel are those of people's replies, too."""
_AGAIN = (0.1, 0.3, 1.0, 3.0, 9.0)
"""Seconds after which a note that the store did not take is written again."""


@dataclass(slots=True)
class Shows:
    """Posts and updates cards; a notice that may have been posted is not posted again."""

    store: Store
    chat: Chat
    missed: Missed
    ring: Callable[[str], None]
    lease: timedelta = LEASE
    longest: timedelta = timedelta(seconds=45)
    """How long a show may take, its lease renewed meanwhile; then it counts as lost."""
    tries: int = 12
    """With back-off up to a minute: after about eight minutes a card that is refused is given up."""
    outage_tries: int = 1440
    """While the channel does not answer, or Guestlist cannot sign in, a card is tried for about a day."""
    _in_hand: set[str] = field(default_factory=set)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def run(self, job: Job) -> None:
        """Claim what of the job's request is due to be shown, show it, and note what was shown."""
        claiming = claims.ClaimShows(self.lease, but=self._in_hand)
        group = await claimed(self.store, job.request_id, claiming, self.lease)
        if group:
            try:
                async with keeping(self.store, group, self.lease):
                    await self._show_all(group)
            finally:
                try:
                    await self._look_after_bugs(group)
                except AccessError as error:  # which must not stand in for the bug
                    log.warning("What was given up could not be noted", extra={"cause": error.cause})

    async def _show_all(self, group: Sequence[Held]) -> None:
        """Show side by side, and note together what is over together: a slow chat holds up no note.

        What goes wrong with one is raised when all are over. Whoever is cut off notes what was shown by then.
        """
        wrong, unnoted = list[BaseException](), set[Showing]()
        in_hand = {asyncio.create_task(self._shown(held)): held.job.key for held in group}
        self._in_hand.update(in_hand.values())
        showing = set(in_hand)
        try:
            while showing:
                over, showing = await asyncio.wait(showing, return_when=asyncio.FIRST_COMPLETED)
                unnoted = over
                wrong += await self._note_all(group, over)
                unnoted = set()
                self._in_hand.difference_update({in_hand.pop(task) for task in over})
        finally:
            for task in showing:
                task.cancel()
            await asyncio.gather(*showing, return_exceptions=True)
            await self._note_all(group, {task for task in showing | unnoted if not task.cancelled()})
            self._in_hand.difference_update(in_hand.values())
        bugs = [error for error in wrong if not isinstance(error, AccessError)]
        for bug in bugs[1:]:
            log.error("A card failed by a bug", exc_info=bug)
        if wrong:
            raise (bugs or wrong)[0]

    async def _note_all(self, group: Sequence[Held], over: Collection[Showing]) -> list[BaseException]:
        """Note what is over, and return what went wrong."""
        wrong = [error for task in over if (error := task.exception()) is not None]
        notes = [note for task in over if task.exception() is None and (note := task.result())]
        return wrong + (await self._write(group, claims.every(*notes)) if notes else [])

    async def _write(self, group: Sequence[Held], notes: jobs.Claim) -> list[BaseException]:
        """Write notes, again while the claim holds: a card whose note is lost is posted twice."""
        failed: list[BaseException] = []
        for pause in _AGAIN:
            try:
                await self.store.change(group[0].job.request_id, notes)
            except AccessError as error:
                failed = [error]
            else:
                return []
            if machine_time() + pause >= max(held.lease.until for held in group):
                break
            await asyncio.sleep(pause)
        return failed

    async def _shown(self, held: Held) -> jobs.Claim | None:
        """Show one, and return what is to be noted of it; what changes its request is written at once."""
        job = held.job
        if not watch.concerns(held.record, job):
            return watch.not_needed(job.key, job.fence)
        if job.kind in jobs.ONCE and job.started > 1:
            return unshown.drop(job.key, job.fence)
        begun = False
        try:
            async with self._places:
                begun = True
                place, message = await self._in_time(held)
        except asyncio.CancelledError:
            if begun:
                raise
            return jobs.put_off(job.key, job.fence, timedelta(), surely_not_done=True)
        except LeaseLost:
            await let_go(self.store, held)
            return None
        except AccessError as error:
            return await self._hiccup(held, error)
        return unshown.shown(job.key, job.fence, held.record.request.version, place, message)

    async def _in_time(self, held: Held) -> tuple[Place, str]:
        try:
            async with asyncio.timeout(self.longest.total_seconds()):
                with held.lease.guarding():
                    return await self._show(held.job, held.record)
        except TimeoutError as error:
            raise Unknown(Cause.UNAVAILABLE, "the channel took too long") from error

    async def _show(self, job: Job, record: Record) -> tuple[Place, str]:
        place = Place(str(job.body[jobs.PLACE]))
        message = str(job.body[jobs.MESSAGE])
        if not place:
            place = await self._reached(self._person(job, record))
        shown = await sampled(self.store, record)
        if message:
            await self.chat.update(place, message, shown, job.name)
            return place, message
        return await self.chat.post(place, shown, job.name)

    async def _reached(self, person: ObjectId) -> Place:
        """Return the 1:1; that it may have been opened or not shows nobody anything yet."""
        try:
            return await self.chat.reach(person)
        except Unknown as error:
            raise NotDone(error.cause, str(error), trace=error.trace) from error

    def _person(self, job: Job, record: Record) -> ObjectId:
        return jobs.approver_of(job.name) or record.request.requestor.object_id

    async def _hiccup(self, held: Held, error: AccessError) -> jobs.Claim | None:
        job = held.job
        is_outage = isinstance(error, NotDone | Unknown) or error.cause is Cause.SIGN_IN_REFUSED
        most = self.outage_tries if is_outage else self.tries
        if isinstance(error, Unreachable) or job.tries >= most:
            await self._tell_another_way(held, error)
            return None
        delay = max(jobs.back_off(job.tries), timedelta(seconds=error.retry_after or 0))
        surely_not = not isinstance(error, Unknown)
        gone = isinstance(error, Gone)
        return jobs.put_off(job.key, job.fence, delay, surely_not_done=surely_not, forget_message=gone)

    async def _tell_another_way(self, held: Held, error: AccessError) -> None:
        """Tell another way what this would have told; a thread that refuses is tried again later."""
        job = held.job
        fields = {"job": job.name, "cause": error.cause, "why": str(error), "trace": error.trace}
        log.info("A card could not be shown", extra=fields)
        if job.name.endswith(jobs.THREAD) and isinstance(error, Unreachable):
            record = await self.store.change(job.request_id, unshown.refused(job.key, job.fence))
        else:
            await self._keep(held)
            record = await self.store.change(job.request_id, unshown.drop(job.key, job.fence, untold=True))
        if isinstance(record, Record):
            await self._note_untold(held, record)

    async def _look_after_bugs(self, group: Sequence[Held]) -> None:
        """Note what was given up for a bug of ours."""
        for held in group:
            if jobs.stumbles(held.job) + 1 < jobs.MOST_STUMBLES:
                continue
            record = await self.store.record(held.job.request_id)
            if record is not None and record.jobs[held.job.key].status is JobStatus.DROPPED:
                await self._note_untold(held, record)

    async def _note_untold(self, held: Held, record: Record) -> None:
        """Keep what could not be shown, and tell the operator of an end or a state that nobody hears of."""
        await self._keep(held)  # again: whoever came back since was not shown what was not given up yet
        job, label, state = held.job, record.request.label, record.request.state
        ends_at = record.request.ends_at
        if job.kind is JobKind.REMINDER and ends_at and lasting.concerns(record.request, job.name):
            self.ring(
                f"{label}: an access ends on {ends_at:%Y-%m-%d}, and {self._person(job, record)}, who was to "
                "be warned of it, cannot be told."
            )
        is_new = job.kind is JobKind.CARD and job.name in unshown.TOLD and not jobs.refusals(job)
        if is_new and unshown.is_told_nobody(record):
            self.ring(
                f"{label} ({state}): its requestor cannot be told how it stands, neither where it was asked "
                "nor in their own chat."
            )

    async def _keep(self, held: Held) -> None:
        job = held.job
        if job.name.endswith(jobs.THREAD):
            await self.missed.keep_closed(job.request_id)
        elif job.kind is JobKind.CARD:
            await self.missed.keep(self._person(job, held.record), job.request_id)
