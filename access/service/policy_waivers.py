"""Finding waivers of a policy that can never apply, by policy and directory."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from access.rules import policy_places as places
from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import Partner, Policy, Rules, SourceKind, Waiver
from access.rules.policy_domains import one_of
from access.service.policy_check import Finding, PolicyCheck
from access.service.roster import Roster


@dataclass(frozen=True, slots=True)
class Case:
    """A waiver at its place, and the requests that its table is about; of an app, where it is one's."""

    place: str
    waiver: Waiver
    app_id: ObjectId | None = None
    give: Give | None = None
    domains: tuple[str, ...] = ("",)
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Idle:
    """Looks at every waiver of the policy."""

    check: PolicyCheck
    roster: Roster

    async def findings(self) -> list[Finding]:
        own = await self.check.directory.own_domains()
        found: list[Finding] = []
        for case in _cases(self.check.policy):
            wrong = list(_wrong(self.check.policy, case, own))
            found += wrong
            found += [] if wrong else [one async for one in self._of_people(case)]
        return found

    async def _of_people(self, case: Case) -> AsyncIterator[Finding]:
        """Yield that nobody who may use a waiver may request for its app."""
        policy, waiver = self.check.policy, case.waiver
        app = await self.check.app(case.app_id) if case.app_id else None
        if app is None or not waiver.requestors:
            return
        rules = policy.rules_for(app.object_id, case.give)
        lists = [rules.requestors, *rules.within, waiver.requestors]
        may: set[ObjectId] | None = None
        for sources in lists:
            if SourceKind.MEMBERS in {one.kind for one in sources}:
                continue
            people = await self.roster.people(policy, sources, app_id=app.object_id, give=case.give)
            names = {one.object_id for one in people}
            may = names if may is None else may & names
        if may is not None and not may:
            text = f"nobody of its requestors may request for {app.name}, so it never applies. Name others."
            yield Finding(f"{case.place}.requestors", text)


def _wrong(policy: Policy, case: Case, own: frozenset[str]) -> Iterator[Finding]:
    """Yield what takes a waiver away, altogether or for some of its domains."""
    waiver, rules = case.waiver, policy.rules_for(case.app_id, case.give, one_of(case.domains[0]))
    if not rules.waives:
        yield Finding(case.place, "`waiver = []` closes it, so it never applies. Take one of them out.")
        return
    for pattern in waiver.domains:
        domain = one_of(pattern)
        refused = policy.refused_by(case.app_id, case.give, domain)
        partner = policy.partner_of(domain)
        there = policy.rules_for(case.app_id, case.give, domain)
        if domain in own:
            text = f"{pattern} is the organisation's own: nobody in it is a guest. Take it out."
        elif refused:
            text = f"guests of {pattern} are refused by {', '.join(refused)}, and deny wins. Take it out."
        elif case.partner and (partner is None or partner.name != case.partner):
            text = f"{pattern} is no domain of this partner, so it never applies to it. Take it out."
        elif waiver not in there.open_waivers:
            text = (
                f"{partner.name if partner else there.name} says who decides on guests of {pattern}: {_GONE}"
            )
        else:
            continue
        yield Finding(f"{case.place}.domains", text)


_GONE = "it never applies to them. Write the waiver there, or take the domain out."


def _cases(policy: Policy) -> Iterator[Case]:
    usual = policy.defaults
    yield from _of("defaults", usual.waivers)
    for place, app_id, rules in places.apps(policy):
        yield from _of(place, _own(rules, usual), app_id)
        for below, name, table in places.app_roles(policy, app_id):
            role = Give(GiveKind.APP_ROLE, ObjectId(name), name)
            yield from _of(f"{place}.{below}", table.says.get("waivers", ()), app_id, role)
    for place, group_id, table in places.groups(policy):
        group = Give(GiveKind.GROUP, group_id, "")
        yield from _of(place, table.says.get("waivers", ()), None, group)
    for place, partner in places.partners(policy):
        for one in _of(place, partner.says.get("waivers", ())):
            yield _of_partner(one, partner)


def _own(rules: Rules, usual: Rules) -> tuple[Waiver, ...]:
    return () if rules.waivers is usual.waivers else rules.waivers


def _of(
    place: str, waivers: tuple[Waiver, ...], app_id: ObjectId | None = None, give: Give | None = None
) -> Iterator[Case]:
    for number, waiver in enumerate(waivers, start=1):
        here = f"{place}.waiver" if len(waivers) == 1 else f"{place}.waiver {number}"
        yield Case(here, waiver, app_id, give)


def _of_partner(case: Case, partner: Partner) -> Case:
    """Return the case of a partner's guests, for its app where it has one alone."""
    app_id = next(iter(partner.apps)) if len(partner.apps) == 1 else None
    return Case(case.place, case.waiver, app_id, None, partner.of, partner.name)
