"""botbuilder's handler: activities to turns, turns to the flows, replies back through botbuilder."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar
from uuid import uuid4

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ActivityTypes

from access.ports import AccessError
from bot.teams import replies
from bot.teams.reader import Malformed
from bot.teams.reference import People, Reference
from bot.teams.turns import actor_of, scope_of, turn_of
from bot.teams.writer import Reply
from cards import answers
from dialogs.turn import Actor, Flows, Say, Scope, Show, Turn
from dialogs.turn import Reply as Answer

log = logging.getLogger(__name__)

T = TypeVar("T")

_NOBODY = "Guestlist serves people of this organisation only, and cannot tell who you are."


class Handler(TeamsActivityHandler):
    """Answers what people do; whoever has no object id in the validated activity is refused."""

    def __init__(self, flows: Flows, people: People) -> None:
        self._flows = flows
        self._people = people

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        targeted = activity.recipient.additional_properties["isTargeted"]
        reply = await self._answer(
            activity, lambda turn, answer: replies.activity(turn, answer, targeted=targeted)
        )
        if reply is not None:
            await turn_context.send_activity(reply)

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        shape = replies.INVOKES.get(activity.name)
        if shape is None:
            response = InvokeResponse(status=HTTPStatus.NOT_IMPLEMENTED)
        else:
            try:
                body = await self._answer(activity, lambda _, answer: shape(answer))
                response = InvokeResponse(status=HTTPStatus.OK, body=body)
            except Malformed as error:
                log.info("A malformed invoke was refused", extra={"invoke": activity.name, "why": str(error)})
                response = InvokeResponse(status=HTTPStatus.BAD_REQUEST)
        await turn_context.send_activity(Reply(type=ActivityTypes.invoke_response, value=response))

    async def on_installation_update_add(self, turn_context: TurnContext) -> None:
        await self._greet(turn_context)

    async def on_installation_update_remove(self, turn_context: TurnContext) -> None:
        await self._people.left(turn_context.activity.conversation.id)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        if any(member.id == activity.recipient.id for member in activity.members_added):
            await self._greet(turn_context)

    async def _greet(self, turn_context: TurnContext) -> None:
        """Answer that the app was added, of which Teams tells twice, in two ways."""
        activity = turn_context.activity
        if actor_of(activity) is not None and await self._people.greet(activity.conversation.id):
            await self.on_message_activity(turn_context)

    async def _answer(self, activity: Activity, shape: Callable[[Turn | None, Answer], T]) -> T:
        """Return the flows' answer in its shape; a bug is logged, and shows its correlation id alone."""
        try:
            actor = actor_of(activity)
            if actor is None:
                return shape(None, Say(_NOBODY))
            await self._remember(activity, actor)
            turn = turn_of(activity, actor)
            return shape(turn, await self._flows.answer(turn))
        except Malformed:
            raise
        except Exception:
            # The one catch-all: a bug must not end as silence in Teams.
            correlation_id = uuid4().hex[:12]
            fields = {"correlation_id": correlation_id, "type": activity.type, "invoke": activity.name or ""}
            log.exception("A turn failed by a bug", extra=fields)
            return shape(None, Show(answers.bug(correlation_id)))

    async def _remember(self, activity: Activity, actor: Actor) -> None:
        """Keep how to reach this person, before a flow may want to; that it fails is no reason to stop."""
        place = Reference.of_activity(activity).place if scope_of(activity) is Scope.PERSONAL else None
        try:
            await self._people.heard(activity.service_url, activity.recipient.id)
            await self._people.met(actor.object_id, user=activity.from_property.id, place=place)
        except AccessError as error:
            log.warning("A person could not be remembered", extra={"cause": error.cause})
