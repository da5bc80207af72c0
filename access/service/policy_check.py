"""Checking a policy against the directory: what it names and is not there, and what never holds."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from access.ports import Directory
from access.rules import policy_places as places
from access.rules.gives import gives_in, is_usual
from access.rules.model import App, Give, GiveKind, ObjectId
from access.rules.people import may_ask
from access.rules.policy import Policy, SourceKind
from access.rules.policy_domains import one_of, witnesses


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong at a place of the file, and what to do about it."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(slots=True)
class PolicyCheck:
    """Looks at every table by the directory as it is now."""

    directory: Directory
    policy: Policy
    _apps: dict[ObjectId, App | None] = field(default_factory=dict)
    _assigned: dict[ObjectId, Sequence[ObjectId]] = field(default_factory=dict)

    async def findings(self) -> list[Finding]:
        found = [one async for one in self._people()]
        found += [one async for one in self._apps_and_roles()]
        found += [one async for one in self._groups()]
        found += [one async for one in self._partners()]
        return [*found, *self._questions(), *self._renewals()]

    async def app(self, app_id: ObjectId) -> App | None:
        if app_id not in self._apps:
            self._apps[app_id] = await self.directory.app(app_id)
        return self._apps[app_id]

    async def apps_of(self, group_id: ObjectId) -> Sequence[ObjectId]:
        """Return the apps to which a group is assigned; none, where there is no such group."""
        if group_id not in self._assigned:
            there = await self.directory.group(group_id) is not None
            apps = await self.directory.apps_of_group(group_id) if there else frozenset[ObjectId]()
            self._assigned[group_id] = sorted(apps)
        return self._assigned[group_id]

    async def gives(self, app: App) -> list[Give]:
        groups = await self.directory.groups_of_app(app.object_id)
        return list(gives_in(app, groups, self.policy))

    async def without_group(self) -> list[str]:
        """Return the apps with a table that give roles alone, which needs the widest permission."""
        read = [await self.app(app_id) for _, app_id, _ in places.apps(self.policy)]
        there = [app for app in read if app is not None and app.enabled]
        given = [(app.name, {one.kind for one in await self.gives(app)}) for app in there]
        return [name for name, kinds in given if kinds == {GiveKind.APP_ROLE}]

    async def _people(self) -> AsyncIterator[Finding]:
        for place, sources in places.people(self.policy):
            for source in sources:
                name = ObjectId(source.name)
                if source.kind is SourceKind.GROUP and await self.directory.group(name) is None:
                    yield Finding(place, f"there is no group {name}. Correct its id, or take it out.")
                if source.kind is not SourceKind.PERSON:
                    continue
                person = await self.directory.person(name)
                if person is None:
                    yield Finding(place, f"there is no person {name}. Correct the id, or take it out.")
                elif not may_ask(person):
                    what = "is a guest" if person.enabled else "has no active account"
                    yield Finding(place, f"{person.name} {what}, and may do nothing. Name somebody else.")

    async def _apps_and_roles(self) -> AsyncIterator[Finding]:
        for place, app_id, rules in places.apps(self.policy):
            app = await self.app(app_id)
            if app is None:
                yield Finding(place, f"there is no app {app_id}, so the table never holds. Correct its id.")
                continue
            if not app.enabled:
                yield Finding(place, f"sign-in to {app.name} is switched off: nobody can request for it.")
            gives = await self.gives(app)
            if rules.give and not any(is_usual(one, rules.give) for one in gives):
                text = f"{app.name} has no {rules.give} to give. Assign it to the app, or name another."
                yield Finding(f"{place}.give", text)
            for text in _out_of_order(self.policy.least_first.get(app_id, ()), gives, app):
                yield Finding(f"{place}.least_first", text)
            for below, name, _ in places.app_roles(self.policy, app_id):
                if given(name, gives) is None:
                    text = f"{app.name} has no role {name}, so the table never holds. Correct its name."
                    yield Finding(f"{place}.{below}", text)

    async def _groups(self) -> AsyncIterator[Finding]:
        for place, group_id, _ in places.groups(self.policy):
            group = await self.directory.group(group_id)
            if group is None:
                yield Finding(
                    place, f"there is no group {group_id}, so the table never holds. Correct its id."
                )
            elif group.closed_because:
                text = f"nobody can be added to {group.name} by hand, so the table never holds. Take it out."
                yield Finding(place, text)
            elif not await self.apps_of(group_id):
                text = f"{group.name} is assigned to no app, so the table never holds. Assign it to one."
                yield Finding(place, text)

    async def _partners(self) -> AsyncIterator[Finding]:
        own = await self.directory.own_domains()
        for place, partner in places.partners(self.policy):
            for pattern in partner.of:
                if one_of(pattern) in own:
                    text = f"{pattern} is the organisation's own: nobody in it is a guest. Take it out."
                    yield Finding(f"{place}.domains", text)
            for app_id in sorted(partner.apps):
                app = await self.app(app_id)
                if app is None:
                    yield Finding(
                        f"{place}.apps", f"there is no app {app_id}. Correct its id, or take it out."
                    )
                elif not any(
                    not self.policy.refused_by(app_id, None, domain)
                    for pattern in partner.of
                    for domain in witnesses(self.policy, pattern)
                ):
                    text = f"the lists of domains keep all its guests out of {app.name}. Allow them there."
                    yield Finding(f"{place}.apps", text)

    def _renewals(self) -> Iterator[Finding]:
        """Yield what is said of renewals and never comes to anything."""
        for place, rules in places.renewals(self.policy):
            if rules.renewals_waiver and not rules.waives:
                text = "`waiver = []` closes every waiver, this one as well. Take one of the two out."
                yield Finding(f"{place}.waiver", text)
            if rules.renewals_longest and rules.renewals_longest > rules.term_longest:
                text = f"no term may be longer than {rules.term_longest.days} days, nor may a renewal."
                yield Finding(f"{place}.longest", f"{text} Make it shorter, or term.longest longer.")
            if rules.renewals_total and rules.renewals_total <= rules.term_default:
                text = f"a first term of {rules.term_default.days} days leaves nothing to renew."
                yield Finding(f"{place}.total", f"{text} Make it longer, or write most = 0.")

    def _questions(self) -> Iterator[Finding]:
        """Yield ids that stand for two questions: what is typed for one would be shown under the other."""
        first: dict[str, tuple[str, str]] = {}
        for place, questions in places.questions(self.policy):
            for one in questions:
                where, ask = first.setdefault(one.id, (place, one.ask))
                if ask.casefold() != one.ask.casefold():
                    text = f"{one.id} asks something else in {where}. Give one of them another id."
                    yield Finding(place, text)


def _out_of_order(order: Sequence[str], gives: list[Give], app: App) -> Iterator[str]:
    """Yield what an order names and the app has not, and what it names twice, by its name and by its id."""
    seen: set[Give] = set()
    for name in order:
        found = next((one for one in gives if is_usual(one, name)), None)
        if found is None:
            yield f"{app.name} has no {name} to give, so it is left out. Correct it, or take it out."
        elif found in seen:
            yield f"{found.name} stands in it twice. Take it out once."
        else:
            seen.add(found)


def given(name: str, gives: list[Give]) -> Give | None:
    """Return the app role of a name or id."""
    roles = (one for one in gives if one.kind is GiveKind.APP_ROLE)
    return next((one for one in roles if name in (one.name.casefold(), one.object_id.casefold())), None)
