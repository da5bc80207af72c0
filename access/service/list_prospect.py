"""What would become of a list of guests if it were approved now, by what costs nothing for each row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from access.ports import Store
from access.rules import list_plan
from access.rules.bulk import Bulk
from access.rules.causes import Cause
from access.rules.list_run import progress
from access.rules.lists import bulk_of, rows_that_go, samples_of
from access.rules.model import App, Plan, Record, Request, State
from access.rules.policy import Rules
from access.rules.refusals import ProblemCode
from access.rules.terms import check_term
from access.rules.verdicts import Verdict
from access.service.request import Requests
from access.service.sponsors import asks_sponsors

_APPROVED = frozenset({State.DELIVERING, State.DELIVERED, State.DELIVERY_FAILED})


@dataclass(frozen=True, slots=True)
class ListProspect:
    """Reads a list as it is kept now: whoever was forgotten since is in it no more."""

    requests: Requests

    async def now(self, request: Request) -> Bulk | None:
        """Return the list of a request as far as its rows go now; None where it is not kept."""
        bulk = request.bulk
        made = await self.requests.store.guest_list(bulk.list_id) if bulk else None
        if bulk is None or made is None:
            return None
        return replace(bulk_of(made, bulk.left_out), run=bulk.run, why=bulk.why, made=bulk.made)

    async def plan(self, request: Request, app: App) -> Plan | Cause:
        bulk = await self.now(request)
        if bulk is None or not bulk.rows:
            return Cause.LIST_MOVED
        policy = self.requests.policy.current()
        rules = list_plan.rules_by_domain(policy, request, bulk)
        if any(policy.refused_by(app.object_id, request.give, domain) for domain in rules):
            return Cause.LIST_MOVED
        now, zone = self.requests.check.clock.now(), self.requests.check.zone
        found = {check_term(request.term, one.term_longest, now, zone) for one in rules.values()}
        if ProblemCode.TERM_TOO_LONG in found:
            return Cause.LIST_MOVED
        kinds = list_plan.kinds_of(rules)
        if await self._wants_more(request, app, kinds) or await self._are_many(request, kinds):
            return Cause.LIST_MOVED
        return list_plan.make_plan(request, bulk, app, rules, mailbox=self.requests.mail.configured)

    async def _wants_more(self, request: Request, app: App, kinds: Sequence[Rules]) -> bool:
        """Tell whether for any of its guests others must ask, or more must be said than is said of all."""
        policy, roster = self.requests.policy.current(), self.requests.roster
        person = await self.requests.directory.person(request.requestor.object_id)
        for rules in kinds:
            if person is None or list_plan.unsaid(rules, request.justification, request.form_answers):
                return True
            if not await roster.is_within(policy, rules, app, request.give, person):
                return True
        return False

    async def _are_many(self, request: Request, kinds: Sequence[Rules]) -> bool:
        """Tell whether not the same people decide about all of its guests."""
        if any(map(asks_sponsors, kinds)) and await self._has_guests(request):
            return True
        found = set()
        for rules in kinds if len(kinds) > 1 else ():
            panels = await self.requests.roster.panels(
                self.requests.policy.current(),
                rules,
                app_id=request.app.object_id,
                give=request.give,
                requestor=request.requestor.object_id,
            )
            found.add(tuple((frozenset(one.approvers), one.quorum) for one in panels))
        return len(found) > 1

    async def _has_guests(self, request: Request) -> bool:
        """Tell whether any of them is in the directory already, and may have sponsors."""
        bulk = request.bulk
        made = await self.requests.store.guest_list(bulk.list_id) if bulk else None
        if bulk is None or made is None:
            return False
        return any(row.verdict is Verdict.GUEST for row in rows_that_go(made, bulk.left_out))


async def sampled(store: Store, record: Record) -> Record:
    """Return a record as a card shows it: of a list some of its guests, or how far its run is."""
    bulk, state = record.request.bulk, record.request.state
    if bulk is None:
        return record
    if state in _APPROVED:
        counts = await store.row_counts(bulk.list_id)
        others = max(await store.mails_of_rows() - counts.mails_waiting, 0) if counts.mails_waiting else 0
        return replace(record, progress=progress(record.request, bulk, counts, others))
    if state is not State.PENDING_APPROVAL:
        return record
    made = await store.guest_list(bulk.list_id)
    return replace(record, samples=samples_of(made, bulk.left_out) if made else ())
