"""The steps of an undo: an access given again and read back, or the end of a renewal moved back."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from access.ports import Clock, NotYet, Refused
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delivery import WAS_THERE, StepDone
from access.rules.model import Job, Json, Left, Record, Redemption, Request, StepKind
from access.rules.overtaken import void
from access.rules.renewing import shorten
from access.service.end import Ends
from access.service.steps import guest_of, may_have_begun


@dataclass(frozen=True, slots=True)
class GivingAgain:
    """Gives what was approved and taken away, for as long as it was approved."""

    ends: Ends
    clock: Clock

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {
            StepKind.GIVE_AGAIN: self._give,
            StepKind.PROVE_AGAIN: self._prove,
            StepKind.SHORTEN: self._shorten,
        }

    async def _give(self, job: Job, request: Request) -> StepDone:
        """Give the access, unless its term is over or the guest is gone; one that ends is waited for."""
        directory = self.ends.directory
        if request.ends_at is None or request.ends_at <= self.clock.now():
            raise Refused(Cause.TERM_OVER)
        guest_id, app_id, give = guest_of(request), request.app.object_id, request.give
        before = request.assignment is not None and request.assignment.was_there  # so others gave it
        if await directory.guest(guest_id) is None:
            raise Refused(Cause.GUEST_GONE)
        await self.ends.see_that_none_ends(request)
        if may_have_begun(job, request) and await directory.has(guest_id, app_id, give):
            return StepDone(traces={"found": True} | _noted(was_there=before))
        given = await self.ends.access.give(guest_id, app_id, give, fresh=False)
        return StepDone(traces={"request-id": given.trace} | _noted(was_there=given.was_there))

    async def _prove(self, job: Job, request: Request) -> StepDone:
        """Read back that the guest has the access, is not being removed, and whether they have accepted."""
        guest_id, app_id = guest_of(request), request.app.object_id
        proof = await self.ends.access.read_back(guest_id, app_id, request.give)
        if not (proof.guest_found and proof.access_found):
            if jobs.looks(job) < self.ends.patience.proof_tries - 1:
                raise NotYet(Cause.REPLICATING)
            raise Refused(Cause.NOT_PROVED if proof.guest_found else Cause.GUEST_GONE)
        guest = await self.ends.directory.guest(guest_id)
        await self.ends.see_that_stays(guest_id)
        pending = guest is not None and guest.redemption is Redemption.PENDING
        traces: dict[str, Json] = {"guest-request-id": proof.guest_trace, "request-id": proof.access_trace}
        return StepDone(traces=traces, invited=pending)

    async def _shorten(self, job: Job, request: Request) -> StepDone:  # noqa: ARG002 - as every step
        """Move the end back, once; one that has moved on since stays as it is.

        What waits to be lengthened from that end is void with it.
        """
        extends = request.extends
        assert extends is not None
        done = await self.ends.store.change(extends.request_id, shorten(request))
        if isinstance(done, Record):
            for other in await self.ends.store.about(request.subject):
                if other.request.extends and other.request.request_id != request.request_id:
                    await self.ends.store.change(other.request.request_id, void(request))
            return StepDone(left=Left.NOTHING)
        traces: dict[str, Json] = {"cause": done or Cause.ACCESS_OVER}
        return StepDone(left=Left.STILL_NEEDED, traces=traces)


def _noted(*, was_there: bool) -> dict[str, Json]:
    return {WAS_THERE: True} if was_there else {}
