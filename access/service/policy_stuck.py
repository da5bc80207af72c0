"""Finding requests that could be asked for and that nobody could decide, by policy and directory."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass

from access.rules import policy_places as places
from access.rules.model import App, Give, Named, ObjectId, Panel
from access.rules.policy import Partner, Rules, Source, SourceKind, Stage, Table
from access.rules.policy_domains import one_of
from access.service.policy_check import Finding, PolicyCheck, given
from access.service.roster import NOBODY, Roster

_MOST_ASKED = 100
"""Requestors of one app for each of whom it is looked who could decide."""
_MOST_NAMED = 5
_BY_REQUEST = frozenset({SourceKind.MANAGER, SourceKind.GUEST_SPONSORS})
"""Words that mean others for each request, of which nothing can be said beforehand."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request that could be made, and the table that it is looked at for."""

    place: str
    app: App
    give: Give | None = None
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Looks at every app that the policy names, at what it says of its roles, groups and partners."""

    check: PolicyCheck
    roster: Roster

    async def findings(self, *, every_app: bool, known: Collection[str] = ()) -> list[Finding]:
        """Return what nobody could ask for or decide; of every app that people use, if that is asked.

        What is `known` of whole tables, by their places, is not told once more for each app.
        """
        policy, found = self.check.policy, list[Finding]()
        async for case in self._cases(known):
            found += await self._of(case)
        if every_app:
            async for app in self.check.directory.every_app(waited_for=False):
                if app.object_id not in policy.apps and app.enabled and not app.is_graph:
                    for case in self._of_other(app, known):
                        found += await self._of(case)
        return found

    async def _cases(self, known: Collection[str]) -> AsyncIterator[Case]:
        for place, app_id, _ in places.apps(self.check.policy):
            if app := await self._usable(app_id):
                async for case in self._of_app(place, app):
                    yield case
        async for case in self._of_groups():
            yield case
        for place, partner in self._partners(known):
            for app_id in sorted(partner.apps) or self.check.policy.apps:
                if app := await self._usable(app_id):
                    async for case in self._of_partner(place, partner, app):
                        yield case

    async def _of_groups(self) -> AsyncIterator[Case]:
        """Yield a request for each group with a table, in the apps that have none."""
        for place, group_id, table in places.groups(self.check.policy):
            apps = await self.check.apps_of(group_id) if _speaks(table) else ()
            for app_id in apps:
                app = None if app_id in self.check.policy.apps else await self._usable(app_id)
                for give in await self.check.gives(app) if app else ():
                    if app and give.object_id == group_id:
                        yield Case(place, app, give)

    def _partners(self, known: Collection[str]) -> Iterator[tuple[str, Partner]]:
        """Yield the partners of whom it is to be looked at who requests or decides."""
        found = places.partners(self.check.policy)
        return ((place, one) for place, one in found if _speaks(one) and place not in known)

    async def _of_partner(self, place: str, partner: Partner, app: App) -> AsyncIterator[Case]:
        """Yield a request for one of its guests, and one for whatever in the app has a table of its own."""
        policy, gives = self.check.policy, await self.check.gives(app)
        for give in (None, *gives):
            spoken = [one for one in policy.tables(app.object_id, give, "") if _speaks(one)]
            if (give is None or spoken) and (domain := self._let_in(partner, app, give)):
                yield Case(place, app, give, domain)

    def _let_in(self, partner: Partner, app: App, give: Give | None = None) -> str:
        """Return a domain of a partner's guests who may get this, if there is any."""
        found = (one_of(one) for one in partner.of)
        refused = self.check.policy.refused_by
        return next((one for one in found if not refused(app.object_id, give, one)), "")

    def _of_other(self, app: App, known: Collection[str]) -> Iterator[Case]:
        """Yield the requests for an app without a table: anybody's guests, and those of partners."""
        if "defaults" not in known:
            yield Case("defaults", app)
        for place, partner in self._partners(known):
            if not partner.apps and (domain := self._let_in(partner, app)):
                yield Case(place, app, None, domain)

    async def _of_app(self, place: str, app: App) -> AsyncIterator[Case]:
        policy, gives = self.check.policy, await self.check.gives(app)
        stages = policy.rules_for(app.object_id).stages
        sources = [source for stage in stages for source in (*stage.approvers, *stage.fallback)]
        by_give = any(source.kind is SourceKind.GROUP_OWNERS for source in sources)
        for give in gives if by_give else [None]:
            yield Case(place, app, give)
        for below, name, table in places.app_roles(policy, app.object_id):
            if _speaks(table) and (role := given(name, gives)):
                yield Case(f"{place}.{below}", app, role)
        for group_place, group_id, table in places.groups(policy):
            for give in gives:
                if _speaks(table) and give.object_id == group_id:
                    yield Case(group_place, app, give)

    async def _usable(self, app_id: ObjectId) -> App | None:
        app = await self.check.app(app_id)
        return app if app is not None and app.enabled else None

    async def _of(self, case: Case) -> list[Finding]:
        asking = await self._asking(case)
        if asking == ():
            text = f"nobody may request for {case.app.name}: `requestors` leaves nobody. Name somebody."
            return [Finding(case.place, text)]
        stages, panels = self._rules(case).stages, await self._panels(case)
        found = []
        for number, (stage, panel) in enumerate(zip(stages, panels, strict=True), start=1):
            if text := await self._stuck(stage, panel, number, case, asking):
                found.append(Finding(places.stage(case.place, number, len(stages)), text))
        return found + await self._escalations(case, panels)

    async def _escalations(self, case: Case, panels: Sequence[Panel]) -> list[Finding]:
        """Return what comes of nothing: a stage that calls in nobody, or only who decides there anyway."""
        rules, found = self._rules(case), []
        for number, (stage, panel) in enumerate(zip(rules.stages, panels, strict=True), start=1):
            if not stage.escalation or any(one.kind in _BY_REQUEST for one in stage.escalation):
                continue
            called = await self._people(stage.escalation, case)
            place = f"{places.stage(case.place, number, len(rules.stages))}.escalation"
            if not called:
                text = (
                    f"nobody could be called in for {case.app.name}: the list leaves nobody. Name somebody."
                )
                found.append(Finding(place, text))
            elif all(one in panel.asked for one in called):
                names = ", ".join(one.name for one in called[:_MOST_NAMED])
                decide = "decides" if len(called) == 1 else "decide"
                text = f"{names} {decide} on {case.app.name} anyway, so nobody is called in. Name others."
                found.append(Finding(place, text))
        return found

    async def _asking(self, case: Case) -> tuple[Named, ...] | None:
        """Return who may request; None where everybody may."""
        rules = self._rules(case)
        asking: tuple[Named, ...] | None = None
        for sources in (rules.requestors, *rules.within):
            if all(source.kind is not SourceKind.MEMBERS for source in sources):
                people = await self._people(sources, case)
                asking = people if asking is None else tuple(one for one in asking if one in people)
        return asking

    async def _stuck(
        self, stage: Stage, panel: Panel, number: int, case: Case, asking: Sequence[Named] | None
    ) -> str:
        """Return in words whose request could not pass a stage; empty where everybody's could.

        `panel` is who decides for a new guest, and for whoever decides nothing themselves and has no manager.
        """
        app = case.app.name
        by_sponsor = any(one.kind is SourceKind.GUEST_SPONSORS for one in (*stage.approvers, *stage.fallback))
        by_requestor = any(one.kind is SourceKind.MANAGER for one in (*stage.approvers, *stage.fallback))
        if lacking := _lacking(panel, app, by_requestor=by_requestor, by_sponsor=by_sponsor):
            return lacking
        # Whoever does not decide finds those who do, but where their own manager does.
        deciding = {one.object_id for one in panel.approvers}
        who = [one for one in asking or panel.approvers if by_requestor or one.object_id in deciding]
        stuck = []
        for one in who[:_MOST_ASKED]:
            own = (await self._panels(case, one.object_id))[number - 1]
            if not own.asked or len(own.approvers) < own.quorum:
                stuck.append(one.name)
        if not stuck:
            return ""
        if asking is not None and list(asking) == list(panel.approvers) and len(asking) == 1:
            alone = "the only one who may request and who may decide for"
            return f"{stuck[0]} is {alone} {app}, and nobody decides their own request. Name a fallback."
        names = ", ".join(stuck[:_MOST_NAMED]) + (" and others" if len(stuck) > _MOST_NAMED else "")
        what = "nobody" if panel.quorum == 1 else "too few"
        return f"{what} could decide what {names} may request for {app}. Name a fallback."

    def _rules(self, case: Case) -> Rules:
        return self.check.policy.rules_for(case.app.object_id, case.give, case.domain)

    async def _panels(self, case: Case, requestor: ObjectId = NOBODY) -> tuple[Panel, ...]:
        return await self.roster.panels(
            self.check.policy,
            self._rules(case),
            app_id=case.app.object_id,
            give=case.give,
            requestor=requestor,
        )

    async def _people(self, sources: Sequence[Source], case: Case) -> tuple[Named, ...]:
        return await self.roster.people(self.check.policy, sources, app_id=case.app.object_id, give=case.give)


def _lacking(panel: Panel, app: str, *, by_requestor: bool, by_sponsor: bool) -> str:
    """Return in words that a stage cannot be passed by anybody's request, or by none for a new guest."""
    if by_requestor:
        return ""
    if by_sponsor and len(panel.asked) < panel.quorum:
        return f"a new guest has no sponsors, and without them too few can decide on {app}. Name a fallback."
    if not panel.asked:
        return f"nobody can decide on {app}: approvers and fallback leave nobody. Name a fallback."
    if len(panel.approvers) < panel.quorum:
        few = f"{len(panel.approvers)} can decide on {app} and {panel.quorum} must approve"
        return f"{few}. Name more approvers, or a fallback."
    return ""


def _speaks(table: Table) -> bool:
    """Tell whether a table says who requests or who decides; of others its app's place tells it."""
    return bool(table.requestors or "stages" in table.says)
