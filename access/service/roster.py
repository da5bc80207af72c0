"""Who may request and who may decide, read from the directory at this moment by the policy's words."""

from collections.abc import Sequence
from dataclasses import dataclass

from access.ports import Directory, Missing
from access.rules.model import App, Give, GiveKind, Named, ObjectId, Person, PersonKind
from access.rules.policy import Policy, Rules, Source, SourceKind


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may decide right now; `fallback_used` when the first choice left nobody."""

    people: tuple[Named, ...]
    fallback_used: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """Resolves the policy's lists of people; nothing is remembered between two questions."""

    directory: Directory

    async def approvers(
        self, policy: Policy, rules: Rules, *, app_id: ObjectId, give: Give, requestor: ObjectId
    ) -> Approvers:
        """Return who may decide: never the requestor, a guest or a disabled account."""
        for sources, fallback in ((rules.approvers, False), (rules.fallback, True)):
            people = await self._resolve(policy, sources, app_id, give, requestor)
            able = {
                one.object_id: Named(one.object_id, one.name)
                for one in people
                if one.enabled and one.kind is PersonKind.MEMBER and one.object_id != requestor
            }
            if able:
                return Approvers(tuple(sorted(able.values(), key=lambda one: one.name)), fallback)
        return Approvers((), fallback_used=False)

    async def may_request(self, policy: Policy, app: App, person: Person) -> bool:
        """Tell whether this person may ask for this app; a guest or a disabled account asks for nothing."""
        if not person.enabled or person.kind is not PersonKind.MEMBER:
            return False
        sources = policy.rules_for(app.object_id).requestors
        if any(source.kind is SourceKind.MEMBERS for source in sources):
            return True
        people = await self._resolve(policy, sources, app.object_id, None, person.object_id)
        return any(one.object_id == person.object_id for one in people)

    async def apps_for(self, policy: Policy, person: Person) -> Sequence[App]:
        """Return the apps this person may request for, by name.

        Ownership is asked once for all apps; other words of the policy are resolved once each.
        """
        if not person.enabled or person.kind is not PersonKind.MEMBER:
            return []
        apps = [app for app in await self.directory.apps() if not app.is_graph]
        owned = await self.directory.apps_owned_by(person.object_id)
        known: dict[Source, bool] = {Source(SourceKind.MEMBERS): True}
        found = []
        for app in apps:
            for source in policy.rules_for(app.object_id).requestors:
                if await self._belongs(policy, source, person, app, owned, known):
                    found.append(app)
                    break
        return sorted(found, key=lambda app: app.name.lower())

    async def _belongs(
        self,
        policy: Policy,
        source: Source,
        person: Person,
        app: App,
        owned: frozenset[ObjectId],
        known: dict[Source, bool],
    ) -> bool:
        if source.kind is SourceKind.APP_OWNERS:
            return app.object_id in owned
        if source.kind is SourceKind.GROUP_OWNERS:
            people = await self._group_owners(None, app.object_id)
            return any(one.object_id == person.object_id for one in people)
        if source not in known:
            people = await self._resolve(policy, (source,), app.object_id, None, person.object_id)
            known[source] = any(one.object_id == person.object_id for one in people)
        return known[source]

    async def _resolve(
        self,
        policy: Policy,
        sources: Sequence[Source],
        app_id: ObjectId,
        give: Give | None,
        requestor: ObjectId,
    ) -> list[Person]:
        """Return the people of every source; a deleted app or group has none."""
        found: list[Person] = []
        for source in sources:
            try:
                found += await self._people_of(policy, source, app_id, give, requestor)
            except Missing:
                continue
        return found

    async def _people_of(
        self, policy: Policy, source: Source, app_id: ObjectId, give: Give | None, requestor: ObjectId
    ) -> Sequence[Person]:
        match source.kind:
            case SourceKind.APP_OWNERS:
                return await self.directory.app_owners(app_id)
            case SourceKind.GROUP_OWNERS:
                return await self._group_owners(give, app_id)
            case SourceKind.GROUP:
                return await self.directory.group_members(ObjectId(source.name))
            case SourceKind.ROLE:
                return await self._resolve(policy, policy.roles[source.name], app_id, give, requestor)
            case SourceKind.MANAGER:
                one = await self.directory.manager(requestor)
            case SourceKind.PERSON:
                one = await self.directory.person(ObjectId(source.name))
            case SourceKind.MEMBERS:
                one = None
        return [one] if one is not None else []

    async def _group_owners(self, give: Give | None, app_id: ObjectId) -> Sequence[Person]:
        """Return the owners of the group that is given, or of every group of the app."""
        if give is not None:
            return await self.directory.group_owners(give.object_id) if give.kind is GiveKind.GROUP else []
        groups = await self.directory.groups_of_app(app_id)
        return [one for group in groups for one in await self.directory.group_owners(group.object_id)]
