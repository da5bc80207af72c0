"""Sending a request: everything wrong with a draft at once, or a request that waits for its approvers."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from access.ports import Directory, Mail, PolicySource, SelfService, Store
from access.rules import checking, of_no_guest, waiving, watch
from access.rules import policy_places as places
from access.rules.addresses import domain_of, read_address
from access.rules.authority import are_fresh
from access.rules.changing import refused
from access.rules.draft import Draft
from access.rules.gives import gives_in
from access.rules.list_plan import main_domain
from access.rules.model import (
    App,
    AuditFact,
    Change,
    Give,
    Guest,
    Json,
    Named,
    ObjectId,
    Panel,
    Place,
    Plan,
    Record,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)
from access.rules.noting import facts_of
from access.rules.people import may_ask
from access.rules.plan import make_plan
from access.rules.policy import Policy, Rules, Waiver
from access.rules.policy_order import below, ordered
from access.rules.refusals import Duplicate, Field, Problem, ProblemCode
from access.rules.terms import length_of
from access.rules.unsent import by_policy
from access.rules.waiting import escalated
from access.rules.waiving import Uses, Waivable, key_of
from access.service.check import Check, Checked, Wrong
from access.service.kept_out import given_just_now, kept_out
from access.service.roster import Roster
from access.service.sponsors import Sponsored, asks_sponsors
from access.service.waivers import applying
from access.service.ways_in import WaysIn

_MOST_NAMED = 20
_MOST_READ = 4
"""How often a draft is judged, where the policy changes meanwhile."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Nothing was sent: what is wrong, the draft to give back, and the rules that hold for it."""

    draft: Draft
    problems: tuple[Problem, ...]
    rules: Rules


@dataclass(slots=True)
class Requests:
    """Checks and sends requests, and says what a person may ask for."""

    store: Store
    directory: Directory
    roster: Roster
    policy: PolicySource
    mail: Mail
    check: Check
    my_apps: str
    """The address of My Apps with the tenant's id, where a guest lands when nothing else is said."""
    self_service: SelfService
    looks: bool = False
    """Whether it is looked at whether what is sent will work."""
    sponsored: Sponsored = field(init=False)

    def __post_init__(self) -> None:
        self.sponsored = Sponsored(self.directory, self.store)

    async def names_of(self, person_id: ObjectId, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the names of members by object id; whoever is no member themselves is told none."""
        asked = await self.directory.person(person_id)
        if asked is None or not may_ask(asked):
            return {}
        people = await asyncio.gather(*(self.directory.person(ObjectId(one)) for one in ids[:_MOST_NAMED]))
        return {one.object_id: one.name for one in people if one is not None and may_ask(one)}

    def rules_of(self, app_id: ObjectId | None, give: Give | None = None, address: str = "") -> Rules:
        """Return the rules that a form shows, as far as it is filled in."""
        read = read_address(address)
        domain = "" if isinstance(read, Problem) else domain_of(read)
        return self.policy.current().rules_for(app_id, give, domain)

    def question_ids(self) -> frozenset[str]:
        """Return what all questions of the policy are called, which may stand in a line."""
        asked = places.questions(self.policy.current())
        return frozenset(one.id for _, questions in asked for one in questions)

    def rules_for(self, request: Request) -> Rules:
        """Return the rules that hold for a request at this moment."""
        if request.of_no_guest:
            return of_no_guest.rules_of(self.policy.current(), request)
        domain = domain_of(request.address)
        return self.policy.current().rules_for(request.app.object_id, request.give, domain)

    def bars(self, request: Request) -> bool:
        """Tell whether the policy keeps guests of this domain out of what was asked for by now."""
        domain = domain_of(request.address)
        return bool(self.policy.current().refused_by(request.app.object_id, request.give, domain))

    async def in_order(self, app: App) -> tuple[Give, ...]:
        """Return what can be given for an app now, as far as the policy has it in order, the least first."""
        policy = self.policy.current()
        order = policy.least_first.get(app.object_id, ())
        groups = await self.directory.groups_of_app(app.object_id) if order else ()
        return ordered(order, gives_in(app, groups, policy))

    def whose(self, request: Request) -> tuple[str, ...]:
        """Return what decides who may decide: requests of which it is the same have the same approvers."""
        guest = (str(request.subject),) if asks_sponsors(self.rules_for(request)) else ()
        called = map(str, sorted(escalated(request, self.rules_for(request))))
        about = request.app.object_id, request.give.key, main_domain(request), *guest
        return *about, request.requestor.object_id, *called

    async def send(
        self, draft: Draft, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate | Returned:
        """Check a draft against directory and policy, and send it to its approvers."""
        for _ in range(_MOST_READ):
            policy = self.policy.current()
            found = await self._prepared(policy, draft, person_id, place, personal=personal)
            if self.policy.current() is policy:
                break
        else:
            changing = Problem(Field.WHOLE, ProblemCode.POLICY_CHANGING)
            return Returned(draft, (changing,), self.rules_of(None))
        if isinstance(found, Returned):
            return await self._refused(found, person_id)
        sent = await self.store.add(found)
        if isinstance(sent, Duplicate) and (had := given_just_now(sent.first)):
            return Returned(draft, (had,), self.rules_for(sent.first))
        if isinstance(sent, Duplicate):
            await self.store.write_audit(refused(sent.first, "request", type(sent).__name__, person_id))
        return sent

    async def _prepared(
        self, policy: Policy, draft: Draft, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Waivable | Returned:
        """Return what to store of a draft that may be sent by this policy; nothing older waives or lets."""
        asked_at = self.check.clock.now()
        found = await self._judge(policy, draft, person_id)
        if isinstance(found, Returned):
            return found
        checked, panels, ask_first, by, waivers = found
        lesser = below(await self.in_order(checked.app), checked.give)
        subject = await self.store.subject(checked.address)
        facts = facts_of(
            draft,
            checked.rules,
            domain_of(checked.address),
            checked.give,
            panels,
            checked.meant,
            person_id,
            guest_known=checked.guest is not None,
            waivers=waivers,
            answers=checked.answers,
            others=checked.others,
        )

        def make(number: int, now: datetime, uses: Uses) -> Change:
            request = self._request(draft, checked, panels, by, subject, place, number, now)
            request = replace(
                request, ask_first=ask_first, lesser=lesser, form_answers=checked.answers, facts=facts
            )
            may = waivers if are_fresh(asked_at, now) else ()
            sent = waiving.send(request, may, uses, now, personal=personal)
            return checking.begun(watch.begun(sent, checked.rules), looks=self.looks)

        return Waivable(tuple(key_of(one.name) for one in waivers), make, begun=asked_at)

    async def _refused(self, returned: Returned, person_id: ObjectId) -> Returned:
        """Note what the policy does not let somebody ask for; what was only mistyped is nothing to note."""
        if codes := by_policy(returned.problems):
            address = read_address(returned.draft.address)
            subject = None if isinstance(address, Problem) else await self.store.subject(address)
            detail: dict[str, Json] = {"refused": [*codes]}
            fact = AuditFact(what="request.refused", actor=person_id, subject=subject, detail=detail)
            await self.store.write_audit(fact)
        return returned

    async def judged(self, draft: Draft, person_id: ObjectId) -> Checked | Returned:
        """Return a draft as it is understood, or what is wrong with it, at this moment; nothing is sent."""
        judged = await self._judge(self.policy.current(), draft, person_id)
        return judged if isinstance(judged, Returned) else judged[0]

    async def _judge(
        self, policy: Policy, draft: Draft, person_id: ObjectId
    ) -> tuple[Checked, tuple[Panel, ...], tuple[Named, ...], Named, tuple[Waiver, ...]] | Returned:
        """Return a draft as understood, who decides at each stage, whom to ask first, who asks, waivers."""
        requestor = await self.directory.person(person_id)
        roster = self.roster.noting()
        checked = await replace(self.check, roster=roster).all(draft, policy, requestor)
        if wrong := await kept_out(self.store, self.directory, checked, self.check.clock.now()):
            return Returned(draft, (wrong,), checked.rules)
        if isinstance(checked, Wrong):
            return Returned(draft, checked.problems, checked.rules)
        if requestor is None:
            return Returned(draft, (), checked.rules)
        rules, app_id = checked.rules, checked.app.object_id
        now, zone = self.check.clock.now(), self.check.zone
        waivers = await applying(roster, policy, checked, requestor, length_of(checked.term, now, zone))
        guest = await self.sponsored.of_draft(rules, checked.guest, checked.address, person_id)
        if roster.noted:
            checked = replace(checked, meant=roster.noted.meant(app_id))
        panels = await self.roster.panels(
            policy, rules, app_id=app_id, give=checked.give, requestor=person_id, guest=guest
        )
        ways = WaysIn(self.store, self.roster)
        going = await ways.sendable(policy, draft, checked, panels, waivers, person_id)
        if isinstance(going, Problem):
            return Returned(draft, (going,), checked.rules)
        checked = replace(checked, others=going[2])
        return checked, panels, going[0], Named(requestor.object_id, requestor.name), going[1]

    def _request(
        self,
        draft: Draft,
        checked: Checked,
        panels: tuple[Panel, ...],
        requestor: Named,
        subject: Subject,
        place: Place,
        number: int,
        now: datetime,
    ) -> Request:
        return Request(
            request_id=RequestId(secrets.token_hex(16)),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=draft.kind,
            requestor=requestor,
            subject=subject,
            address=checked.address,
            guest_name=checked.name,
            app=Named(checked.app.object_id, checked.app.name),
            give=checked.give,
            term=checked.term,
            justification=draft.justification.strip(),
            message=draft.message.strip(),
            place=place,
            submitted_at=now,
            closes_at=now + checked.rules.closes_after,
            approvers=panels[0].approvers,
            fallback_used=panels[0].fallback_used,
            stages=panels,
            sponsor=checked.sponsor,
            rule=checked.rules.name,
            landing=self.landing(checked.rules, checked.app),
            plan=self.plan(
                checked.guest, checked.app, checked.give, checked.term, checked.rules, checked.sponsor
            ),
            changed_at=now,
        )

    def plan(
        self,
        guest: Guest | None,
        app: App,
        give: Give,
        term: Term,
        rules: Rules,
        sponsor: Named | None = None,
    ) -> Plan:
        """Return what would be done for this guest, as directory and policy stand."""
        return make_plan(
            guest=guest,
            app=app,
            give=give,
            term=term,
            rule=rules.text,
            landing=self.landing(rules, app),
            mailbox=self.mail.configured,
            sponsor=sponsor.object_id if sponsor else None,
        )

    def landing(self, rules: Rules, app: App) -> str:
        """Return where the invitation leads: the policy's page, else the app's home page, else My Apps."""
        if rules.landing.startswith("https://"):
            return rules.landing
        return app.home_page if rules.landing == "app-home" and app.home_page else self.my_apps
