"""Changing what the directory says of a guest: who may is asked then, and nothing is overwritten."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from access.ports import AccessError, Missing, Profiles, Store
from access.rules import account_requests, profile_changes
from access.rules.accounts import REMOVED
from access.rules.departing import NotTheirs, Standing, Untouchable
from access.rules.model import (
    Change,
    Edit,
    Kind,
    Named,
    ObjectId,
    Place,
    Record,
    Request,
    RequestId,
)
from access.rules.people import may_ask
from access.rules.profile_changes import Shown
from access.rules.profiles import Typed, Wanted, WhyNot
from access.rules.refusals import Duplicate, Unreadable
from access.rules.sponsoring import UNDO_OF
from access.service.accounts import AccountActs
from access.service.members import Unmeant, member_meant

_ACT = "change"
_UNMEANT = {
    Unmeant.NOBODY: WhyNot.SPONSOR_UNKNOWN,
    Unmeant.SEVERAL: WhyNot.SPONSOR_SEVERAL,
    Unmeant.GUEST: WhyNot.SPONSOR_UNABLE,
}


NotShown = NotTheirs | Untouchable | Standing | Unreadable


@dataclass(slots=True)
class GuestChanges:
    """An owner changes guests who have an app of theirs, an admin every guest; both are noted before."""

    acts: AccountActs
    profiles: Profiles

    async def look(self, guest_id: ObjectId, person_id: ObjectId) -> Shown | NotShown:
        """Return a guest's details for who may change them; the rest hear what they would of no guest."""
        try:
            held = await self.acts.accounts.holdings(guest_id)
            right = await self.acts.decisions.rights.to_change(held, person_id) if held is not None else None
            if held is None or right is None:
                subject = await self._store.subject(held.guest.address) if held is not None else None
                await self.acts.refused(subject, person_id, _ACT)
                return NotTheirs()
            if held.unfit is not None:
                return Untouchable(held.unfit)
            profile, _ = await self.profiles.read(guest_id)
        except Missing:
            return NotTheirs()
        except AccessError:
            return Unreadable()
        for record in await self._store.of_guest(guest_id):
            given = record.request.account
            if given is not None and given.state in REMOVED:
                return Standing(record.request)
        return Shown(held.guest, profile, right)

    async def change(
        self,
        guest_id: ObjectId,
        person_id: ObjectId,
        typed: Typed,
        place: Place,
        *,
        seen: str | None,
        personal: bool,
    ) -> Record | Duplicate | Shown | NotShown:
        """Begin the change, where what the form showed, by its mark, still is; None for a typed command."""
        shown = await self.look(guest_id, person_id)
        if not isinstance(shown, Shown):
            return shown
        shown = replace(shown, typed=typed)
        if seen is not None and seen != profile_changes.mark(shown.profile):
            return replace(shown, why=WhyNot.MOVED)
        if seen is not None:
            typed = profile_changes.touched(typed, shown.profile)
        try:
            wanted = await self._wanted(typed)
            person = await self.acts.decisions.directory.person(person_id)
        except AccessError:
            return Unreadable()
        if isinstance(wanted, WhyNot):
            return replace(shown, why=wanted)
        edits = profile_changes.edits(shown.profile, wanted)
        if not edits:
            return replace(shown, why=WhyNot.NOTHING)
        by = Named(person_id, person.name if person else "")
        return await self._ordered(shown, edits, by, place if personal else Place(""), personal=personal)

    async def change_back(
        self, shown: Shown, edits: tuple[Edit, ...], by: Named, undone: Request
    ) -> Record | Duplicate:
        """Begin the change that takes another back; whoever is sponsor again was chosen by nobody for it."""
        return await self._ordered(shown, edits, by, Place(""), personal=False, undone=undone)

    async def _ordered(
        self,
        shown: Shown,
        edits: tuple[Edit, ...],
        by: Named,
        place: Place,
        *,
        personal: bool,
        undone: Request | None = None,
    ) -> Record | Duplicate:
        digests = {text: await self._store.digest(text) for edit in edits for text in (edit.was, edit.to)}
        subject = await self._store.subject(shown.guest.address)
        plan = profile_changes.plan(shown.guest, edits, digests)

        def make(number: int, now: datetime) -> Change:
            request = account_requests.about(
                shown.guest,
                Kind.CHANGE,
                profile_changes.on_profile(shown.guest.object_id, plan),
                plan,
                request_id=RequestId(secrets.token_hex(16)),
                number=number,
                by=by,
                subject=subject,
                place=place,
                now=now,
                justification=f"{UNDO_OF}{undone.label}" if undone else "",
            )
            sponsor = None if undone else next((one.sponsor for one in edits if one.sponsor), None)
            request = replace(request, edits=edits, sponsor=sponsor)
            return profile_changes.order(request, shown.right, digests, now, personal=personal, undoes=undone)

        return await self._store.add(make)

    async def _wanted(self, typed: Typed) -> Wanted | WhyNot:
        wanted = profile_changes.typed(typed.name, typed.company)
        if isinstance(wanted, WhyNot) or not typed.sponsor:
            return wanted
        sponsor = await member_meant(self.acts.decisions.directory, typed.sponsor)
        if isinstance(sponsor, Unmeant):
            return _UNMEANT[sponsor]
        if not may_ask(sponsor):
            return WhyNot.SPONSOR_UNABLE
        return replace(wanted, sponsor=Named(sponsor.object_id, sponsor.name))

    @property
    def _store(self) -> Store:
        return self.acts.decisions.store
