"""The Chat port over the Bot Connector: draws a request with `cards`, and finds the way to people."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from access.ports import AccessError, Gone, NotDone, Refused, Unknown, Unreachable
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import ObjectId, Place, Record
from access.rules.stages import everybody
from bot.teams.connector import Connector
from bot.teams.reference import People, Reference
from bot.teams.writer import card_message, write
from cards.draw import posted
from cards.look import Look, zone_of

log = logging.getLogger(__name__)

Install = Callable[[ObjectId], Awaitable[None]]

MOST_REFRESHED = 60
_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries after an installation, which Teams notices late."""
_MOST_LOOKED_FOR = 10


class TeamsChat:
    """Shows people a request in Teams."""

    def __init__(
        self,
        connector: Connector,
        people: People,
        *,
        tenant_id: str,
        house: Look,
        install: Install | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connector = connector
        self._people = people
        self._tenant_id = tenant_id
        self._house = house
        self._install = install
        self._sleep = sleep

    async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
        there = _opened_by_card(Reference.read(place), record, audience)
        if audience == jobs.THREAD:
            await self._look_for(there, record)
        body = await self._drawn(record, audience)
        person = _receiver(record, audience)
        try:
            return place, await self._connector.post(there.service, there.wire_id, body)
        except Gone as error:
            if person is None:
                return await self._post_anew(there, body, error)
        except Unreachable:
            if person is None:
                raise
        return await self._post_elsewhere(person, body)

    async def _post_anew(self, there: Reference, body: bytes, gone: Gone) -> tuple[Place, str]:
        """Post as a new thread where the old one's first message is deleted, if there is a channel still."""
        if there.thread:
            try:
                message = await self._connector.post(there.service, there.conversation, body)
                return replace(there, thread=message).place, message
            except Gone as error:
                gone = error
        raise Unreachable(gone.cause, str(gone), trace=gone.trace) from gone

    async def _post_elsewhere(self, person: ObjectId, body: bytes) -> tuple[Place, str]:
        """Post to a person whose 1:1 is closed to us, in the one that can be opened; they may block us."""
        await self._people.moved(person)
        try:
            place = await self.reach(person)
        except Unknown as error:  # which has shown them nothing yet
            raise NotDone(error.cause, str(error), trace=error.trace) from error
        there = Reference.read(place)
        try:
            return place, await self._connector.post(there.service, there.wire_id, body)
        except (Unreachable, Gone) as error:
            await self._people.moved(person)
            raise Unreachable(error.cause, str(error), trace=error.trace) from error

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None:
        there = Reference.read(place)
        body = await self._drawn(record, audience)
        try:
            await self._connector.update(there.service, there.wire_id, message, body)
        except Unreachable:
            if (person := _receiver(record, audience)) is not None:
                await self._people.moved(person)
            raise

    async def tell(self, person: ObjectId, body: bytes) -> None:
        """Post to a person's 1:1 what they wait for; the chat that we knew may be closed to us by now."""
        for last in (False, True):
            there = Reference.read(await self.reach(person))
            try:
                await self._connector.post(there.service, there.wire_id, body, urgent=True)
            except (Unreachable, Gone):
                if last or not await self._people.moved(person):
                    raise
            else:
                return

    async def reach(self, person: ObjectId) -> Place:
        """Return the 1:1: the known one, else opened, else opened after installing the app for them."""
        known = await self._people.known(person)
        if known.place:
            return Place(known.place)
        service = await self._people.service()
        if service is None:
            raise Unreachable(Cause.REFUSED, "no activity has told yet how Teams is reached")
        try:
            conversation = await self._open(*service, person)
        except Unreachable:
            if self._install is None:
                raise
            conversation = await self._installed(*service, person, self._install)
        url, bot = service
        place = Reference(
            service=url, conversation=conversation, thread="", tenant=self._tenant_id, bot=bot
        ).place
        await self._people.met(person, place=place)
        return place

    async def _open(self, service: str, bot: str, person: ObjectId) -> str:
        return await self._connector.create(service, bot, person, self._tenant_id)

    async def _installed(self, service: str, bot: str, person: ObjectId, install: Install) -> str:
        try:
            await install(person)
        except Refused as error:
            raise Unreachable(error.cause, "the app could not be installed", trace=error.trace) from error
        for pause in _PAUSES:
            try:
                return await self._open(service, bot, person)
            except Unreachable:
                await self._sleep(pause)
        return await self._open(service, bot, person)

    async def zone(self, person: ObjectId) -> ZoneInfo:
        known = await self._people.known(person)
        return zone_of(known.zone) or self._house.zone

    def is_same(self, one: Place, other: Place) -> bool:
        return bool(one and other) and Reference.read(one).is_same(Reference.read(other))

    async def _drawn(self, record: Record, audience: str) -> bytes:
        card = posted(record, audience, await self._look(record, audience))
        return write(card_message(card))

    async def _look(self, record: Record, audience: str) -> Look:
        """Return how the receiver reads, as they have told; a thread reads as the house does."""
        if audience == jobs.THREAD:
            return replace(self._house, refresh=await self._refreshed(record), shared=True)
        person = _receiver(record, audience)
        if person is None:
            return self._house
        known = await self._people.known(person)
        return self._house.of(known.locale, known.zone)

    async def _refreshed(self, record: Record) -> tuple[str, ...]:
        """Return the channel's ids of those who see the thread's card in a view of their own."""
        *approvers, requestor = [(await self._people.known(one)).user for one in _concerned(record)]
        own = (requestor,) if requestor else ()
        return (*[user for user in approvers if user][: MOST_REFRESHED - len(own)], *own)

    async def _look_for(self, there: Reference, record: Record) -> None:
        """Ask the conversation for the ids of approvers who were never met; it is no harm if it has none."""
        unmet = [one for one in _concerned(record) if not (await self._people.known(one)).user]
        await asyncio.gather(*(self._look_for_one(there, one) for one in unmet[:_MOST_LOOKED_FOR]))

    async def _look_for_one(self, there: Reference, person: ObjectId) -> None:
        try:
            member = await self._connector.member(there.service, there.conversation, person)
        except Gone:
            return
        except AccessError as error:
            log.info("A member could not be looked up", extra={"person": person, "cause": error.cause})
            return
        if member.get("tenantId") in {None, self._tenant_id}:
            await self._people.met(person, user=str(member.get("id") or ""))


def _concerned(record: Record) -> list[ObjectId]:
    """Return the approvers, and last the requestor, who has no other card where the request has a thread."""
    request, requestor = record.request, record.request.requestor.object_id
    approvers = dict.fromkeys(one.object_id for one in (*request.approvers, *everybody(request.stages)))
    return [*(one for one in approvers if one != requestor), requestor]


def _opened_by_card(there: Reference, record: Record, audience: str) -> Reference:
    """Return the thread which the request's card opened, for what is told in it later."""
    if audience != f"{jobs.ACCEPTED}{jobs.THREAD}" or there.thread or not there.is_channel:
        return there
    card = record.jobs.get(jobs.key_of(record.request.request_id, 0, jobs.THREAD))
    return replace(there, thread=str(card.body[jobs.MESSAGE])) if card else there


def _receiver(record: Record, audience: str) -> ObjectId | None:
    """Return the person whose 1:1 an audience is."""
    if person := jobs.approver_of(audience):
        return person
    return record.request.requestor.object_id if audience.endswith(jobs.REQUESTOR) else None
