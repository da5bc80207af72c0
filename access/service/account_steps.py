"""The steps on a guest's account: blocked, deleted, put back, each looked for before it is repeated."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from access.ports import Accounts, Acted, Clock, Missing, NotYet, Refused, Seen, Store
from access.rules import halting, jobs, putting_back, removal_plan
from access.rules.accounts import LOOKS, REMOVED, is_early, kept
from access.rules.causes import Cause
from access.rules.delivery import WAS_THERE, StepDone
from access.rules.model import ON_ACCOUNTS, Job, Json, Kind, ObjectId, Record, Request, StepKind
from access.service.come_back import go_on
from access.service.profile_steps import ProfileSteps
from access.service.steps import Patience, guest_of, may_have_begun

_LATE = timedelta(hours=6)
"""After how long it is looked again whether Entra has let go of an account whose time is over."""


@dataclass(slots=True)
class AccountSteps:
    """Does what a removal from the directory wants, and tells the guest's accesses what became of it."""

    store: Store
    accounts: Accounts
    alarm: Callable[[str], None]
    patience: Patience
    clock: Clock
    profiles: ProfileSteps | None = None
    """The steps of a change of what the directory says of a guest."""

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {
            StepKind.BLOCK: self._block,
            StepKind.SIGN_OUT: self._sign_out,
            StepKind.PROVE_BLOCKED: self._prove_blocked,
            StepKind.DELETE: self._delete,
            StepKind.PROVE_DELETED: self._prove_deleted,
            StepKind.SEE_GONE: self._see_gone,
            StepKind.PUT_BACK: self._put_back,
            StepKind.UNBLOCK: self._unblock,
            StepKind.PROVE_BACK: self._prove_back,
            **(self.profiles.by_kind() if self.profiles else {}),
        }

    def tell_operator(self, record: Record) -> None:
        """Ring where a removal or a restore stands still; a change of details is for whoever asked."""
        request = record.request
        if request.kind is not Kind.REMOVE:
            return
        failure = request.account.failure if request.account else request.failure
        if failure is not None:
            self.alarm(
                f"{request.label}: the removal of a guest from the directory stands still ({failure.cause}). "
                f"See its card, and take it up with /retry {request.label}."
            )

    async def _block(self, job: Job, request: Request) -> StepDone:
        """Block sign-in, unless the guest was given more since: nobody has ordered that this is taken.

        Of two removals the second finds the first, whoever was faster to ask.
        """
        for other in await self.store.of_guest(guest_of(request)):
            given = other.request.account
            if given is not None and given.state in REMOVED and other.request.number != request.number:
                raise Refused(Cause.REMOVED_ALREADY)
        held = await self.accounts.holdings(guest_of(request))
        if held is not None and held.guest.enabled and removal_plan.has_more(job, request, held):
            raise Refused(Cause.HOLDS_MORE)
        acted = await self._unless_deleted(request, self.accounts.block)
        await self._tell(request, halting.halt(request, deleted=False))
        before = acted.was_so and (removal_plan.was_blocked(request) or not may_have_begun(job, request))
        traces: dict[str, Json] = {"request-id": acted.trace}
        return StepDone(traces=traces | _noted(was_so=acted.was_so) | ({WAS_THERE: True} if before else {}))

    async def _sign_out(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        """End the guest's sessions; a tenant that does not let us do so has them run out by themselves."""
        try:
            acted = await self._unless_deleted(request, self.accounts.sign_out)
        except Refused as error:
            if error.cause is not Cause.RIGHTS_MISSING:
                raise
            return StepDone(traces={"not_allowed": True, "refused-request-id": error.trace})
        return StepDone(traces={"request-id": acted.trace})

    async def _prove_blocked(self, job: Job, request: Request) -> StepDone:
        def is_out(one: Seen) -> bool:
            return (one.there and not one.enabled) or (one.deleted and request.restored is not None)

        seen = await self._seen(job, request, is_out, Cause.STILL_ENABLED)
        await self._tell(request, halting.halt(request, deleted=False))
        return StepDone(traces={"request-id": seen.trace})

    async def _delete(self, job: Job, request: Request) -> StepDone:
        """Delete the account, unless somebody let it sign in again or gave it more: then they are asked."""
        seen = await self.accounts.look(guest_of(request))
        if seen.deleted or not seen.there:
            return StepDone(traces={"found": True, "request-id": seen.trace})
        if seen.enabled and not job.body.get(removal_plan.ANYWAY):
            raise Refused(Cause.UNBLOCKED, trace=seen.trace)
        held = await self.accounts.holdings(guest_of(request))
        if held is not None and removal_plan.has_more(job, request, held):
            raise Refused(Cause.HOLDS_MORE, trace=seen.trace)
        acted = await self.accounts.delete(guest_of(request))
        return StepDone(traces={"request-id": acted.trace, **_noted(was_so=acted.was_so)})

    async def _prove_deleted(self, job: Job, request: Request) -> StepDone:
        seen = await self._seen(job, request, lambda one: not one.there, Cause.NOT_DELETED)
        await self._tell(request, halting.halt(request, deleted=True))
        return StepDone(traces={"request-id": seen.trace})

    async def _see_gone(self, job: Job, request: Request) -> StepDone:
        """See that nobody can restore the account any more; Entra may be late with that.

        Before the account's time is over several looks have to agree, for a copy of the directory may lag.

        An account that others deleted while it was blocked has taken its accesses along, and nobody said so.
        """
        seen = await self.accounts.look(guest_of(request))
        if seen.there:
            if await go_on(self.store, request):
                return StepDone(traces={"request-id": seen.trace})
            raise NotYet(Cause.REPLICATING, retry_after=_LATE.total_seconds())
        now, given = self.clock.now(), request.account
        early = given is not None and is_early(given, now)
        if seen.deleted:
            await self.store.change(request.request_id, putting_back.listed)
            until = kept(given).gone_at if given is not None and early else None
            raise NotYet(Cause.REPLICATING, retry_after=(until - now if until else _LATE).total_seconds())
        if early and jobs.looks(job) < LOOKS:
            raise NotYet(Cause.REPLICATING, retry_after=self.patience.until_gone.total_seconds())
        await self._tell(request, halting.halt(request, deleted=True))
        await self._tell(request, halting.lose(request))
        return StepDone(traces={"request-id": seen.trace})

    async def _put_back(self, job: Job, request: Request) -> StepDone:
        """Put the account back; one that was deleted a moment ago has a minute to be listed as that."""
        try:
            acted = await self.accounts.put_back(guest_of(request))
        except Missing as error:
            if jobs.looks(job) < self.patience.proof_tries - 1:
                raise NotYet(Cause.REPLICATING) from error
            raise
        return StepDone(traces={"request-id": acted.trace, **_noted(was_so=acted.was_so)})

    async def _unblock(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        """Let the guest sign in again; an account that could not before the removal stays as it was."""
        if request.account is not None and request.account.was_blocked:
            return StepDone(traces={"stays_blocked": True})
        acted = await self.accounts.unblock(guest_of(request))
        return StepDone(traces={"request-id": acted.trace, **_noted(was_so=acted.was_so)})

    async def _prove_back(self, job: Job, request: Request) -> StepDone:
        blocked = request.account is not None and request.account.was_blocked
        seen = await self._seen(
            job, request, lambda one: one.there and (one.enabled or blocked), Cause.NOT_RESTORED
        )
        await self._tell(request, halting.resume(request))
        return StepDone(traces={"request-id": seen.trace})

    async def _unless_deleted(self, request: Request, act: Callable[[ObjectId], Awaitable[Acted]]) -> Acted:
        """Act; of an account that was deleted in the time that a restored database forgot, it was done."""
        try:
            return await act(guest_of(request))
        except Missing:
            seen = await self.accounts.look(guest_of(request))
            if request.restored is None or not seen.deleted:
                raise
            return Acted(seen.trace, was_so=True)

    async def _seen(
        self, job: Job, request: Request, is_so: Callable[[Seen], bool], otherwise: Cause
    ) -> Seen:
        """Read back until it is so; what is not so has a minute to become so."""
        seen = await self.accounts.look(guest_of(request))
        if is_so(seen):
            return seen
        if jobs.looks(job) < self.patience.proof_tries - 1:
            raise NotYet(Cause.REPLICATING)
        raise Refused(otherwise, trace=seen.trace)

    async def _tell(self, request: Request, transition: jobs.Claim) -> None:
        """Change every access of the guest, each under its own lock; what has changed already is stale."""
        for other in await self.store.of_guest(guest_of(request)):
            if other.request.kind not in ON_ACCOUNTS:
                await self.store.change(other.request.request_id, transition)


def _noted(*, was_so: bool) -> dict[str, Json]:
    return {"was_so": True} if was_so else {}
