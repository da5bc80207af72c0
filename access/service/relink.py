"""A new link for a guest, or a redemption that begins again: by who may, once in a while, noted before."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.ports import AccessError
from access.rules.coaching import GuestFile, NoGuest
from access.rules.model import AuditFact, Named, ObjectId, Record, Relinked, Request, Subject
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.relinking import Answered, NoLink, WhyNoLink, is_over, is_recent, relink, unfit
from access.service.coach import Coach
from access.service.prospect import able

Outcome = Answered | NoGuest | UnknownRequest | Unreadable
_HELD = timedelta(seconds=30)
"""How long whoever has a guest's turn has it alone; what they begin is written within that, or not."""


@dataclass(slots=True)
class Relinks:
    """Begins an invitation anew under the approval that a request has; a refusal is a value, and an entry."""

    coach: Coach

    async def for_address(self, address: str, person_id: ObjectId, *, reset: bool) -> Outcome:
        """Act for the guest of an address, under the newest request that was delivered."""
        return await self._act(await self.coach.of_address(address, person_id), person_id, reset=reset)

    async def for_request(self, reference: str, person_id: ObjectId, *, reset: bool) -> Outcome:
        """Act for the guest of a request, under that request."""
        found = await self.coach.of_request(reference, person_id)
        if isinstance(found, GuestFile):
            meant = await self.coach.decisions.find_access(reference)
            if not isinstance(meant, Record) or found.main is None or not _is_same(found.main, meant):
                return await self._refused(found, WhyNoLink.NOT_DELIVERED, person_id, reset=reset)
        return await self._act(found, person_id, reset=reset)

    async def _act(
        self, found: GuestFile | NoGuest | UnknownRequest | Unreadable, person_id: ObjectId, *, reset: bool
    ) -> Outcome:
        if not isinstance(found, GuestFile):
            return found
        if found.main is None:
            return await self._refused(found, WhyNoLink.NOT_DELIVERED, person_id, reset=reset)
        request, decisions = found.main.request, self.coach.decisions
        if not found.may_act:
            return await self._refused(found, WhyNoLink.NOT_YOURS, person_id, reset=reset)
        guest = found.clues.guest if found.clues else None
        turn = await self._turn(request)  # before it is asked whether others had theirs
        try:
            person = await decisions.directory.person(person_id)
            recent = await self._recent(request.subject, decisions.now())
            landing = await self._landing(request)
        except AccessError:
            return Unreadable()
        if not able(person) or person is None:
            return await self._refused(found, WhyNoLink.NOT_YOURS, person_id, reset=reset)
        why = unfit(request, guest, barred=decisions.requests.bars(request), reset=reset)
        if why is WhyNoLink.PENDING and is_over(request, decisions.now()):
            why = WhyNoLink.ENDED  # a new link would not help, either
        used = why is WhyNoLink.ACCEPTED and recent is not None and not recent.reset
        if recent is not None and not used:
            await self._refused(found, WhyNoLink.TOO_SOON, person_id, reset=reset)
            return Answered(found, recent.reset, done=recent)
        if why:
            return await self._refused(found, why, person_id, reset=reset)
        if not landing:
            return await self._refused(found, WhyNoLink.APP_GONE, person_id, reset=reset)
        actor = Named(person_id, person.name)
        return await self._begun(found, request, landing, actor, turn, reset=reset)

    async def _landing(self, request: Request) -> str:
        """Return where the link leads; what an older version adopted has no place of its own yet."""
        if request.landing:
            return request.landing
        app = await self.coach.decisions.directory.app(request.app.object_id)
        requests = self.coach.decisions.requests
        return requests.landing(requests.rules_for(request), app) if app else ""

    async def _turn(self, request: Request) -> str | None:
        """Return the mark of the guest's last turn, which whoever is next replaces."""
        return await self.coach.decisions.store.note(_key(request))

    async def _begun(
        self, file: GuestFile, request: Request, landing: str, actor: Named, turn: str | None, *, reset: bool
    ) -> Outcome:
        """Take the guest's turn and begin; of two requests of one guest, one has it."""
        store, requests = self.coach.decisions.store, self.coach.decisions.requests
        now = self.coach.decisions.now()
        mine = f"{now.isoformat()} {secrets.token_hex(4)}"
        if _is_held(turn, now) or not await store.replace_note(_key(request), turn, mine):
            return await self._refused(file, WhyNoLink.TOO_SOON, actor.object_id, reset=reset)
        guest = file.clues.guest if file.clues else None
        accepted_at = guest.redemption_changed_at if guest else None
        mailbox = requests.mail.configured
        change = relink(actor, reset=reset, mailbox=mailbox, landing=landing, accepted_at=accepted_at)
        result = await store.change(request.request_id, change)
        if isinstance(result, Record):
            return Answered(file, reset, done=result.request.relinked)
        await store.replace_note(_key(request), mine, "")  # nothing was begun, so others need not wait
        why = result.why if isinstance(result, NoLink) else WhyNoLink.NOT_DELIVERED
        current = await store.record(request.request_id)
        refused = await self._refused(file, why, actor.object_id, reset=reset)
        if why is WhyNoLink.TOO_SOON and current and current.request.relinked:
            return Answered(file, current.request.relinked.reset, done=current.request.relinked)
        return refused

    async def _recent(self, subject: Subject, now: datetime) -> Relinked | None:
        """Return the link that the guest was made a moment ago, for whichever request."""
        every = await self.coach.decisions.store.about(subject)
        made = [one.request.relinked for one in every if is_recent(one.request.relinked, now)]
        return max((one for one in made if one), key=lambda one: one.at, default=None)

    async def _refused(
        self, file: GuestFile, why: WhyNoLink, person_id: ObjectId, *, reset: bool
    ) -> Answered:
        request = file.main.request if file.main else None
        fact = AuditFact(
            what="act.refused",
            request_id=request.request_id if request else None,
            actor=person_id,
            subject=await self.coach.decisions.store.subject(file.address),
            detail={"act": "reset" if reset else "resend", "refused": why},
        )
        await self.coach.decisions.store.write_audit(fact)
        return Answered(file, reset, refused=why)


def _is_held(turn: str | None, now: datetime) -> bool:
    """Tell whether somebody has the guest's turn and may not have written yet what they do with it."""
    return bool(turn) and abs(now - datetime.fromisoformat(str(turn).split(" ", 1)[0])) < _HELD


def _key(request: Request) -> str:
    return f"link/{request.subject}"


def _is_same(one: Record, other: Record) -> bool:
    return one.request.request_id == other.request.request_id
