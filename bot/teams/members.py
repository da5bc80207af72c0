"""Whose people act in a channel: those of our tenant, who are served, and those of others, who are not.

A shared channel of our tenant has members of other tenants. What they do arrives with our tenant as the
conversation's and the channel data's, for those name the host, and with an object id of their own tenant:
https://github.com/microsoft/Agents/issues/179 shows the payloads, with `channelData.channel.type` "shared"
and `channelData.tenant` "Shared channel tenant". Whether `from.tenantId` is there is not documented, so the
roster is asked, whose `tenantId` and `userRole` are documented; where it does not answer, as where the app is
not, our directory is, in which nobody of another tenant has an account with the id of their own. By
https://learn.microsoft.com/microsoftteams/platform/build-apps-for-shared-private-channels nothing is to
depend on the channel's type, and nothing here does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from botbuilder.schema import Activity

from access.ports import AccessError, Directory
from access.rules.model import ObjectId
from bot.teams.connector import Connector
from bot.teams.reference import People, Reference
from bot.teams.turns import COMPOSED, actor_of, scope_of
from dialogs.turn import Scope

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds that the question may take: somebody waits for an answer."""
_LASTING = 600.0
"""Seconds for which the roster's answer counts."""
_MANY = 10_000

Belongs = Callable[[ObjectId], Awaitable[bool]]
"""Tells whether our directory has an account of this id; raises `AccessError` where it cannot be read."""


def belonging(directory: Directory) -> Belongs:
    """Return the question whether the tenant has an account of this id."""

    async def belongs(person: ObjectId) -> bool:
        return await directory.person(person) is not None

    return belongs


class Standing(StrEnum):
    """Whether somebody belongs to our tenant; what could not be read is no yes."""

    OURS = "ours"
    ANOTHERS = "another's"
    UNREAD = "unread"


class Members:
    """Tells whether who acts is of our tenant.

    In a personal chat the conversation's tenant, which was checked before, is the person's own; and whoever
    has had such a chat with us is known, for an object id belongs to one tenant for ever.
    """

    def __init__(
        self,
        connector: Connector,
        people: People,
        belongs: Belongs,
        tenant_id: str,
        now: Callable[[], float],
    ) -> None:
        self._connector = connector
        self._people = people
        self._belongs = belongs
        self._tenant_id = tenant_id
        self._now = now
        self._asked: dict[str, tuple[float, Standing]] = {}

    async def standing(self, activity: Activity) -> Standing:
        """Return how whoever acts stands to our tenant."""
        told = activity.from_property.additional_properties.get("tenantId")
        if told is not None:
            return self._of(told)
        if self._needs_no_roster(activity) or (actor := actor_of(activity)) is None:
            return Standing.OURS  # or nobody, whom the handler refuses
        until, standing = self._asked.get(actor.object_id, (0.0, Standing.UNREAD))
        if until > self._now():
            return standing
        try:
            async with asyncio.timeout(_PATIENCE):
                if (await self._people.known(actor.object_id)).place:
                    return Standing.OURS
                standing = await self._ask(activity)
        except (AccessError, TimeoutError) as error:
            log.info("The roster does not say whose tenant somebody is of", extra={"why": str(error)})
            standing = await self._look_up(actor.object_id)
        if standing is Standing.UNREAD:
            return standing
        if len(self._asked) >= _MANY:
            del self._asked[next(iter(self._asked))]
        self._asked[actor.object_id] = self._now() + _LASTING, standing
        return standing

    def _needs_no_roster(self, activity: Activity) -> bool:
        """Tell of personal chats, and of forms that are opened in chats where the bot may not be.

        Only in a channel that has the app can somebody of another tenant choose its message extension.
        """
        scope = scope_of(activity)
        return scope is Scope.PERSONAL or (scope is not Scope.CHANNEL and activity.name in COMPOSED)

    async def _ask(self, activity: Activity) -> Standing:
        there, person = Reference.of_activity(activity), activity.from_property.id
        member = await self._connector.member(there.service, there.conversation, person)
        anonymous = str(member.get("userRole", "")).lower() == "anonymous"
        return Standing.ANOTHERS if anonymous else self._of(member.get("tenantId"))

    async def _look_up(self, person: ObjectId) -> Standing:
        try:
            async with asyncio.timeout(_PATIENCE):
                return Standing.OURS if await self._belongs(person) else Standing.ANOTHERS
        except (AccessError, TimeoutError) as error:
            log.warning("Whose tenant somebody is of could not be read", extra={"why": str(error)})
            return Standing.UNREAD

    def _of(self, tenant: object) -> Standing:
        return Standing.OURS if tenant == self._tenant_id else Standing.ANOTHERS
