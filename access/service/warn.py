"""Telling a guest by mail that an access ends, or waits to be accepted: once, whoever dies on the way."""

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from access.ports import AccessError, Letter, Mail, NotDone, Origin, Reminds, Store, Unknown
from access.rules import jobs, lapsing, lasting, unaccepted, watch
from access.rules.changing import entry
from access.rules.model import ERASED, Job, Json, MailState, Request
from access.service.decide import Decisions
from access.service.holding import LEASE, LONGEST, Held, hold
from access.service.reaching import reached_at

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Warnings:
    """Runs the letters: each is looked for by its key, drafted, and sent only while it is a draft.

    A letter may have waited for days, so whether it may go to the guest is asked once more.
    """

    store: Store
    decisions: Decisions
    mail: Mail
    house: ZoneInfo
    lease: timedelta = LEASE

    async def run(self, job: Job) -> None:
        async def act(held: Held) -> None:
            await self.store.change(job.request_id, await self._after(held))

        await hold(self.store, job, self.lease, act)

    async def _after(self, held: Held) -> jobs.Claim:
        """Send the letter if it still has anything to say, and return what to note of it.

        What the mailbox refuses is given up: the owner is warned by a card of their own.
        """
        job, request = held.job, held.record.request
        if not _concerns(request, job.name) or request.address in {ERASED, ""}:
            return watch.not_needed(job.key, job.fence)
        try:
            with held.lease.guarding():
                traces = await self._send(job, request)
        except (NotDone, Unknown) as error:
            delay = max(jobs.back_off(job.tries, most=LONGEST), timedelta(seconds=error.retry_after or 0))
            return jobs.put_off(job.key, job.fence, delay, surely_not_done=isinstance(error, NotDone))
        except AccessError as error:
            log.warning("A guest could not be warned", extra={"cause": error.cause, "trace": error.trace})
            return watch.not_needed(job.key, job.fence)
        if traces is None:
            return watch.not_needed(job.key, job.fence)
        what, step = ("guest.reminded", "reminder") if _reminds(job) else ("guest.warned", "warning")
        return lasting.mailed(job.key, job.fence, entry(request, what, {"step": step, **traces}))

    async def _send(self, job: Job, request: Request) -> dict[str, Json] | None:
        """Send it once, and return Graph's request ids, or that it was sent before; None if it may not go."""
        letter = self._letter(job, request, await self.decisions.directory.organisation())
        mail_id, traces = await self.mail.find(letter.key), dict[str, Json]()
        unsent = mail_id is None or await self.mail.is_draft(mail_id)
        to = await reached_at(self.decisions, request, reminds=_reminds(job)) if unsent else ""
        if unsent and not to:
            return None
        if mail_id is None:
            what, step = ("guest.reminding", "reminder") if _reminds(job) else ("guest.warning", "warning")
            detail: dict[str, Json] = {"step": step, "fence": job.fence, "guest": request.guest_id}
            await self.store.write_audit(entry(request, what, detail))
            drafted = await self.mail.draft(replace(letter, to=to))
            mail_id, traces["draft-request-id"] = drafted.mail_id, drafted.trace
        if await self.mail.is_draft(mail_id):
            return traces | {"request-id": await self.mail.send(mail_id)}
        return traces | {"found": True}

    def _letter(self, job: Job, request: Request, organisation: str) -> Letter:
        my_apps = self.decisions.requests.my_apps
        reminds, ends_at = self._reminds(job, request), request.ends_at
        assert reminds or ends_at  # a reminder comes without an end, too: of an adopted access
        return Letter(
            key=hashlib.sha256(job.key.encode()).hexdigest()[:32],
            origin=Origin.of(request),
            to=request.address,
            guest_name=request.guest_name,
            inviter=request.requestor.name,
            app=request.app.name,
            organisation=organisation,
            message="",
            link=my_apps if reminds else request.landing or my_apps,  # adopted by an older version
            is_invitation=False,
            ends=ends_at.astimezone(self.house).date() if ends_at and not reminds else None,
            reminds=reminds,
        )

    def _reminds(self, job: Job, request: Request) -> Reminds | None:
        since = lapsing.waits_since(request)
        if not _reminds(job) or since is None:
            return None
        by_microsoft = request.mail is MailState.BY_MICROSOFT
        asked = str(job.body.get(unaccepted.ASK) or request.requestor.name)
        return Reminds(since.astimezone(self.house).date(), by_microsoft, asked)


def _reminds(job: Job) -> bool:
    return job.name.startswith(unaccepted.REMINDED)


def _concerns(request: Request, name: str) -> bool:
    if request.assignment is not None and request.assignment.halted is not None:
        return False  # blocked since it was written
    reminds = name.startswith(unaccepted.REMINDED)
    return unaccepted.concerns(request, name) if reminds else lasting.concerns(request, name)
