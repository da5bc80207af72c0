"""botbuilder's handler: activities to turns, turns to the flows; it takes an invoke's answer back itself."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Protocol, TypeVar
from uuid import uuid4

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity, ActivityTypes

from access.ports import AccessError
from access.rules.model import ObjectId, Place
from bot.teams import replies
from bot.teams.arrivals import Arrivals, concerns_us, is_restored
from bot.teams.beside import Besides
from bot.teams.consents import Consents
from bot.teams.conversations import Conversations
from bot.teams.members import Members, Standing
from bot.teams.private import Private, is_private
from bot.teams.reader import Malformed
from bot.teams.reference import People, Reference
from bot.teams.rooms import Rooms
from bot.teams.turns import CONSENT, actor_of, read_consent, scope_of, turn_of
from bot.teams.writer import Answered
from cards import fault, plain
from cards.look import Look
from dialogs.turn import Actor, Beside, Card, Flows, Nothing, Offer, Say, Scope, Show
from dialogs.turn import Reply as Answer

log = logging.getLogger(__name__)

T = TypeVar("T")


class Returned(Protocol):
    """Hears of people who write in their 1:1 or can be written to again, and of conversations that have us.

    Of no place where a team has us again: any of its channels.
    """

    async def again(self, person: ObjectId) -> None: ...

    async def reopened(self, place: Place | None) -> None: ...


class Handler(TeamsActivityHandler):
    """Answers what people do; whoever has no object id in the validated activity is refused."""

    def __init__(
        self,
        flows: Flows,
        people: People,
        members: Members,
        arrivals: Arrivals,
        conversations: Conversations,
        private: Private,
        rooms: Rooms,
        consents: Consents,
        besides: Besides,
        house: Look,
        returned: Returned,
    ) -> None:
        self._flows = flows
        self._people = people
        self._members = members
        self._arrivals = arrivals
        self._conversations = conversations
        self._private = private
        self._rooms = rooms
        self._consents = consents
        self._besides = besides
        self._house = house
        self._returned = returned

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        standing = await self._members.standing(activity)
        if standing is not Standing.OURS:
            await self._private.turn_away(activity, self._refusal(activity, standing), standing)
            return
        reply, whispered = await self._answer(activity, replies.said)
        if reply is None:
            return
        if whispered or is_private(activity):
            await self._private.answer(activity, reply)
            return
        await self._conversations.answer(
            activity, reply, partial(self._private.answer_instead, activity, reply)
        )

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        shape = replies.INVOKES.get(activity.name)
        if activity.name == CONSENT:
            response = await self._consented(activity)
        elif shape is None:
            body = replies.not_offered(activity.name or "", self._look(activity))
            response = InvokeResponse(status=HTTPStatus.OK if body else HTTPStatus.NOT_IMPLEMENTED, body=body)
        else:
            try:
                standing = await self._members.standing(activity)
                if standing is Standing.OURS:
                    body = await self._answer(activity, shape)
                else:
                    body = shape(Say(self._refusal(activity, standing)), self._look(activity))
                response = InvokeResponse(status=HTTPStatus.OK, body=body)
            except Malformed as error:
                log.info("A malformed invoke was refused", extra={"invoke": activity.name, "why": str(error)})
                response = InvokeResponse(status=HTTPStatus.BAD_REQUEST)
        await turn_context.send_activity(Answered(type=ActivityTypes.invoke_response, value=response))

    async def _consented(self, activity: Activity) -> InvokeResponse:
        """Take a yes or a no to a file; what comes of it is shown in the chat."""
        try:
            read_consent(activity.value)
        except Malformed as error:
            log.info("A malformed invoke was refused", extra={"invoke": activity.name, "why": str(error)})
            return InvokeResponse(status=HTTPStatus.BAD_REQUEST)
        begun = self._consents.begin(activity, partial(self._answer, activity, replies.consented))
        return InvokeResponse(status=HTTPStatus.OK if begun else HTTPStatus.TOO_MANY_REQUESTS)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        if activity.action == "add":
            await self._greet(activity)
        elif activity.action == "remove":  # which, as `add`, is another word than that of an upgrade
            await self._arrivals.left(activity)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Hear that we were added or removed; what else became of a channel is not kept."""
        activity = turn_context.activity
        if concerns_us(activity, "members_added"):
            await self._greet(activity)
        elif concerns_us(activity, "members_removed"):
            await self._arrivals.left(activity)
        else:
            await self._heard_again(activity, are_back=is_restored(activity))

    async def _greet(self, activity: Activity) -> None:
        """Answer that the app was added; what the welcome says to all needs no roster to be read."""
        await self._heard_again(activity, are_back=True)
        if actor_of(activity) is None or not await self._arrivals.is_new(activity):
            return
        if await self._members.standing(activity) is Standing.ANOTHERS:
            log.info("Somebody of another tenant added the app, and is not greeted")
            return
        reply = await self._answer(activity, replies.activity)
        if reply is not None:
            await self._arrivals.greet(activity, reply)

    async def _heard_again(self, activity: Activity, *, are_back: bool) -> None:
        """Hear where we are again, and who joined a team that has us, through which they can be written to.

        Whoever it is in a 1:1 is heard of with every word of theirs.
        """
        scope, place = scope_of(activity), Reference.of_activity(activity).place
        joined = [one.aad_object_id for one in activity.members_added if one.aad_object_id]
        try:
            if are_back and scope is not Scope.PERSONAL:
                await self._returned.reopened(None if scope is Scope.CHANNEL else place)
            for person in joined if scope is Scope.CHANNEL else ():
                await self._returned.again(ObjectId(person.lower()))
        except AccessError as error:
            log.warning("What was missed waits for the next word", extra={"cause": error.cause})

    async def _answer(
        self,
        activity: Activity,
        shape: Callable[[Answer, Look], T],
        work: Callable[[], Awaitable[Card]] | None = None,
    ) -> T:
        """Return the flows' answer, or what comes of some work, in its shape.

        A bug is logged, and shows its correlation id alone.
        """
        look = self._look(activity)
        try:
            if work is not None:
                return shape(Show(await work()), look)
            actor = actor_of(activity)
            if actor is None:
                return shape(Say(plain.nobody(look)), look)
            turn = turn_of(activity, actor)
            actor = await self._remembered(activity, actor, turn.place)
            look = self._house.of(actor.locale, actor.zone)
            if actor is not turn.actor:
                turn = replace(turn, actor=actor)
            turn = await self._rooms.find(turn, activity)
            answer = await self._flows.answer(turn)
            if isinstance(answer, Offer):
                answer = await self._offered(activity, answer, look)
            if isinstance(answer, Beside):
                answer = await self._begun(activity, answer, look)
            hidden = turn.scope is Scope.CHANNEL and not Reference.read(turn.place).thread
            return shape(replies.aside(answer) if hidden else answer, look)
        except Malformed:
            raise
        except Exception:
            # The one catch-all: a bug must not end as silence in Teams.
            correlation_id = uuid4().hex[:12]
            fields = {"correlation_id": correlation_id, "type": activity.type, "invoke": activity.name or ""}
            log.exception("A turn failed by a bug", extra=fields)
            return shape(Show(fault.bug(correlation_id, look)), look)

    async def _offered(self, activity: Activity, offer: Offer, look: Look) -> Answer:
        """Offer a file where Teams allows that alone; whoever pressed a button is told that it is there."""
        try:
            await self._private.offer(activity, replies.offered(offer))
        except AccessError as error:
            log.warning("A file could not be offered", extra={"cause": error.cause, "trace": error.trace})
            return Say(plain.not_offered(look))
        return Say(plain.offered(look)) if activity.type == ActivityTypes.invoke else Nothing()

    async def _begun(self, activity: Activity, answer: Beside, look: Look) -> Answer:
        """Show the card at once, and begin the work beside the turn."""
        work = partial(self._answer, activity, replies.activity, answer.work) if answer.work else None
        try:
            begun = await self._besides.begin(activity, replies.shown(answer.card), work)
        except AccessError as error:
            log.warning("Nothing was begun", extra={"cause": error.cause, "trace": error.trace})
            return Say(plain.shut(look))
        return Nothing() if begun else Say(plain.busy(look))

    def _refusal(self, activity: Activity, standing: Standing) -> str:
        """Return what somebody is told who is not known to be of our tenant."""
        log.info(
            "Who is not of our tenant, or cannot be told to be, was refused", extra={"standing": standing}
        )
        look = self._look(activity)
        return plain.outsider(look) if standing is Standing.ANOTHERS else plain.unread_member(look)

    def _look(self, activity: Activity) -> Look:
        """Return how whoever acts reads, for what is said before it is known who that is."""
        return self._house.of(activity.locale or "", "")

    async def _remembered(self, activity: Activity, actor: Actor, place: Place) -> Actor:
        """Keep how to reach this person, before a flow may want to; that it fails is no reason to stop.

        What this activity does not tell of language and time zone, the person has told before.
        """
        # A chat of two people is personal, too; what is said there reaches us by an invoke alone.
        ours = scope_of(activity) is Scope.PERSONAL and activity.type != "invoke"
        try:
            await self._people.heard(activity.service_url, activity.recipient.id)
            await self._people.met(
                actor.object_id,
                user=activity.from_property.id,
                place=place if ours else None,
                locale=actor.locale,
                zone=actor.zone,
            )
            known = await self._people.known(actor.object_id)
            if ours:
                await self._returned.again(actor.object_id)
            elif activity.type == ActivityTypes.message:
                await self._returned.reopened(place)
        except AccessError as error:
            log.warning("A person could not be remembered", extra={"cause": error.cause})
            return actor
        locale, zone = actor.locale or known.locale, actor.zone or known.zone
        if (locale, zone) == (actor.locale, actor.zone):
            return actor
        return replace(actor, locale=locale, zone=zone)
