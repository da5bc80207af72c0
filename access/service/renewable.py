"""Judging a renewal: by policy and directory as they are at this moment, everything that is against it."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from access.rules import renewing
from access.rules.addresses import domain_of
from access.rules.draft import Draft
from access.rules.draft_texts import check_texts
from access.rules.model import (
    App,
    Extends,
    Guest,
    Kind,
    Named,
    ObjectId,
    Panel,
    Person,
    Place,
    Request,
    RequestId,
    State,
    Term,
)
from access.rules.plan import plan_renewal
from access.rules.policy import Policy, Rules, Waiver
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.renewing import NotRenewable
from access.rules.unsent import too_few
from access.service.request import Requests
from access.service.waivers import Asking, judged


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; without a term the same again, without a justification the one of the first request.

    `shown` is the end that a card said, a hint: what was renewed since that is not renewed once more.
    """

    term: Term | None = None
    justification: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewable:
    """A renewal that may be asked for, by one policy."""

    first: Request
    by: Named
    guest: Guest
    app: App
    rules: Rules
    extends: Extends
    term: Term
    justification: str
    panels: tuple[Panel, ...] = ()
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Renewability:
    """Holds what is asked for against policy and directory; nothing is sent."""

    requests: Requests

    async def judge(
        self, policy: Policy, first: Request, person_id: ObjectId, wanted: Wanted
    ) -> Renewable | NotRenewable:
        """Return the renewal as it may be asked for by this policy, or everything that is against it."""
        directory, requests = self.requests.directory, self.requests
        rules = policy.rules_for(first.app.object_id, first.give, domain_of(first.address))
        if never := renewing.barred(first, rules):
            return NotRenewable(first, (never,), rules)
        person, app = await directory.person(person_id), await directory.app(first.app.object_id)
        problems = await self._unable(policy, rules, first, person, app)
        now, zone = requests.check.clock.now(), requests.check.zone
        term = wanted.term or renewing.same_again(first, rules, zone)
        extends = renewing.extended(first, term, rules, now, zone)
        if isinstance(extends, Problem):
            problems.append(extends)
        justification = wanted.justification or first.justification
        check_texts(Draft(kind=Kind.EXTEND, justification=justification), rules, problems)
        guest = await self._guest(first, problems)
        if problems or isinstance(extends, Problem) or not (person and app and guest):
            return NotRenewable(first, tuple(problems), rules)
        found = Renewable(
            first=first,
            by=Named(person.object_id, person.name),
            guest=guest,
            app=app,
            rules=rules,
            extends=extends,
            term=term,
            justification=justification.strip(),
        )
        return await self._decided(policy, found, person)

    async def _decided(self, policy: Policy, found: Renewable, person: Person) -> Renewable | NotRenewable:
        """Return it with whoever decides, and with the waivers that apply."""
        first, rules, requests = found.first, found.rules, self.requests
        of_draft = requests.sponsored.of_draft
        sponsored = await of_draft(rules, found.guest, first.address, person.object_id)
        panels = await requests.roster.panels(
            policy,
            rules,
            app_id=found.app.object_id,
            give=first.give,
            requestor=person.object_id,
            guest=sponsored,
        )
        if lacking := too_few(panels, found.app):
            return NotRenewable(first, (lacking,), rules)
        asking = Asking(
            person=person,
            app=found.app,
            give=first.give,
            domain=domain_of(first.address),
            guest=found.guest,
            length=found.extends.to - found.extends.was,
        )
        fits = await judged(requests.roster, policy, rules, asking)
        waivers = tuple(one for one, why in fits.items() if why is None)
        return replace(found, panels=panels, waivers=waivers)

    async def _unable(
        self, policy: Policy, rules: Rules, first: Request, person: Person | None, app: App | None
    ) -> list[Problem]:
        """Return what stands against asking for the app at all."""
        name, domain, roster = first.app.name, domain_of(first.address), self.requests.roster
        if app is None or not app.enabled:
            return [Problem(Field.WHOLE, ProblemCode.APP_DISABLED, (name,))]
        if policy.refused_by(app.object_id, first.give, domain):
            return [Problem(Field.WHOLE, ProblemCode.DOMAIN_DENIED_HERE, (domain, name))]
        may = person is not None and await roster.may_request(policy, app, person)
        if not may or person is None or not await roster.is_within(policy, rules, app, first.give, person):
            return [Problem(Field.WHOLE, ProblemCode.NOT_ALLOWED, (name,))]
        return []

    async def _guest(self, first: Request, problems: list[Problem]) -> Guest | None:
        """Return the guest, who must still have the access: a renewal gives nothing back."""
        directory, guest_id = self.requests.directory, first.guest_id
        guest = await directory.guest(guest_id) if guest_id else None
        if guest is None or not await directory.has(guest.object_id, first.app.object_id, first.give):
            lost = (first.guest_name, first.app.name)
            problems.append(Problem(Field.WHOLE, ProblemCode.ACCESS_LOST, lost))
        elif not guest.enabled:
            problems.append(Problem(Field.WHOLE, ProblemCode.GUEST_DISABLED, (guest.name,)))
        return guest

    def request(self, found: Renewable, place: Place, number: int, now: datetime) -> Request:
        """Return the request that asks for a renewal; what was answered in the form stands for it, too."""
        first, rules, panels = found.first, found.rules, found.panels
        landing = self.requests.landing(rules, found.app)
        return Request(
            request_id=RequestId(secrets.token_hex(16)),
            number=number,
            version=0,
            state=State.SUBMITTED,
            kind=Kind.EXTEND,
            requestor=found.by,
            subject=first.subject,
            address=first.address,
            guest_name=first.guest_name,
            app=Named(found.app.object_id, found.app.name),
            give=first.give,
            term=found.term,
            justification=found.justification,
            message="",
            place=place,
            submitted_at=now,
            closes_at=now + rules.closes_after,
            approvers=panels[0].approvers,
            fallback_used=panels[0].fallback_used,
            stages=panels,
            rule=rules.name,
            landing=landing,
            plan=plan_renewal(
                guest=found.guest.object_id,
                app=found.app,
                give=first.give,
                extends=found.extends,
                term=found.term,
                rule=rules.text,
                landing=landing,
            ),
            form_answers=first.form_answers,
            extends=found.extends,
            changed_at=now,
        )
