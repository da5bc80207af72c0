"""An approved list is run: looked at every second, its rows made and counted; paused, resumed, stopped."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.ports import AccessError, Clock, LeaseLost, Refused, Store, check_lease
from access.ports.haste import behind_people
from access.rules import halfway, jobs, list_acts, list_run, listing
from access.rules.addresses import domain_of
from access.rules.bulk import BEHIND_ALL, Bulk, Run
from access.rules.causes import Cause
from access.rules.list_files import RowOutcome, skipped_row
from access.rules.list_run import Counts, Pace, Reached
from access.rules.listing import Row
from access.rules.lists import SENT_KEPT, GuestList, rows_that_go
from access.rules.model import App, Guest, Job, ObjectId, Record, Request, RequestId, State
from access.rules.refusals import Duplicate, UnknownRequest, WillNotWork
from access.rules.verdicts import Judged
from access.service.acting import Informed, Refusal
from access.service.decide import Decisions
from access.service.holding import Held, hold
from access.service.list_alarms import run_paused
from access.service.row_given import has_by, is_row

_LONGEST = timedelta(minutes=1)
"""How long a run sleeps, at the most, while the directory is away."""
_CHECKED = timedelta(seconds=30)
"""How long it counts that requestor, app and access were there; each row's delivery looks again."""
_LEASE = timedelta(seconds=3)
"""Who takes a look over makes no row twice, so nobody waits for long for whoever died in one."""


@dataclass(slots=True)
class ListRunner:
    """Runs lists; any number of workers may try, one of them makes the rows of a list at a time."""

    decisions: Decisions
    clock: Clock
    alarm: Callable[[str], None]
    lease: timedelta = _LEASE
    pace: Pace = field(default_factory=Pace)
    _checked: dict[str, tuple[datetime, App]] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.decisions.store

    async def run(self, job: Job) -> None:
        with behind_people():
            await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        """Make what there is room for, count, and look again; while the directory is away, less often."""
        try:
            with held.lease.guarding():
                look = await self._looked(held)
        except LeaseLost:
            look = jobs.put_off(held.job.key, held.job.fence, timedelta(), surely_not_done=True)
        except AccessError as error:
            if error.cause in list_acts.HALTS and isinstance(error, Refused):
                await self._halt(held.record.request, error.cause)
            delay = jobs.back_off(held.job.tries, most=_LONGEST)
            look = list_acts.away(held.job.key, held.job.fence, delay)
        await self.store.change(held.job.request_id, look)

    async def _halt(self, request: Request, cause: Cause, refused: int = 0) -> None:
        halt = list_acts.halt(cause, refused=refused)
        noted = await self.store.change(request.request_id, halt)
        if isinstance(noted, Record):
            self.alarm(run_paused(noted.request, cause))

    async def _looked(self, held: Held) -> jobs.Claim:
        job, request = held.job, held.record.request
        bulk = request.bulk
        if bulk is None:
            raise ValueError(f"{request.label} is no list and has a run")
        counts = await self.store.row_counts(bulk.list_id)
        if bulk.again is not None and bulk.run is not Run.PAUSED:
            return await self._taken_up(held, bulk, counts)
        if request.state is not State.DELIVERING:
            return list_run.looked(job.key, job.fence, Reached(), counts, more=False)
        made = await self._kept(bulk)
        going = [] if made is None else list(rows_that_go(made, bulk.left_out))
        ahead = [row for row in going if row.number > bulk.last_row]
        refused = counts.causes.get(Cause.INVITATIONS_OFF, 0)
        if (ahead or counts.under_way) and list_acts.refused_in_vain(bulk, refused):
            await self._halt(request, Cause.INVITATIONS_OFF, refused)
            return list_run.looked(job.key, job.fence, Reached(), counts, more=True)
        room = list_run.room(bulk, counts, self.pace)
        lost = (made is None and bulk.made < bulk.rows and not bulk.is_cut) or bulk.again is not None
        if (not ahead and not lost) or room <= 0:
            cut = bulk.skipped and bulk.run is not Run.RUNNING
            reached = Reached(known=await self.store.rows_made(bulk.list_id, 0) if cut else ())
            return list_run.looked(job.key, job.fence, reached, counts, more=bool(ahead) or lost)
        app = await self._still(request) if made is not None else Cause.LIST_MOVED
        if isinstance(app, Cause):
            await self._halt(request, app)
            return list_run.looked(job.key, job.fence, Reached(), counts, more=True)
        reached = await self._make(request, bulk, app, ahead[:room])
        return list_run.looked(job.key, job.fence, reached, counts, more=reached.row < ahead[-1].number)

    async def _kept(self, bulk: Bulk) -> GuestList | None:
        """Return the list; while it runs it outlives its last row, however few may be invited a day."""
        made, now = await self.store.guest_list(bulk.list_id), self.clock.now()
        if made is not None and bulk.run is Run.RUNNING and made.kept_until - now < SENT_KEPT / 2:
            await self.store.keep_list_until(bulk.list_id, now + SENT_KEPT)
        return made

    async def _still(self, request: Request) -> App | Cause:
        """Return the app, or why no row can lead anywhere; for half a minute that is not asked again."""
        now = self.clock.now()
        known = self._checked.get(request.request_id)
        if known is not None and now - known[0] < _CHECKED:
            return known[1]
        fresh = request.review is not None and now - request.review.at < _CHECKED
        app: App | Cause
        if fresh:  # at the approval all of it was read
            app = await self.decisions.directory.app(request.app.object_id) or Cause.APP_GONE
        else:
            app = await self.decisions.prospect.still(request)
        self._checked = {one: had for one, had in self._checked.items() if now - had[0] < _CHECKED}
        if isinstance(app, App):
            self._checked[request.request_id] = (now, app)
        return app

    async def _make(self, request: Request, bulk: Bulk, app: App, lot: Sequence[Judged]) -> Reached:
        """Make requests of rows, side by side; those that are there already were made before a kill.

        Where somebody has halted the run meanwhile, it is reached up to the first row that was not made.
        """
        there = await self.store.rows_made(bulk.list_id, bulk.last_row)
        mail_at = listing.mail_times(bulk, self.clock.now(), self.pace.mails)
        wanted = [row for row in lot if row.number not in there]
        made = [self._row(request, app, row, mail_at(place)) for place, row in enumerate(wanted)]
        not_made = [one for one in await asyncio.gather(*made) if one is not None]
        halted = min((row for row, why in not_made if why == request.label), default=BEHIND_ALL)
        count = len(wanted) - len(not_made)
        return Reached(
            row=max((row.number for row in lot if row.number < halted), default=0),
            made=count,
            skipped=tuple(one for one in not_made if one[0] < halted),
            mails_until=mail_at(len(wanted)) if count else None,
            pace=self.pace,
            known=[row.number for row in lot if row.number not in dict(not_made)],
        )

    async def _row(
        self, request: Request, app: App, row: Judged, mail_at: datetime
    ) -> tuple[int, str] | None:
        """Make a request of a row; return why there can be none now: its list, where that is halted."""
        policy, requests = self.decisions.requests.policy.current(), self.decisions.requests
        begun = self.clock.now()
        domain = domain_of(row.address)
        if policy.refused_by(app.object_id, request.give, domain):
            return row.number, Cause.DOMAIN_DENIED
        rules = policy.rules_for(app.object_id, request.give, domain)
        subject = await self.store.subject(row.address)
        if given := await has_by(self.decisions, subject, request, begun):
            return None if is_row(given, request, row) else (row.number, given.label)
        guest: Guest | None = None
        if row.guest_id is not None:
            found = await self.decisions.directory.find_by_address(row.address)
            if found is None or found.object_id != row.guest_id or not isinstance(found, Guest):
                return row.number, Cause.ADDRESS_MOVED if found else Cause.GUEST_GONE
            if not found.enabled:
                return row.number, Cause.GUEST_DISABLED
            guest = found
        new = Row(
            judged=row,
            subject=subject,
            plan=requests.plan(guest, app, request.give, request.term, rules),
            rule=rules.name,
            landing=requests.landing(rules, app),
            mail_at=mail_at,
            begun=begun,
        )
        check_lease()  # whoever went on without it may have seen the run ended, for good
        sent = await self.store.add(new.made(request))
        if isinstance(sent, Duplicate) and await self._makes_way(sent.first, request):
            sent = await self.store.add(new.made(request))
        if isinstance(sent, Duplicate) and not is_row(sent.first, request, row):
            return row.number, sent.first.label
        return None

    async def _makes_way(self, first: Request, request: Request) -> bool:
        """Give up what asks for the same where it is a row of another list that is over; tell whether."""
        given_up = halfway.make_way(request, self.decisions.requests.check.zone)
        return isinstance(await self.store.change(first.request_id, given_up), Record)

    async def _is_barred(self, row: RequestId) -> bool:
        """Tell whether the policy keeps the guest of a row out by now, as it would at a retry of its own."""
        record = await self.store.record(row)
        return record is not None and self.decisions.requests.bars(record.request)

    async def _taken_up(self, held: Held, bulk: Bulk, counts: Counts) -> jobs.Claim:
        """Take up again what had failed when somebody wanted that, and try once more what was skipped."""
        assert bulk.again is not None
        assert bulk.again_by is not None
        job, room = held.job, self.pace.window - counts.under_way
        if room <= 0:
            return list_run.looked(job.key, job.fence, Reached(), counts, more=True)
        lot = await self.store.rows_failed(bulk.list_id, bulk.again, bulk.again_row, room)
        if lot:
            reached = await self._retried(job.request_id, bulk, lot)
            return list_run.taking_up(job.key, job.fence, bulk.again, reached)
        to_try = [row for row, _ in bulk.skipped if row > bulk.again_skipped][: min(room, self.pace.lot)]
        made = await self.store.guest_list(bulk.list_id) if to_try else None
        if made is None:
            return list_run.taken_up(job.key, job.fence, bulk.again)
        app = await self._still(held.record.request)
        if isinstance(app, Cause):
            await self._halt(held.record.request, app)
            return list_run.looked(job.key, job.fence, Reached(), counts, more=True)
        return await self._tried(held, app, made, to_try)

    async def _tried(self, held: Held, app: App, made: GuestList, to_try: Sequence[int]) -> jobs.Claim:
        """Try once more rows that were skipped; those that are requests were made before a kill."""
        job, request, bulk = held.job, held.record.request, held.record.request.bulk
        assert bulk is not None
        there = await self.store.rows_made(bulk.list_id, 0)
        mail_at = listing.mail_times(bulk, self.clock.now(), self.pace.mails)
        wanted = {row for row in to_try if row not in there}
        rows = [row for row in rows_that_go(made, bulk.left_out) if row.number in wanted]
        tried = [self._row(request, app, row, mail_at(place)) for place, row in enumerate(rows)]
        not_made = dict(one for one in await asyncio.gather(*tried) if one is not None)
        still = {row: why for row, why in not_made.items() if why != request.label}
        still |= dict.fromkeys(wanted - {row.number for row in rows}, str(Cause.FORGOTTEN))
        met = [row for row in to_try if row in still or row not in not_made]  # not where it is halted
        return list_run.tried_again(job.key, job.fence, bulk, met, still, mail_at(len(rows)))

    async def _retried(self, of: RequestId, bulk: Bulk, lot: Sequence[tuple[int, RequestId]]) -> int:
        """Take up rows that failed for as long as the run goes on; return up to which that is done."""
        reached = bulk.again_row
        for row, one in lot:
            record, barred = await self.store.record(of), await self._is_barred(one)
            now = record.request.bulk if record else None
            if now is None or now.run is not Run.RUNNING or bulk.again_by is None or bulk.again is None:
                break
            check_lease()
            if not barred:
                await self.store.change(one, list_acts.row_retried(bulk.again_by, bulk.again))
            reached = row
        return reached


@dataclass(frozen=True, slots=True)
class ListRuns:
    """What people do with a run: whoever asked, whoever may decide on it at the press, and admins."""

    decisions: Decisions

    async def pause(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        return await self._acted(reference, person_id, "pause", list_acts.pause)

    async def resume(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        return await self._acted(reference, person_id, "resume", list_acts.resume)

    async def stop(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        """Make no more requests of it, for good."""
        return await self._acted(reference, person_id, "stop", list_acts.stop)

    async def retry(self, reference: str, person_id: ObjectId) -> Record | Refusal:
        """Take up again what has failed; `Decisions.retry` does so for a list."""
        return await self.decisions.retry(reference, person_id)

    async def outcomes(self, request: Request) -> Sequence[RowOutcome]:
        """Return what became of the rows that the run of a list has reached."""
        bulk = request.bulk
        if bulk is None:
            return ()
        made = await self.decisions.store.outcomes_of(bulk.list_id)
        return [*made, *(skipped_row(row, why) for row, why in bulk.skipped)]

    async def _acted(
        self, reference: str, person_id: ObjectId, act: str, turn: Callable[..., list_acts.Acting]
    ) -> Record | Refusal:
        decisions = self.decisions
        found = await decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return await decisions.nothing(found, person_id, act)

        async def read(request: Request) -> Informed:
            actor, panels = await decisions.deciders.who(request, person_id)
            return Informed(turn(actor, await decisions.deciders.of_run(request, panels, person_id)))

        done = await decisions.acted(found.request, person_id, act, read, ended=True)
        if isinstance(done, WillNotWork):
            await decisions.see_late(found.request)
        return done
