"""The files of a list of guests: offered first, and made anew when whoever asked accepts the offer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from access.ports import AccessError, NotKept, Unconfirmed, Uploads
from access.rules.causes import Cause
from access.rules.list_acts import rests_for_good
from access.rules.list_files import ListFile, RowOutcome, file_of, outcomes, result_file, verdict_file
from access.rules.lists import GuestList
from access.rules.model import AuditFact, ObjectId, Request, State
from access.rules.refusals import NotPossible, UnknownRequest, Unreadable
from access.rules.retrying import too_late
from access.rules.sheet import WhyNotSaved
from access.rules.stages import reached
from access.rules.verdicts import Judged
from access.service.decide import Decisions
from access.service.guest_sheets import why_not
from access.service.received_lists import own_list

_SAMPLED = 50
"""Rows by which the size of a file is told before it is made."""

Advised = Callable[[Judged, RowOutcome | None], str]
"""Returns what can be done about a row: by what became of it, or before that by its verdict."""
Outcomes = Callable[[Request], Awaitable[Sequence[RowOutcome]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A list of which somebody may have a file; of one that was sent, its request."""

    file: ListFile
    made: GuestList
    request: Request | None = None


NoFile = NotPossible | UnknownRequest | Unreadable


@dataclass(frozen=True, slots=True)
class ListFiles:
    """Writes nobody a file of guests whom they may not see when they accept it; each is in the audit."""

    decisions: Decisions
    uploads: Uploads
    outcomes: Outcomes
    """Of the rows that a list's run has reached."""

    async def of_draft(self, list_id: str, person_id: ObjectId) -> Kept | None:
        """Return the verdicts of a list of this person; None where there is none, or its day is over."""
        made = await own_list(self.decisions.store, list_id, person_id)
        return Kept(file=ListFile.VERDICTS, made=made) if made is not None and made.is_judged else None

    async def of_request(
        self, reference: str, person_id: ObjectId, file: ListFile | None = None
    ) -> Kept | NoFile:
        """Return a list that was sent, for who asked, who may decide and admins, as the directory has it now.

        Once an offer was made, `file` is which: verdicts stay verdicts when the list is approved meanwhile.
        """
        decisions = self.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            await decisions.nothing(found, person_id, "file")
            return found
        request = found.request
        try:
            may = await self._may(request, person_id)
        except AccessError:
            return Unreadable()
        if not may:
            unknown = await decisions.unknown(reference)
            await decisions.refused(unknown, request, person_id, "file")
            return unknown
        made = await decisions.store.guest_list(request.bulk.list_id) if request.bulk else None
        if made is None:
            return NotPossible(request, request.state)
        which = file if file is ListFile.VERDICTS else file_of(request)
        return Kept(file=which, made=made, request=request)

    async def _may(self, request: Request, person_id: ObjectId) -> bool:
        deciders = self.decisions.deciders
        panels = reached(request, await deciders.panels(request))
        return person_id in await deciders.of_run(request, panels, person_id)

    async def save(self, kept: Kept, person_id: ObjectId, url: str, advised: Advised) -> Kept | WhyNotSaved:
        """Write a file where whoever accepted made room for it; return what was written."""
        request = kept.request
        found = await self.outcomes(request) if request and kept.file is ListFile.RESULTS else ()
        body = await asyncio.to_thread(body_of, kept, found, advised, self.decisions.now())
        await self._note(kept, person_id)
        try:
            await self.uploads.put(url, len(body), iter([body]))
        except (NotKept, Unconfirmed):
            raise
        except AccessError as error:
            return why_not(error)
        return kept

    async def _note(self, kept: Kept, person_id: ObjectId) -> None:
        """Write who takes how many guests with them, before the first of them leaves."""
        request = kept.request
        fact = AuditFact(
            what="list.saving",
            request_id=request.request_id if request else None,
            actor=person_id,
            subject=request.subject if request else None,
            detail={"list": kept.made.list_id, "file": str(kept.file), "rows": len(kept.made.rows)},
        )
        await self.decisions.store.write_audit(fact)


def body_of(kept: Kept, found: Sequence[RowOutcome], advised: Advised, now: datetime) -> bytes:
    """Return the file; of ten thousand rows it takes a second or two, and is made in a thread."""
    bulk = kept.request.bulk if kept.request else None
    if kept.file is ListFile.VERDICTS or bulk is None:
        return verdict_file(kept.made.rows, lambda row: advised(row, None))
    ends = bulk.is_cut or (kept.request is not None and rests_for_good(kept.request, now))
    rows = outcomes(kept.made, found, bulk.left_out, stopped=ends)
    return result_file(rows, advised)


def why_late(request: Request, now: datetime, zone: ZoneInfo) -> Cause | None:
    """Return why nobody can take up a failed row any more under the approval of its list."""
    return too_late(replace(request, bulk=None, state=State.DELIVERY_FAILED), now, zone)


def size_of(kept: Kept, advised: Advised) -> int:
    """Return about how many bytes a file will have."""
    rows = kept.made.rows[:_SAMPLED]
    sampled = len(verdict_file(rows, lambda row: advised(row, None)))
    return sampled * len(kept.made.rows) // max(len(rows), 1)
