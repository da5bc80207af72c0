"""Carrying out a plan, step by step: claim, look, call, finish. Nothing is done twice, nothing is lost."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from access import ports
from access.ports import (
    Access,
    AccessError,
    Accounts,
    Clock,
    Directory,
    GivesWay,
    Invitation,
    LeaseLost,
    Letter,
    Mail,
    NotYet,
    Origin,
    Store,
    Unknown,
)
from access.rules import delivery, jobs, sponsoring
from access.rules.causes import Cause
from access.rules.changing import entry
from access.rules.claims import ClaimOne, HandOn
from access.rules.delivery import AGAIN, StepDone
from access.rules.failing import Stepping
from access.rules.journal import DELIVERS
from access.rules.model import Job, JobKind, Json, Record, Redemption, Request, StepKind
from access.rules.plan import sponsor_of
from access.rules.restore import MARGIN
from access.rules.stumbling import give_up
from access.service.account_steps import AccountSteps
from access.service.again import invite_again, meant, see_same, see_there
from access.service.end import Ends
from access.service.give_again import GivingAgain
from access.service.holding import Held, claimed, keeping
from access.service.lanes import halted, lane_of, rests, see_that_it_runs
from access.service.sponsor_steps import SponsorSteps
from access.service.stepping import JOURNALS, failed, gave_way_in_vain
from access.service.steps import USUAL, HasSteps, Patience, guest_of, may_have_begun

LOOKS, LOOKS_WHERE_MAILED = 4, 7
"""After how many looks in vain, with back-off, an invitation whose answer was lost is posted again.

Without a mailbox that would be a second mail, so it takes a minute: a guest may be hidden for half of one.
"""


@dataclass(slots=True)
class Deliveries:
    """Runs a plan, or an end, from one of its steps on; any number of workers may try, one of them does."""

    store: Store
    directory: Directory
    access: Access
    mail: Mail
    zone: ZoneInfo
    alarm: Callable[[str], None]
    clock: Clock
    patience: Patience = USUAL
    leaving: Callable[[], bool] = lambda: False
    """Asked after each step: whether the next is left to whoever looks for it."""
    accounts: Accounts = field(kw_only=True)
    others: Sequence[HasSteps] = ()
    """Steps that others carry out: those of requests of no guest, and of a renewal."""
    sponsors: SponsorSteps | None = None
    ends: Ends = field(init=False)
    on_accounts: AccountSteps = field(init=False)
    _in_hand: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ends = Ends(self.store, self.directory, self.access, self.alarm, self.patience)
        self.on_accounts = AccountSteps(self.store, self.accounts, self.alarm, self.patience, self.clock)

    async def run(self, job: Job) -> None:
        """Claim the step, do it, and finish it under the claim's fence; then go on with the next.

        What this process has in hand is not claimed again, though a clock may have jumped beyond its lease.
        """
        if job.key in self._in_hand or await rests(self.store, job):
            return
        claiming = ClaimOne(job.key, self.patience.lease)
        mine = await claimed(self.store, job.request_id, claiming, self.patience.lease)
        while mine:
            (held,), mine = mine, []
            self._in_hand.add(held.job.key)
            try:
                stumble = partial(self._stumble, held.record.request.label)
                async with keeping(self.store, [held], self.patience.lease, stumble):
                    mine = await self._done(held)
            finally:
                self._in_hand.discard(held.job.key)

    async def _done(self, held: Held) -> list[Held]:
        """Do a step, write what came of it, and return the next if it is ours already."""
        job = held.job
        try:
            with lane_of(job):
                done = await self._in_time(held)
        except LeaseLost:
            raise
        except AccessError as error:
            error = await halted(self.store, job, held.record.request, error, self.alarm)
            failing = failed(job, held.record.request, error, self.patience)
            record = await self.store.change(job.request_id, failing)
            if isinstance(record, Record):
                self._tell_operator(job, record, error)
            return []
        finish = JOURNALS[job.kind].succeed(job.key, job.fence, done, self.zone)
        if self.leaving():
            await self.store.change(job.request_id, finish)
            return []
        handing_on = HandOn(finish, self.patience.lease)
        return await claimed(self.store, job.request_id, handing_on, self.patience.lease)

    def _stumble(self, label: str, job: Job) -> Stepping:
        """Return what a bug of ours leads to."""
        if jobs.stumbles(job) + 1 >= jobs.MOST_STUMBLES:
            self.alarm(
                f"{label}: a step was given up because of a bug of Guestlist. The log has it under 'A job "
                f"failed by a bug'; once that is mended, take it up with /retry {label}."
            )
        return give_up(job.key, job.fence, JOURNALS[job.kind].fail)

    async def _in_time(self, held: Held) -> StepDone:
        try:
            async with asyncio.timeout(self.patience.longest.total_seconds()):
                with held.lease.guarding():
                    return await self._step(held.job, held.record.request)
        except TimeoutError as error:
            raise Unknown(Cause.UNAVAILABLE, "the step took too long") from error

    async def _step(self, job: Job, request: Request) -> StepDone:
        steps: Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]] = {
            StepKind.INVITE: self._invite,
            StepKind.KNOW: self._know,
            StepKind.SPONSOR: self._sponsor,
            StepKind.GIVE: self._give,
            StepKind.MAIL: self._mail,
            StepKind.PROVE: self._prove,
            StepKind.TAKE_AWAY: self.ends.take_away,
            StepKind.PROVE_GONE: self.ends.prove_gone,
            **{kind: act for one in self.others for kind, act in one.by_kind().items()},
            **(self.sponsors.by_kind() if self.sponsors else {}),
            **GivingAgain(self.ends, self.clock).by_kind(),
        }
        known = steps if job.kind is not JobKind.ACCOUNT else self.on_accounts.by_kind()
        await see_that_it_runs(self.store, job, request)
        return await known[job.name](job, request)

    async def _invite(self, job: Job, request: Request) -> StepDone:
        """Look the address up, then invite; only a link that is needed and lost is worth a second call."""
        if job.body.get(AGAIN):
            return await invite_again(self.store, self.directory, self.access, self.mail, job, request)
        begun = may_have_begun(job, request)
        found = await meant(self.directory, job, request)
        looks = LOOKS if self.mail.configured else LOOKS_WHERE_MAILED
        if found is None and begun and jobs.looks(job) < looks:
            raise NotYet(Cause.REPLICATING, "an invitation may have been sent; look again first")
        await self.ends.see_that_none_returns(request, found, self.clock.now())
        see_there(request, found)
        if found is not None:
            accepted = found.redemption is not Redemption.PENDING
            mailed = (begun and not self.mail.configured) or await self._mailed_unknown(request)
            if accepted or mailed:
                ours: dict[str, Json] = {"cause": "link-lost"} if job.started > 1 else {}
                traces = {"found": True, **ours}
                return StepDone(guest_id=found.object_id, invited=not accepted, traces=traces)
        if found and begun and request.plan and not request.plan.guest_id and self._is_over(request):
            found_it = delivery.found(job.key, job.fence, found.object_id)
            await self.store.change(request.request_id, found_it)
        self._see_term(request)
        invited = await self.access.invite(
            Invitation(
                address=request.address,
                name=request.guest_name,
                landing=request.landing,
                sponsor=sponsor_of(request).object_id,
                send_by_microsoft=not self.mail.configured,
            )
        )
        see_same(found, invited)
        cause = "link-lost" if begun else "pending-guest" if found else "new-guest"
        return StepDone(
            guest_id=invited.guest_id,
            link=invited.redeem_link,
            traces={"request-id": invited.trace, "cause": cause},
        )

    async def _know(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - the shape of a step
        guest_id = guest_of(request)
        if await self.directory.guest(guest_id) is None:
            raise NotYet(Cause.REPLICATING)
        return StepDone()

    async def _sponsor(self, job: Job, request: Request) -> StepDone:
        guest_id, sponsor = guest_of(request), sponsor_of(request).object_id
        ours = may_have_begun(job, request) or guest_id in delivery.earlier(job)
        given = await self.access.sponsor(guest_id, sponsor, fresh=_fresh(request))
        noted = sponsoring.noted(request, was_there=given.was_there, ours=ours)
        return StepDone(guest_id=guest_id, traces={"request-id": given.trace, **noted})

    async def _give(self, job: Job, request: Request) -> StepDone:
        self._see_term(request)
        guest_id = guest_of(request)
        await self.ends.see_that_none_ends(request)
        ours = may_have_begun(job, request) or guest_id in delivery.earlier(job)
        if ours and await self.directory.has(guest_id, request.app.object_id, request.give):
            return StepDone(traces={"found": True})
        given = await self.access.give(guest_id, request.app.object_id, request.give, fresh=_fresh(request))
        traces: dict[str, Json] = {"request-id": given.trace}
        return StepDone(traces=traces | ({"was_there": True} if given.was_there and not ours else {}))

    def _see_term(self, request: Request) -> None:
        """See that the term is not over: nobody approved access without an end, or is invited for none."""
        if self._is_over(request):
            raise ports.Refused(Cause.TERM_OVER)

    def _is_over(self, request: Request) -> bool:
        now = self.clock.now()
        return (request.ends_at or request.term.ends_at(now, self.zone)) <= now

    async def _mail(self, job: Job, request: Request) -> StepDone:
        """Mail once: find the draft by its key, else make it; send it only while it is a draft."""
        if (not job.secret or job.body.get(jobs.DOUBTED)) and await self._mailed_unknown(request):
            return StepDone(traces={"found": True})
        letter = self._letter(job, request, await self.directory.organisation())
        mail_id, drafted = await self.mail.find(letter.key), ""
        if mail_id is None:
            draft = await self.mail.draft(letter)
            mail_id, drafted = draft.mail_id, draft.trace
        try:
            sent = await self.mail.send(mail_id) if await self.mail.is_draft(mail_id) else ""
        except AccessError:
            if drafted:  # the step's own entry names the call that failed, or comes of a later try
                detail: dict[str, Json] = {"step": job.name, "request-id": drafted}
                await self.store.write_audit(entry(request, "mail.drafted", detail))
            raise
        how: dict[str, Json] = {"request-id": sent} if sent else {"found": True}
        more: dict[str, Json] = {"draft-request-id": drafted} if drafted else {}
        return StepDone(traces={"mail": letter.key, **how, **more})

    async def _mailed_unknown(self, request: Request) -> bool:
        """Tell whether a mail of the request went out after the backup from which it was restored."""
        if request.restored is None or not self.mail.configured:
            return False
        return await self.mail.went_out(Origin.of(request), request.restored.to - MARGIN)

    async def _prove(self, job: Job, request: Request) -> StepDone:
        """Read back what is there after the last write; what is missing has a minute to appear."""
        proof = await self.access.read_back(guest_of(request), request.app.object_id, request.give)
        if not (proof.guest_found and proof.access_found):
            if jobs.looks(job) < self.patience.proof_tries - 1:
                raise NotYet(Cause.REPLICATING)
            raise ports.Refused(Cause.NOT_PROVED if proof.guest_found else Cause.GUEST_GONE)
        return StepDone(traces={"guest-request-id": proof.guest_trace, "request-id": proof.access_trace})

    def _letter(self, job: Job, request: Request, organisation: str) -> Letter:
        """Write the mail; its key names this step and this link, so a newer link is a newer mail."""
        link = job.secret or request.landing
        key = hashlib.sha256(f"{job.key} {link}".encode()).hexdigest()[:32]
        return Letter(
            key=key,
            origin=Origin.of(request),
            to=request.address,
            guest_name=request.guest_name,
            inviter=request.requestor.name,
            app=request.app.name,
            organisation=organisation,
            message=request.message,
            link=link,
            is_invitation=bool(job.secret),
        )

    def _tell_operator(self, job: Job, record: Record, error: AccessError) -> None:
        """Ring where invitations are blocked, a delivery has waited in vain, or another journal stopped."""
        if isinstance(error, ports.Blocked):
            self.alarm("Invitations are blocked for this directory; only Microsoft support lifts it")
        if job.kind not in DELIVERS:
            on_access = job.kind in {JobKind.REMOVAL, JobKind.RETURN}
            (self.ends if on_access else self.on_accounts).tell_operator(record)
        elif isinstance(error, GivesWay) and gave_way_in_vain(job, error, self.patience):
            label, first = record.request.label, error.label
            self.alarm(
                f"{label}: its delivery has failed, as the same access is still being taken away under "
                f"{first}. See the card of {first}, and then take it up with /retry {label}."
            )


def _fresh(request: Request) -> bool:
    """Tell whether this delivery made the guest, whom the directory may not know everywhere yet."""
    return request.plan is not None and request.guest_id != request.plan.guest_id
