"""Everything that speaks to Teams; botbuilder lives only here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import aiohttp
from aiohttp import web

from access.ports import Clock
from bot.credential import Credential
from bot.teams.adapter import Adapter
from bot.teams.alarm import Alarms
from bot.teams.arrivals import Arrivals
from bot.teams.auth import ChannelAuthentication
from bot.teams.beside import Besides
from bot.teams.chat import Install, TeamsChat
from bot.teams.connector import Connector
from bot.teams.consents import Consents
from bot.teams.conversations import Conversations
from bot.teams.downloads import OneDriveDownloads
from bot.teams.handler import Handler, Returned
from bot.teams.keys import ChannelKeys
from bot.teams.later import Later
from bot.teams.members import Belongs, Members
from bot.teams.origins import Origins
from bot.teams.private import Private
from bot.teams.reference import Notes, People
from bot.teams.rooms import Rooms
from bot.teams.uploads import OneDriveUploads
from cards.look import Look
from dialogs.turn import Flows

__all__ = ["Teams"]


@dataclass(frozen=True, slots=True)
class Teams:
    """The Chat port, where files go and where they come from, and the endpoint at which Teams calls."""

    chat: TeamsChat
    uploads: OneDriveUploads
    downloads: OneDriveDownloads
    alarms: Alarms
    _adapter: Adapter
    _handle: Callable[..., Handler]
    _keys: ChannelKeys
    _later: Later
    _consents: Consents
    _besides: Besides
    _session: aiohttp.ClientSession

    @classmethod
    async def open(
        cls,
        *,
        app_id: str,
        tenant_id: str,
        openid_url: str,
        service_origins: Iterable[str],
        file_origins: Iterable[str] = (),
        credential: Credential,
        notes: Notes,
        house: Look,
        install: Install | None,
        belongs: Belongs,
        clock: Clock,
        alarm_conversation: str = "",
        seen_by: tuple[aiohttp.TraceConfig, ...] = (),
    ) -> "Teams":
        """Open the one session; nothing is called before the first activity."""
        session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trace_configs=list(seen_by))
        now: Callable[[], float] = lambda: clock.now().timestamp()  # noqa: E731 - a view of the clock
        keys = ChannelKeys(session, openid_url, now)
        origins = Origins(service_origins)
        connector = Connector(session, credential, origins)
        people, later = People(notes), Later()
        consents, drives = Consents(connector, later), Origins(file_origins)
        besides = Besides(connector, later)
        files = OneDriveUploads(session, drives), OneDriveDownloads(session, drives)
        authentication = ChannelAuthentication(
            app_id=app_id,
            tenant_id=tenant_id,
            keys=keys,
            origins=origins,
            now=now,
        )
        chat = TeamsChat(connector, people, tenant_id=tenant_id, house=house, install=install)
        members = Members(connector, people, belongs, tenant_id, now)
        handle = _handling(connector, people, members, later, consents, besides, chat, house)
        alarms = Alarms(connector, people, later, alarm_conversation, chat.tell)
        adapter = Adapter(authentication)
        return cls(chat, *files, alarms, adapter, handle, keys, later, consents, besides, session)

    @property
    def files(self) -> tuple[OneDriveUploads, OneDriveDownloads]:
        return self.uploads, self.downloads

    def routes(self, flows: Flows, returned: Returned) -> list[web.RouteDef]:
        """Return the endpoint, answered by the flows; who can be reached again has `returned`."""
        handler = self._handle(flows=flows, returned=returned)

        async def messages(request: web.Request) -> web.Response:
            return await self._adapter.process(request, handler)

        return [web.post("/api/messages", messages)]

    async def close(self) -> None:
        await self._besides.close()
        await self._consents.close()
        await self._later.close()
        await self._keys.close()
        await self._session.close()


def _handling(
    connector: Connector,
    people: People,
    members: Members,
    later: Later,
    consents: Consents,
    besides: Besides,
    chat: TeamsChat,
    house: Look,
) -> Callable[..., Handler]:
    """Return the handler, but for the flows that answer."""
    conversations = Conversations(connector, later)
    return partial(
        Handler,
        people=people,
        members=members,
        arrivals=Arrivals(conversations, people),
        conversations=conversations,
        private=Private(connector, chat, later, house),
        rooms=Rooms(connector, people),
        consents=consents,
        besides=besides,
        house=house,
    )
