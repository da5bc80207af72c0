"""The dry run of a list: everything about its guests is read once for all of them, and nothing is done."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from access.ports import AppGuests
from access.rules import halfway, list_plan
from access.rules.addresses import domain_of, read_address
from access.rules.draft import Draft
from access.rules.lists import DRAFT_KEPT, GuestList
from access.rules.model import App, Give, Named, ObjectId, Panel, Person, Record
from access.rules.policy import Policy, Rules
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.terms import check_term
from access.rules.unsent import too_few
from access.rules.verdicts import Known, OfDomain, Wanted, addresses_of, judge
from access.service.check import OfList, Wrong
from access.service.request import Requests
from access.service.sponsors import asks_sponsors
from access.service.ways_in import WaysIn


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows and who asks, under the policy of one moment."""

    policy: Policy
    person: Person
    rows: Sequence[Wanted]
    justification: str


@dataclass(frozen=True, slots=True)
class OfKind:
    """What holds for all guests of the same rules."""

    panels: tuple[Panel, ...]
    barred: Problem | None
    unsaid: Problem | None


@dataclass(slots=True)
class DryRuns:
    """Judges lists, and keeps each for a day, for whoever made it to send."""

    requests: Requests
    guests: AppGuests

    async def run(
        self, draft: Draft, rows: Sequence[Wanted], file: str, person_id: ObjectId
    ) -> GuestList | Wrong:
        """Return the list with its verdicts, kept; or what is wrong with what is asked for all of them."""
        check, policy = self.requests.check, self.requests.policy.current()
        requestor = await self.requests.directory.person(person_id)
        domains = await asyncio.to_thread(_by_rows, rows)

        def rules_of(app: App, give: Give) -> Rules:
            """Return the rules of the domain with the most rows, by which the list is held."""
            first = next((one for one in domains if not policy.refused_by(app.object_id, give, one)), "")
            return policy.rules_for(app.object_id, give, first)

        asked = await check.of_list(draft, policy, requestor, rules_of)
        if isinstance(asked, Wrong) or requestor is None:
            return asked if isinstance(asked, Wrong) else Wrong((), policy.defaults)
        return await self._judged(
            Reading(policy, requestor, rows, draft.justification.strip()), draft, asked, file
        )

    async def _judged(self, of: Reading, draft: Draft, asked: OfList, file: str) -> GuestList | Wrong:
        known, panels = await self._known(of, asked)
        rows = await asyncio.to_thread(judge, of.rows, known)
        first = next((one for one in rows if one.goes), None)
        panel = panels[domain_of(first.address)] if first else ()
        if first and (lacking := too_few(panel, asked.app)):
            return Wrong((lacking,), asked.rules)
        ways, person_id = WaysIn(self.requests.store, self.requests.roster), of.person.object_id
        left = await ways.waivers(of.policy, asked.app, asked.give, person_id, panel, ()) if first else ()
        if isinstance(left, Problem):
            return Wrong((left,), asked.rules)
        made_at = self.requests.check.clock.now()
        made = GuestList(
            list_id=secrets.token_hex(16),
            owner=of.person.object_id,
            file=file,
            app=Named(asked.app.object_id, asked.app.name),
            give=asked.give,
            term=asked.term,
            justification=draft.justification.strip(),
            message=draft.message.strip(),
            deciders=panel[0].approvers if panel else (),
            rows=rows,
            made_at=made_at,
            kept_until=made_at + DRAFT_KEPT,
            answers=asked.answers,
        )
        await self.requests.store.keep_list(made)
        return made

    async def _known(self, of: Reading, asked: OfList) -> tuple[Known, Mapping[str, tuple[Panel, ...]]]:
        """Read, side by side, who of these is a guest, who has the access, what is open, and who decides."""
        app_id, give = asked.app.object_id, asked.give
        addresses = await asyncio.to_thread(addresses_of, of.rows)
        guests, held, numbers, own = await asyncio.gather(
            self.requests.check.searches.index.guests_at(addresses),
            self.guests.holders_of(app_id, give),
            self.requests.store.asked_for(app_id, give.key, addresses, self._aside),
            self.requests.directory.own_domains(),
        )
        by_domain, panels = dict[str, OfDomain](), dict[str, tuple[Panel, ...]]()
        kinds: dict[str, OfKind] = {}
        for domain in await asyncio.to_thread(_by_rows, of.rows):
            rules = of.policy.rules_for(app_id, give, domain)
            if rules.text not in kinds:
                kinds[rules.text] = await self._kind(of, asked, rules)
            kind = kinds[rules.text]
            panels[domain] = kind.panels
            by_domain[domain] = OfDomain(
                own=domain in own,
                barred=self._refused(of.policy, asked, domain) or kind.barred,
                unsaid=kind.unsaid,
                deciders=_key(kind.panels),
                asks_sponsors=asks_sponsors(rules),
            )
        labels = {address: f"R-{number}" for address, number in numbers.items()}
        return Known(guests=guests, holders=held, asked=labels, domains=by_domain), panels

    def _aside(self, record: Record, now: datetime) -> bool:
        return halfway.stands_aside(record, now, self.requests.check.zone)

    async def _kind(self, of: Reading, asked: OfList, rules: Rules) -> OfKind:
        """Return what holds for guests of these rules, of whom none has sponsors to be asked."""
        roster, app, give = self.requests.roster, asked.app, asked.give
        panels = await roster.panels(
            of.policy, rules, app_id=app.object_id, give=give, requestor=of.person.object_id
        )
        barred = self._too_long(asked, rules)
        if not await roster.is_within(of.policy, rules, app, give, of.person):
            barred = Problem(Field.APP, ProblemCode.NOT_ALLOWED, (app.name,))
        return OfKind(panels, barred, list_plan.unsaid(rules, of.justification, asked.answers))

    def _too_long(self, asked: OfList, rules: Rules) -> Problem | None:
        check, longest = self.requests.check, rules.term_longest
        if check_term(asked.term, longest, check.clock.now(), check.zone) is ProblemCode.TERM_TOO_LONG:
            return Problem(Field.TERM, ProblemCode.TERM_TOO_LONG, (asked.app.name, str(longest.days)))
        return None

    def _refused(self, policy: Policy, asked: OfList, domain: str) -> Problem | None:
        if policy.domains.refuse(domain):
            return Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, (domain,))
        if policy.refused_by(asked.app.object_id, asked.give, domain):
            return Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED_HERE, (domain, asked.app.name))
        return None


def _by_rows(rows: Sequence[Wanted]) -> Sequence[str]:
    """Return the domains, those with the most rows first."""
    read = (read_address(row.address) for row in rows)
    found = Counter(domain_of(one) for one in read if isinstance(one, str))
    return [domain for domain, _ in found.most_common()]


def _key(panels: Sequence[Panel]) -> str:
    """Tell apart who decides, and how many of them must."""
    return "/".join(
        f"{panel.quorum}:{','.join(sorted(one.object_id for one in panel.approvers))}" for panel in panels
    )
