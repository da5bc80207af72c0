"""Who may request and who may decide, read from the directory at this moment by the policy's words."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, assert_never

from access.ports import Directory, Missing
from access.rules.facts import Seen
from access.rules.model import App, Give, GiveKind, Named, ObjectId, Panel, Person
from access.rules.noting import Noted, laid, word_of
from access.rules.people import may_ask
from access.rules.policy import Policy, Rules, Source, SourceKind, Stage
from access.service.sponsors import KnownGuest

NOBODY = ObjectId("")
"""A requestor who is not known: they have no manager."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, by whom and for whom, as far as the words of a list need it."""

    app_id: ObjectId
    give: Give | None = None
    requestor: ObjectId = NOBODY
    guest: KnownGuest | None = None
    noted: Noted | None = None
    """Where it is noted whom the words meant, for whoever keeps that."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may request for, as policy and directory said at one moment."""

    policy: Policy
    words: frozenset[Source] = frozenset()
    """The words of the policy that mean them, whatever the app is."""
    owned: frozenset[ObjectId] = frozenset()
    by_group: frozenset[ObjectId] = frozenset()
    """The apps to which a group of theirs is assigned."""
    _usual: "bool | frozenset[ObjectId]" = field(init=False, repr=False, compare=False)
    """Those of the apps that have no rules of their own, or whether all are: thousands are asked about."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_usual", self._by(self.policy.defaults))

    def includes(self, app: App) -> bool:
        if app.is_graph:
            return False
        rules = self.policy.apps.get(app.object_id)
        may = self._usual if rules is None else self._by(rules)
        return may if isinstance(may, bool) else app.object_id in may

    def _by(self, rules: Rules) -> bool | frozenset[ObjectId]:
        if not self.words.isdisjoint(rules.requestors):
            return True
        kinds = {source.kind for source in rules.requestors}
        owned = self.owned if SourceKind.APP_OWNERS in kinds else frozenset[ObjectId]()
        return owned | self.by_group if SourceKind.GROUP_OWNERS in kinds else owned


Seating = Callable[[tuple[Panel, ...], ObjectId, ObjectId | None], Awaitable[tuple[Panel, ...]]]
"""Given who may decide at each stage, the requestor and the guest, seats delegates beside them."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Resolves the policy's lists of people; nothing is remembered between two questions."""

    directory: Directory
    noted: Noted | None = None
    seating: Seating | None = None
    """Seats whoever decides for an approver at this moment; without one, nobody does."""

    def noting(self) -> Self:
        """Return a roster that notes by whom somebody may request."""
        return replace(self, noted=Noted())

    async def panels(
        self,
        policy: Policy,
        rules: Rules,
        *,
        app_id: ObjectId,
        give: Give | None,
        requestor: ObjectId,
        guest: KnownGuest | None = None,
        escalated: Collection[int] = (),
    ) -> tuple[Panel, ...]:
        """Return who may decide at each stage: never the requestor, a guest or a disabled account.

        At a stage that was `escalated`, by its number, the escalation approvers decide with the others. A
        `guest` who is not in the directory is None, and has no sponsors.
        """
        asked = Asked(app_id, give, requestor, guest)

        async def panel(stage: Stage, *, called: bool) -> Panel:
            noted = Noted()
            noting = replace(asked, noted=noted)

            async def able(sources: Sequence[Source]) -> dict[ObjectId, Named]:
                people = await self._resolve(policy, sources, noting)
                return {
                    one.object_id: Named(one.object_id, one.name)
                    for one in people
                    if may_ask(one) and one.object_id != requestor
                }

            found = await _panel(stage, able, called=called)
            return replace(found, _seen=Seen(laid(stage, policy.roles, give), noted.meant(app_id)))

        stages = enumerate(rules.stages, start=1)
        panels = tuple([await panel(stage, called=place in escalated) for place, stage in stages])
        if self.seating is None:
            return panels
        return await self.seating(panels, requestor, guest.guest_id if guest else None)

    async def people(
        self,
        policy: Policy,
        sources: Sequence[Source],
        *,
        app_id: ObjectId,
        give: Give | None = None,
        requestor: ObjectId = NOBODY,
        guest: KnownGuest | None = None,
    ) -> tuple[Named, ...]:
        """Return whom a list means, each once; a guest and a disabled account are nobody here."""
        found = await self._resolve(policy, sources, Asked(app_id, give, requestor, guest))
        able = {one.object_id: Named(one.object_id, one.name) for one in found if may_ask(one)}
        return tuple(sorted(able.values(), key=lambda one: one.name))

    async def may_request(self, policy: Policy, app: App, person: Person) -> bool:
        """Tell whether this person may ask for this app; a guest or a disabled account asks for nothing."""
        if not may_ask(person):
            return False
        sources = policy.rules_for(app.object_id).requestors
        if any(source.kind is SourceKind.MEMBERS for source in sources):
            return True
        people = await self._resolve(
            policy, sources, Asked(app.object_id, None, person.object_id, noted=self.noted)
        )
        return any(one.object_id == person.object_id for one in people)

    async def is_within(
        self, policy: Policy, rules: Rules, app: App, give: Give | None, person: Person
    ) -> bool:
        """Tell whether this person is in each list by which the policy narrows who may ask for this."""
        for sources in rules.within:
            if any(source.kind is SourceKind.MEMBERS for source in sources):
                continue
            people = await self._resolve(
                policy, sources, Asked(app.object_id, give, person.object_id, noted=self.noted)
            )
            if person.object_id not in {one.object_id for one in people}:
                return False
        return True

    async def has_role(self, policy: Policy, role: str, person_id: ObjectId) -> bool:
        """Tell whether somebody is in a role of the policy at this moment; a guest or a leaver never is."""
        sources = policy.roles.get(role, ())
        person = await self.directory.person(person_id)
        if person is None or not may_ask(person) or not sources:
            return False
        groups = await self.directory.memberships(person_id)
        return any(_is_among(policy, one, person_id, groups) for one in sources)

    async def reach(self, policy: Policy, person_id: ObjectId) -> Reach:
        """Return what this person may request for, of whatever apps there are.

        Everything is asked from the person's side, once for all apps and at the same time.
        """
        person, reach = await asyncio.gather(
            self.directory.person(person_id), self._reach_of_member(policy, person_id)
        )
        return reach if person is not None and may_ask(person) else Reach(policy)

    async def _reach_of_member(self, policy: Policy, person_id: ObjectId) -> Reach:
        rules = (policy.defaults, *policy.apps.values())
        sources = frozenset(source for one in rules for source in one.requestors)
        kinds = {source.kind for source in sources}
        by_group, groups = SourceKind.GROUP_OWNERS in kinds, kinds & {SourceKind.GROUP, SourceKind.ROLE}
        owned, of_groups, member_of = await asyncio.gather(
            self.directory.apps_owned_by(person_id),
            self.directory.apps_of_groups_owned_by(person_id) if by_group else _nothing(),
            self.directory.memberships(person_id) if groups else _nothing(),
        )
        words = frozenset(one for one in sources if _is_among(policy, one, person_id, member_of))
        return Reach(policy, words, owned, of_groups)

    async def _resolve(self, policy: Policy, sources: Sequence[Source], asked: Asked) -> list[Person]:
        """Return the people of every source; a deleted app, group or guest has none."""
        found: list[Person] = []
        for source in sources:
            try:
                people = await self._people_of(policy, source, asked)
            except Missing:
                people = []
            if asked.noted and source.kind is not SourceKind.ROLE:
                asked.noted.add(word_of(source, asked.give), asked.app_id, people)
            found += people
        return found

    async def _people_of(self, policy: Policy, source: Source, asked: Asked) -> Sequence[Person]:
        match source.kind:
            case SourceKind.APP_OWNERS:
                return await self.directory.app_owners(asked.app_id)
            case SourceKind.GROUP_OWNERS:
                return await self._group_owners(asked.give, asked.app_id)
            case SourceKind.GROUP:
                return await self.directory.group_members(ObjectId(source.name))
            case SourceKind.ROLE:
                return await self._resolve(policy, policy.roles[source.name], asked)
            case SourceKind.GUEST_SPONSORS:
                return await self._sponsors(asked.guest)
            case SourceKind.MANAGER:
                one = await self.directory.manager(asked.requestor) if asked.requestor else None
            case SourceKind.PERSON:
                one = await self.directory.person(ObjectId(source.name))
            case SourceKind.MEMBERS:
                one = None
        return [one] if one is not None else []

    async def _sponsors(self, guest: KnownGuest | None) -> Sequence[Person]:
        if guest is None:
            return []
        found = await self.directory.sponsors(guest.guest_id)
        return [one for one in found if one.object_id not in guest.named]

    async def _group_owners(self, give: Give | None, app_id: ObjectId) -> Sequence[Person]:
        """Return the owners of the group that is given, or of every group of the app."""
        if give is not None:
            return await self.directory.group_owners(give.object_id) if give.kind is GiveKind.GROUP else []
        groups = await self.directory.groups_of_app(app_id)
        return [one for group in groups for one in await self.directory.group_owners(group.object_id)]


async def _panel(
    stage: Stage, able: Callable[[Sequence[Source]], Awaitable[dict[ObjectId, Named]]], *, called: bool
) -> Panel:
    """Return who may decide at a stage; where the approvers are too few, the fallback decides with them."""
    asked = await able(stage.approvers)
    others = await able(stage.fallback) if len(asked) < stage.quorum else {}
    fallback_used = bool(others.keys() - asked.keys())
    escalation = await able(stage.escalation) if called else {}
    asked |= others | escalation
    silent = {person: one for person, one in (await able(stage.may_decide)).items() if person not in asked}
    people = sorted((asked | silent).values(), key=lambda one: one.name)
    return Panel(tuple(people), stage.quorum, fallback_used, tuple(silent), tuple(escalation))


def _is_among(policy: Policy, source: Source, person_id: ObjectId, groups: frozenset[ObjectId]) -> bool:
    """Tell whether a member of these groups is among the people that a word means for every app."""
    match source.kind:
        case SourceKind.MEMBERS:
            return True
        case SourceKind.PERSON:
            return source.name == person_id
        case SourceKind.ROLE:
            return any(_is_among(policy, one, person_id, groups) for one in policy.roles[source.name])
        case SourceKind.GROUP:
            return source.name in groups
        case SourceKind.APP_OWNERS | SourceKind.GROUP_OWNERS | SourceKind.MANAGER | SourceKind.GUEST_SPONSORS:
            return False
        case _:
            assert_never(source.kind)


async def _nothing() -> frozenset[ObjectId]:
    return frozenset()
