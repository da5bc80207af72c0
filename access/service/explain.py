"""Explaining what the policy says of a request: which tables hold, and who may do what at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from access.ports import Directory
from access.rules.addresses import domain_of
from access.rules.gives import chosen_of, gives_in
from access.rules.model import App, Give, Guest, Named, ObjectId, Panel, Person
from access.rules.policy import Policy, Rules
from access.rules.policy_order import below, ordered
from access.service.roster import Roster
from access.service.sponsors import KnownGuest, asks_sponsors
from access.service.waivers import Asking, Past, Weighed, weighed


@dataclass(frozen=True, slots=True)
class Explanation:
    """What holds for a request, and who may ask for it and decide it by the directory as it is."""

    person: Person
    app: App
    give: Give | None
    """None where nothing is chosen and the policy has no choice of its own."""
    domain: str
    is_own_domain: bool
    rules: Rules
    says: dict[str, str]
    """The table from which each field of the rules is."""
    refused_by: tuple[str, ...]
    may_request: bool
    is_within: bool
    stages: tuple[Panel, ...]
    """Who could decide at each stage now."""
    called_in: tuple[tuple[Named, ...], ...]
    """Whom the escalation of each stage would call in now, of those who do not decide there anyway."""
    length: timedelta
    """For how long is asked; as long as usual, where nobody has asked yet."""
    waivers: tuple[Weighed, ...]
    lesser: tuple[Give, ...]
    """What approvers may give instead."""
    is_new: bool
    """Whether sponsors are asked for of a guest who is not in the directory."""


def _called_in(usually: Panel, escalated: Panel) -> tuple[Named, ...]:
    asked = {one.object_id for one in usually.asked}
    called = set(escalated.escalated) - asked
    return tuple(one for one in escalated.approvers if one.object_id in called)


@dataclass(frozen=True, slots=True)
class Explain:
    directory: Directory
    roster: Roster
    policy: Policy
    past: Past | None = None
    """How often waivers were used, as far as that can be read."""

    async def request(
        self, person: Person, address: str, app: App, give: Give | None, length: timedelta | None = None
    ) -> Explanation:
        """Explain a request of this person for a guest of this address."""
        domain, policy = domain_of(address), self.policy
        rules = policy.rules_for(app.object_id, give, domain)
        guest = await self._guest(address) if asks_sponsors(rules) else None
        panels = partial(
            self.roster.panels,
            policy,
            rules,
            app_id=app.object_id,
            give=give,
            requestor=person.object_id,
            guest=guest,
        )
        stages = await panels()
        escalated = await panels(escalated=range(1, len(stages) + 1))
        return Explanation(
            person=person,
            app=app,
            give=give,
            domain=domain,
            is_own_domain=domain in await self.directory.own_domains(),
            rules=rules,
            says=self._says(app.object_id, give, domain),
            refused_by=policy.refused_by(app.object_id, give, domain),
            may_request=await self.roster.may_request(policy, app, person),
            is_within=await self.roster.is_within(policy, rules, app, give, person),
            stages=stages,
            called_in=tuple(map(_called_in, stages, escalated)),
            length=length or rules.term_default,
            waivers=await self._waivers(rules, person, address, app, give, length or rules.term_default),
            lesser=await self._lesser(app, give),
            is_new=asks_sponsors(rules) and guest is None,
        )

    async def _waivers(
        self, rules: Rules, person: Person, address: str, app: App, give: Give | None, length: timedelta
    ) -> tuple[Weighed, ...]:
        found = await self.directory.find_by_address(address) if rules.open_waivers else None
        asking = Asking(
            person=person,
            app=app,
            give=give,
            domain=domain_of(address),
            guest=found if isinstance(found, Guest) else None,
            length=length,
        )
        return await weighed(self.roster, self.policy, rules, asking, self.past)

    async def _lesser(self, app: App, give: Give | None) -> tuple[Give, ...]:
        order = self.policy.least_first.get(app.object_id, ())
        if give is None or not order:
            return ()
        gives = gives_in(app, await self.directory.groups_of_app(app.object_id), self.policy)
        return below(ordered(order, gives), give)

    async def _guest(self, address: str) -> KnownGuest | None:
        found = await self.directory.find_by_address(address)
        return KnownGuest(found.object_id) if isinstance(found, Guest) else None

    async def chosen(self, app: App, text: str) -> tuple[Give | None, Sequence[Give]]:
        """Return what is given: what the text names, else what the policy or the app leaves to choose."""
        gives = gives_in(app, await self.directory.groups_of_app(app.object_id), self.policy)
        return chosen_of(gives, text, self.policy.rules_for(app.object_id).give), gives

    def _says(self, app_id: ObjectId, give: Give | None, domain: str) -> dict[str, str]:
        """Return the last table that says each field, or narrows it; what is as in the defaults is theirs."""
        rules, usual = self.policy.rules_for(app_id), self.policy.defaults
        names = list(Rules.__dataclass_fields__)
        said = {
            name: usual.name if getattr(rules, name) == getattr(usual, name) else rules.name for name in names
        }
        for table in self.policy.tables(app_id, give, domain):
            above = table.over(rules)
            changed = [name for name in names if getattr(above, name) != getattr(rules, name)]
            said |= dict.fromkeys([*changed, *table.says], table.name)
            rules = above
        return said
