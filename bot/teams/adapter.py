"""The endpoint: a bad token is a 401, a bad body a 4xx; an activity is one turn, an invoke is answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from aiohttp import web
from botbuilder.core import Bot
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity

from access.ports import AccessError
from bot.teams.auth import ChannelAuthentication, Unwelcome
from bot.teams.reader import Malformed, read_activity
from bot.web import body_of

log = logging.getLogger(__name__)

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an activity was answered, kept for when it comes again."""

    status: int
    body: bytes | None = None

    def response(self) -> web.Response:
        return web.Response(
            status=self.status, body=self.body, content_type=_JSON if self.body is not None else None
        )


class Repeats:
    """Gives an activity that comes again its first answer, or waits with it for that."""

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._answers: dict[str, asyncio.Future[Answer]] = {}

    async def once(self, key: str, answer: Callable[[], Awaitable[Answer]]) -> Answer:
        while (first := self._answers.get(key)) is not None:
            await asyncio.wait([first])
            if not first.cancelled():
                return first.result()
        if len(self._answers) >= self._most:
            del self._answers[next(iter(self._answers))]
        mine = self._answers[key] = asyncio.get_running_loop().create_future()
        try:
            mine.set_result(await answer())
        finally:
            if not mine.done():  # it failed: whoever waits takes the turn
                self._answers.pop(key, None)
                mine.cancel()
        return mine.result()


class Adapter(CloudAdapter):
    """botbuilder's adapter, with our way in."""

    def __init__(self, authentication: ChannelAuthentication) -> None:
        super().__init__(authentication)
        self._authentication = authentication
        self._repeats = Repeats()

    async def process(
        self, request: web.Request, bot: Bot, ws_response: web.WebSocketResponse | None = None
    ) -> web.Response:
        """Answer a POST of the channel; the token is judged before a byte of the body is read.

        How large a body may be is the application's limit, which raises a 413; one that comes too slowly
        is a 408.
        """
        del ws_response
        try:
            caller = await self._authentication.caller(request.headers.get("Authorization", ""))
            if request.content_type != _JSON:
                return web.Response(status=415)
            activity = read_activity(await body_of(request))
            admitted = self._authentication.admit(caller, activity)
        except Unwelcome as error:
            log.info("A call was turned away", extra={"status": error.status, "why": str(error)})
            return web.Response(status=error.status)
        except Malformed as error:
            log.info("A malformed activity was refused", extra={"why": str(error)})
            return web.Response(status=400)

        async def turn() -> Answer:
            return await self._turn(admitted, activity, bot)

        if activity.id is None:
            return (await turn()).response()
        key = f"{activity.type} {activity.conversation.id} {activity.id}"
        return (await self._repeats.once(key, turn)).response()

    async def _turn(self, admitted: object, activity: Activity, bot: Bot) -> Answer:
        try:
            response = await self.process_activity(admitted, activity, bot.on_turn)
        except AccessError as error:
            fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
            log.warning("An answer could not be posted", extra=fields)
            return Answer(200)
        if response is None:
            return Answer(200)
        body = None if response.body is None else orjson.dumps(response.body)
        return Answer(int(response.status), body)
