"""The one step of a renewal: read back that the guest has the access, then move the end of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from access.ports import Access, NotYet, Refused, Store
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.delivery import StepDone
from access.rules.model import Job, Json, Record, Request, StepKind
from access.rules.policy import Rules
from access.rules.renewing import lengthen
from access.service.steps import Patience, guest_of


@dataclass(frozen=True, slots=True)
class Lengthening:
    """Writes nothing to the directory; the end moves under the lock of the request that gave the access."""

    store: Store
    access: Access
    patience: Patience
    rules_for: Callable[[Request], Rules]

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {StepKind.EXTEND: self.extend}

    async def extend(self, job: Job, request: Request) -> StepDone:
        """Move the end, once: a second time it is found moved, whatever has become of the access since."""
        extends = request.extends
        first = await self.store.record(extends.request_id) if extends else None
        given = first.request.assignment if first else None
        if extends is None or first is None or given is None:
            raise Refused(Cause.ACCESS_OVER)
        if any(one.request_id == request.request_id for one in given.renewals):
            return StepDone(traces={"found": True})
        proof = await self.access.read_back(guest_of(request), request.app.object_id, request.give)
        if not (proof.guest_found and proof.access_found):
            if jobs.looks(job) < self.patience.proof_tries - 1:
                raise NotYet(Cause.REPLICATING)
            raise Refused(Cause.ACCESS_LOST if proof.guest_found else Cause.GUEST_GONE)
        moved = await self.store.change(extends.request_id, lengthen(request, self.rules_for(first.request)))
        if not isinstance(moved, Record):
            raise Refused(moved or Cause.ACCESS_OVER)
        traces: dict[str, Json] = {"guest-request-id": proof.guest_trace, "request-id": proof.access_trace}
        return StepDone(traces=traces)
