"""Looking after requests that wait: reminders and escalation, by policy and directory at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from access.ports import AccessError, Chat, Store
from access.rules import awaited, jobs, watch
from access.rules.model import Job, JobKind, Record, Request
from access.rules.reading import ReadAgain, still_about
from access.rules.stages import stage_now
from access.rules.standing import open_question
from access.service.decide import Decisions
from access.service.holding import LEASE, LONGEST, Held, hold


@dataclass(slots=True)
class Watches:
    """Runs the watches of requests that wait, and of the questions that they wait for."""

    store: Store
    decisions: Decisions
    chat: Chat
    ring: Callable[[str], None]
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        """Claim the watch, and have done what is due; while the directory is away, it is due later."""
        await hold(self.store, job, self.lease, self._look)

    async def _look(self, held: Held) -> None:
        job, before = held.job, held.record.request
        policy = self.decisions.requests.policy
        try:
            by = policy.current()
            looked = await self._looked(held)
        except AccessError:
            delay = jobs.back_off(job.tries, most=LONGEST)
            looked = jobs.put_off(job.key, job.fence, delay, surely_not_done=True)
        # Another policy may say who decides by now: what was read by the one before is not stored.
        same = policy.current() is by
        record = await self.store.change(job.request_id, still_about(before, looked)) if same else None
        if not same or isinstance(record, ReadAgain):
            at_once = jobs.put_off(job.key, job.fence, timedelta(), surely_not_done=True)
            await self.store.change(job.request_id, at_once)
        if isinstance(record, Record):
            self._tell_operator(before, record.request)

    async def _looked(self, held: Held) -> jobs.Claim:
        """Read what the row is about; of a question, whether anybody waits for its answer."""
        job, record = held.job, held.record
        if job.kind is not JobKind.QUESTION:
            return watch.look(job.key, job.fence, await self._facts(record))
        request = record.request
        panels = await self.decisions.deciders.panels(request) if open_question(request) else ()
        rule = self.decisions.requests.rules_for(request).text
        return awaited.look(job.key, job.fence, panels, rule)

    async def _facts(self, record: Record) -> watch.Facts:
        """Ask the directory where something is due: a row that only sleeps on asks nobody."""
        request = record.request
        rules, stage = self.decisions.requests.rules_for(request), stage_now(request)
        due = watch.passed(request, rules, self.decisions.requests.check.clock.now())
        zones = {one: await self.chat.zone(one) for one in watch.uncalled(record)}
        if not due:
            return watch.Facts(rules, stage, zones=zones)
        escalates = any(not one.number for one in due)
        panels = await self.decisions.deciders.panels(request, also=(stage,) if escalates else ())
        panel = panels[min(stage, len(panels)) - 1]
        zones |= {one.object_id: await self.chat.zone(one.object_id) for one in panel.approvers}
        return watch.Facts(rules, stage, panel, zones, escalates=escalates)

    def _tell_operator(self, before: Request, after: Request) -> None:
        """Ring where there was nobody to escalate to: the policy names people who are not there."""
        for found in after.escalations:
            if not found.to and found not in before.escalations:
                self.ring(
                    f"{after.label} was to be escalated, and no escalation approver of stage {found.stage} "
                    f"is left. It goes on waiting: guestlist policy explain {after.label} says who could "
                    "decide now."
                )
