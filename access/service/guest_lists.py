"""The guests of an app, for those whose app it is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from access.ports import AccessError, AppGuests, Missing, NotKept, NotLicensed, PolicySource
from access.rules.accounts import NO_APP
from access.rules.causes import Cause
from access.rules.clues import Unread
from access.rules.finding import words_of
from access.rules.guest_list import (
    ALL_APPS,
    TOGETHER,
    AppPage,
    GuestPage,
    Held,
    Listed,
    NoSuchApp,
    Wanted,
    chosen,
    cut,
    ends_soon,
    leaving,
    listed,
    tally,
)
from access.rules.model import App, AuditFact, Json, ObjectId
from access.rules.refusals import Unreadable
from access.service.decide import Decisions
from access.service.index import Apps, Index
from access.service.own_apps import own_apps
from access.service.prospect import able
from access.service.search import is_called

_ADMINS = "admins"
_ALIKE = 15
"""Of how many apps at most one is chosen by the beginnings of its words."""


@dataclass(frozen=True, slots=True)
class Mine:
    """The apps whose guests somebody may see: their own, or all as an admin."""

    apps: Apps | None
    owned: frozenset[ObjectId]
    is_admin: bool

    def has(self, app: App) -> bool:
        return not app.is_graph and (self.is_admin or app.object_id in self.owned)

    def every(self) -> Sequence[App]:
        return [app for app in self.apps.names.things if self.has(app)] if self.apps else []

    def together(self, text: str) -> Sequence[App]:
        """Return all apps that are somebody's own, where those are meant and no app is called so."""
        if not is_called(ALL_APPS, text) or any(is_called(app.name, text) for app in self.called(text)):
            return []
        return self.own()

    def own(self) -> Sequence[App]:
        return [app for app in self.every() if app.object_id in self.owned]

    def called(self, text: str) -> Sequence[App]:
        """Return the apps of this object id or name, else those of which each typed word begins a word."""
        if self.apps is None or not words_of(text):
            return []
        one = self.apps.by_id.get(ObjectId(text.strip().lower()))
        if one is not None and self.has(one):
            return [one]
        named = [app for app in self.apps.names.called(text) if self.has(app)]
        exact = [app for app in named if is_called(app.name, text)]
        return exact or named or self.apps.names.best(text, _ALIKE, self.has)


@dataclass(slots=True)
class GuestLists:
    """Shows nobody the guests of an app that is not theirs; an admin's look at one is in the audit."""

    decisions: Decisions
    policy: PolicySource
    index: Index
    guests: AppGuests

    async def show(
        self, wanted: Wanted, person_id: ObjectId, *, whole: bool = False
    ) -> GuestPage | AppPage | NoSuchApp | Unreadable:
        """Return the guests of the app that is named, or the apps that may be, where that is not one.

        Of the guests a page or, as a file has them, the `whole`.
        """
        try:
            mine = await self.mine(person_id)
            together = mine.together(wanted.app)
            found, plain = (together, wanted) if together else _meant(mine, wanted)
            if not found:
                await self.refused("guests", wanted.app, person_id)
                return NoSuchApp()
            if len(found) == 1:
                await self._looks(mine, found[0], plain, person_id)
                return await self._guests(found, plain, whole=whole)
            if 1 < len(together) <= TOGETHER:
                return await self._guests(found, plain, whole=whole)
            shown = await self._apps(found, replace(plain, app="") if together else plain)
            return replace(shown, together=not wanted.app and 1 < len(mine.own()) <= TOGETHER)
        except Missing:
            return NoSuchApp()
        except NotKept:
            raise
        except AccessError:
            return Unreadable()

    async def own(self, app: str, person_id: ObjectId) -> App | None:
        """Return the one app of this name or id whose guests somebody may see, None where there is none."""
        found = (await self.mine(person_id)).called(app)
        return found[0] if len(found) == 1 else None

    async def mine(self, person_id: ObjectId) -> Mine:
        """Return whose guests somebody may see at this moment; a guest and a disabled account nobody's."""
        policy = self.policy.current()
        if not able(await self.decisions.directory.person(person_id)):
            return Mine(None, frozenset(), is_admin=False)
        is_admin, owned, apps = await asyncio.gather(
            self.decisions.roster.has_role(policy, _ADMINS, person_id),
            own_apps(self.decisions.directory, policy, person_id),
            self.index.apps(),
        )
        return Mine(apps, owned, is_admin)

    async def _guests(self, apps: Sequence[App], wanted: Wanted, *, whole: bool) -> GuestPage:
        now, several = self.decisions.now(), len(apps) > 1
        read = await asyncio.gather(*(self._listed(app, now, several=several) for app in apps))
        every = [row for rows in read for row in rows]
        found = chosen(every, wanted, now)
        rows, page, pages = (tuple(found), 1, 1) if whole else cut(found, wanted.page)
        signed_in, sponsors = await self._more(rows)
        return GuestPage(
            app=App(ObjectId(ALL_APPS), ALL_APPS) if several else apps[0],
            wanted=wanted,
            rows=rows,
            page=page,
            pages=pages,
            found=len(found),
            tally=tally(every),
            ending=sum(ends_soon(row.ends_at, now) for row in every),
            signed_in=signed_in,
            sponsors=sponsors,
            read_at=now,
            together=len(apps) if several else 0,
        )

    async def _listed(self, app: App, now: datetime, *, several: bool) -> Sequence[Listed]:
        """Return the guests of an app; of several apps one that is gone by now has none."""
        try:
            held, delivered = await asyncio.gather(
                self.guests.guests_of(app.object_id), self.decisions.store.given_for(app.object_id)
            )
        except Missing:
            if not several:
                raise
            return []
        rows = listed(held, delivered, now, await self._leaving(held))
        return [replace(row, app=app) for row in rows] if several else rows

    async def _leaving(self, held: Sequence[Held]) -> Mapping[ObjectId, datetime]:
        """Return when the accounts are deleted that a removal has blocked; acts on accounts have no app."""
        if all(one.guest.enabled for one in held):
            return {}
        return leaving(await self.decisions.store.given_for(NO_APP.object_id))

    async def _more(
        self, rows: Sequence[Listed]
    ) -> tuple[Mapping[ObjectId, datetime] | Unread, Mapping[ObjectId, tuple[str, ...]]]:
        """Read what only the rows of a page need; what cannot be read keeps no list back."""
        ids = [*dict.fromkeys(row.guest.object_id for row in rows)]
        if not ids:
            return {}, {}
        return await asyncio.gather(self.signed_in(ids), self._sponsors(ids))

    async def signed_in(self, ids: Sequence[ObjectId]) -> Mapping[ObjectId, datetime] | Unread:
        try:
            return await self.guests.signed_in(ids)
        except NotLicensed:
            return Unread.LICENCE
        except AccessError as error:
            return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY

    async def _sponsors(self, ids: Sequence[ObjectId]) -> Mapping[ObjectId, tuple[str, ...]]:
        try:
            return await self.guests.sponsors_of(ids)
        except AccessError:
            return {}

    async def _apps(self, found: Sequence[App], wanted: Wanted) -> AppPage:
        """Return a page of apps; the guests of those alone that are shown are counted."""
        shown, page, pages = cut(found, wanted.page)
        held = await asyncio.gather(*(self._count(app) for app in shown))
        return AppPage(
            apps=tuple(zip(shown, held, strict=True)),
            wanted=wanted,
            page=page,
            pages=pages,
            total=len(found),
            read_at=self.decisions.now(),
        )

    async def _count(self, app: App) -> int:
        try:
            return len(await self.guests.guests_of(app.object_id))
        except Missing:
            return 0

    async def _looks(self, mine: Mine, app: App, wanted: Wanted, person_id: ObjectId) -> None:
        if app.object_id not in mine.owned:
            await self.note("guests.looked", person_id, {"app": app.object_id, "page": wanted.page})

    async def refused(self, act: str, app: str, person_id: ObjectId) -> None:
        if app:
            await self.note("act.refused", person_id, {"act": act, "refused": "NotTheirApp"})

    async def note(self, what: str, person_id: ObjectId, detail: Mapping[str, Json]) -> None:
        """Write who looks at an app that is not theirs, or was refused to, before anything is shown."""
        await self.decisions.store.write_audit(AuditFact(what=what, actor=person_id, detail=detail))


def _meant(mine: Mine, wanted: Wanted) -> tuple[Sequence[App], Wanted]:
    """Return the apps that may be meant: an app may be called as a filter is, so the whole goes first."""
    whole = [app for app in mine.called(wanted.typed) if is_called(app.name, wanted.typed)]
    if whole:
        return whole, Wanted(app=wanted.typed)
    return (mine.called(wanted.app) if wanted.app else mine.every()), wanted
