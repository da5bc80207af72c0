"""`/setup`: how an app stands for guests, and the request that gives it a group of its own."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.ports import AccessError, Missing, NotKept, SelfService
from access.rules import sending, watch
from access.rules.finding import words_of
from access.rules.guest_list import NoSuchApp
from access.rules.model import (
    App,
    AppRole,
    AuditFact,
    Change,
    Give,
    GiveKind,
    Json,
    Kind,
    Named,
    ObjectId,
    Place,
    Record,
    Request,
    RequestId,
    Setup,
    State,
    Term,
)
from access.rules.refusals import Duplicate, Unreadable
from access.rules.setup_plans import (
    AppShown,
    AppsShown,
    Right,
    Unfit,
    WhyNoSetup,
    adopting,
    make_plan,
    making,
    rules_of,
    suggested_name,
    without_owners,
)
from access.service.decide import Decisions
from access.service.index import Index
from access.service.prospect import able
from access.service.search import is_called

_ADMINS = "admins"
_MOST_APPS = 10
_ONE_AT_A_TIME = ObjectId("")
"""What is given is no group yet, so that of an app one set-up is open at a time."""
_OF_NO_GUEST: Mapping[str, Any] = {
    "address": "",
    "guest_name": "",
    "term": Term(days=0),
    "justification": "",
    "message": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed or pressed, all of it a hint: which group to adopt, or else the new one's role."""

    app: str
    group: str = ""
    makes: bool = False
    role: str = ""

    @property
    def sends(self) -> bool:
        return self.makes or bool(self.group)


@dataclass(slots=True)
class Setups:
    """Who may ask, owners of the app and admins, is read at that moment; others' apps are as if not there."""

    decisions: Decisions
    index: Index
    self_service: SelfService

    async def look(
        self, wanted: Wanted, person_id: ObjectId
    ) -> AppShown | AppsShown | NoSuchApp | Unreadable:
        """Return how the app stands, or the apps that may be meant."""
        try:
            found, owned = await self._meant(wanted.app, person_id)
            if not found:
                await self._refused(wanted, person_id)
                return NoSuchApp()
            if len(found) > 1 or not wanted.app:
                return AppsShown(tuple(found[:_MOST_APPS]), max(len(found) - _MOST_APPS, 0))
            if found[0].object_id not in owned:
                await self._note("setup.looked", person_id, {"app": found[0].object_id})
            return await self._shown(found[0])
        except Missing:
            return NoSuchApp()
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def send(
        self, wanted: Wanted, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate | AppShown | AppsShown | NoSuchApp | Unreadable:
        """Send the request to the admins; nothing is sent that cannot be, or is done already."""
        shown = await self.look(wanted, person_id)
        if not isinstance(shown, AppShown):
            return shown
        setup = _setup_for(shown, wanted)
        if not isinstance(setup, Setup):
            return _not(shown, *setup)
        try:
            asked = await self._asked(shown, setup, person_id, place, personal=personal)
        except NotKept:
            raise
        except AccessError:
            return Unreadable()
        return asked

    async def _asked(
        self, shown: AppShown, setup: Setup, person_id: ObjectId, place: Place, *, personal: bool
    ) -> Record | Duplicate | AppShown:
        decisions, facts = self.decisions, shown.facts
        policy = decisions.requests.policy.current()
        rules, give = rules_of(policy), Give(GiveKind.GROUP, _ONE_AT_A_TIME, setup.group_name)
        panels = await decisions.roster.panels(
            policy, rules, app_id=facts.app.object_id, give=give, requestor=person_id
        )
        panels = without_owners(panels, setup)
        if not panels[0].approvers:
            return _not(shown, WhyNoSetup.NO_ADMIN)
        person = await decisions.directory.person(person_id)
        subject = await decisions.store.subject("")

        def make(number: int, now: datetime) -> Change:
            request = Request(
                request_id=RequestId(secrets.token_hex(16)),
                number=number,
                version=0,
                state=State.SUBMITTED,
                kind=Kind.SETUP,
                requestor=Named(person_id, person.name if person else ""),
                subject=subject,
                app=Named(facts.app.object_id, facts.app.name),
                give=give,
                place=place,
                submitted_at=now,
                closes_at=now + rules.closes_after,
                approvers=panels[0].approvers,
                stages=panels,
                rule=rules.name,
                plan=make_plan(setup, facts, rules.text),
                setup=setup,
                changed_at=now,
                **_OF_NO_GUEST,
            )
            return watch.begun(sending.send(request, now, personal=personal), rules)

        return await decisions.store.add(make)

    async def _meant(self, text: str, person_id: ObjectId) -> tuple[Sequence[App], frozenset[ObjectId]]:
        """Return the apps that may be meant, of those that this person may set up, and which they own."""
        directory, policy = self.decisions.directory, self.decisions.requests.policy.current()
        if not able(await directory.person(person_id)):
            return [], frozenset()
        is_admin, owned, apps = await asyncio.gather(
            self.decisions.roster.has_role(policy, _ADMINS, person_id),
            directory.apps_owned_by(person_id),
            self.index.apps(),
        )

        def has(app: App) -> bool:
            return not app.is_graph and (is_admin or app.object_id in owned)

        if not text:
            return [one for one in apps.names.things if has(one)], owned
        if not words_of(text):
            return [], owned
        one = apps.by_id.get(ObjectId(text.strip().lower()))
        if one is not None and has(one):
            return [one], owned
        found = [app for app in apps.names.called(text) if has(app)]
        exact = [app for app in found if is_called(app.name, text)]
        return exact or found or apps.names.best(text, _MOST_APPS + 1, has), owned

    async def _shown(self, app: App) -> AppShown:
        facts = await self.self_service.look(app.object_id)
        policy = self.decisions.requests.policy.current()
        given = policy.rules_for(app.object_id).give
        names = [one.group.name for one in facts.groups]
        gives = {one.group.object_id for one in facts.groups if given == f"group:{one.group.object_id}"}
        return AppShown(
            facts=facts,
            name=suggested_name(facts.app.name, names),
            gives=frozenset(gives),
            read_at=self.decisions.now(),
        )

    async def _refused(self, wanted: Wanted, person_id: ObjectId) -> None:
        if wanted.app:
            await self._note("act.refused", person_id, {"act": "setup", "refused": "NotTheirApp"})

    async def _note(self, what: str, person_id: ObjectId, detail: Mapping[str, Json]) -> None:
        await self.decisions.store.write_audit(AuditFact(what=what, actor=person_id, detail=detail))


def _setup_for(shown: AppShown, wanted: Wanted) -> Setup | tuple[WhyNoSetup, Unfit | None]:
    """Return what is asked for, or why it cannot be."""
    facts = shown.facts
    if not facts.app.enabled:
        return WhyNoSetup.SWITCHED_OFF, None
    if not facts.owners:
        return WhyNoSetup.NO_OWNER, None
    if facts.licensed is False:
        return WhyNoSetup.NO_LICENCE, None
    if not wanted.makes:
        return _adopted(shown, wanted)
    if isinstance(facts.rights, frozenset) and Right.MAKE not in facts.rights:
        return WhyNoSetup.MAY_NOT_MAKE, None
    role = _role_for(facts.roles, wanted.role)
    return making(shown.name, role, facts) if isinstance(role, AppRole) else (role, None)


def _adopted(shown: AppShown, wanted: Wanted) -> Setup | tuple[WhyNoSetup, Unfit | None]:
    text = wanted.group.strip()
    found = [
        one for one in shown.facts.groups if one.group.object_id == text or is_called(one.group.name, text)
    ]
    if len(found) != 1:
        return WhyNoSetup.NO_SUCH_GROUP, None
    [one] = found
    if one.unfit is not None:
        return WhyNoSetup.GROUP_UNFIT, one.unfit
    setup = adopting(one, shown.facts)
    done = len(make_plan(setup, shown.facts, "").steps) == 1
    return (WhyNoSetup.DONE, None) if done and one.group.object_id in shown.gives else setup


def _role_for(roles: Sequence[AppRole], text: str) -> AppRole | WhyNoSetup:
    if not text:
        return roles[0] if len(roles) == 1 else WhyNoSetup.ROLE_NEEDED
    found = [one for one in roles if one.role_id == text or is_called(one.name, text)]
    return found[0] if found else WhyNoSetup.NO_SUCH_ROLE


def _not(shown: AppShown, why: WhyNoSetup, unfit: Unfit | None = None) -> AppShown:
    return AppShown(
        facts=shown.facts,
        name=shown.name,
        gives=shown.gives,
        read_at=shown.read_at,
        refused=why,
        unfit=unfit,
    )
