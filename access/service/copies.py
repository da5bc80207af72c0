"""Older copies: a card whose answer the channel lost is posted again, and then stands twice in its chat."""

import logging
from dataclasses import dataclass

from access.ports import AccessError, Chat, Store
from access.rules import jobs
from access.rules.changing import refused
from access.rules.model import ObjectId, Place, Record, RequestId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copies:
    """Tells an older copy from the card that is kept up to date, and takes its buttons away."""

    store: Store
    chat: Chat

    async def refused(self, record: Record, person_id: ObjectId, act: str) -> None:
        """Write that somebody pressed an older copy, which acts on nothing."""
        await self.store.write_audit(refused(record.request, act, "OlderCopy", person_id))

    async def retire(self, request_id: RequestId, audience: str, place: Place, message: str) -> Record | None:
        """Retire the message if it is an older copy of this audience's card; None where it is not.

        Whose card it is on is a hint of the button's: nothing is retired in another place than the card's,
        nothing of a card that was posted once, and no message that is up to date.
        """
        record = await self.store.record(request_id)
        job = record.jobs.get(jobs.key_of(request_id, 0, audience)) if record else None
        if record is None or job is None or not job.body.get(jobs.DOUBLED):
            return None
        if not self.chat.is_same(Place(str(job.body[jobs.PLACE])), place):
            return None
        if message in {"", *(one.body.get(jobs.MESSAGE) for one in record.jobs.values())}:
            return None
        try:
            await self.chat.update(place, message, record, jobs.OLDER)
        except AccessError as error:
            log.warning("An older copy of a card could not be changed", extra={"cause": error.cause})
        return record
