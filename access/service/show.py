"""The outbox: draws a request for an audience when it is sent, as it then stands, in order and once."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from access.ports import AccessError, Chat, Gone, LeaseLost, NotDone, Store, Unknown, Unreachable
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import Job, JobKind, ObjectId, Place, Record
from access.service.holding import LEASE, Held, holding


@dataclass(slots=True)
class Shows:
    """Posts and updates cards; a notice that may have been posted is not posted again."""

    store: Store
    chat: Chat
    lease: timedelta = LEASE
    longest: timedelta = timedelta(seconds=45)
    """How long a show may take, its lease renewed meanwhile; then it counts as lost."""
    tries: int = 12
    """With back-off up to a minute: after about eight minutes a card that is refused is given up."""
    outage_tries: int = 1440
    """While the channel does not answer, a card is tried for about a day."""

    async def run(self, job: Job) -> None:
        """Claim the row, show the request, and note what was shown."""
        async with holding(self.store, job, self.lease) as held:
            if held is None:
                return
            mine = held.job
            if mine.kind is JobKind.NOTICE and mine.started > 1:
                await self.store.change(job.request_id, jobs.drop(job.key, mine.fence))
                return
            try:
                place, message = await self._in_time(held)
            except LeaseLost:
                raise
            except AccessError as error:
                await self._hiccup(mine, error)
                return
            version = held.record.request.version
            shown = jobs.shown(job.key, mine.fence, version, place, message)
            await self.store.change(job.request_id, shown)

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
        if message:
            await self.chat.update(place, message, record, job.name)
            return place, message
        return place, await self.chat.post(place, record, job.name)

    async def _reached(self, person: ObjectId) -> Place:
        """Return the 1:1; that it may have been opened or not shows nobody anything yet."""
        try:
            return await self.chat.reach(person)
        except Unknown as error:
            raise NotDone(error.cause, str(error), trace=error.trace) from error

    def _person(self, job: Job, record: Record) -> ObjectId:
        if job.name.startswith(jobs.APPROVER):
            return ObjectId(job.name.removeprefix(jobs.APPROVER))
        return record.request.requestor.object_id

    async def _hiccup(self, job: Job, error: AccessError) -> None:
        most = self.outage_tries if isinstance(error, NotDone | Unknown) else self.tries
        if isinstance(error, Unreachable) or job.tries >= most:
            unreached = job.name.startswith(jobs.APPROVER)
            await self.store.change(job.request_id, jobs.drop(job.key, job.fence, unreached=unreached))
            return
        delay = max(jobs.back_off(job.tries), timedelta(seconds=error.retry_after or 0))
        surely_not = not isinstance(error, Unknown)
        gone = isinstance(error, Gone)
        await self.store.change(
            job.request_id,
            jobs.put_off(job.key, job.fence, delay, surely_not_done=surely_not, forget_message=gone),
        )
